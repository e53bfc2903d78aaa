"""The turn: the only place that runs a graph. Everything it does commits at once, or not at all (DESIGN §3).

Reading comes first on a short transaction; then the model or the grammar thinks while no connection is held; then one
transaction takes the messages, acts, writes the checkpoint, the replies and the jobs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import bound_contextvars

from agent import asides, standing
from agent.counting import counted
from agent.debounce import Arrived, remaining
from agent.gathering import Gathered, Run, load_run, thread_id
from agent.preparing import Step, gather_ready
from agent.remarks import PARIS, has_audio, language_of, late, unheard, unread, unseen
from agent.shown import WithShown, shown_in
from agent.spending import with_notice
from agent.succession import is_parked, new_run, next_run, replies_of
from agent.understanding.usage import ModelUsageRecord, collecting_usage
from agent.writing import TurnRecord, write_turn
from db.acting import Actor, acting_as
from db.models import Conversation
from db.models.base import new_id
from db.repositories import conversations as repository
from db.repositories.accounts import get_organization
from db.session import Database
from graphs.ask.graph import builder as ask
from graphs.client.graph import builder as client
from graphs.company.graph import builder as company
from graphs.invoice.graph import builder as invoice
from graphs.quote.graph import builder as quote
from graphs.shared.state import load_memory
from graphs.shared.understanding import dialogue_context
from prompts.replies import noting_sentences
from prompts.replies.own_wording import own_wording
from services.accounts.service import seller_of
from tools.commands import Command, Reading, Understander, UnderstandingRequest
from tools.context import Desk, TurnContext

GRAPHS = {"quote": quote, "invoice": invoice, "client": client, "company": company, "ask": ask}
_COMPILED = {workflow: builder.compile() for workflow, builder in GRAPHS.items()}
MOST_RUNS = 6
"""Workflow runs that one burst of messages may start (UX-32)."""
SET_UP_WAITS = timedelta(hours=24)
"""How long a set-up that was interrupted is taken up again without being asked for."""
MOST_RESTARTS = 3
"""How often a turn starts over because the artisan wrote on while it was thinking (UX-09)."""


class NewMessages(Exception):
    """More was written while the turn was thinking: think again with all of it."""


class AlreadyTaken(Exception):
    """Another turn has taken these messages."""


@dataclass(frozen=True)
class TurnSettings:
    """What a turn needs from the configuration."""

    debounce_scale: float = 1.0
    hold_seconds: float = 15.0


@dataclass
class Turn:
    """One attempt at a turn."""

    database: Database
    understander: Understander
    settings: TurnSettings
    gathered: Gathered
    now: datetime
    session: AsyncSession
    records: list[TurnRecord] = field(default_factory=list)
    reading: Reading | None = None
    understand_ms: int = 0
    begun: bool = False
    last: bool = False
    id: UUID = field(default_factory=new_id)


async def seconds_to_wait(database: Database, organization_id: UUID, chat_id: UUID, scale: float) -> float:
    """How long the chat should stay quiet before its turn; 0 when it is due (or nothing waits)."""
    if scale <= 0:
        return 0.0
    async with database.tenant(organization_id) as session:
        messages = await repository.waiting_messages(session, organization_id, chat_id)
        conversation = await repository.latest_conversation(session, organization_id, chat_id)
    question_open = bool(conversation and conversation.status == "active" and conversation.awaiting)
    arrived = [Arrived(m.text, m.received_at, media=bool(m.attachments)) for m in messages]
    return remaining(arrived, datetime.now(UTC), question_open=question_open, scale=scale)


async def run_turn(
    database: Database,
    understander: Understander,
    settings: TurnSettings,
    organization_id: UUID,
    chat_id: UUID,
    preparation: Sequence[Step] = (),
) -> bool:
    """Takes every waiting message of the chat as one turn, each made ready by the steps of ``preparation``.

    True when a turn was made, False when nothing waited.
    """
    # Usage of every attempt: a turn that starts over has paid for its first thoughts too.
    with counted() as counts, collecting_usage() as usage:
        for attempt in range(MOST_RESTARTS + 1):
            gathered = await gather_ready(database, preparation, organization_id, chat_id)
            if gathered is None:
                return False
            now, last = datetime.now(UTC), attempt == MOST_RESTARTS
            try:
                async with database.tenant(organization_id) as session:
                    turn = Turn(database, understander, settings, gathered, now, session, last=last)
                    artisan, named = Actor("user", gathered.user.id), bound_contextvars(turn_id=str(turn.id))
                    with acting_as(artisan), named, own_wording(gathered.wording), noting_sentences():
                        await _run(turn, usage)
                counts.done(turn)
                return True
            except NewMessages:
                continue
            except AlreadyTaken:
                return False
    return False


async def _run(turn: Turn, usage: list[ModelUsageRecord]) -> None:
    """Runs the graphs that the burst needs, one after another, then writes what the turn says."""
    gathered = turn.gathered
    started = time.perf_counter()
    words, shown = bool(gathered.text.strip()), shown_in(gathered)
    if gathered.chat.bot_paused and not (words and await _wanted_back(turn)):
        await _begin(turn, None)
        await asides.keep(turn)
        return
    if len(gathered.aside) == len(gathered.messages):
        await _begin(turn, None)
        await asides.keep(turn)
        return
    if not words and not shown.proposes:
        await _begin(turn, None)
        await write_turn(turn, unread(gathered), usage, started)
        return
    run = gathered.run or new_run("ask")
    if (closed := await _closed(turn, run)) is not None:
        await _begin(turn, None)
        await write_turn(turn, [closed], usage, started)
        return
    given: list[Command] | None = None
    replies: list[str] = [*unheard(gathered), *unseen(gathered, alone=False)]
    for number in range(MOST_RUNS):
        context = _context(turn, run)
        result = await _invoke(turn, run, context, given)
        turn.reading = turn.reading or context.reading
        turn.understand_ms += context.understand_ms
        if context.reported("company_updated"):
            gathered.organization = await get_organization(turn.session, gathered.organization.id)
        rest = [Command(**command) for command in result.get("rest") or []]
        if context.step is not None or not rest:
            record = TurnRecord(run, context, result.get("step") or "initiated", parked=is_parked(turn, run))
            turn.records.append(record)
            replies.extend(replies_of(turn, record))
        if not rest or number == MOST_RUNS - 1:
            break
        given, run = rest, next_run(rest, context)
    await _next_task(turn, replies)
    await write_turn(turn, with_notice(turn, late(gathered, turn.now, replies)), usage, started)


async def run_given(turn: Turn, run: Run, commands: list[Command]) -> TurnContext:
    """Runs commands that no turn has read on a run at hand, and records it; what it would say is in the context."""
    context = _context(turn, run)
    result = await _invoke(turn, run, context, commands)
    turn.records.append(TurnRecord(run, context, result.get("step") or "initiated", parked=False))
    return context


async def _invoke(turn: Turn, run: Run, context: TurnContext, given: list[Command] | None) -> dict[str, Any]:
    """One graph run on its own thread; the checkpoint is kept aside and joins the transaction at the end."""
    graph = copy(_COMPILED[run.workflow])  # compiling takes longer than running; the checkpointer belongs to the run
    graph.checkpointer = run.checkpointer
    thread = thread_id(turn.gathered.organization.id, run.conversation_id)
    result: dict[str, Any] = await graph.ainvoke(
        starting_state(turn, run, given),
        {"configurable": {"thread_id": thread}, "recursion_limit": 20},
        context=context,
        durability="exit",
    )
    return result


def starting_state(turn: Turn, run: Run, given: list[Command] | None) -> dict[str, Any]:
    """What a run is given of the turn; everything else it finds in its checkpoint and in the context."""
    return {
        "workflow": run.workflow,
        "text": turn.gathered.text,
        "kind": "voice" if has_audio(turn.gathered.messages) else "typed",
        "given": [command.model_dump() for command in given] if given is not None else None,
        "rest": [],
        "messages": [],
    }


def _context(turn: Turn, run: Run) -> TurnContext:
    gathered = turn.gathered
    organization = gathered.organization
    reading = turn.reading
    context = TurnContext(
        organization_id=organization.id,
        user=gathered.user,
        chat_id=gathered.chat.id,
        account_id=gathered.chat.account_id,
        conversation_id=run.conversation_id,
        message_offsets=gathered.message_offsets,
        message_id=gathered.message_offsets[-1][1],
        language=reading.language if reading else language_of(gathered),
        now=turn.now.astimezone(PARIS),
        session=turn.session,
        seller=seller_of(organization, gathered.user),
        default_vat_rate=organization.default_vat_rate,
        default_price_mode=organization.default_price_mode,
        quote_validity_days=organization.quote_validity_days,
        payment_terms_days=organization.payment_terms_days,
        hold_seconds=turn.settings.hold_seconds,
        understander=WithShown(turn.understander, shown_in(gathered)),
        models_allowed=gathered.spend.may_read,
        only_reads=standing.is_suspended(gathered),
        newcomer=gathered.newcomer,
        client_names=gathered.client_names,
        closed=run.closed,
        reading=reading,
        parked=is_parked(turn, run),
        spoken_of=_spoken_of(turn),
        unsure=gathered.unsure,
    )
    if run.document is not None:
        context.desk = Desk.of(run.document)
    context.resumed_since = _resumed_since(turn, run)

    async def begin() -> None:
        await _begin(turn, run)

    context.begin = begin
    return context


def _spoken_of(turn: Turn) -> UUID | None:
    """The client whose card was written just before, in this message or in the one before it."""
    if not turn.records:
        return turn.gathered.spoken_of
    before = turn.records[-1]
    return before.context.memory.client_id if before.run.workflow == "client" else None


async def _begin(turn: Turn, run: Run | None) -> None:
    """Opens the transaction of the turn: takes the messages, and stores the run so that rows can refer to it."""
    gathered, session = turn.gathered, turn.session
    organization_id, chat_id = gathered.organization.id, gathered.chat.id
    if not turn.begun:
        await repository.lock_chat(session, organization_id, chat_id)
        ids = [message.id for message in gathered.messages]
        waiting = await repository.take_messages(session, organization_id, chat_id, ids)
        if not set(ids) <= waiting:
            raise AlreadyTaken
        if len(waiting) > len(ids) and not turn.last:
            raise NewMessages
        turn.begun = True
    if run is None:
        return
    if run.row is not None:
        session.add(run.row)
        return
    run.row = Conversation(
        id=run.conversation_id,
        organization_id=organization_id,
        user_id=gathered.user.id,
        chat_id=chat_id,
        workflow=run.workflow,
        status="abandoned",
        language=language_of(gathered),
    )
    session.add(run.row)
    await session.flush()


async def _next_task(turn: Turn, replies: list[str]) -> None:
    """When a document is done, the next one of an earlier burst is shown."""
    if not turn.records or not all(record.finished for record in turn.records) or not turn.begun:
        return
    if not any(record.run.workflow in ("quote", "invoice") for record in turn.records):
        return
    gathered = turn.gathered
    row = await repository.parked_conversation(turn.session, gathered.organization.id, gathered.chat.id)
    if row is None:
        await _set_up_again(turn, replies)
        return
    if any(record.run.conversation_id == row.id for record in turn.records):
        return
    run = await load_run(turn.session, gathered.organization.id, row, closed=False)
    if run.document is None or run.document.status != "draft" or run.document.number:
        return
    context = _context(turn, run)
    await _invoke(turn, run, context, [Command(name="show_recap")])
    record = TurnRecord(run, context, "review_total", parked=False)
    turn.records.append(record)
    replies.extend(context.replies)


async def _set_up_again(turn: Turn, replies: list[str]) -> None:
    """A set-up that a document interrupted goes on once that document is done."""
    gathered, since = turn.gathered, turn.now - SET_UP_WAITS
    row = await repository.interrupted_run(turn.session, gathered.organization.id, gathered.chat.id, "company", since)
    if row is None or any(record.run.conversation_id == row.id for record in turn.records):
        return
    run = await load_run(turn.session, gathered.organization.id, row, closed=False)
    context = await run_given(turn, run, [Command(name="set_up_company")])
    replies.extend(context.replies)


async def _closed(turn: Turn, run: Run) -> str | None:
    """What is answered instead of a turn where the company's account is not active."""
    if (sentence := standing.before_payment(turn.gathered)) is not None:
        return sentence
    return standing.refusal(turn, await _read(turn, run)) if standing.is_suspended(turn.gathered) else None


async def _wanted_back(turn: Turn) -> bool:
    """After a hand-over only "reprends" / "devam" wakes the assistant (UX-86)."""
    reading = await _read(turn, turn.gathered.run or new_run("ask"))
    return any(command.name == "resume_bot" for command in reading.commands)


async def _read(turn: Turn, run: Run) -> Reading:
    """Reads the words ahead of the run that they are for; the run takes the same reading."""
    context = _context(turn, run)
    context.memory = load_memory(run.memory)
    turn.reading = await turn.understander.understand(
        UnderstandingRequest(
            text=turn.gathered.text,
            language_hint=language_of(turn.gathered),
            context=dialogue_context(run.workflow, context),
            models_allowed=context.models_allowed,
        )
    )
    return turn.reading


def _resumed_since(turn: Turn, run: Run) -> datetime | None:
    """When an abandoned run was left, if this turn takes it up again (UX-73)."""
    row = run.row
    if row is None or row.status != "abandoned" or (row.context_data or {}).get("parked"):
        return None
    return row.last_interaction_at
