"""The words that decide VAT, from ``data/vat_works.yaml``: which work a line is, in French and Turkish (legal.md §6)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).parent / "data" / "vat_works.yaml"
_NUMBER = r"\s*(?:=|:|>=|≥|<=|≤|de|est de|a)?\s*(\d+(?:[.,]\d+)?)"
_MEASURES = {
    "r": re.compile(r"(?<![\w'])r" + _NUMBER + r"(?![\w])"),
    "uw": re.compile(r"(?<!\w)uw?" + _NUMBER + r"(?!\w)"),
    "kwc": re.compile(r"(\d+(?:[.,]\d+)?)\s*kwc?(?!\w)"),
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Model):
    """A condition on a measure that a line may tell: R of an insulation, Uw of a window, kWc of solar panels."""

    measure: Literal["r", "uw", "kwc"]
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    doubt: str | None = None

    def accepts(self, value: Decimal) -> bool:
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return low and high and (self.above is None or value > self.above)

    def met(self, text: str) -> tuple[bool, str | None]:
        """Whether the line meets it, and the doubt to show when the measure was not said."""
        value = measured(self.measure, text)
        if value is not None:
            return self.accepts(value), None
        limit = self.at_least if self.at_least is not None else self.at_most
        return True, f"{self.doubt}:{limit}"


class Work(_Model):
    """A kind of work and the words for it. ``movable``: not works on real estate, so outside Corsica's rate."""

    work: str | None = None
    any: tuple[str, ...]
    none: tuple[str, ...] = ()
    criterion: Criterion | None = None
    when: Criterion | None = None
    unless_upkeep: bool = False
    movable: bool = False
    doubt: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def applies(self, text: str, on: date) -> bool:
        if (self.valid_from and on < self.valid_from) or (self.valid_to and on > self.valid_to):
            return False
        if self.when is not None:
            value = measured(self.when.measure, text)
            if value is None or not self.when.accepts(value):
                return False
        return mentions(text, self.any) and not mentions(text, self.none)


class Places(_Model):
    """Words in a line, or in a client's name, that tell what the place is."""

    business: tuple[str, ...]
    new_build: tuple[str, ...]
    dwelling: tuple[str, ...]
    housing_owners: tuple[str, ...]


class Works(_Model):
    """The whole lexicon; see the headings of the file."""

    supply_only: list[Work]
    service_only: list[Work]
    repair: list[Work]
    removal: list[Work]
    installation: list[Work]
    replacement: list[Work]
    normal_rate: list[Work]
    new_floor_area: list[Work]
    energy_works: list[Work]
    places: Places

    def is_upkeep(self, text: str, on: date) -> bool:
        """The line keeps something in order, or only takes it away (legal.md 39)."""
        if first(self.replacement, text, on) is not None:
            return False
        if first(self.repair, text, on) is not None:
            return True
        return first(self.removal, text, on) is not None and first(self.installation, text, on) is None


def measured(measure: str, text: str) -> Decimal | None:
    """The value of a measure that the text tells."""
    found = _MEASURES[measure].search(text)
    return Decimal(found.group(1).replace(",", ".")) if found else None


def first(works: Sequence[Work], text: str, on: date) -> Work | None:
    """The first kind of work of a list that a folded text is about."""
    return next((work for work in works if work.applies(text, on)), None)


@lru_cache(maxsize=20_000)
def mentions(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether a folded text says one of the phrases. Every line is judged again in every turn: answers are kept."""
    return any(all(_pattern(part).search(text) for part in phrase.split(" & ")) for phrase in phrases)


@cache
def _pattern(phrase: str) -> re.Pattern[str]:
    words = [re.escape(word).replace(r"\*", r"\w*") for word in phrase.split()]
    return re.compile(r"(?<!\w)" + r"[\s'’-]+".join(words) + r"(?!\w)")


@cache
def load_works() -> Works:
    """The lexicon, read once."""
    return Works.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
