"""The end of a turn: replies into the outbox, runs and the turn's record into rows, checkpoints on the same connection."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func

from agent import asides
from agent.gathering import Run
from agent.outage import keep_for_later
from agent.shown import shown_in
from agent.speaking import speak_recaps
from agent.spending import note_spending
from agent.understanding.usage import ModelUsageRecord
from db.models import ModelUsage
from db.models import Turn as TurnRow
from db.repositories import attachments
from db.repositories import conversations as repository
from prompts.replies import sentences_said
from services.attachments.jobs import keep_for
from services.conversations import control
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from tools.context import TurnContext

if TYPE_CHECKING:
    from agent.turn import Turn

LONGEST_MESSAGE = 4000
"""Characters of one WhatsApp message; longer replies are cut at a line end (unipile.md 6.7)."""


@dataclass
class TurnRecord:
    """One graph run of the turn and what it left."""

    run: Run
    context: TurnContext
    step: str
    parked: bool

    @property
    def finished(self) -> bool:
        """The run waits for nothing more."""
        return self.context.memory.awaiting is None


async def write_turn(turn: Turn, replies: list[str], usage: list[ModelUsageRecord], started: float) -> None:
    """Stores everything the turn leaves; the caller's transaction commits it."""
    await asides.keep(turn)
    for record in turn.records:
        await _write_run(turn, record)
    turn_id = turn.id
    provenance = _provenance(turn, turn_id, usage)
    await _write_replies(turn, replies, provenance)
    await speak_recaps(turn)
    message_ids = [message.id for message in turn.gathered.messages]
    await repository.keep_provenance(turn.session, turn.gathered.organization.id, message_ids, provenance)
    await _keep_files(turn)
    if turn.records:
        _write_record(turn, turn_id, started)
        await turn.session.flush()
        _write_usage(turn, turn_id, usage)
        note_spending(turn, usage)
        await keep_for_later(turn)
        for record in turn.records:
            await record.run.checkpointer.flush(turn.session)
    await _learn(turn)
    await turn.session.flush()


async def _keep_files(turn: Turn) -> None:
    """Pictures and files of this turn belong to the draft that it works on (UX-67)."""
    gathered = turn.gathered
    runs = [record.run.conversation_id for record in turn.records if record.context.desk.document is not None]
    if not runs and gathered.run is not None and gathered.run.document is not None:
        runs = [gathered.run.conversation_id]
    if runs:
        used = shown_in(gathered).used
        if used:
            await attachments.tick_off_slips(turn.session, gathered.organization.id, used)
        ids = [*(message.id for message in gathered.messages), *used]
        await keep_for(turn.session, gathered.organization.id, gathered.chat.id, ids, runs[-1])


async def _write_run(turn: Turn, record: TurnRecord) -> None:
    row, context, memory = record.run.row, record.context, record.context.memory
    if row is None:
        return
    document = context.desk.document
    stored = document is not None and document.version > 0
    row.quote_id = document.id if document and stored and document.kind == "quote" else None
    row.invoice_id = document.id if document and stored and document.kind != "quote" else None
    row.document_kind = document.kind if document else None
    row.client_id = memory.client_id
    row.current_step, row.awaiting = record.step, memory.awaiting
    row.language, row.retry_count = context.language, memory.failures
    row.context_data = {"parked": True} if record.parked else {}
    if context.reported("handed_over"):
        row.status = "handed_over"
        await control.hand_over(turn.session, turn.gathered.chat, row)
    elif record.parked:
        row.status = "abandoned"
    elif record.finished:
        row.status, row.completed_at = "completed", func.now()
    else:
        if row.status != "active":  # one active run per chat: the others rest before this one is written active
            with turn.session.no_autoflush:
                await repository.rest_others(turn.session, row.organization_id, row.chat_id, row.id)
        row.status, row.completed_at = "active", None
    if context.reported("resumed"):
        await control.take_back(turn.session, turn.gathered.chat)
    row.last_interaction_at = func.clock_timestamp()
    await turn.session.flush()


def _provenance(turn: Turn, turn_id: UUID, usage: list[ModelUsageRecord]) -> dict[str, Any]:
    """How the turn's messages were read and written: the models that answered with their tokens, the prompt (R061)."""
    reading = turn.reading
    answered = [record for record in usage if record.outcome == "ok"]
    return {
        "turn": str(turn_id) if turn.records else None,
        "understander": reading.understander if reading else None,
        "prompt_hash": reading.prompt_hash if reading else None,
        "models": [
            {
                "provider": record.provider,
                "model": record.model,
                "prompt_tokens": record.input_tokens,
                "completion_tokens": record.output_tokens,
            }
            for record in answered
        ],
    }


async def _write_replies(turn: Turn, replies: list[str], provenance: dict[str, Any]) -> None:
    gathered = turn.gathered
    text = "\n\n".join(reply for reply in replies if reply)
    parts = split_text(text)
    for at, part in enumerate(parts, start=1):
        await outbox.enqueue(
            turn.session,
            OutgoingMessage(
                organization_id=gathered.organization.id,
                account_id=gathered.chat.account_id,
                chat_id=gathered.chat.id,
                recipient="artisan",
                to_phone=gathered.user.whatsapp_phone,
                body=part,
                choices=_choices(turn) if at == len(parts) else [],
                conversation_id=turn.records[0].run.conversation_id if turn.records else None,
                provenance=provenance,
            ),
        )


def _choices(turn: Turn) -> list[str]:
    """The numbered answers of the question that ends the message, to be tapped where the channel has buttons."""
    asking = [record for record in turn.records if not record.parked]
    return [choice.label for choice in asking[-1].context.memory.choices] if asking else []


def split_text(text: str) -> list[str]:
    """The text in parts that fit one message, cut at line ends."""
    parts: list[str] = []
    while len(text) > LONGEST_MESSAGE:
        cut = text.rfind("\n", 0, LONGEST_MESSAGE)
        cut = cut if cut > 0 else LONGEST_MESSAGE
        parts.append(text[:cut])
        text = text[cut:].lstrip("\n")
    return [*parts, text] if text else parts


def _write_record(turn: Turn, turn_id: UUID, started: float) -> None:
    first, last = turn.records[0], turn.records[-1]
    reading = turn.reading
    calls: list[dict[str, Any]] = [
        {**call, "conversation": str(record.run.conversation_id)}
        for record in turn.records
        for call in record.context.audit
    ]
    turn.session.add(
        TurnRow(
            id=turn_id,
            organization_id=turn.gathered.organization.id,
            conversation_id=first.run.conversation_id,
            conversation_ids=[str(record.run.conversation_id) for record in turn.records],
            chat_id=turn.gathered.chat.id,
            message_ids=[str(message.id) for message in turn.gathered.messages],
            text=turn.gathered.text,
            language=last.context.language,
            understander=reading.understander if reading else "none",
            reading=reading.model_dump(mode="json") if reading else {},
            tool_calls=calls,
            awaiting_before=first.run.memory.get("awaiting"),
            awaiting_after=first.context.memory.awaiting,
            ungrounded_numbers=reading.ungrounded if reading else 0,
            prompt_hash=reading.prompt_hash if reading else None,
            sentences=sentences_said(),
            understand_ms=turn.understand_ms,
            total_ms=round((time.perf_counter() - started) * 1000),
        )
    )


def _write_usage(turn: Turn, turn_id: UUID, usage: list[ModelUsageRecord]) -> None:
    for record in usage:
        turn.session.add(
            ModelUsage(
                organization_id=turn.gathered.organization.id,
                conversation_id=turn.records[0].run.conversation_id,
                turn_id=turn_id,
                **vars(record),
            )
        )


async def _learn(turn: Turn) -> None:
    """Remembers whether the artisan says tu or vous, sen or siz (UX-89)."""
    reading = turn.reading
    if reading and reading.register_form and reading.register_form != turn.gathered.user.address_form:
        await repository.set_address_form(
            turn.session, turn.gathered.organization.id, turn.gathered.user.id, reading.register_form
        )
