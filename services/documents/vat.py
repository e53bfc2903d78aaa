"""Proposes the VAT of a line from the work, the building and the client (UX-25, legal.md §6). The artisan decides.

The words live in ``data/vat_works.yaml``; this module only knows the order in which facts decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from services.documents.schemas import BuyerKind, Site, VatCategory, VatReason, VatRegime
from services.documents.text import fold

_WORKS_FILE = Path(__file__).parent / "data" / "vat_works.yaml"
_NUMBER = r"\s*(?:=|:|>=|≥|<=|≤|de|est de|a)?\s*(\d+(?:[.,]\d+)?)"
_MEASURES = {
    "r": re.compile(r"(?<![\w'])r" + _NUMBER + r"(?![\w])"),
    "uw": re.compile(r"(?<!\w)uw?" + _NUMBER + r"(?!\w)"),
    "kwc": re.compile(r"(\d+(?:[.,]\d+)?)\s*kwc?(?!\w)"),
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Criterion(_Model):
    measure: Literal["r", "uw", "kwc"]
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    doubt: str | None = None

    def accepts(self, value: Decimal) -> bool:
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return low and high and (self.above is None or value > self.above)


class _Work(_Model):
    work: str | None = None
    any: tuple[str, ...]
    none: tuple[str, ...] = ()
    criterion: _Criterion | None = None
    when: _Criterion | None = None
    unless_upkeep: bool = False
    doubt: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def applies(self, text: str, on: date) -> bool:
        if (self.valid_from and on < self.valid_from) or (self.valid_to and on > self.valid_to):
            return False
        if self.when is not None:
            value = _measured(self.when.measure, text)
            if value is None or not self.when.accepts(value):
                return False
        return _mentions(text, self.any) and not _mentions(text, self.none)


class _Works(_Model):
    supply_only: list[_Work]
    upkeep: list[_Work]
    installation: list[_Work]
    normal_rate: list[_Work]
    new_floor_area: list[_Work]
    energy_works: list[_Work]


class _Rates(_Model):
    normal: Decimal
    reduced: Decimal
    energy: Decimal


_MAINLAND = _Rates(normal=Decimal("20"), reduced=Decimal("10"), energy=Decimal("5.5"))
# Guadeloupe, Martinique, Réunion: works eligible to 10 or 5.5 are at 2.1 (CGI 296, legal.md 44).
_OVERSEAS = _Rates(normal=Decimal("8.5"), reduced=Decimal("2.1"), energy=Decimal("2.1"))


class VatProposal(_Model):
    """What a line's VAT should be.

    ``question`` is True when the age of the building is on the border of two years, so that ``rate`` and
    ``alternative_rate`` are both plausible and the artisan must say (TR5). ``doubt`` is a code to show on the line:
    "insulation_r:6" (5,5 % only if R ≥ 6), "window_uw:1.3", "photovoltaic_kwc:9", "floor_area:10". ``work`` is the code
    of the recognised work ("insulation", "charging_point", "fossil_boiler"…), to say why.
    """

    category: VatCategory
    rate: Decimal
    reason: VatReason
    doubt: str | None = None
    question: bool = False
    alternative_rate: Decimal | None = None
    work: str | None = None


class _Age(Enum):
    OLD = "old"
    OLD_ASSUMED = "old_assumed"
    NEW = "new"
    BORDER = "border"


def propose_vat(
    line_said: str,
    line_french: str,
    *,
    seller_regime: VatRegime,
    buyer_kind: BuyerKind | None,
    site: Site,
    default_rate: Decimal,
    on: date,
) -> VatProposal:
    """VAT category and rate (percent) of a line, with the reason printed in the recap. Never raises.

    ``line_said`` are the artisan's words (French or Turkish), ``line_french`` the printed designation. ``default_rate``
    is the company's usual rate: 8.5 or 2.1 places it overseas; otherwise the mainland rates of the facts apply. ``on``
    is the start of works when known, else today: the age of the building counts from there (legal.md 38).
    """
    works = _load_works()
    text = f"{fold(line_said)} | {fold(line_french)}"
    rates = _OVERSEAS if default_rate in (_OVERSEAS.normal, _OVERSEAS.reduced) else _MAINLAND
    supply_only = _first(works.supply_only, text, on) is not None

    if seller_regime == "franchise":
        return VatProposal(category="E", rate=Decimal(0), reason="franchise")
    if site.subcontracting and not supply_only:
        return VatProposal(category="AE", rate=Decimal(0), reason="reverse_charge")
    if supply_only:
        return VatProposal(category="S", rate=rates.normal, reason="supply_only")
    premises = _premises(site, buyer_kind)
    if premises == "business":
        return VatProposal(category="S", rate=rates.normal, reason="business_premises")
    if premises == "new_build":
        return VatProposal(category="S", rate=rates.normal, reason="new_building")
    age = _age(site, on)
    if age is _Age.NEW:
        return VatProposal(category="S", rate=rates.normal, reason="new_building")
    return _in_dwelling(works, text, age, rates, on)


def _in_dwelling(works: _Works, text: str, age: _Age, rates: _Rates, on: date) -> VatProposal:
    """The line in a dwelling of more than two years, known, supposed or on the border."""
    upkeep = _first(works.upkeep, text, on) is not None and _first(works.installation, text, on) is None
    excluded = _first([work for work in works.normal_rate if not (work.unless_upkeep and upkeep)], text, on)
    if excluded is not None:
        return VatProposal(category="S", rate=rates.normal, reason="default", work=excluded.work)
    larger = _first(works.new_floor_area, text, on)
    if larger is not None:
        return VatProposal(category="S", rate=rates.normal, reason="new_building", doubt=larger.doubt, work=larger.work)
    border = age is _Age.BORDER
    alternative = rates.normal if border else None
    energy = None if upkeep else _first(works.energy_works, text, on)
    if energy is not None:
        met, doubt = _criterion(energy.criterion, text)
        if met:
            return VatProposal(
                category="S",
                rate=rates.energy,
                reason="energy_works",
                doubt=doubt,
                work=energy.work,
                question=border,
                alternative_rate=alternative,
            )
    reason: VatReason = "old_dwelling_assumed" if age is _Age.OLD_ASSUMED else "old_dwelling"
    return VatProposal(category="S", rate=rates.reduced, reason=reason, question=border, alternative_rate=alternative)


def _premises(site: Site, buyer_kind: str | None) -> str:
    """What the place is; a company or an authority whose place was not told is taken to be in its own premises."""
    if site.premises is not None:
        return site.premises
    return "business" if buyer_kind in ("business", "public") else "dwelling"


def _age(site: Site, on: date) -> _Age:
    """Whether the dwelling was completed more than two years before ``on`` (CGI 279-0 bis)."""
    if site.completed_on is not None:
        return _Age.OLD if _two_years_after(site.completed_on) < on else _Age.NEW
    if site.completed_year is not None:
        years = on.year - site.completed_year
    elif site.age_years is not None:
        years = site.age_years
    else:
        return _Age.OLD_ASSUMED
    if years == 2:
        return _Age.BORDER
    return _Age.OLD if years > 2 else _Age.NEW


def _two_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 2)
    except ValueError:
        return day.replace(year=day.year + 2, day=28)


def _criterion(criterion: _Criterion | None, text: str) -> tuple[bool, str | None]:
    """Whether an energy work meets its condition, and the doubt to show when the condition was not said."""
    if criterion is None:
        return True, None
    value = _measured(criterion.measure, text)
    if value is not None:
        return criterion.accepts(value), None
    limit = criterion.at_least if criterion.at_least is not None else criterion.at_most
    return True, f"{criterion.doubt}:{limit}"


def _measured(measure: str, text: str) -> Decimal | None:
    found = _MEASURES[measure].search(text)
    return Decimal(found.group(1).replace(",", ".")) if found else None


def _first(works: Sequence[_Work], text: str, on: date) -> _Work | None:
    return next((work for work in works if work.applies(text, on)), None)


@lru_cache(maxsize=20_000)
def _mentions(text: str, phrases: tuple[str, ...]) -> bool:
    """Every line of a draft is judged again in every turn: the answers are kept."""
    return any(all(_pattern(part).search(text) for part in phrase.split(" & ")) for phrase in phrases)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    words = [re.escape(word).replace(r"\*", r"\w*") for word in phrase.split()]
    return re.compile(r"(?<!\w)" + r"[\s'’-]+".join(words) + r"(?!\w)")


@cache
def _load_works() -> _Works:
    return _Works.model_validate(yaml.safe_load(_WORKS_FILE.read_text(encoding="utf-8")))
