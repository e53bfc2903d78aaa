"""Ready-made artisans: the demo company, and whatever scene a harness asks for through the simulator's control API."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid4

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, Organization, User
from db.models.base import new_id
from db.repositories.accounts import user_by_phone
from db.session import Database
from services.accounts.scene_company import completed, free_siret, given
from services.accounts.scene_documents import SceneInvoice, SceneQuote, add_invoice, add_quote
from services.clients import service as clients
from services.clients.schemas import ClientFields, ClientKind
from services.clients.service import normalised_phone


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


class Scene(_Model):
    """An artisan with his company, clients, quotes and invoices. ``vat_regime`` "franchise" = micro-entreprise without VAT.

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
    invoices: list[SceneInvoice] = Field(default_factory=list)


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
                await add_quote(
                    session, organization, user, await _client_of(session, organization, known, quote), quote
                )
            for invoice in scene.invoices:
                client = await _client_of(session, organization, known, invoice)
                await add_invoice(session, organization, user, client, invoice)
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


async def _client_of(
    session: AsyncSession, organization: Organization, known: dict[str, Client], wanted: SceneQuote | SceneInvoice
) -> Client:
    """The client that a document of the scene names, made when the scene has no card of him."""
    name = _TITLE.sub("", wanted.client)
    client = known.get(name) or known.get(wanted.client)
    if client is None:
        client = await clients.create(session, organization.id, ClientFields(name=name), created_by=None, via="admin")
        await session.flush()
        known[name] = client
    return client


def demo_artisans() -> list[dict[str, Any]]:
    """The payloads of the demo's two artisans."""
    artisans: list[dict[str, Any]] = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    return artisans


async def seed_demo(database: Database) -> list[dict[str, Any]]:
    """Creates the two artisans of the demo; running it again changes nothing."""
    return [await create_artisan(database, payload) for payload in demo_artisans()]
