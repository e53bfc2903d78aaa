"""What erasing takes away and what stays, table by table; the same conditions count, delete and reduce (C27, R249)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, String, and_, delete, func, literal, not_, or_, select, true, update
from sqlalchemy import cast as as_type
from sqlalchemy import exists as has
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Approval,
    AuthSession,
    Base,
    ChannelContact,
    Client,
    Consent,
    Conversation,
    ConversationNote,
    DocumentVersion,
    Invitation,
    Invoice,
    Organization,
    Outbox,
    Quote,
    SiteNote,
    SystemLog,
    Turn,
    User,
    UserCredentials,
    VoiceTranscription,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.repositories.privacy_subjects import (
    CLIENT,
    MODELS,
    Scope,
    chats_of_member,
    invoices_of,
    messages_of_client,
    messages_of_member,
    quotes_of,
    runs_about,
)

ERASED = "Client effacé"
ERASED_KEY = "client efface"
_SAID_NOTHING: dict[str, Any] = {"text": "", "reading": {}, "tool_calls": [], "message_ids": []}


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one table and what becomes of them: ``values`` are written, None deletes."""

    table: str
    rows: ColumnElement[bool]
    values: Mapping[str, Any] | None = None

    @property
    def model(self) -> Any:
        return MODELS[self.table]


def _issued(model: Any, company: UUID) -> Any:
    return select(model.id).where(model.organization_id == company, model.number.is_not(None))


def _is_of_issued(column: Any, company: UUID) -> ColumnElement[bool]:
    return or_(column.in_(_issued(Quote, company)), column.in_(_issued(Invoice, company)))


def _approving(company: UUID) -> Any:
    """Ids of the messages that approved what was issued."""
    return select(Approval.inbound_message_id).where(
        Approval.organization_id == company,
        Approval.inbound_message_id.is_not(None),
        _is_of_issued(Approval.document_id, company),
    )


def _proving_version(company: UUID) -> ColumnElement[bool]:
    version = DocumentVersion
    approved = has().where(Approval.document_id == version.document_id, Approval.version == version.version)
    return and_(_is_of_issued(version.document_id, company), approved)


def _chat_of_approval(company: UUID) -> Any:
    return select(WhatsappMessage.chat_id).where(WhatsappMessage.id.in_(_approving(company)))


def _account_of_approval(company: UUID) -> ColumnElement[bool]:
    chats = select(WhatsappChat.account_id).where(WhatsappChat.id.in_(_chat_of_approval(company)))
    messages = select(WhatsappMessage.account_id).where(WhatsappMessage.id.in_(_approving(company)))
    return or_(WhatsappAccount.id.in_(chats), WhatsappAccount.id.in_(messages))


def _approver(company: UUID) -> ColumnElement[bool]:
    members = select(Approval.user_id).where(Approval.organization_id == company, Approval.user_id.is_not(None))
    writers = select(WhatsappChat.user_id).where(
        WhatsappChat.id.in_(_chat_of_approval(company)), WhatsappChat.user_id.is_not(None)
    )
    return or_(User.id.in_(members), User.id.in_(writers))


def _billed(company: UUID) -> ColumnElement[bool]:
    quoted = select(Quote.client_id).where(Quote.id.in_(_issued(Quote, company)), Quote.client_id.is_not(None))
    invoiced = select(Invoice.client_id).where(
        Invoice.id.in_(_issued(Invoice, company)), Invoice.client_id.is_not(None)
    )
    return or_(Client.id.in_(quoted), Client.id.in_(invoiced))


def _all(company: UUID) -> ColumnElement[bool]:
    return true()


KEPT: dict[str, Callable[[UUID], ColumnElement[bool]]] = {
    "quotes": lambda org: Quote.number.is_not(None),
    "invoices": lambda org: Invoice.number.is_not(None),
    "quote_items": lambda org: MODELS["quote_items"].quote_id.in_(_issued(Quote, org)),
    "invoice_items": lambda org: MODELS["invoice_items"].invoice_id.in_(_issued(Invoice, org)),
    **dict.fromkeys(
        ("payments", "ledger_entries", "document_events", "document_counters", "einvoice_submissions",
         "einvoice_statuses", "ereporting_entries", "access_log", "erasures", "subscriptions",
         "subscription_invoices", "subscription_invoice_counters", "consents"),
        _all,
    ),
    "approvals": lambda org: _is_of_issued(Approval.document_id, org),
    "document_versions": _proving_version,
    "whatsapp_messages": lambda org: WhatsappMessage.id.in_(_approving(org)),
    "whatsapp_chats": lambda org: WhatsappChat.id.in_(_chat_of_approval(org)),
    "whatsapp_accounts": _account_of_approval,
    "users": _approver,
    "clients": _billed,
}  # fmt: skip
"""The rows that the erasing of a company leaves, of each table that is not emptied."""


def _mark(model: Any) -> Any:
    return literal("erased:") + as_type(model.id, String)


CLIENT_LEFT: dict[str, Any] = {
    "name": ERASED, "name_key": ERASED_KEY,
    **dict.fromkeys(
        ("title", "address_line", "postal_code", "city", "billing_address_line", "billing_postal_code", "billing_city",
         "siren", "siret", "vat_number", "phone", "email", "einvoicing_address")
    ),
}  # fmt: skip
USER_LEFT: dict[str, Any] = {
    "email": None, "whatsapp_phone": None, "phone_verified_at": None, "address_form": None, "is_active": False,
    "removed_at": func.coalesce(User.removed_at, func.now()),
}  # fmt: skip
CHAT_LEFT: dict[str, Any] = {
    "name": None, "attendee_provider_id": None, "attendee_phone": None, "provider_chat_id": _mark(WhatsappChat),
}  # fmt: skip
MESSAGE_LEFT: dict[str, Any] = {
    "sender_id": None, "sender_name": None, "sender_phone": None, "attachments": [], "quoted": None, "details": {},
    "provenance": {}, "provider_wire_id": None, "provider_message_id": _mark(WhatsappMessage),
}  # fmt: skip
ACCOUNT_LEFT: dict[str, Any] = {
    "phone": None, "provider_account_id": _mark(WhatsappAccount), "is_active": False, "next_check_at": None,
    "qr_code": None,
}  # fmt: skip
COMPANY_LEFT: dict[str, Any] = {
    "status": "erased", "settings": {},
    **dict.fromkeys(
        ("phone", "email", "siret", "iban", "bic", "logo_key", "attestation_key", "insurer_name", "insurer_address",
         "insurance_policy", "insurance_area", "insurance_activities", "mediator_name", "mediator_contact", "rge",
         "einvoicing_address", "waste_collection_point", "waste_sorting")
    ),
}  # fmt: skip
"""What a company is called and where it sat stays, so that its documents are found; its SIRET is free for a return."""


def _company(company: UUID) -> list[Step]:
    steps = []
    for table in reversed(Base.metadata.sorted_tables):
        model = MODELS.get(table.name)
        if model is None:
            continue
        kept = KEPT.get(table.name)
        mine = model.organization_id == company
        if kept is not _all:
            steps.append(Step(table.name, and_(mine, not_(kept(company))) if kept else mine))
    for name, left in (
        ("clients", CLIENT_LEFT), ("users", USER_LEFT), ("whatsapp_chats", CHAT_LEFT),
        ("whatsapp_messages", MESSAGE_LEFT), ("whatsapp_accounts", ACCOUNT_LEFT),
        ("quotes", {"sent_to": None}), ("invoices", {"sent_to": None}),
    ):  # fmt: skip
        steps.append(Step(name, MODELS[name].organization_id == company, left))
    return steps


def _client(company: UUID, who: UUID) -> list[Step]:
    runs, message = runs_about(company, who), WhatsappMessage
    said = or_(message.id.in_(messages_of_client(company, who)), message.conversation_id.in_(runs))
    said = and_(said, message.id.not_in(_approving(company)))
    of_client = or_(
        DocumentVersion.document_id.in_(quotes_of(company, who)),
        DocumentVersion.document_id.in_(invoices_of(company, who)),
    )
    own = {name: condition(company, who) for name, condition in CLIENT.items()}
    steps = [
        Step("outbox", own["outbox"]),
        Step("outbox", and_(Outbox.conversation_id.in_(runs), Outbox.recipient != "client")),
        Step("voice_transcriptions", VoiceTranscription.message_id.in_(select(message.id).where(said))),
        Step("turns", Turn.conversation_id.in_(runs), _SAID_NOTHING),
        Step("whatsapp_messages", said),
        Step("whatsapp_chats", and_(own["whatsapp_chats"], ~has().where(message.chat_id == WhatsappChat.id))),
        Step("site_notes", own["site_notes"]),
        Step("unreachable_phones", own["unreachable_phones"]),
        Step("document_versions", and_(of_client, not_(_proving_version(company)))),
        Step("conversations", Conversation.id.in_(runs), {"context_data": {}}),
        Step("invoices", and_(own["invoices"], Invoice.number.is_(None))),
        Step("quotes", and_(own["quotes"], Quote.number.is_(None), ~has().where(Approval.document_id == Quote.id))),
        Step("quotes", own["quotes"], {"sent_to": None}),
        Step("invoices", own["invoices"], {"sent_to": None}),
        Step("clients", and_(own["clients"], not_(_billed(company)))),
        Step("clients", own["clients"], CLIENT_LEFT),
    ]
    return [Step(each.table, and_(each.model.organization_id == company, each.rows), each.values) for each in steps]


def _member(company: UUID, who: UUID) -> list[Step]:
    message, chats = WhatsappMessage, chats_of_member(company, who)
    said = and_(message.id.in_(messages_of_member(company, who)), message.id.not_in(_approving(company)))
    in_his_chat = message.chat_id.in_(chats)
    empty = and_(WhatsappChat.id.in_(chats), WhatsappChat.id.not_in(_chat_of_approval(company)))
    account = WhatsappAccount.user_id == who
    used = has().where(message.account_id == WhatsappAccount.id)
    steps = [
        Step("auth_sessions", AuthSession.user_id == who),
        Step("user_credentials", UserCredentials.user_id == who),
        Step("invitations", Invitation.user_id == who),
        Step("channel_contacts", ChannelContact.user_id == who),
        Step("voice_transcriptions", VoiceTranscription.message_id.in_(select(message.id).where(said))),
        Step("outbox", and_(Outbox.chat_id.in_(chats), Outbox.recipient != "client")),
        Step("conversation_notes", ConversationNote.author_id == who, {"author": "Membre effacé", "author_id": None}),
        Step("site_notes", SiteNote.chat_id.in_(chats), {"author": None}),
        Step("conversations", Conversation.user_id == who),
        Step("whatsapp_messages", said),
        Step("whatsapp_messages", in_his_chat, MESSAGE_LEFT),
        Step("whatsapp_chats", empty),
        Step("whatsapp_chats", WhatsappChat.id.in_(chats), CHAT_LEFT),
        Step("whatsapp_accounts", and_(account, ~used)),
        Step("whatsapp_accounts", account, ACCOUNT_LEFT),
        Step("system_logs", SystemLog.user_id == who, {"ip_address": None}),
        Step("users", and_(User.id == who, not_(_approver(company)))),
        Step("users", User.id == who, USER_LEFT),
    ]
    return [Step(each.table, and_(each.model.organization_id == company, each.rows), each.values) for each in steps]


def steps_of(company: UUID, scope: Scope, subject_id: UUID | None) -> list[Step]:
    """What is done, in this order: what others refer to comes last, what is left over is reduced at the end."""
    if scope == "tenant" or subject_id is None:
        return _company(company)
    return (_client if scope == "client" else _member)(company, subject_id)


async def counts(
    session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Rows that would be deleted, and rows that would stay but say less, by table."""
    deleted: dict[str, int] = {}
    changed: dict[str, int] = {}
    for step in steps_of(organization_id, scope, subject_id):
        number = int(await session.scalar(select(func.count()).select_from(step.model).where(step.rows)) or 0)
        if number:
            into = deleted if step.values is None else changed
            into[step.table] = into.get(step.table, 0) + number
    for (
        table,
        number,
    ) in deleted.items():  # before anything is deleted the rows that go are among those that would be reduced
        if table in changed and table != "outbox":
            changed[table] = max(changed[table] - number, 0)
    return deleted, {table: number for table, number in changed.items() if number}


async def kept(session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None) -> dict[str, int]:
    """Rows that the law, or their being a proof, keeps: by table."""
    found = {}
    for table, condition in KEPT.items():
        if table not in MODELS:
            continue
        rows = and_(MODELS[table].organization_id == organization_id, condition(organization_id))
        if scope == "client" and subject_id:
            if table not in CLIENT:
                continue
            rows = and_(rows, CLIENT[table](organization_id, subject_id))
        elif scope == "member" and subject_id:
            if table not in ("users", "approvals", "whatsapp_messages", "consents"):
                continue
            mine = {
                "users": User.id == subject_id,
                "consents": Consent.subject_id == subject_id,
                "approvals": or_(
                    Approval.user_id == subject_id,
                    Approval.inbound_message_id.in_(messages_of_member(organization_id, subject_id)),
                ),
                "whatsapp_messages": WhatsappMessage.id.in_(messages_of_member(organization_id, subject_id)),
            }
            rows = and_(rows, mine[table])
        number = int(await session.scalar(select(func.count()).select_from(MODELS[table]).where(rows)) or 0)
        if number:
            found[table] = number
    return found


async def erase(
    session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Does it, in the caller's transaction: rows deleted and rows reduced, by table."""
    deleted: dict[str, int] = {}
    changed: dict[str, int] = {}
    for step in steps_of(organization_id, scope, subject_id):
        statement: Any = delete(step.model) if step.values is None else update(step.model).values(step.values)
        statement = statement.where(step.rows).execution_options(synchronize_session=False)
        number = cast("CursorResult[Any]", await session.execute(statement)).rowcount
        if number:
            into = deleted if step.values is None else changed
            into[step.table] = into.get(step.table, 0) + number
    if scope == "tenant":
        await session.execute(
            update(Organization).where(Organization.id == organization_id).values(COMPANY_LEFT)
            .execution_options(synchronize_session=False)
        )  # fmt: skip
    return deleted, changed


async def last_issued(
    session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None
) -> date | None:
    """The day of the youngest document that is kept; None when none is."""
    days = []
    for model in (Quote, Invoice):
        query = select(func.max(model.issue_date)).where(
            model.organization_id == organization_id, model.number.is_not(None)
        )
        query = query.where(model.client_id == subject_id) if scope == "client" else query
        days.append(await session.scalar(query))
    return max((day for day in days if day), default=None)


async def runs(session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None) -> Sequence[UUID]:
    """The runs whose working state goes."""
    query = select(Conversation.id).where(Conversation.organization_id == organization_id)
    if scope == "client" and subject_id:
        query = query.where(Conversation.id.in_(runs_about(organization_id, subject_id)))
    elif scope == "member":
        query = query.where(Conversation.user_id == subject_id)
    return (await session.scalars(query)).all()


async def files_of(
    session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None
) -> Sequence[tuple[dict[str, Any], str | None]]:
    """Of the messages that go: their details, and the key of their audio."""
    if subject_id is None or scope == "tenant":
        return []
    of = messages_of_client if scope == "client" else messages_of_member
    query = (
        select(WhatsappMessage.details, VoiceTranscription.audio_key)
        .outerjoin(VoiceTranscription, VoiceTranscription.message_id == WhatsappMessage.id)
        .where(WhatsappMessage.id.in_(of(organization_id, subject_id)))
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def numbers(session: AsyncSession, organization_id: UUID, user_id: UUID | None) -> Sequence[UUID]:
    """The company's own connected WhatsApp numbers, or those of one member."""
    query = select(WhatsappAccount.id).where(
        WhatsappAccount.organization_id == organization_id, WhatsappAccount.is_active, WhatsappAccount.kind == "artisan"
    )
    return (await session.scalars(query.where(WhatsappAccount.user_id == user_id) if user_id else query)).all()
