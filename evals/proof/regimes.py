"""The VAT regimes under which artisans work, with who their clients are and which rates appear together (legal.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from evals.proof import words
from services.documents.schemas import BuyerKind, VatCategory, VatReason

Towns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Taxed:
    """How a line is taxed; ``weight`` says how often beside the others of its regime."""

    category: VatCategory
    rate: Decimal | None
    reason: VatReason
    basis: str | None = None
    weight: int = 1
    supply: bool = False


@dataclass(frozen=True)
class Regime:
    """One way of being taxed. ``buyers`` are drawn alike; ``needs_vat_number``: theirs must be known."""

    name: str
    weight: int
    lines: tuple[Taxed, ...]
    buyers: tuple[BuyerKind, ...] = ("consumer", "consumer", "business", "public")
    towns: Towns = words.TOWNS
    franchise: bool = False
    on_debits: bool = False
    subcontracting: bool = False
    needs_vat_number: bool = False


def _taxed(rate: str, reason: VatReason, basis: str | None = None, weight: int = 1, supply: bool = False) -> Taxed:
    return Taxed("S", Decimal(rate), reason, basis, weight, supply)


_RENOVATION = (
    _taxed("10", "old_dwelling", "art. 279-0 bis du CGI", 6),
    _taxed("5.5", "energy_works", "art. 278-0 bis A du CGI", 2),
    _taxed("20", "default", None, 2),
    _taxed("20", "supply_only", None, 1, supply=True),
)
_NORMAL = (_taxed("20", "business_premises", None, 6), _taxed("20", "supply_only", None, 1, supply=True))

REGIMES = (
    Regime("renovation", 30, _RENOVATION, buyers=("consumer", "consumer", "consumer", "business")),
    Regime("normal rate", 12, _NORMAL, buyers=("business", "public", "foreign")),
    Regime("goods only", 4, (_taxed("20", "supply_only", None, 1, supply=True),)),
    Regime("debits", 10, _RENOVATION, buyers=("consumer", "business"), on_debits=True),
    Regime("franchise", 12, (Taxed("E", None, "franchise"),), franchise=True),
    Regime("overseas", 6, (_taxed("8.5", "default"), _taxed("2.1", "old_dwelling")), towns=words.OVERSEAS),
    Regime("untaxed territory", 4, (Taxed("E", None, "untaxed_territory"),), towns=words.UNTAXED),
    Regime(
        "corsica", 4, (_taxed("10", "corsica_works"), _taxed("20", "supply_only", supply=True)), towns=words.CORSICA
    ),
    Regime(
        "reverse charge",
        10,
        (Taxed("AE", None, "reverse_charge", "art. 283-2 nonies du CGI", 5), _taxed("20", "supply_only", supply=True)),
        buyers=("business",),
        subcontracting=True,
        needs_vat_number=True,
    ),
    Regime(
        "intra-community",
        3,
        (Taxed("K", None, "intra_community", supply=True),),
        buyers=("foreign",),
        needs_vat_number=True,
    ),
    Regime("export", 2, (Taxed("G", None, "export", supply=True),), buyers=("foreign",)),
    Regime("zero rate", 1, (Taxed("Z", Decimal(0), "said"),)),
    Regime("exempt", 1, (Taxed("E", None, "said", "art. 261 du CGI"),)),
    Regime("outside the scope", 1, (Taxed("O", None, "said"),)),
)
