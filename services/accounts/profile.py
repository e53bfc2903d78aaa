"""The company profile: facts are checked, then written; what documents still lack is told. Called by tool and router."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization
from db.repositories import accounts as repository
from services.accounts.schemas import CompanyFacts, CompanyProfile, InvalidCompanyFact
from services.accounts.service import seller_of
from services.clients.identifiers import (
    InvalidIdentifier,
    checked_bic,
    checked_iban,
    checked_siret,
    checked_vat_number,
    french_vat_number,
)
from services.clients.naming import address_in_french, person_name, place_name
from services.clients.schemas import InvalidClientFact
from services.clients.service import checked_email, normalised_phone, split_address
from services.documents.completeness import Missing, missing_for_issue
from services.documents.schemas import Buyer, Seller
from services.documents.service import new_document
from services.documents.text import clean, fold

MOST_PAYMENT_DAYS = 60
"""Between professionals payment is due 60 days after the invoice at the latest (C. com. L441-10, legal.md 31)."""
RATES = frozenset(Decimal(rate) for rate in ("20", "10", "5.5", "8.5", "2.1", "0"))
"""VAT rates in percent that building works know (legal.md 44)."""
COLORS = {
    "blue": "#1f6f8b", "navy": "#1f3a5f", "green": "#2e7d4f", "red": "#a3262a", "orange": "#b35a00", "yellow": "#8a6d00",
    "purple": "#5e3a87", "pink": "#a33a6b", "brown": "#6b4226", "grey": "#4a5560", "black": "#222222",
    "turquoise": "#14746f",
}  # fmt: skip
"""Colours by name, dark enough to be read on white paper."""
USUAL_AREA = "France métropolitaine"
_FORMS = {
    "ei": "EI", "entreprise individuelle": "EI", "entrepreneur individuel": "EI", "micro entreprise": "EI",
    "micro entrepreneur": "EI", "microentreprise": "EI", "auto entrepreneur": "EI", "autoentrepreneur": "EI",
    "sarl": "SARL", "eurl": "EURL", "sas": "SAS", "sasu": "SASU", "sa": "SA", "snc": "SNC", "scop": "SCOP", "sci": "SCI",
}  # fmt: skip
_REQUIRED = frozenset(
    "name vat_regime vat_on_debits default_vat_rate default_price_mode quote_validity_days payment_terms_days "
    "insurance_status template".split()
)
_EINVOICING = re.compile(r"(?P<siren>\d{9})(_[A-Za-z0-9+_/-]{1,50})?")
_COLOR = re.compile(r"#[0-9a-f]{6}")


async def update(session: AsyncSession, organization_id: UUID, facts: CompanyFacts) -> list[str]:
    """Checks the facts and writes them; the names of the columns that changed. Raises ``InvalidCompanyFact``."""
    organization = await repository.get_organization(session, organization_id)
    facts = checked(facts)
    try:
        async with session.begin_nested():
            changed = apply(organization, facts)
            await session.flush()
    except IntegrityError as error:
        if "uq_organizations_siret" not in str(error.orig):
            raise
        raise InvalidCompanyFact("siret", facts.siret, taken=True) from error
    if changed:
        repository.add_log(session, organization_id, "company.updated", ", ".join(changed), type="audit")
        await session.flush()
    return changed


def checked(facts: CompanyFacts) -> CompanyFacts:
    """The facts verified and in the form that is stored. Raises ``InvalidCompanyFact``; nothing is half accepted."""
    values = {name: _tidy(value) for name in facts.model_fields_set if (value := getattr(facts, name)) is not None}
    gone = {name: None for name in facts.model_fields_set if getattr(facts, name) is None}
    if lost := sorted(_REQUIRED & gone.keys()):
        raise InvalidCompanyFact(lost[0], "")
    for name, check in _CHECKS.items():
        if name in values:
            try:
                values[name] = check(values[name])
            except (InvalidIdentifier, InvalidClientFact, InvalidCompanyFact, ValueError) as error:
                raise InvalidCompanyFact(name, values[name]) from error
    begin, end = values.get("insurance_from"), values.get("insurance_until")
    if begin and end and end < begin:
        raise InvalidCompanyFact("insurance_until", end)
    return CompanyFacts(**gone, **values)


def apply(organization: Organization, facts: CompanyFacts) -> list[str]:
    """Writes checked facts with what follows from them; the columns that changed, in the order of the profile."""
    before = {name: getattr(organization, name) for name in _COLUMNS}
    values = facts.model_dump(exclude_unset=True)
    if address := values.pop("address", None):
        parts = split_address(address)
        told = {"address_line": parts.line, "postal_code": parts.postal_code, "city": parts.city}
        values |= {name: value for name, value in told.items() if value}
    _follow_siren(organization, values)
    _follow_insurance(organization, values)
    if values.get("iban") and values["iban"] != organization.iban:
        values.setdefault("bic", None)  # it was the other bank's
    for name, value in values.items():
        setattr(organization, name, value)
    return [name for name in _COLUMNS if getattr(organization, name) != before[name]]


def _follow_siren(organization: Organization, values: dict[str, Any]) -> None:
    """VAT number and electronic address follow the SIREN (legal.md 67, 77)."""
    siret = values.get("siret", organization.siret)
    if siret != organization.siret:
        values.setdefault("vat_number", french_vat_number(siret))
    own = _EINVOICING.fullmatch(values.get("einvoicing_address") or organization.einvoicing_address or "")
    if own and siret and own["siren"] != siret[:9]:
        if values.get("einvoicing_address"):
            raise InvalidCompanyFact("einvoicing_address", values["einvoicing_address"])
        values["einvoicing_address"] = None


def _follow_insurance(organization: Organization, values: dict[str, Any]) -> None:
    """An insurer's name says insured; another policy loses the dates of the first.

    Told without its area, it covers metropolitan France, unless the company sits overseas.
    """
    if values.get("insurer_name") or values.get("insurance_policy"):
        values.setdefault("insurance_status", "insured")
        overseas = (values.get("postal_code") or organization.postal_code or "").startswith(("97", "98"))
        if not organization.insurance_area and not overseas:
            values.setdefault("insurance_area", USUAL_AREA)
    known = {name: getattr(organization, name) for name in ("insurer_name", "insurance_policy")}
    if any(was and values.get(name, was) != was for name, was in known.items()):
        values.setdefault("insurance_from", None)
        values.setdefault("insurance_until", None)


async def read(session: AsyncSession, organization_id: UUID, *, today: date) -> CompanyProfile:
    """The company as it stands."""
    organization = await repository.get_organization(session, organization_id)
    seller = seller_of(organization)
    return CompanyProfile(
        facts=CompanyFacts(**{name: getattr(organization, name) for name in _COLUMNS}),
        seller=seller,
        logo=organization.logo_key is not None,
        attestation=organization.attestation_key is not None,
        missing=missing(seller, today=today),
    )


def missing(seller: Seller, *, today: date) -> list[Missing]:
    """What the profile lacks for a quote to a consumer, the document that says most about the company (legal.md §14)."""
    document = new_document("quote")
    document.buyer = Buyer(name="?")
    lacks = missing_for_issue(document, seller, today=today)
    return [lack for lack in lacks if lack.code.startswith("company.")]


def _tidy(value: Any) -> Any:
    return clean(value).strip(" ,.;:") if isinstance(value, str) else value


def _legal_form(value: str) -> str:
    form = _FORMS.get(fold(value).replace("-", " "))
    if form is None:
        raise ValueError(value)
    return form


def _positive(value: Decimal) -> Decimal:
    if not 0 < value < Decimal(10**10):
        raise ValueError(value)
    return value


def _rate(value: Decimal) -> Decimal:
    if value not in RATES:
        raise ValueError(value)
    return value


def _between(least: int, most: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(value)
        return value

    return check


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return check


def _color(value: str) -> str:
    return _matching(_COLOR)(COLORS.get(value.lower(), value.lower()))


def _insurer(value: str) -> str:
    """Insurers mostly go by initials: "maaf" is MAAF, "allianz" Allianz."""
    if value != value.lower():
        return _said(value)
    return value.upper() if len(value) <= 6 else person_name(_said(value))


def _said(value: str) -> str:
    if not 0 < len(value) <= 300:
        raise ValueError(value)
    return value


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: person_name(_said(value)),
    "legal_form": _legal_form,
    "capital": _positive,
    "rcs_city": place_name,
    "siret": checked_siret,
    "vat_number": checked_vat_number,
    "address": _said,
    "address_line": lambda value: address_in_french(_said(value)),
    "postal_code": _matching(re.compile(r"\d{5}")),
    "city": place_name,
    "phone": normalised_phone,
    "email": checked_email,
    "default_vat_rate": _rate,
    "quote_validity_days": _between(1, 365),
    "payment_terms_days": _between(0, MOST_PAYMENT_DAYS),
    "insurer_name": _insurer,
    "insurer_address": lambda value: address_in_french(_said(value)),
    "insurance_policy": _said,
    "insurance_area": _said,
    "insurance_activities": _said,
    "mediator_name": _said,
    "mediator_contact": _said,
    "rge": _said,
    "iban": checked_iban,
    "bic": checked_bic,
    "einvoicing_address": _matching(_EINVOICING),
    "waste_collection_point": _said,
    "waste_sorting": _said,
    "color": _color,
}
_ADDRESS = ("address_line", "postal_code", "city")
_COLUMNS = tuple(name for name in CompanyFacts.model_fields if name != "address")
