"""Use cases about clients: find the one meant, create, complete; facts are checked before they are stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

import phonenumbers
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client
from db.models.base import new_id
from db.repositories import clients as repository
from services.clients.identifiers import (
    InvalidIdentifier,
    checked_siret,
    checked_vat_number,
    french_vat_number,
    siren_of,
)
from services.clients.matching import match, name_key
from services.clients.naming import address_in_french, person_name, place_name
from services.clients.schemas import ClientFields, InvalidClientFact
from services.documents.schemas import Address, Buyer

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
_POSTAL = re.compile(r"^(?P<line>.*?)[,\s]*\b(?P<code>\d{5})\b\s*(?P<city>.*)$", re.DOTALL)
_BUSINESS = re.compile(
    r"\b(sarl|sas|sasu|eurl|sci|snc|ets|soci[eé]t[eé]|entreprise|boulangerie|restaurant|garage|pharmacie|h[oô]tel|"
    r"cabinet|agence|mairie|syndic|magasin|boutique|caf[eé]|bar|salon de coiffure|b[aâ]timent|construction|"
    r"b[aâ]ti|btp)\b",
    re.IGNORECASE,
)


def normalised_phone(value: str) -> str:
    """E.164 of a phone as typed in France ("06 12…", "+33…", "+90…"). Raises ``InvalidClientFact``."""
    try:
        number = phonenumbers.parse(value, "FR")
    except phonenumbers.NumberParseException as error:
        raise InvalidClientFact("phone", value) from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidClientFact("phone", value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def split_address(text: str) -> Address:
    """Street, postal code and town of an address as said, in clean French."""
    clean = address_in_french(text)
    found = _POSTAL.match(clean)
    if not found:
        return Address(line=clean or None)
    line = found["line"].strip(" ,") or None
    return Address(line=line, postal_code=found["code"], city=found["city"].strip(" ,") or None)


def checked(fields: ClientFields) -> ClientFields:
    """The fields with phone, e-mail, SIRET and VAT number verified and normalised. Raises ``InvalidClientFact``."""
    facts = fields.model_copy()
    if facts.phone:
        facts.phone = normalised_phone(facts.phone)
    if facts.email and not _EMAIL.fullmatch(facts.email.strip()):
        raise InvalidClientFact("email", facts.email)
    try:
        facts.siret = checked_siret(facts.siret) if facts.siret else None
        facts.vat_number = checked_vat_number(facts.vat_number) if facts.vat_number else None
    except InvalidIdentifier as error:
        raise InvalidClientFact(error.kind, error.value) from error
    return facts


async def find(
    session: AsyncSession, organization_id: UUID, name: str, place: str | None = None
) -> tuple[Client | None, list[Client]]:
    """The client surely meant by ``name``, or None and the plausible ones (UX-28)."""
    return match(name, await repository.all_clients(session, organization_id), place)


async def create(
    session: AsyncSession,
    organization_id: UUID,
    fields: ClientFields,
    *,
    created_by: UUID | None,
    via: str = "whatsapp",
) -> Client:
    """Stores a new client; ``fields.name`` is required. Raises ``InvalidClientFact``."""
    facts = checked(fields)
    if not facts.name:
        raise InvalidClientFact("name", "")
    name = person_name(facts.name)
    client = Client(
        id=new_id(),
        organization_id=organization_id,
        name=name,
        name_key=name_key(name),
        kind=facts.kind or guess_kind(facts),
        created_via=via,
        created_by=created_by,
    )
    session.add(client)
    apply(client, facts)
    return client


def guess_kind(facts: ClientFields) -> str:
    """A client with a SIRET or a trade name is a business, one with a title is a person."""
    if facts.siret or facts.vat_number:
        return "business"
    if facts.title:
        return "consumer"
    return "business" if _BUSINESS.search(facts.name or "") else "consumer"


def apply(client: Client, facts: ClientFields) -> list[str]:
    """Writes checked facts to the client and returns the names of the fields that changed.

    The French VAT number follows from the SIREN (legal.md 77) unless another one was given.
    """
    changed = []
    if facts.address:
        address = split_address(facts.address)
        client.address_line = address.line or client.address_line
        client.postal_code = address.postal_code or client.postal_code
        client.city = address.city or client.city
        changed.append("address")
    if facts.city and not client.city:
        client.city = place_name(facts.city)
        changed.append("city")
    for field in ("title", "phone", "email", "siret", "vat_number", "kind"):
        value = getattr(facts, field)
        if value and getattr(client, field) != value:
            setattr(client, field, value)
            changed.append(field)
    if facts.siret or facts.vat_number:
        client.kind = "business"
    if client.siret and not client.vat_number:
        client.vat_number = french_vat_number(client.siret)
    return changed


def rename(client: Client, name: str) -> None:
    """Gives the client another name and lookup key."""
    client.name = person_name(name)
    client.name_key = name_key(client.name)


def buyer(client: Client) -> Buyer:
    """The client as a document shows it."""
    billing = (client.billing_address_line, client.billing_postal_code, client.billing_city)
    return Buyer(
        client_id=client.id,
        name=client.name,
        title=client.title,
        kind=client.kind,
        address=Address(
            line=client.address_line, postal_code=client.postal_code, city=client.city, country=client.country
        ),
        billing_address=Address(line=billing[0], postal_code=billing[1], city=billing[2], country=client.country)
        if any(billing)
        else None,
        siren=siren_of(siren=client.siren, siret=client.siret, vat_number=client.vat_number),
        siret=client.siret,
        vat_number=client.vat_number,
        phone=client.phone,
        email=client.email,
        einvoicing_address=client.einvoicing_address,
        main_contractor=client.main_contractor,
        small_business=client.small_business,
    )


async def names(session: AsyncSession, organization_id: UUID) -> Sequence[str]:
    """Client names for understanding, newest first."""
    return await repository.recent_names(session, organization_id)
