"""What happened in a run, turn by turn: "why did it answer that?", for the office and for support."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ModelUsage, Outbox, Turn, WhatsappMessage
from db.paging import Rows, Wanted
from db.repositories import runs as repository
from db.repositories.runs import RunRow
from services.conversations.control import UnknownConversation
from services.conversations.schemas import (
    CommandView,
    DocumentRef,
    Heard,
    ModelCallView,
    Named,
    Note,
    Run,
    RunDetail,
    Said,
    ToolCallView,
    TurnView,
)
from services.documents import service as documents
from services.documents.outline import outline

MOST_TURNS = 100
"""Turns shown with a run; a run has a handful, and one that never ends must not fill an answer."""


async def page(session: AsyncSession, organization_id: UUID, wanted: repository.RunFilter, place: Wanted) -> Rows[Run]:
    """One page of the company's runs."""
    found = await repository.page(session, organization_id, wanted, place)
    facts = await repository.with_facts(session, organization_id, [run.id for run in found.rows])
    return Rows([Run.model_validate(_facts(facts[run.id])) for run in found.rows], found.next)


async def detail(session: AsyncSession, organization_id: UUID, conversation_id: UUID) -> RunDetail:
    """A run with everything that its turns heard, understood, did and said. Raises ``UnknownConversation``."""
    row = (await repository.with_facts(session, organization_id, [conversation_id])).get(conversation_id)
    if row is None:
        raise UnknownConversation(str(conversation_id))
    facts = _facts(row)
    turns, total = await repository.turns_of(session, organization_id, conversation_id, MOST_TURNS)
    calls = await repository.model_calls_of(session, organization_id, turns)
    notes = await repository.notes_of(session, organization_id, conversation_id)
    return RunDetail.model_validate(
        facts
        | {
            "draft": await _document(session, organization_id, facts["document"]),
            "notes": [Note.model_validate(note) for note in notes],
            "turns": await _turns(session, organization_id, turns, calls),
            "earlier_turns": total - len(turns),
            "tokens": sum(call.input_tokens + call.output_tokens for call in calls),
            "cost_eur": sum((call.cost_eur or Decimal(0) for call in calls), Decimal(0)),
        }
    )


def _facts(row: RunRow) -> dict[str, Any]:
    run = row.run
    document = None
    if document_id := run.quote_id or run.invoice_id:
        kind = "quote" if run.quote_id else run.document_kind or "invoice"
        document = DocumentRef(
            id=document_id, kind=kind, number=row.quote_number if run.quote_id else row.invoice_number
        )
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    return {
        "id": run.id,
        "workflow": run.workflow,
        "status": run.status,
        "step": run.current_step,
        "awaiting": run.awaiting,
        "language": run.language,
        "artisan": Named(id=run.user_id, name=name or None),
        "client": Named(id=run.client_id, name=row.client_name) if run.client_id and row.client_name else None,
        "document": document,
        "chat_id": run.chat_id,
        "assistant_silent": row.is_silent,
        "assigned_to": run.assigned_to,
        "tags": run.tags,
        "misunderstood": run.retry_count,
        "started_at": run.started_at,
        "last_activity_at": run.last_interaction_at,
        "completed_at": run.completed_at,
        "updated_at": run.updated_at,
    }


async def _document(session: AsyncSession, organization_id: UUID, ref: DocumentRef | None) -> dict[str, Any] | None:
    if ref is None:
        return None
    try:
        return outline(await documents.load(session, organization_id, ref.kind, ref.id))
    except documents.NotFound:
        return None


async def _turns(
    session: AsyncSession, organization_id: UUID, turns: Iterable[Turn], calls: Iterable[ModelUsage]
) -> list[TurnView]:
    shown = list(turns)
    heard = {message.id: message for message in await repository.heard_in(session, organization_id, shown)}
    said, asked = defaultdict(list), defaultdict(list)
    for reply in await repository.replies_of(session, organization_id, shown):
        said[reply.provenance["turn"]].append(reply)
    for call in calls:
        asked[call.turn_id].append(call)
    return [_turn(turn, heard, said[str(turn.id)], asked[turn.id]) for turn in shown]


def _turn(turn: Turn, heard: dict[UUID, WhatsappMessage], said: list[Outbox], asked: list[ModelUsage]) -> TurnView:
    reading = turn.reading
    ids = [UUID(each) for each in turn.message_ids]
    return TurnView(
        id=turn.id,
        at=turn.created_at,
        language=turn.language,
        text=turn.text,
        heard=[_heard(heard[each]) for each in ids if each in heard],
        understander=turn.understander,
        confidence=reading.get("confidence"),
        commands=[CommandView.model_validate(command) for command in reading.get("commands", [])],
        unexplained=reading.get("unexplained", []),
        degraded=reading.get("degraded", False),
        limited=reading.get("limited", False),
        ungrounded_numbers=turn.ungrounded_numbers,
        tool_calls=[_tool_call(call) for call in turn.tool_calls],
        awaiting_before=turn.awaiting_before,
        awaiting_after=turn.awaiting_after,
        said=[Said(id=row.id, kind=row.kind, text=row.body, status=row.status, error=row.error) for row in said],
        sentences=turn.sentences,
        prompt_hash=turn.prompt_hash,
        model_calls=[ModelCallView.model_validate(call) for call in asked],
        understand_ms=turn.understand_ms,
        total_ms=turn.total_ms,
    )


def _tool_call(call: dict[str, Any]) -> ToolCallView:
    """A refusal is a "no" of the business, any other error a call that did not fit its tool."""
    refused = call["status"] == "error" and call["result"].startswith("refused: ")
    return ToolCallView.model_validate(call | ({"status": "refused"} if refused else {}))


def _heard(message: WhatsappMessage) -> Heard:
    return Heard(
        id=message.id,
        type=message.type,
        text=message.text or message.transcription,
        sent_at=message.sent_at,
        deleted=message.deleted_at is not None,
    )
