"""Queries about what was sent beside words: what came of looking at it, and to which document it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Conversation, WhatsappMessage
from db.models.encrypted import cell

_TOLD = timedelta(days=30)
_SHORTLY = timedelta(minutes=30)
_NOTE = text("""
update whatsapp_messages set details = details || :values
 where organization_id = :organization_id and id = :message_id
""").bindparams(bindparam("values", type_=WhatsappMessage.details.type))

_TICK_OFF = text("""
update whatsapp_messages set details = jsonb_set(details, '{seen,outcome}', cast(:outcome as jsonb))
 where organization_id = :organization_id and id = any(:message_ids)
""")


async def note_details(session: AsyncSession, organization_id: UUID, message_id: UUID, values: dict[str, Any]) -> None:
    """Writes facts beside a message, each under its own name; what stood under that name is replaced."""
    await session.execute(
        _NOTE, {"organization_id": organization_id, "message_id": message_id, "values": cell(message_id, values)}
    )


async def were_told(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> bool:
    """Whether it was said in this chat, within a month, that pictures are not read here."""
    query = select(
        exists().where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.processing_status == "processed",
            WhatsappMessage.received_at > func.now() - _TOLD,
            WhatsappMessage.details["seen"]["outcome"].astext == "no_model",
        )
    )
    return bool(await session.scalar(query))


async def belong_to(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, message_ids: Sequence[UUID], conversation_id: UUID
) -> list[UUID]:
    """Notes the run, and so the document, that messages with files belong to; the ids of those that had none before.

    Files that came shortly before the run began, and belong to nothing, are meant for it too (UX-68).
    """
    taken = await session.scalars(
        update(WhatsappMessage)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.direction == "inbound",
            WhatsappMessage.is_forwarded.is_(False),
            WhatsappMessage.conversation_id.is_(None),
            WhatsappMessage.details.has_key("seen"),
            or_(
                WhatsappMessage.id.in_(message_ids),
                and_(
                    WhatsappMessage.processing_status == "processed",
                    WhatsappMessage.received_at > func.now() - _SHORTLY,
                ),
            ),
        )
        .values(conversation_id=conversation_id)
        .returning(WhatsappMessage.id)
        .execution_options(synchronize_session=False)
    )
    return list(taken)


async def newest_slip(
    session: AsyncSession, organization_id: UUID, chat_id: UUID, since: datetime
) -> tuple[UUID, dict[str, Any]] | None:
    """Id and facts of the last supplier's slip of a chat that is on no document yet."""
    query = (
        select(WhatsappMessage.id, WhatsappMessage.details)
        .where(
            WhatsappMessage.organization_id == organization_id,
            WhatsappMessage.chat_id == chat_id,
            WhatsappMessage.direction == "inbound",
            WhatsappMessage.is_forwarded.is_(False),
            WhatsappMessage.processing_status == "processed",
            WhatsappMessage.received_at >= since,
            WhatsappMessage.details["seen"]["outcome"].astext == "receipt",
        )
        .order_by(WhatsappMessage.sent_at.desc(), WhatsappMessage.id.desc())
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def tick_off_slips(session: AsyncSession, organization_id: UUID, message_ids: Sequence[UUID]) -> None:
    """Notes that the supplies of these slips are on a document: they are lines now, and not offered again."""
    await session.execute(
        _TICK_OFF, {"organization_id": organization_id, "message_ids": list(message_ids), "outcome": '"lines"'}
    )


async def details_of(
    session: AsyncSession, organization_id: UUID, message_ids: Sequence[UUID]
) -> list[tuple[UUID, dict[str, Any]]]:
    """The facts beside some messages."""
    query = select(WhatsappMessage.id, WhatsappMessage.details).where(
        WhatsappMessage.organization_id == organization_id, WhatsappMessage.id.in_(message_ids)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def shown_for(
    session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID
) -> list[tuple[UUID, datetime, dict[str, Any]]]:
    """Id, time and facts of the messages whose files belong to a document, oldest first."""
    column = Conversation.quote_id if kind == "quote" else Conversation.invoice_id
    query = (
        select(WhatsappMessage.id, WhatsappMessage.sent_at, WhatsappMessage.details)
        .join(Conversation, Conversation.id == WhatsappMessage.conversation_id)
        .where(
            WhatsappMessage.organization_id == organization_id,
            Conversation.organization_id == organization_id,
            column == document_id,
            WhatsappMessage.details.has_key("seen"),
        )
        .order_by(WhatsappMessage.sent_at, WhatsappMessage.id)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]
