"""The company of a scene: what its payload does not tell is made up, so that its documents can be issued at once."""

from __future__ import annotations

import re
import zlib
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import luhn
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from db.models import Organization

_COMPANIES = re.compile(r"\b(sarl|sasu|sas|eurl)\b", re.IGNORECASE)
_ADDRESS: dict[str, Any] = {"address_line": "12 rue des Forges", "postal_code": "69100", "city": "Villeurbanne"}
_INSURANCE: dict[str, Any] = {
    "insurer_name": "Assurances du Bâtiment",
    "insurer_address": "3 place Bellecour, 69002 Lyon",
    "insurance_policy": "DEC-2026-118820",
    "insurance_area": "France métropolitaine",
    "insurance_activities": "Plomberie, maçonnerie, carrelage, peinture, électricité, menuiserie, couverture",
}
_MEDIATOR: dict[str, Any] = {
    "mediator_name": "Médiation Conso Bâtiment",
    "mediator_contact": "14 rue Saint-Jean, 75017 Paris, mediation-batiment.example",
}
_BANK: dict[str, Any] = {"iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}
_OWN = frozenset(["id", "name", "slug", "status", "siret"])
_DATES = frozenset(["insurance_from", "insurance_until"])


def given(profile: dict[str, Any]) -> dict[str, Any]:
    """The columns that the payload's ``profile`` fills; other keys are left out. An insurer's name says insured."""
    columns = {key: value for key, value in profile.items() if hasattr(Organization, key) and key not in _OWN}
    if columns.get("insurer_name"):
        columns.setdefault("insurance_status", "insured")
    return {
        key: date.fromisoformat(value) if key in _DATES and isinstance(value, str) else value
        for key, value in columns.items()
    }


def completed(columns: dict[str, Any], *, company: str, phone: str, siret: str | None, today: date) -> dict[str, Any]:
    """The columns of a company that lacks nothing (legal.md §1, §2, 25), keeping what was given.

    Facts that belong together (an address, a mediator, a bank account) are made up together or not at all; an insurance
    needs every part.
    """
    full: dict[str, Any] = {"legal_form": _legal_form(company), "phone": phone} | columns
    if full["legal_form"] != "EI":
        full = {"capital": Decimal(5000), "rcs_city": full.get("city") or "Lyon"} | full
    for group in (_ADDRESS, _MEDIATOR, _BANK):
        if not any(full.get(key) for key in group):
            full |= group
    if full.get("insurance_status", "insured") == "insured":
        full |= {key: value for key, value in _INSURANCE.items() if not full.get(key)} | {"insurance_status": "insured"}
        full.setdefault("insurance_from", date(today.year, 1, 1))
        full.setdefault("insurance_until", date(today.year + 1, 12, 31))
    if siret and full.get("vat_regime", "standard") == "standard":
        full.setdefault("vat_number", "FR" + siren_number.to_tva(siret[:9]).replace(" ", ""))
    return full


def _legal_form(company: str) -> str:
    found = _COMPANIES.search(company)
    return found[1].upper() if found else "EI"


async def free_siret(session: AsyncSession, wanted: str | None, *, phone: str, made_up: bool) -> str | None:
    """The SIRET asked for, unless its key is wrong or another company has it; then, when ``made_up``, one of its own.

    The one made up follows from the phone, so that the same scene always gets the same.
    """
    if wanted is not None:
        wanted = siret_number.compact(wanted)
        if siret_number.is_valid(wanted) and not await _taken(session, wanted):
            return wanted
    if not made_up:
        return None
    seed = zlib.crc32(phone.encode())
    while await _taken(session, siret := _siret_of(seed)):
        seed += 1
    return siret


def _siret_of(seed: int) -> str:
    """A SIRET with valid keys whose SIREN follows from ``seed``."""
    siren = f"{10_000_000 + seed % 90_000_000:08d}"
    siren += luhn.calc_check_digit(siren)
    return siren + "0001" + luhn.calc_check_digit(siren + "0001")


async def _taken(session: AsyncSession, siret: str) -> bool:
    return await session.scalar(select(Organization.id).where(Organization.siret == siret)) is not None
