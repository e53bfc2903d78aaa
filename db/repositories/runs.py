"""Queries of workflow runs as the office reads them: lists, and what each turn heard, understood, did and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Client,
    Conversation,
    ConversationNote,
    Invoice,
    ModelUsage,
    Outbox,
    Quote,
    Turn,
    User,
    WhatsappChat,
    WhatsappMessage,
)
from db.paging import Rows, Sortable, Wanted, fetch_page

_AROUND_A_TURN = timedelta(minutes=10)
"""A turn's replies are written in its transaction, at most so long before its own row."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted; None means any. Moments are about the last activity, the later one excluded.

    ``document_id``: those that work on it, or in which it began.
    """

    workflow: str | None = None
    status: str | None = None
    step: str | None = None
    awaiting: str | None = None
    client_id: UUID | None = None
    user_id: UUID | None = None
    chat_id: UUID | None = None
    document_id: UUID | None = None
    assigned_to: UUID | None = None
    tag: str | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None


SORTABLE = Sortable(
    {"last_activity_at": Conversation.last_interaction_at, "started_at": Conversation.started_at},
    key=Conversation.id,
    default="-last_activity_at",
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run with its artisan's and its client's names, document numbers, and whether its chat is silent."""

    run: Conversation
    first_name: str | None
    last_name: str | None
    is_silent: bool
    client_name: str | None
    quote_number: str | None
    invoice_number: str | None


async def page(session: AsyncSession, organization_id: UUID, wanted: RunFilter, place: Wanted) -> Rows[Conversation]:
    """One page of the runs that ``wanted`` lets through."""
    query = select(Conversation).where(Conversation.organization_id == organization_id)
    equal = {
        Conversation.workflow: wanted.workflow,
        Conversation.status: wanted.status,
        Conversation.current_step: wanted.step,
        Conversation.awaiting: wanted.awaiting,
        Conversation.client_id: wanted.client_id,
        Conversation.user_id: wanted.user_id,
        Conversation.chat_id: wanted.chat_id,
        Conversation.assigned_to: wanted.assigned_to,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if wanted.document_id is not None:
        began = (
            select(table.conversation_id).where(
                table.organization_id == organization_id,
                table.id == wanted.document_id,
                table.conversation_id.is_not(None),
            )
            for table in (Quote, Invoice)
        )
        query = query.where(
            or_(
                Conversation.quote_id == wanted.document_id,
                Conversation.invoice_id == wanted.document_id,
                *(Conversation.id.in_(runs) for runs in began),
            )
        )
    if wanted.tag is not None:
        query = query.where(Conversation.tags.contains([wanted.tag]))
    if wanted.active_from is not None:
        query = query.where(Conversation.last_interaction_at >= wanted.active_from)
    if wanted.active_until is not None:
        query = query.where(Conversation.last_interaction_at < wanted.active_until)
    return await fetch_page(session, query, place)


async def with_facts(session: AsyncSession, organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, RunRow]:
    """These runs with what a reader wants to know of them, by id."""
    query = (
        select(
            Conversation,
            User.first_name,
            User.last_name,
            WhatsappChat.bot_paused,
            Client.name,
            Quote.number,
            Invoice.number,
        )
        .join(User, and_(User.id == Conversation.user_id, User.organization_id == organization_id))
        .join(WhatsappChat, WhatsappChat.id == Conversation.chat_id)
        .outerjoin(Client, and_(Client.id == Conversation.client_id, Client.organization_id == organization_id))
        .outerjoin(Quote, and_(Quote.id == Conversation.quote_id, Quote.organization_id == organization_id))
        .outerjoin(Invoice, and_(Invoice.id == Conversation.invoice_id, Invoice.organization_id == organization_id))
        .where(Conversation.organization_id == organization_id, Conversation.id.in_(ids))
    )
    found = await session.execute(query.execution_options(populate_existing=True))
    return {row[0].id: RunRow(*row) for row in found}


async def turns_of(
    session: AsyncSession, organization_id: UUID, conversation_id: UUID, limit: int
) -> tuple[Sequence[Turn], int]:
    """The last turns that worked on a run, oldest first, and how many there are in all."""
    mine = (Turn.organization_id == organization_id, Turn.conversation_ids.contains([str(conversation_id)]))
    query = select(Turn).where(*mine).order_by(Turn.created_at.desc(), Turn.id.desc()).limit(limit)
    found = (await session.scalars(query)).all()
    total = len(found)
    if total == limit:
        total = (await session.scalars(select(func.count()).select_from(Turn).where(*mine))).one()
    return found[::-1], total


async def model_calls_of(session: AsyncSession, organization_id: UUID, turns: Sequence[Turn]) -> Sequence[ModelUsage]:
    """The calls of language models that these turns made, in order."""
    query = (
        select(ModelUsage)
        .where(ModelUsage.organization_id == organization_id, ModelUsage.turn_id.in_([turn.id for turn in turns]))
        .order_by(ModelUsage.created_at, ModelUsage.id)
    )
    return (await session.scalars(query)).all()


async def heard_in(session: AsyncSession, organization_id: UUID, turns: Sequence[Turn]) -> Sequence[WhatsappMessage]:
    """The messages that these turns read, in the order in which they were written."""
    ids = {UUID(each) for turn in turns for each in turn.message_ids}
    query = (
        select(WhatsappMessage)
        .where(WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(ids))
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.received_at, WhatsappMessage.id)
    )
    return (await session.scalars(query)).all()


async def replies_of(session: AsyncSession, organization_id: UUID, turns: Sequence[Turn]) -> Sequence[Outbox]:
    """What these turns answered, whether it has left or not, in the order in which it leaves."""
    if not turns:
        return []
    moments = [turn.created_at for turn in turns]
    query = (
        select(Outbox)
        .where(
            Outbox.organization_id == organization_id,
            Outbox.created_at >= min(moments) - _AROUND_A_TURN,
            Outbox.created_at <= max(moments) + _AROUND_A_TURN,
            Outbox.provenance["turn"].astext.in_([str(turn.id) for turn in turns]),
        )
        .order_by(Outbox.seq)
    )
    return (await session.scalars(query)).all()


async def notes_of(session: AsyncSession, organization_id: UUID, conversation_id: UUID) -> Sequence[ConversationNote]:
    """What the office noted beside a run, oldest first."""
    query = (
        select(ConversationNote)
        .where(ConversationNote.organization_id == organization_id, ConversationNote.conversation_id == conversation_id)
        .order_by(ConversationNote.created_at, ConversationNote.id)
    )
    return (await session.scalars(query)).all()
