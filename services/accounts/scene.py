"""Ready-made artisans: the demo company, and whatever scene a harness asks for through the simulator's control API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Organization, User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.repositories import documents as repository
from db.repositories.accounts import user_by_phone
from db.session import Database
from services.accounts.scene_company import completed, free_siret, given
from services.accounts.service import seller_of
from services.clients import service as clients
from services.clients.schemas import ClientFields, ClientKind
from services.clients.service import normalised_phone
from services.documents import drafts, follow_ups, payments
from services.documents import service as documents
from services.documents.numbering import continue_after
from services.documents.schemas import Document, Line


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SceneClient(_Model):
    """A client of the scene; ``title`` "M." or "Mme" may also stand in front of the name."""

    name: str
    title: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    kind: ClientKind | None = None
    siren: str | None = None
    billing_address: str | None = None
    country: str | None = None
    main_contractor: bool | None = None
    small_business: bool | None = None
    einvoicing_address: str | None = None


class SceneLine(_Model):
    """A line of a quote, EUR excl. VAT; ``vat_rate`` None = 10."""

    description: str
    quantity: Decimal = Decimal(1)
    unit: str | None = None
    unit_price: Decimal
    vat_rate: Decimal | None = None


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
    deposit: SceneDeposit | None = None


class Scene(_Model):
    """An artisan with his company, clients and quotes. ``vat_regime`` "franchise" = micro-entreprise without VAT.

    ``profile`` holds columns of the company. Unless ``complete`` is false, what it lacks for a legal document (SIRET,
    address, insurance, mediator, IBAN) gets plausible values.
    """

    phone: str
    name: str
    company: str
    siret: str | None = None
    complete: bool = True
    language: Literal["fr", "tr"] = "fr"
    vat_regime: Literal["standard", "franchise"] = "standard"
    address_form: Literal["tu", "vous", "sen", "siz"] | None = None
    profile: dict[str, Any] = Field(default_factory=dict)
    clients: list[SceneClient] = Field(default_factory=list)
    quotes: list[SceneQuote] = Field(default_factory=list)


DEMO = Path(__file__).parent / "data/demo.yaml"
_TITLE = re.compile(r"^(mme|madame|m\.|mr|monsieur)\s+", re.IGNORECASE)


async def create_artisan(database: Database, payload: dict[str, Any]) -> dict[str, Any]:
    """Creates the artisan of the scene, or brings what is missing to the one who has that phone. Idempotent by phone.

    Raises ``pydantic.ValidationError`` for a payload that does not fit and ``InvalidClientFact`` for a wrong phone.
    """
    scene = Scene.model_validate(payload)
    scene.phone = normalised_phone(scene.phone)
    async with database.system() as session:
        user = await user_by_phone(session, scene.phone)
        created = user is None
        if user is None:
            user = await _person(session, scene)
        organization = (
            await session.scalars(select(Organization).where(Organization.id == user.organization_id))
        ).one()
        known = await _clients(session, organization.id, scene)
        if created:
            for quote in scene.quotes:
                await _quote(session, organization, user, known, quote)
    return {
        "phone": scene.phone,
        "organization_id": str(organization.id),
        "user_id": str(user.id),
        "created": created,
        "clients": sorted(known),
    }


async def _person(session: AsyncSession, scene: Scene) -> User:
    siret = await free_siret(session, scene.siret, phone=scene.phone, made_up=scene.complete)
    profile = {"vat_regime": scene.vat_regime} | given(scene.profile)
    if scene.complete:
        today = datetime.now(UTC).date()
        profile = completed(profile, company=scene.company, phone=scene.phone, siret=siret, today=today)
    organization = Organization(
        id=new_id(),
        name=scene.company,
        slug=f"{re.sub(r'[^a-z0-9]+', '-', scene.company.lower()).strip('-')}-{uuid4().hex[:8]}",
        status="active",
        siret=siret,
        **profile,
    )
    session.add(organization)
    await session.flush()
    first, _, last = scene.name.partition(" ")
    user = User(
        id=new_id(),
        organization_id=organization.id,
        first_name=first,
        last_name=last or None,
        role="OWNER",
        whatsapp_phone=scene.phone,
        phone_verified_at=datetime.now(UTC),
        preferred_language=scene.language,
        address_form=scene.address_form,
    )
    session.add(user)
    await session.flush()
    return user


async def _clients(session: AsyncSession, organization_id: UUID, scene: Scene) -> dict[str, Client]:
    known = {
        client.name: client
        for client in await session.scalars(select(Client).where(Client.organization_id == organization_id))
    }
    for wanted in scene.clients:
        title, name = wanted.title, wanted.name
        if found := _TITLE.match(name):
            title = title or ("Mme" if found[1].lower() in ("mme", "madame") else "M.")
            name = name[found.end() :]
        if name in known:
            continue
        facts = wanted.model_dump(exclude={"name", "title"}, exclude_none=True)
        fields = ClientFields(name=name, title=title, **{key: value for key, value in facts.items() if value != ""})
        client = await clients.create(session, organization_id, fields, created_by=None, via="admin")
        client.name = name
        known[name] = client
    await session.flush()
    return known


async def _quote(
    session: AsyncSession, organization: Organization, user: User, known: dict[str, Client], wanted: SceneQuote
) -> None:
    name = _TITLE.sub("", wanted.client)
    client = known.get(name) or known.get(wanted.client)
    if client is None:
        client = await clients.create(session, organization.id, ClientFields(name=name), created_by=None, via="admin")
        await session.flush()
        known[name] = client
    document = documents.new_document("quote")
    document.buyer = clients.buyer(client)
    for position, line in enumerate(wanted.lines, start=1):
        document.lines.append(_line(position, line))
    drafts.apply_vat(document, seller_of(organization), organization.default_vat_rate, datetime.now(UTC).date())
    await documents.save(session, organization.id, document, user_id=user.id)
    if wanted.status != "draft":
        await _issue(session, organization, user, document, wanted.number)
        row = await repository.get_row(session, organization.id, "quote", document.id)
        assert row is not None
        row.status = wanted.status
        await session.flush()
    if wanted.deposit is not None:
        await _deposit(session, organization, user, document, wanted.deposit)


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
        message_id=message_id,
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
    account_id = await session.scalar(select(WhatsappAccount.id).where(WhatsappAccount.kind == "assistant").limit(1))
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


def demo_artisans() -> list[dict[str, Any]]:
    """The payloads of the demo's two artisans."""
    artisans: list[dict[str, Any]] = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    return artisans


async def seed_demo(database: Database) -> list[dict[str, Any]]:
    """Creates the two artisans of the demo; running it again changes nothing."""
    return [await create_artisan(database, payload) for payload in demo_artisans()]
