"""What is old enough to go: for each class of data the rows, and what becomes of them; and what companies chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    AccessEntry,
    Approval,
    Client,
    Consent,
    Conversation,
    ConversationNote,
    DocumentVersion,
    Invitation,
    Invoice,
    Outbox,
    Quote,
    RetentionChoice,
    SessionEvent,
    SiteNote,
    SystemLog,
    Turn,
    User,
    VoiceTranscription,
    WebhookEvent,
    WhatsappChat,
    WhatsappMessage,
)
from db.repositories.consents import overruled
from db.repositories.privacy_erasing import ERASED_KEY

Conditions = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of one table and what becomes of them: ``values`` are written, None deletes.

    What was changed must no longer meet the conditions, so that a second run finds nothing; an encrypted column can be
    compared with null alone.
    """

    model: Any
    conditions: Conditions
    values: Mapping[str, Any] | None = None


_APPROVING = select(Approval.inbound_message_id).where(Approval.inbound_message_id.is_not(None))
_LEFT = ("sent", "delivered", "read", "failed", "cancelled", "revoked")
_SAID_NOTHING: dict[str, Any] = {"text": "", "reading": {}, "tool_calls": [], "message_ids": []}


def _old_message(before: datetime) -> ColumnElement[bool]:
    message = WhatsappMessage
    return and_(message.sent_at < before, message.processing_status != "queued", message.id.not_in(_APPROVING))


def _silent_chat(before: datetime) -> ColumnElement[bool]:
    chat = WhatsappChat
    return and_(
        chat.purpose != "command",
        func.coalesce(chat.last_message_at, chat.created_at) < before,
        ~exists().where(WhatsappMessage.chat_id == chat.id),
        ~exists().where(Outbox.chat_id == chat.id),
        ~exists().where(Conversation.chat_id == chat.id),
    )


def _undocumented(model: Any, before: datetime) -> ColumnElement[bool]:
    approved = exists().where(Approval.document_id == model.id)
    followed = exists().where(Quote.__table__.alias("follower").c.amends_id == model.id)
    billed = exists().where(Invoice.__table__.alias("bill").c.quote_id == model.id)
    corrected = exists().where(Invoice.__table__.alias("correction").c.corrects_id == model.id)
    return and_(model.number.is_(None), model.updated_at < before, ~approved, ~followed, ~billed, ~corrected)


def _orphaned_version(before: datetime) -> ColumnElement[bool]:
    version = DocumentVersion
    return and_(
        version.created_at < before,
        ~exists().where(Quote.id == version.document_id),
        ~exists().where(Invoice.id == version.document_id),
        ~exists().where(Approval.document_id == version.document_id),
    )


def _forgotten_client(before: datetime) -> ColumnElement[bool]:
    client = Client
    return and_(
        client.updated_at < before,
        ~exists().where(Quote.client_id == client.id),
        ~exists().where(Invoice.client_id == client.id),
        ~exists().where(WhatsappChat.client_id == client.id),
    )


def _idle_consent(before: datetime) -> ColumnElement[bool]:
    """Overruled, or of somebody who is gone; what is in force stays, however old."""
    gone = and_(
        ~exists().where(Client.id == Consent.subject_id, Client.name_key != ERASED_KEY),
        ~exists().where(User.id == Consent.subject_id, or_(User.removed_at.is_(None), User.removed_at >= before)),
    )
    return and_(Consent.created_at < before, or_(overruled(before), gone))


_MESSAGES = (
    Rule(WhatsappMessage, _old_message),
    Rule(
        Outbox,
        lambda before: and_(
            Outbox.created_at < before, Outbox.status.in_(_LEFT), Outbox.recipient == "client", Outbox.body.is_not(None)
        ),
        {"body": None},
    ),
    Rule(
        Outbox,
        lambda before: and_(Outbox.created_at < before, Outbox.status.in_(_LEFT), Outbox.recipient != "client"),
    ),
)
RULES: dict[str, tuple[Rule, ...]] = {
    "messages": (
        *_MESSAGES,
        Rule(
            Turn,
            lambda before: and_(Turn.created_at < before, Turn.message_ids != []),
            _SAID_NOTHING,
        ),
        Rule(
            Conversation,
            lambda before: and_(
                Conversation.last_interaction_at < before,
                Conversation.status != "active",
                Conversation.context_data != {},
            ),
            {"context_data": {}},
        ),
        Rule(ConversationNote, lambda before: ConversationNote.created_at < before),
        Rule(WhatsappChat, _silent_chat),
    ),
    "quiet_chats": (
        Rule(
            WhatsappChat,
            lambda before: and_(WhatsappChat.last_message_at < before, WhatsappChat.archived.is_(False)),
            {"archived": True},
        ),
    ),
    "transcripts": (
        Rule(
            VoiceTranscription,
            lambda before: and_(
                VoiceTranscription.created_at < before,
                VoiceTranscription.text.is_not(None),
                VoiceTranscription.message_id.not_in(_APPROVING),
            ),
            {"text": None, "segments": []},
        ),
        Rule(
            WhatsappMessage,
            lambda before: and_(
                WhatsappMessage.sent_at < before,
                WhatsappMessage.transcription.is_not(None),
                WhatsappMessage.processing_status != "queued",
                WhatsappMessage.id.not_in(_APPROVING),
            ),
            {"transcription": None},
        ),
    ),
    "audio": (
        Rule(
            VoiceTranscription,
            lambda before: and_(VoiceTranscription.created_at < before, VoiceTranscription.audio_key.is_not(None)),
            {
                "audio_key": None,
                "next_try_at": None,
                "outcome": case((VoiceTranscription.outcome == "waiting", "lost"), else_=VoiceTranscription.outcome),
            },
        ),
    ),
    "drafts": (
        Rule(Invoice, lambda before: _undocumented(Invoice, before)),
        Rule(Quote, lambda before: _undocumented(Quote, before)),
        Rule(DocumentVersion, _orphaned_version),
    ),
    "clients": (Rule(Client, _forgotten_client),),
    "site_notes": (Rule(SiteNote, lambda before: SiteNote.noted_at < before),),
    "session_log": (Rule(SessionEvent, lambda before: SessionEvent.created_at < before),),
    "technical_logs": (Rule(SystemLog, lambda before: and_(SystemLog.created_at < before, SystemLog.type != "audit")),),
    "audit_trail": (Rule(SystemLog, lambda before: and_(SystemLog.created_at < before, SystemLog.type == "audit")),),
    "consents": (Rule(Consent, _idle_consent),),
    "access_log": (Rule(AccessEntry, lambda before: AccessEntry.created_at < before),),
    "sign_ins": (
        Rule(
            Invitation,
            lambda before: or_(
                Invitation.expires_at < before, Invitation.accepted_at < before, Invitation.revoked_at < before
            ),
        ),
    ),
    "strangers": (*_MESSAGES, Rule(WhatsappChat, _silent_chat)),
    "webhooks": (Rule(WebhookEvent, lambda before: WebhookEvent.received_at < before),),
}
"""In the order in which they are applied: what others refer to comes last."""


def _where(rule: Rule, organization_id: UUID | None, before: datetime) -> ColumnElement[bool]:
    if not hasattr(rule.model, "organization_id"):
        return rule.conditions(before)
    owner = rule.model.organization_id
    mine = owner == organization_id if organization_id else owner.is_(None)
    return and_(mine, rule.conditions(before))


async def count(session: AsyncSession, organization_id: UUID | None, rule: Rule, before: datetime) -> int:
    """How many rows of a company (of none, when None) are old enough."""
    query = select(func.count()).select_from(rule.model).where(_where(rule, organization_id, before))
    return int(await session.scalar(query) or 0)


async def apply(session: AsyncSession, organization_id: UUID | None, rule: Rule, before: datetime, limit: int) -> int:
    """Deletes or changes at most ``limit`` of them; how many."""
    ids = select(rule.model.id).where(_where(rule, organization_id, before)).limit(limit)
    statement: Any = delete(rule.model)
    if rule.values is not None:
        statement = update(rule.model).values(rule.values)
    statement = statement.where(rule.model.id.in_(ids)).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount


async def choice(session: AsyncSession, organization_id: UUID) -> RetentionChoice | None:
    """What a company chose last; None when it never did."""
    query = select(RetentionChoice).where(RetentionChoice.organization_id == organization_id)
    return (await session.scalars(query.order_by(RetentionChoice.version.desc()).limit(1))).first()


async def add_choice(session: AsyncSession, row: RetentionChoice) -> None:
    session.add(row)
    await session.flush()
