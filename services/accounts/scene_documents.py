"""The documents of a scene: quotes, their deposits, and invoices, issued through the same gates as any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Organization, User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.repositories import documents as repository
from services.accounts.service import seller_of
from services.clients import service as clients
from services.documents import drafts, follow_ups, payments
from services.documents import service as documents
from services.documents.numbering import continue_after
from services.documents.schemas import Document, Line


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SceneLine(_Model):
    """A line, EUR excl. VAT; ``vat_rate`` None = the rate that the product proposes."""

    description: str
    quantity: Decimal = Decimal(1)
    unit: str | None = None
    unit_price: Decimal
    vat_rate: Decimal | None = None
    section: str | None = None


class SceneDeposit(_Model):
    """A deposit invoice of a quote of the scene, ``percent`` of it."""

    number: str | None = None
    percent: Decimal
    paid: bool = True


class SceneQuote(_Model):
    """A quote of the scene; without ``number`` one is allocated unless it is a draft."""

    client: str
    number: str | None = None
    status: Literal["draft", "issued", "sent", "accepted", "rejected", "expired"] = "issued"
    lines: list[SceneLine]
    notes: list[str] = Field(default_factory=list)
    deposit: SceneDeposit | None = None


class SceneInvoice(_Model):
    """An issued invoice without a quote; ``paid`` is what came in for it, EUR incl. VAT. Its client needs an address."""

    client: str
    number: str | None = None
    status: Literal["issued", "sent"] = "issued"
    lines: list[SceneLine]
    paid: Decimal | None = None


async def add_quote(
    session: AsyncSession, organization: Organization, user: User, client: Client, wanted: SceneQuote
) -> None:
    """Stores the quote, issued unless it is a draft, and its deposit invoice."""
    document = documents.new_document("quote")
    document.notes = list(wanted.notes)
    await _fill(session, organization, user, document, client, wanted.lines)
    if wanted.status != "draft":
        await _issue(session, organization, user, document, wanted.number)
        await _set_status(session, organization, document, wanted.status)
    if wanted.deposit is not None:
        await _deposit(session, organization, user, document, wanted.deposit)


async def add_invoice(
    session: AsyncSession, organization: Organization, user: User, client: Client, wanted: SceneInvoice
) -> None:
    """Stores the invoice as issued today, and the payment of it that was told."""
    document = documents.new_document("invoice", due_days=organization.payment_terms_days)
    await _fill(session, organization, user, document, client, wanted.lines)
    await _issue(session, organization, user, document, wanted.number)
    await _set_status(session, organization, document, wanted.status)
    if wanted.paid is not None:
        today = datetime.now(UTC).date()
        await payments.record(
            session, organization.id, document.id, amount=wanted.paid, paid_on=today, method="transfer"
        )


async def _fill(
    session: AsyncSession,
    organization: Organization,
    user: User,
    document: Document,
    client: Client,
    lines: list[SceneLine],
) -> None:
    document.buyer = clients.buyer(client)
    for position, line in enumerate(lines, start=1):
        document.lines.append(_line(position, line))
    drafts.apply_vat(document, seller_of(organization), organization.default_vat_rate, datetime.now(UTC).date())
    await documents.save(session, organization.id, document, user_id=user.id)


async def _set_status(session: AsyncSession, organization: Organization, document: Document, status: str) -> None:
    row = await repository.get_row(session, organization.id, document.kind, document.id)
    assert row is not None
    row.status = status
    await session.flush()


async def _deposit(
    session: AsyncSession, organization: Organization, user: User, quote: Document, wanted: SceneDeposit
) -> None:
    today = datetime.now(UTC).date()
    document = documents.new_document("deposit", due_days=organization.payment_terms_days)
    document.quote_id, document.deposit_percent = quote.id, wanted.percent
    await follow_ups.fill(session, organization.id, document, today=today)
    await documents.save(session, organization.id, document, user_id=user.id)
    await _issue(session, organization, user, document, wanted.number)
    if wanted.paid:
        await payments.record(session, organization.id, document.id, paid_on=today, method="transfer")


def _line(position: int, line: SceneLine) -> Line:
    return Line(
        position=position,
        description=line.description,
        chat_label=line.description,
        said=line.description,
        quantity=line.quantity,
        unit=line.unit or ("forfait" if line.quantity == 1 else "u"),
        unit_price=line.unit_price,
        section=line.section,
        vat_rate_said=line.vat_rate,
    )


async def _issue(
    session: AsyncSession, organization: Organization, user: User, document: Document, number: str | None
) -> None:
    """Issues a document of the scene through the same gate as any other: a recap, then the artisan's word."""
    await documents.mark_shown(session, organization.id, document)
    message_id = await _word(session, organization, user)
    row = await repository.get_row(session, organization.id, document.kind, document.id)
    assert row is not None
    await documents.issue(
        session,
        organization.id,
        document,
        seller_of(organization, user),
        word=message_id,
        now=datetime.now(UTC),
        number=number,
    )
    if number:
        await continue_after(session, organization.id, number)
    await session.refresh(row)
    row.pdf_status = "none"
    await session.flush()


async def _word(session: AsyncSession, organization: Organization, user: User) -> UUID:
    """The artisan's "ok" for a quote that was made before this installation: stored as a message of his chat."""
    account_id = await session.scalar(
        select(WhatsappAccount.id)
        .where(WhatsappAccount.kind == "assistant", WhatsappAccount.provider == "unipile")
        .limit(1)
    )
    if account_id is None:
        raise LookupError("no assistant number is set up yet: start the service once before creating a scene")
    chat_ref = f"scene-{user.id}"
    chat_id = await session.scalar(
        select(WhatsappChat.id).where(WhatsappChat.account_id == account_id, WhatsappChat.provider_chat_id == chat_ref)
    )
    if chat_id is None:
        chat_id = new_id()
        session.add(
            WhatsappChat(
                id=chat_id,
                organization_id=organization.id,
                account_id=account_id,
                user_id=user.id,
                provider_chat_id=chat_ref,
                purpose="command",
                name="Reprise",
            )
        )
        await session.flush()
    message = WhatsappMessage(
        id=new_id(),
        organization_id=organization.id,
        account_id=account_id,
        chat_id=chat_id,
        user_id=user.id,
        provider_message_id=f"scene-{uuid4().hex}",
        direction="inbound",
        text="ok",
        sent_at=datetime.now(UTC) + timedelta(seconds=1),
        processing_status="processed",
    )
    session.add(message)
    await session.flush()
    return message.id
