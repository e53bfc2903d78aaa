"""Which rows are about whom: a whole company, one client of it, or one member; for handing out and for erasing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    AccessEntry,
    AuthSession,
    Base,
    ChannelContact,
    Client,
    Consent,
    Conversation,
    ConversationNote,
    EinvoiceStatus,
    EinvoiceSubmission,
    Invitation,
    Invoice,
    InvoiceItem,
    Outbox,
    Payment,
    Quote,
    QuoteItem,
    SiteNote,
    SystemLog,
    Turn,
    UnreachablePhone,
    User,
    VoiceTranscription,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)

Scope = Literal["tenant", "client", "member"]
About = Callable[[UUID, UUID], ColumnElement[bool]]
MODELS: dict[str, Any] = {
    mapper.local_table.name: mapper.class_  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    if "organization_id" in mapper.columns
}
"""Every table with rows of companies."""


def _mine(model: Any, company: UUID, condition: ColumnElement[bool]) -> Select[Any]:
    return select(model.id).where(model.organization_id == company, condition)


def quotes_of(company: UUID, client_id: UUID) -> Select[Any]:
    """Ids of a client's quotes."""
    return _mine(Quote, company, Quote.client_id == client_id)


def invoices_of(company: UUID, client_id: UUID) -> Select[Any]:
    """Ids of a client's invoices."""
    return _mine(Invoice, company, Invoice.client_id == client_id)


def _chats_of_client(company: UUID, client_id: UUID) -> Select[Any]:
    return _mine(WhatsappChat, company, WhatsappChat.client_id == client_id)


def runs_about(company: UUID, client_id: UUID) -> Select[Any]:
    """Ids of the runs that were about a client, or made one of his documents."""
    documents = or_(
        Conversation.client_id == client_id,
        Conversation.quote_id.in_(quotes_of(company, client_id)),
        Conversation.invoice_id.in_(invoices_of(company, client_id)),
    )
    return _mine(Conversation, company, documents)


def _phone_of(client_id: UUID) -> Select[Any]:
    return select(Client.phone).where(Client.id == client_id, Client.phone.is_not(None))


def _runs_of(company: UUID, user_id: UUID) -> Select[Any]:
    return _mine(Conversation, company, Conversation.user_id == user_id)


def chats_of_member(company: UUID, user_id: UUID) -> Select[Any]:
    """Ids of the chats in which a member gives orders."""
    chat = WhatsappChat
    return _mine(chat, company, and_(chat.user_id == user_id, chat.purpose == "command"))


def messages_of_client(company: UUID, client_id: UUID) -> Select[Any]:
    """Ids of the messages in a client's own chats."""
    return _mine(WhatsappMessage, company, WhatsappMessage.chat_id.in_(_chats_of_client(company, client_id)))


def messages_of_member(company: UUID, user_id: UUID) -> Select[Any]:
    """Ids of the messages that a member wrote, or that were written to him."""
    message = WhatsappMessage
    own = or_(message.user_id == user_id, message.chat_id.in_(chats_of_member(company, user_id)))
    return _mine(message, company, own)


CLIENT: dict[str, About] = {
    "clients": lambda org, who: Client.id == who,
    "quotes": lambda org, who: Quote.client_id == who,
    "quote_items": lambda org, who: QuoteItem.quote_id.in_(quotes_of(org, who)),
    "invoices": lambda org, who: Invoice.client_id == who,
    "invoice_items": lambda org, who: InvoiceItem.invoice_id.in_(invoices_of(org, who)),
    "payments": lambda org, who: Payment.invoice_id.in_(invoices_of(org, who)),
    "einvoice_submissions": lambda org, who: EinvoiceSubmission.invoice_id.in_(invoices_of(org, who)),
    "einvoice_statuses": lambda org, who: EinvoiceStatus.invoice_id.in_(invoices_of(org, who)),
    "whatsapp_chats": lambda org, who: WhatsappChat.client_id == who,
    "whatsapp_messages": lambda org, who: WhatsappMessage.id.in_(messages_of_client(org, who)),
    "voice_transcriptions": lambda org, who: VoiceTranscription.message_id.in_(messages_of_client(org, who)),
    "outbox": lambda org, who: and_(
        Outbox.recipient == "client",
        or_(Outbox.document_id.in_(quotes_of(org, who)), Outbox.document_id.in_(invoices_of(org, who))),
    ),
    "site_notes": lambda org, who: SiteNote.client_id == who,
    "consents": lambda org, who: Consent.subject_id == who,
    "unreachable_phones": lambda org, who: UnreachablePhone.phone.in_(_phone_of(who)),
}
"""What of a company is about one of its clients."""
MEMBER: dict[str, About] = {
    "users": lambda org, who: User.id == who,
    "invitations": lambda org, who: Invitation.user_id == who,
    "auth_sessions": lambda org, who: AuthSession.user_id == who,
    "whatsapp_accounts": lambda org, who: WhatsappAccount.user_id == who,
    "whatsapp_chats": lambda org, who: WhatsappChat.id.in_(chats_of_member(org, who)),
    "whatsapp_messages": lambda org, who: WhatsappMessage.id.in_(messages_of_member(org, who)),
    "voice_transcriptions": lambda org, who: VoiceTranscription.message_id.in_(messages_of_member(org, who)),
    "conversations": lambda org, who: Conversation.user_id == who,
    "turns": lambda org, who: Turn.conversation_id.in_(_runs_of(org, who)),
    "conversation_notes": lambda org, who: ConversationNote.author_id == who,
    "site_notes": lambda org, who: SiteNote.chat_id.in_(chats_of_member(org, who)),
    "channel_contacts": lambda org, who: ChannelContact.user_id == who,
    "consents": lambda org, who: Consent.subject_id == who,
    "system_logs": lambda org, who: SystemLog.user_id == who,
    "access_log": lambda org, who: AccessEntry.reader_id == who,
}
"""What of a company is about one of its members."""


def where(scope: Scope, company: UUID, subject_id: UUID | None, table: str) -> ColumnElement[bool]:
    """The condition of a table's rows about somebody; never true for a table that has none."""
    model = MODELS.get(table)
    if model is None:
        return false()
    mine: ColumnElement[bool] = model.organization_id == company
    if scope == "tenant":
        return mine
    about = (CLIENT if scope == "client" else MEMBER).get(table)
    return and_(mine, about(company, subject_id)) if about and subject_id else false()


async def exists(session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None) -> bool:
    """Whether the company has such a client or member."""
    table = {"client": "clients", "member": "users"}.get(scope)
    return table is None or await count(session, organization_id, scope, subject_id, table) > 0


async def count(session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None, table: str) -> int:
    """How many rows of a table are about somebody."""
    if table not in MODELS:
        return 0
    query = select(func.count()).select_from(MODELS[table])
    return int(await session.scalar(query.where(where(scope, organization_id, subject_id, table))) or 0)


def selected(company: UUID, scope: Scope, subject_id: UUID | None, table: str) -> Select[Any]:
    """The rows of a table about somebody, for a session that streams them."""
    query = select(MODELS[table]).where(where(scope, company, subject_id, table))
    return query.execution_options(yield_per=500)


async def readable_tables(session: AsyncSession) -> set[str]:
    """The tables that a company's own transaction may read."""
    statement = text(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and has_table_privilege('usta_app', oid, 'select')"
    )
    return set(await session.scalars(statement))
