"""Who can be played in the demo, and whose phone is in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

import phonenumbers
from sqlalchemy.ext.asyncio import AsyncSession

from api.demo.schemas import ArtisanPerson, CustomerPerson, People
from db.models import Organization, User
from db.repositories import demo as repository
from services.accounts.service import signature

_ARTISANS = 6
_CUSTOMERS = 8


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose phone is in hand. For a customer, ``artisan`` is the one he is a client of."""

    role: Literal["artisan", "customer"]
    phone: str
    name: str
    company: str
    language: str
    artisan_phone: str
    user_id: UUID
    organization_id: UUID


async def people(session: AsyncSession, assistant_phone: str, also: str | None = None) -> People:
    """The artisans created first, besides the one at ``also``, each with the customers who have a phone."""
    rows = list(await repository.artisans(session, _ARTISANS))
    if also and all(user.whatsapp_phone != also for user, _ in rows) and (found := await _artisan(session, also)):
        rows.append(found)
    artisans = [
        _person(user, organization, await repository.customers(session, organization.id, _CUSTOMERS))
        for user, organization in rows
    ]
    return People(assistant_phone=assistant_phone, artisans=artisans)


async def holder(session: AsyncSession, phone: str, of: str | None = None) -> Holder | None:
    """The person whose phone is ``phone`` (E.164): an artisan, else a customer of the artisan at ``of`` or of any."""
    if found := await _artisan(session, phone):
        user, organization = found
        return _holder("artisan", phone, signature(organization, user).split(",")[0], user, organization)
    owner = (await _artisan(session, of)) if of else None
    owner = owner or await repository.artisan_of_customer(session, phone)
    if owner is None:
        return None
    user, organization = owner
    known = {customer.phone: customer for customer in await repository.customers(session, organization.id, 200)}
    if phone not in known:
        return None
    return _holder("customer", phone, _called(known[phone]), user, organization)


def national(phone: str) -> str:
    """A phone as people of its country write it: ``06 11 00 00 01``. Kept as it is when it cannot be read."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if number.country_code == 33 else form.INTERNATIONAL)


def initials(name: str) -> str:
    """One or two letters for a round portrait."""
    words = [word for word in name.split() if word[:1].isalpha() and word.rstrip(".") not in ("M", "Mme")]
    return "".join(word[0] for word in words[:2]).upper() or "?"


async def _artisan(session: AsyncSession, phone: str) -> tuple[User, Organization] | None:
    return await repository.artisan_by_phone(session, phone)


def _holder(
    role: Literal["artisan", "customer"], phone: str, name: str, user: User, organization: Organization
) -> Holder:
    return Holder(
        role=role,
        phone=phone,
        name=name,
        company=organization.name,
        language=user.preferred_language,
        artisan_phone=user.whatsapp_phone or "",
        user_id=user.id,
        organization_id=organization.id,
    )


def _person(user: User, organization: Organization, customers: Iterable[repository.Customer]) -> ArtisanPerson:
    return ArtisanPerson(
        phone=user.whatsapp_phone or "",
        name=signature(organization, user).split(",")[0],
        company=organization.name,
        language=cast("Literal['fr', 'tr']", user.preferred_language),
        customers=[
            CustomerPerson(phone=customer.phone, name=_called(customer), received=customer.received)
            for customer in customers
        ],
    )


def _called(customer: repository.Customer) -> str:
    return f"{customer.title} {customer.name}" if customer.title else customer.name
