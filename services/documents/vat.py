"""Proposes the VAT of a line from the work, the place, the client and the seller (UX-25, legal.md §6, §7).

The artisan decides. Words live in ``data/vat_works.yaml``, rates and articles in ``data/vat_rates.yaml``; this module
only knows the order in which facts decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from pydantic import BaseModel, ConfigDict
from stdnum.eu.vat import MEMBER_STATES

from services.documents.schemas import (
    Buyer,
    Premises,
    Seller,
    Site,
    Territory,
    VatCategory,
    VatQuestion,
    VatReason,
)
from services.documents.text import fold
from services.documents.vat_rates import Rates, basis_of, rates_of, territory_of
from services.documents.vat_works import Work, Works, first, load_works, mentions

HALF = Decimal(50)
"""Percent lived in from which mixed premises are dwellings as a whole (legal.md 38)."""
NO_REDUCED_RATE: frozenset[VatReason] = frozenset(
    [
        "main_contractor",
        "business_premises",
        "new_building",
        "fossil_boiler",
        "excluded_works",
        "supply_only",
    ]
)
"""Reasons for which the law refuses every reduced rate."""


class VatProposal(BaseModel):
    """What a line's VAT should be.

    ``basis`` is the article as printed. ``question`` names the one fact that would change the rate and that nobody has
    told: until it is, ``rate`` holds; ``alternative_rate`` and ``alternative_category`` are what the other answer gives
    (TR5). ``doubt`` is a code to show on the line: "insulation_r:6" (5,5 % only if R ≥ 6), "window_uw:1.3",
    "photovoltaic_kwc:9", "floor_area:10", "dwelling_part:30". ``work`` is the code of the recognised work
    ("insulation", "charging_point", "fossil_boiler"…), to say why.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: VatCategory
    rate: Decimal
    reason: VatReason
    basis: str | None = None
    doubt: str | None = None
    question: VatQuestion | None = None
    alternative_rate: Decimal | None = None
    alternative_category: VatCategory | None = None
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
    seller: Seller,
    buyer: Buyer | None,
    site: Site,
    on: date,
    default_rate: Decimal | None = None,
) -> VatProposal:
    """VAT category, rate (percent), reason and article of a line. Never raises for dates since 2014.

    ``line_said`` are the artisan's words (French or Turkish), ``line_french`` the printed designation. ``on`` is the
    start of works when known, else today: the age of the building counts from there (legal.md 38). ``default_rate`` is
    the company's usual rate: it places a company without an address.
    """
    territory = territory_of(seller, buyer, site, default_rate)
    text = f"{fold(line_said)} | {fold(line_french)}"
    line = _Line(text, seller, buyer, site, on, territory, rates_of(territory, on), load_works())
    return line.outside_vat() or line.taxed()


@dataclass(frozen=True)
class _Line:
    """A line with everything that decides its VAT. ``text`` is folded."""

    text: str
    seller: Seller
    buyer: Buyer | None
    site: Site
    on: date
    territory: Territory
    rates: Rates
    works: Works

    def outside_vat(self) -> VatProposal | None:
        """What carries no VAT whatever the building: by the seller, the place, the client (legal.md 32, 44, 48, 49)."""
        if self.seller.vat_regime == "franchise":
            return self._no_vat("E", "franchise")
        supply = self._is(self.works.supply_only)
        if not supply and self.site.address.country != "FR":
            return self._no_vat("O", "abroad")
        if self.rates.normal is None:
            return self._no_vat("E", "untaxed_territory")
        if supply:
            return self._sold_abroad() or self._normal("supply_only")
        if self.site.subcontracting:
            service = first(self.works.service_only, self.text, self.on)
            return self._normal("excluded_works", service) if service else self._no_vat("AE", "reverse_charge")
        return None

    def _sold_abroad(self) -> VatProposal | None:
        """Goods without works for a foreign client who is not known to take them in France."""
        buyer = self.buyer
        if buyer is None or buyer.kind != "foreign" or self.site.territory or self.site.address.one_line():
            return None
        country = (buyer.vat_number or "")[:2].upper().replace("EL", "GR")
        if country.isalpha() and country != "FR" and country.lower() in _UNION:
            return self._no_vat("K", "intra_community")
        if buyer.address.country.lower() not in _UNION:
            return self._no_vat("G", "export")
        return None

    def taxed(self) -> VatProposal:
        """Works with VAT: first who they are for, then the place, then what they are."""
        if self.buyer is not None and self.buyer.main_contractor:
            if service := first(self.works.service_only, self.text, self.on):
                return self._normal("excluded_works", service)
            return self._normal("main_contractor").model_copy(
                update={"question": "subcontracting", "alternative_rate": Decimal(0), "alternative_category": "AE"}
            )
        if self.rates.works is not None:
            return self._in_corsica(self.rates.works)
        premises = self._premises()
        if premises == "business":
            return self._normal("business_premises")
        if premises == "new_build":
            return self._normal("new_building")
        if premises == "mixed" and not mentions(self.text, self.works.places.dwelling):
            return self._in_mixed_premises()
        return self._in_dwelling(mixed=premises == "mixed")

    def _in_mixed_premises(self) -> VatProposal:
        """At least half lived in: as a dwelling; less: only the part that is lived in (legal.md 38)."""
        share, dwelling = self.site.dwelling_share, self._in_dwelling(mixed=True)
        if share is not None and share >= HALF:
            return dwelling
        normal = self._normal("business_premises")
        if dwelling.rate == normal.rate:
            return dwelling
        if share is not None:
            return normal.model_copy(update={"doubt": f"dwelling_part:{share.normalize():f}"})
        return normal.model_copy(update={"question": "dwelling_share", "alternative_rate": dwelling.rate})

    def _in_dwelling(self, *, mixed: bool = False) -> VatProposal:
        """The line in a dwelling: its age, then what is excluded, then energy works (legal.md 37–39)."""
        age = self._age()
        if age is _Age.NEW:
            return self._normal("new_building")
        if excluded := self._excluded():
            return excluded
        if larger := first(self.works.new_floor_area, self.text, self.on):
            return self._normal("new_building", larger, doubt=larger.doubt)
        proposal = self._energy_works()
        if proposal is None:
            assumed = age is _Age.OLD_ASSUMED
            reason: VatReason = "mixed_premises" if mixed else "old_dwelling_assumed" if assumed else "old_dwelling"
            proposal = self._proposal("S", self.rates.reduced, reason)
        return self._unless_new(proposal, age, self.rates.normal)

    def _in_corsica(self, rate: Decimal) -> VatProposal:
        """All works on real estate at 10 %, whatever the building; energy works in old dwellings at 5.5 (CGI 297)."""
        excluded = self._excluded(movable_only=True) or (
            self._normal("excluded_works", service) if (service := self._service()) else None
        )
        if excluded is not None:
            return excluded
        works = self._proposal("S", rate, "corsica_works")
        age, energy = self._age(), self._energy_works()
        premises = self._premises()
        lived_in = premises == "dwelling" or (premises == "mixed" and (self.site.dwelling_share or 0) >= HALF)
        if energy is None or not lived_in or age is _Age.NEW or first(self.works.new_floor_area, self.text, self.on):
            return works
        return self._unless_new(energy, age, rate)

    def _unless_new(self, proposal: VatProposal, age: _Age, otherwise: Decimal | None) -> VatProposal:
        if age is not _Age.BORDER:
            return proposal
        return proposal.model_copy(update={"question": "building_age", "alternative_rate": otherwise})

    def _excluded(self, *, movable_only: bool = False) -> VatProposal | None:
        """Equipment and services at the normal rate even in an old dwelling (CGI 279-0 bis 2, annexe IV 30-00 A)."""
        upkeep = self.works.is_upkeep(self.text, self.on)
        listed = [work for work in self.works.normal_rate if not (work.unless_upkeep and upkeep)]
        if movable_only:
            listed = [work for work in listed if work.movable or work.work == "fossil_boiler"]
        found = first(listed, self.text, self.on)
        if found is None:
            return None
        return self._normal("fossil_boiler" if found.work == "fossil_boiler" else "excluded_works", found)

    def _energy_works(self) -> VatProposal | None:
        """Energy performance (CGI 278-0 bis A), with a doubt when its criterion was not told."""
        if self.works.is_upkeep(self.text, self.on):
            return None
        energy = first(self.works.energy_works, self.text, self.on)
        if energy is None:
            return None
        met, doubt = energy.criterion.met(self.text) if energy.criterion else (True, None)
        return self._proposal("S", self.rates.energy, "energy_works", energy, doubt=doubt) if met else None

    def _premises(self) -> Premises:
        """What the place is: as told, as the line says, else as the client lets suppose."""
        if self.site.premises is not None:
            return self.site.premises
        places, age_known = self.works.places, self._age() is not _Age.OLD_ASSUMED
        if mentions(self.text, places.new_build) and not age_known:
            return "new_build"
        if mentions(self.text, places.business):
            return "business"
        if mentions(self.text, places.dwelling):
            return "dwelling"
        buyer = self.buyer
        if buyer is None or buyer.kind == "consumer" or (buyer.kind == "foreign" and not buyer.vat_number):
            return "dwelling"
        return "dwelling" if mentions(fold(buyer.name), places.housing_owners) else "business"

    def _age(self) -> _Age:
        """Whether the dwelling was completed more than two years before the works (CGI 279-0 bis)."""
        site, on = self.site, self.on
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

    def _service(self) -> Work | None:
        return first(self.works.service_only, self.text, self.on)

    def _is(self, works: list[Work]) -> bool:
        return first(works, self.text, self.on) is not None

    def _normal(self, reason: VatReason, work: Work | None = None, doubt: str | None = None) -> VatProposal:
        return self._proposal("S", self.rates.normal, reason, work, doubt=doubt)

    def _no_vat(self, category: VatCategory, reason: VatReason) -> VatProposal:
        return self._proposal(category, Decimal(0), reason)

    def _proposal(
        self,
        category: VatCategory,
        rate: Decimal | None,
        reason: VatReason,
        work: Work | None = None,
        *,
        doubt: str | None = None,
    ) -> VatProposal:
        assert rate is not None
        code = work.work if work else None
        basis = basis_of(self.territory, category, reason, self.on, work=code)
        return VatProposal(category=category, rate=rate, reason=reason, basis=basis, doubt=doubt, work=code)


_UNION = frozenset(MEMBER_STATES)


def doubt_on_said(rate: Decimal, proposal: VatProposal, rates: Rates, territory: Territory) -> str | None:
    """The doubt on a rate that the artisan decided himself: it stays, but not silently (legal.md 37–40).

    "reduced_refused:<reason>" when the law wants the normal rate, "rate_elsewhere:<territory>" for a rate that the
    territory does not have.
    """
    if rate not in rates.all:
        return f"rate_elsewhere:{territory}"
    if rate < proposal.rate and proposal.reason in NO_REDUCED_RATE:
        return f"reduced_refused:{proposal.reason}"
    return None


def _two_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 2)
    except ValueError:
        return day.replace(year=day.year + 2, day=28)
