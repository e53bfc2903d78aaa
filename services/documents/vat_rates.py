"""Rates of each territory and the articles that give them, from ``data/vat_rates.yaml`` (legal.md §6, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import get_args

import yaml
from pydantic import BaseModel, ConfigDict

from services.documents.schemas import Address, Buyer, Seller, Site, Territory, VatCategory, VatReason

_FILE = Path(__file__).parent / "data" / "vat_rates.yaml"
_OVERSEAS_RATES = (Decimal("8.5"), Decimal("2.1"))


class _Dated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        return (self.valid_from is None or on >= self.valid_from) and (self.valid_to is None or on <= self.valid_to)


class Rates(_Dated):
    """Percent rates of a territory; without ``normal`` there is no VAT. ``works``: rate of all works on real estate."""

    names: tuple[Territory, ...]
    normal: Decimal | None = None
    reduced: Decimal | None = None
    energy: Decimal | None = None
    works: Decimal | None = None

    @property
    def all(self) -> frozenset[Decimal]:
        """Rates that a line here may have."""
        return frozenset(rate for rate in (self.normal, self.reduced, self.energy, self.works) if rate is not None)


class _Basis(_Dated):
    text: str
    territories: tuple[Territory, ...] = ()
    categories: tuple[VatCategory, ...] = ()
    reasons: tuple[VatReason, ...] = ()
    works: tuple[str, ...] = ()

    def fits(self, territory: Territory, category: VatCategory, reason: VatReason, work: str | None, on: date) -> bool:
        wanted = ((self.territories, territory), (self.categories, category), (self.reasons, reason))
        known = all(not allowed or value in allowed for allowed, value in wanted)
        return known and (not self.works or work in self.works) and self.holds(on)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")

    territories: list[Rates]
    postal_codes: dict[str, Territory]
    bases: list[_Basis]


def rates_of(territory: Territory, on: date) -> Rates:
    """The rates in force there on a day. Raises ``LookupError`` when the table has none for that day."""
    for rates in _table().territories:
        if territory in rates.names and rates.holds(on):
            return rates
    raise LookupError(f"no VAT rates of {territory} on {on}")


def territory_of(seller: Seller, buyer: Buyer | None, site: Site, default_rate: Decimal | None = None) -> Territory:
    """Where the works are taxed: as told, else by the postal code of the site, of the client, of the company.

    The client's address counts only where the works are at his place: not when he builds for others. ``default_rate``
    is the company's usual rate, which places it overseas when its address is not known.
    """
    if site.territory is not None:
        return site.territory
    builds_for_others = site.subcontracting or (buyer is not None and buyer.main_contractor)
    places: list[Address] = [site.address]
    if buyer is not None and not builds_for_others:
        places.append(buyer.address)
    found = next(_territories([*places, seller.address]), None)
    if found is not None:
        return found
    return "reunion" if default_rate in _OVERSEAS_RATES else "metropole"


def _territories(places: Iterable[Address]) -> Iterator[Territory]:
    for place in places:
        if place.country == "FR" and place.postal_code:
            starts = (place.postal_code[:size] for size in (3, 2))
            yield next((_table().postal_codes[s] for s in starts if s in _table().postal_codes), "metropole")


def basis_of(
    territory: Territory, category: VatCategory, reason: VatReason, on: date, *, work: str | None = None
) -> str | None:
    """The article to print for category and reason; ``work`` is the recognised work when an article is its own."""
    rows = _table().bases
    return next((row.text for row in rows if row.fits(territory, category, reason, work, on)), None)


def basis_of_rate(territory: Territory, rate: Decimal, on: date) -> str | None:
    """The article of a rate that the artisan decided himself; None for a rate that the territory does not have."""
    rates = rates_of(territory, on)
    reasons: dict[Decimal | None, VatReason] = {
        rates.normal: "default",
        rates.reduced: "old_dwelling",
        rates.energy: "energy_works",
        rates.works: "corsica_works",
    }
    return basis_of(territory, "S", reasons[rate], on) if rate in rates.all else None


def all_rates(on: date) -> frozenset[Decimal]:
    """Rates in force somewhere in France."""
    return frozenset(rate for territory in get_args(Territory) for rate in rates_of(territory, on).all)


@cache
def _table() -> _Table:
    return _Table.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
