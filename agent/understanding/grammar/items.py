"""Items: what the rules look at. Tokens become words, numbers, quantities, money, percentages, dimensions, dates…

Each item has a ``key``: the folded word, or a code (``#n`` number, ``#m`` money, ``#q`` quantity, ``#p`` percent,
``#d`` dimension, ``#t`` date, ``#r`` reference…), so that phrase rules can be written over a line of keys (see ``patterns``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

CODES = {
    "number": "#n", "money": "#m", "quantity": "#q", "percent": "#p", "dimension": "#d", "date": "#t",
    "month": "#o",
    "reference": "#r", "email": "#e", "phone": "#f", "siret": "#s", "vat_number": "#v", "age": "#y", "year": "#j",
    "times": "#x", "mode": "#z",
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Item:
    """One unit of the message. ``start``/``end``: offsets in the text.

    Numeric items: ``value``; ``unit`` (canonical); ``per``: the unit a price is for; ``marked``: the words say that it is a
    price ("à 35", "38den", "35 €"); ``mode`` ht/ttc; ``alternative``: another plausible number and ``doubt`` its code;
    ``total``: said as a total; ``case``: Turkish ending; ``replaces``: the number this one corrects ("14 değil 14.5").
    """

    kind: str
    key: str
    text: str
    start: int
    end: int
    value: Decimal | None = None
    unit: str | None = None
    per: str | None = None
    marked: bool = False
    mode: str | None = None
    total: bool = False
    global_price: bool = False
    alternative: Decimal | None = None
    doubt: str | None = None
    case: str | None = None
    spelled: bool = False
    replaces: Decimal | None = None
    iso: str | None = None
    clean: str | None = None
    claimed: str | None = None
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """The value as a whole number; -1 when it is none."""
        return int(self.value) if self.value is not None and self.value == int(self.value) else -1

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "money", "quantity")

    @property
    def is_word(self) -> bool:
        return self.kind in ("word", "dimension")

    @property
    def separator(self) -> bool:
        return self.kind == "mark" and self.key in _SEPARATORS

    @property
    def hard(self) -> bool:
        return self.kind == "mark" and self.key in _HARD


_SEPARATORS = frozenset(
    [",", ";", ".", "\n", "!", "?", ":", "+", "-", "–", "—", "•", "*", "(", ")", "/", "…", "→", ">", "="]
)
_HARD = frozenset([";", ".", "\n", "!", "?", "…", "•"])


def number_text(value: Decimal) -> str:
    """A number as commands write it: a dot, no trailing zeros, no exponent."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text or "0"
