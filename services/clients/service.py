"""Use cases about clients: find the one meant, create, complete; facts are checked before they are stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import phonenumbers
from babel import Locale
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client
from db.models.base import new_id
from db.paging import Rows, Wanted
from db.repositories import clients as repository
from db.repositories.accounts import add_log
from services.clients.identifiers import (
    InvalidIdentifier,
    checked_siren,
    checked_siret,
    checked_vat_number,
    french_vat_number,
    siren_of,
)
from services.clients.matching import match, name_key
from services.clients.naming import address_in_french, person_name, place_name
from services.clients.schemas import ClientFields, InvalidClientFact
from services.documents.schemas import Address, Buyer
from services.documents.text import fold

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
_EINVOICING = re.compile(r"\d{9}(_[A-Za-z0-9+_/-]{1,50})?|[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}")
_POSTAL = re.compile(r"^(?P<line>.*?)[,\s]*\b(?P<code>\d{5})\b\s*(?P<city>.*)$", re.DOTALL)
_BUSINESS = re.compile(
    r"\b(sarl|sas|sasu|eurl|sci|snc|ets|soci[eé]t[eé]|entreprise|boulangerie|restaurant|garage|pharmacie|h[oô]tel|"
    r"cabinet|agence|mairie|syndic|magasin|boutique|caf[eé]|bar|salon de coiffure|b[aâ]timent|construction|"
    r"b[aâ]ti|btp)\b",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"\b(mairie|commune d|communaut[eé] (de communes|d'agglom[eé]ration)|pr[eé]fecture|conseil (d[eé]partemental|r[eé]gional)|"
    r"ccas|rectorat)",
    re.IGNORECASE,
)
_FRENCH = frozenset(["FR", "GP", "MQ", "RE", "GF", "YT"])
_PLAIN = (
    "title", "phone", "email", "siren", "siret", "vat_number", "kind", "country", "main_contractor", "small_business",
    "einvoicing_address",
)  # fmt: skip
_KEPT = frozenset(["name", "kind", "country", "main_contractor", "small_business"])
_COLUMNS = {
    "address": ("address_line", "postal_code", "city"),
    "billing_address": ("billing_address_line", "billing_postal_code", "billing_city"),
}


class ClientUnknown(LookupError):
    """No such client in this organization."""


class ClientInUse(Exception):
    """A quote or an invoice is made out to him."""


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
    """The fields with phone, e-mail and identifiers verified and normalised. Raises ``InvalidClientFact``."""
    facts = fields.model_copy()
    if facts.phone:
        facts.phone = normalised_phone(facts.phone)
    if facts.email:
        facts.email = checked_email(facts.email)
    if facts.country and not (country := _country(facts.country)):
        raise InvalidClientFact("country", facts.country)
    elif facts.country:
        facts.country = country
    if facts.einvoicing_address and not _EINVOICING.fullmatch(facts.einvoicing_address):
        raise InvalidClientFact("einvoicing_address", facts.einvoicing_address)
    try:
        facts.siren = checked_siren(facts.siren) if facts.siren else None
        facts.siret = checked_siret(facts.siret) if facts.siret else None
        facts.vat_number = checked_vat_number(facts.vat_number) if facts.vat_number else None
    except InvalidIdentifier as error:
        raise InvalidClientFact(error.kind, error.value) from error
    if facts.siren and facts.siret and not facts.siret.startswith(facts.siren):
        raise InvalidClientFact("siret", facts.siret)
    return facts


def usable(fields: ClientFields) -> tuple[ClientFields, InvalidClientFact | None]:
    """What of the fields can be stored, verified, and the first fact that cannot be right and is left out."""
    wrong: InvalidClientFact | None = None
    while True:
        try:
            return checked(fields), wrong
        except InvalidClientFact as error:
            wrong = wrong or error
            fields = fields.model_copy(update={error.field: None})


def checked_email(value: str) -> str:
    """The e-mail address without blanks around it. Raises ``InvalidClientFact``."""
    if not _EMAIL.fullmatch(value.strip()):
        raise InvalidClientFact("email", value)
    return value.strip()


def _country(value: str) -> str | None:
    """ISO 3166 alpha-2 of a code or of a French or Turkish name ("Belgique", "Almanya"); None when it is none."""
    code = value.strip().upper()
    if len(code) == 2 and code in Locale("fr").territories:
        return code
    wanted = fold(value)
    for language in ("fr", "tr"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and fold(name) == wanted:
                return str(code)
    return None


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
    add_log(session, organization_id, "client.created", client.kind, type="audit", about=client.id)
    return client


def guess_kind(facts: ClientFields) -> str:
    """Abroad, a public body by its name, a business by an identifier or a trade name; one with a title is a person."""
    if facts.country and facts.country not in _FRENCH:
        return "foreign"
    if _PUBLIC.search(facts.name or ""):
        return "public"
    if facts.siren or facts.siret or facts.vat_number or facts.main_contractor or facts.small_business:
        return "business"
    if facts.title:
        return "consumer"
    return "business" if _BUSINESS.search(facts.name or "") else "consumer"


def apply(client: Client, facts: ClientFields) -> list[str]:
    """Writes checked facts to the client and returns the names of the fields that changed.

    The French VAT number follows from the SIREN (legal.md 77) unless another one was given; a SIREN that contradicts a
    new SIRET gives way. Identifiers make a consumer a business, an address abroad makes him foreign.
    """
    changed = []
    if facts.address:
        address = split_address(facts.address)
        client.address_line = address.line or client.address_line
        client.postal_code = address.postal_code or client.postal_code
        client.city = address.city or client.city
        changed.append("address")
    if facts.billing_address:
        billing = split_address(facts.billing_address)
        client.billing_address_line, client.billing_postal_code = billing.line, billing.postal_code
        client.billing_city = billing.city
        changed.append("billing_address")
    if facts.city and not client.city:
        client.city = place_name(facts.city)
        changed.append("city")
    for field in _PLAIN:
        value = getattr(facts, field)
        if value is not None and value != "" and getattr(client, field) != value:
            setattr(client, field, value)
            changed.append(field)
    if facts.siret and client.siren and not facts.siret.startswith(client.siren):
        client.siren = None
    _follow(client, facts)
    return changed


def _follow(client: Client, facts: ClientFields) -> None:
    if facts.country and facts.country not in _FRENCH and facts.kind is None:
        client.kind = "foreign"
    identified = facts.siren or facts.siret or facts.vat_number or facts.main_contractor or facts.small_business
    if identified and (client.kind or "consumer") == "consumer":
        client.kind = "business"
    number = client.siret or client.siren
    changed_company = (
        number and client.vat_number and client.vat_number.startswith("FR") and (facts.siret or facts.siren)
    )
    if number and not facts.vat_number and (not client.vat_number or changed_company):
        client.vat_number = french_vat_number(number)


async def get(session: AsyncSession, organization_id: UUID, client_id: UUID) -> Client:
    """The client. Raises ``ClientUnknown``."""
    client = await repository.get_client(session, organization_id, client_id)
    if client is None:
        raise ClientUnknown(str(client_id))
    return client


async def page(
    session: AsyncSession,
    organization_id: UUID,
    wanted: Wanted,
    *,
    name: str | None = None,
    search: str | None = None,
    kind: str | None = None,
    archived: bool = False,
) -> Rows[Client]:
    """Clients whose name contains ``name`` and who are found by ``search``; archived ones apart. Raises ``BadCursor``.

    ``search`` is part of a name, a town, an e-mail, a phone as it is dialled, or a SIRET with or without spaces; or the whole id.
    """
    return await repository.page(
        session,
        organization_id,
        wanted,
        key=name_key(name) if name else None,
        any_of=_parts(search) if search else None,
        client_id=_id_in(search) if search else None,
        kind=kind,
        archived=archived,
    )


def _id_in(search: str) -> UUID | None:
    try:
        return UUID(search.strip())
    except ValueError:
        return None


def _parts(search: str) -> dict[str, str]:
    parts = {"city": search.strip(), "email": search.strip()}
    if key := name_key(search):
        parts["name_key"] = key
    digits = re.sub(r"[\s.\-+()]", "", search)
    if digits.isdecimal() and digits.isascii():
        parts |= {"siret": digits, "phone": digits.removeprefix("0")}
    return parts


async def remove(session: AsyncSession, organization_id: UUID, client_id: UUID) -> None:
    """Deletes a client to whom nothing is made out. Raises ``ClientUnknown``, ``ClientInUse``.

    What is made out to him is kept ten years (C. com. L123-22), and he with it: he is archived instead.
    """
    client = await get(session, organization_id, client_id)
    if await repository.has_documents(session, organization_id, client_id):
        raise ClientInUse(str(client_id))
    await repository.delete_client(session, client)
    add_log(session, organization_id, "client.removed", client.kind, type="audit", about=client_id)


async def archive(session: AsyncSession, organization_id: UUID, client_id: UUID, at: datetime | None) -> Client:
    """Out of the lists and of what a chat proposes since ``at``, or back (None). Raises ``ClientUnknown``."""
    client = await get(session, organization_id, client_id)
    if at is None or client.archived_at is None:
        client.archived_at = at
        event = "client.archived" if at else "client.restored"
        add_log(session, organization_id, event, client.kind, type="audit", about=client_id)
    await session.flush()
    return client


async def update(session: AsyncSession, organization_id: UUID, client_id: UUID, fields: ClientFields) -> Client:
    """Writes the facts that are set; None takes one away. Raises ``ClientUnknown``, ``InvalidClientFact``."""
    client = await get(session, organization_id, client_id)
    facts = checked(fields)
    gone = [name for name in fields.model_fields_set if getattr(fields, name) is None]
    if lost := sorted(_KEPT.intersection(gone)):
        raise InvalidClientFact(lost[0], "")
    for name in gone:
        for column in _COLUMNS.get(name, (name,)):
            setattr(client, column, None)
    if facts.name:
        rename(client, facts.name)
    apply(client, facts)
    given = ", ".join(sorted(fields.model_fields_set))
    add_log(session, organization_id, "client.changed", given, type="audit", about=client_id)
    await session.flush()
    return client


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
