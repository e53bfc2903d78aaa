"""A message that was edited or deleted after its turn: the draft is made what the new words make of it (UX-16).

The words that the turn read are compared with those that stand in the chat now. While the draft is open the difference
is applied as corrections, and only told when amounts or the client change; after issue it is refused in one line. What
an edit says never counts as the artisan's word for a gate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agent.edit_changes import corrections, withdrawal
from agent.gathering import Gathered, gather
from agent.remarks import speak
from agent.turn import Turn, TurnSettings, run_given
from agent.understanding.usage import ModelUsageRecord, collecting_usage
from agent.writing import write_turn
from db.models import Turn as TurnRow
from db.models import WhatsappMessage
from db.queue import defer
from db.repositories import conversations
from db.repositories import turns as repository
from db.session import Database
from graphs.shared.understanding import draft_view
from prompts.replies import noting_sentences
from prompts.replies.own_wording import own_wording
from services.documents import service as documents
from services.documents.schemas import Document
from services.documents.totals import compute_totals
from tools.commands import Command, DialogueContext, Reading, Understander, UnderstandingRequest
from tools.definition import Effect

LEAVES_NOTHING = (Effect.READ, Effect.DIALOGUE)
"""Effects of tools after which nothing has to be corrected."""


async def reread(
    database: Database,
    understander: Understander,
    settings: TurnSettings,
    organization_id: UUID,
    chat_id: UUID,
    message_id: UUID,
) -> bool:
    """Brings the draft up to the message as it stands now; False when there was nothing to do."""
    now = datetime.now(UTC)
    async with database.tenant(organization_id) as session:
        row = await repository.turn_of_message(session, organization_id, chat_id, message_id)
        if row is None:
            return False
        messages = await repository.messages_of_turn(session, organization_id, row)
        for message in messages:
            message.text = _words_of(message)
        words = "\n".join(message.text for message in messages if message.text)
        if words == row.text:
            return False
        gathered = await gather(session, organization_id, chat_id, now, messages)
        begun = await repository.began_document(session, organization_id, row)
    if gathered is None or gathered.chat.bot_paused:
        return False
    with collecting_usage() as usage:
        changes = await _changed(understander, gathered, row, words, begun=begun)
        async with database.tenant(organization_id) as session:
            await conversations.lock_chat(session, organization_id, chat_id)
            for message in messages:
                await repository.adopt_edit(session, organization_id, message.id)
            turn = Turn(database, understander, settings, gathered, now, session, begun=True)
            turn.reading = changes.reading
            with own_wording(gathered.wording), noting_sentences():
                await _apply(turn, row, words, changes, usage)
    return True


@dataclass(frozen=True, slots=True)
class Changes:
    """What the edit asks of the draft: corrections, None when they cannot be said; and the reading of the new words."""

    commands: list[Command] | None
    reading: Reading | None = None


async def _changed(understander: Understander, gathered: Gathered, row: TurnRow, words: str, *, begun: bool) -> Changes:
    """Reads the words before and after in the situation in which the turn read them."""
    document = _draft(gathered, row)
    if document is None:
        return Changes(None)
    context = DialogueContext(
        workflow=gathered.run.workflow if gathered.run else None,
        awaiting=row.awaiting_before,
        draft=None if begun else draft_view(document),
        clients=gathered.client_names,
        today=gathered.messages[-1].sent_at.date(),
    )
    before, after = [
        await understander.understand(
            UnderstandingRequest(
                text=text, language_hint=row.language, context=context, models_allowed=gathered.spend.may_read
            )
        )
        for text in (row.text, words or row.text)
    ]
    if before.degraded or after.degraded:
        return Changes(None, after)
    if not words:
        return Changes(withdrawal(before.commands, document), after)
    return Changes(corrections(before.commands, after.commands, document), after)


def _draft(gathered: Gathered, row: TurnRow) -> Document | None:
    """The open draft that the turn was about, if it is still at hand."""
    run = gathered.run
    if run is None or run.conversation_id != row.conversation_id or run.document is None:
        return None
    return run.document if run.document.number is None and run.document.status == "draft" else None


async def _apply(turn: Turn, row: TurnRow, words: str, changes: Changes, usage: list[ModelUsageRecord]) -> None:
    started = time.perf_counter()
    gathered = turn.gathered
    document = _draft(gathered, row)
    if document is None:
        await _without_draft(turn, row, usage, started)
        return
    if changes.commands is None:
        await write_turn(turn, [speak(gathered, "edits.unclear" if words else "edits.deleted_unclear")], usage, started)
        return
    replies: list[str] = []
    if changes.commands:
        assert gathered.run is not None
        before = _worth(document)
        context = await run_given(turn, gathered.run, changes.commands)
        after = context.desk.document
        if after is None or _worth(after) != before or context.reported("refused", "cancel_wanted"):
            replies = [speak(gathered, "edits.seen" if words else "edits.deleted"), *context.replies]
    await write_turn(turn, replies, usage, started)


async def _without_draft(turn: Turn, row: TurnRow, usage: list[ModelUsageRecord], started: float) -> None:
    """After issue one line; a message of which nothing was understood is simply read again; else nothing."""
    gathered = turn.gathered
    organization_id = gathered.organization.id
    if not row.tool_calls and gathered.text.strip():
        ids = [message.id for message in gathered.messages]
        if await conversations.again_waiting(turn.session, organization_id, gathered.chat.id, ids):
            await _call_for_turn(turn.session, organization_id, gathered.chat.id)
        return
    number = await _issued(turn.session, organization_id, row)
    if number and any(call.get("effect") not in LEAVES_NOTHING for call in row.tool_calls):
        await write_turn(turn, [speak(gathered, "edits.too_late", number=number)], usage, started)


async def _issued(session: AsyncSession, organization_id: UUID, row: TurnRow) -> str | None:
    """The number of the document that the turn's run made."""
    run = await conversations.get_conversation(session, organization_id, row.conversation_id)
    document_id = (run.quote_id or run.invoice_id) if run else None
    if run is None or document_id is None:
        return None
    document = await documents.load(session, organization_id, "quote" if run.quote_id else "invoice", document_id)
    return document.number


async def _call_for_turn(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> None:
    await defer(session, "turn", lock=f"chat:{chat_id}", chat_id=str(chat_id), organization_id=str(organization_id))


def _worth(document: Document) -> tuple[Any, ...]:
    """What makes an edit worth an answer: amounts, VAT, whom it is for."""
    totals = compute_totals(document)
    return (totals.subtotal, totals.total, document.buyer.name if document.buyer else None)


def _words_of(message: WhatsappMessage) -> str | None:
    """The words of a message as they stand in the chat now."""
    if message.is_forwarded or message.deleted_at is not None:
        return None
    words: str | None = message.details.get("edited_text") or message.text or message.transcription
    return words
