"""The legal mentions a document must carry (legal.md §14), read from dated rows in ``data/mentions.yaml``.

Mentions are texts: the caller freezes them into the document at issue, so that a later change of law or of the
company's profile never changes an issued document.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.documents.amounts import NO_BREAK_SPACE, date_text, round_euros, typeset
from services.documents.deadlines import payment_due, valid_until
from services.documents.schemas import Document, DocumentKind, Seller, Totals
from services.documents.text import fold

MentionPlace = Literal["footer", "vat", "certification", "signature", "payment", "terms"]

_FILE = Path(__file__).parent / "data" / "mentions.yaml"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SOLE_TRADER_FORMS = {
    "ei",
    "entreprise individuelle",
    "entrepreneur individuel",
    "micro-entreprise",
    "micro entreprise",
    "microentreprise",
    "auto-entrepreneur",
    "autoentrepreneur",
}
_ENERGY_RATE = Decimal("5.5")
_REDUCED_RATES = (Decimal("10"), Decimal("2.1"))


class Mention(BaseModel):
    """One printed mention: ``code`` names it, ``place`` where the layout puts it, ``text`` is the French wording."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    place: MentionPlace
    text: str


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    place: MentionPlace
    text: list[str]
    kinds: list[DocumentKind] | None = None
    buyers: list[str] | None = None
    when: list[str] = Field(default_factory=list)
    unless: list[str] = Field(default_factory=list)
    valid_from: date | None = None
    valid_to: date | None = None


class _MentionFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    mentions: list[_Row]
    defaults: dict[str, str]
    wording: dict[str, str]


def mentions_for(document: Document, seller: Seller, totals: Totals, on: date) -> list[Mention]:
    """The mentions of a document issued on a day, in order of printing. What the profile does not tell is left out."""
    data = _load()
    conditions = _conditions(document, seller, totals)
    values = data.defaults | _values(document, seller, data.wording)
    buyer = document.buyer.kind if document.buyer else "consumer"
    printed: list[Mention] = []
    for row in data.mentions:
        if row.kinds is not None and document.kind not in row.kinds:
            continue
        if row.buyers is not None and buyer not in row.buyers:
            continue
        if (row.valid_from and on < row.valid_from) or (row.valid_to and on > row.valid_to):
            continue
        if not conditions.issuperset(row.when) or conditions.intersection(row.unless):
            continue
        text = _fill(row.text, values)
        if text:
            printed.append(Mention(code=row.code, place=row.place, text=typeset(text)))
    return printed


def printed_name(seller: Seller) -> str:
    """The company's name; a sole trader's carries « EI » (C. com. L526-22, legal.md 2)."""
    words = set(fold(seller.name).split())
    named = "ei" in words or "entrepreneur individuel" in fold(seller.name)
    return f"{seller.name} EI" if _is_sole_trader(seller) and not named else seller.name


def siren(siret: str | None) -> str | None:
    """The nine digits of the SIREN, grouped by three, from a SIRET in any spelling; None when there are not enough."""
    digits = re.sub(r"\D", "", siret or "")
    return f"{digits[:3]} {digits[3:6]} {digits[6:9]}" if len(digits) in (9, 14) else None


def grouped_siret(siret: str | None) -> str | None:
    """``812 345 676 00017``; None unless there are 14 digits."""
    digits = re.sub(r"\D", "", siret or "")
    return f"{siren(digits)} {digits[9:]}" if len(digits) == 14 else None


def grouped_iban(iban: str | None) -> str | None:
    """An IBAN by groups of four, as on bank slips."""
    bare = re.sub(r"\s", "", iban or "").upper()
    return NO_BREAK_SPACE.join(bare[i : i + 4] for i in range(0, len(bare), 4)) or None


def _is_sole_trader(seller: Seller) -> bool:
    return fold(seller.legal_form or "") in _SOLE_TRADER_FORMS


def _conditions(document: Document, seller: Seller, totals: Totals) -> set[str]:
    rates = {row.rate for row in totals.vat if row.category == "S"}
    facts = {
        "franchise": seller.vat_regime == "franchise",
        "reverse_charge": any(line.vat_category == "AE" for line in document.lines),
        "reduced_rate": any(rate in rates for rate in _REDUCED_RATES),
        "energy_rate": _ENERGY_RATE in rates,
    }
    facts["bank_account"] = bool(seller.iban)
    reduced = facts["reduced_rate"] or facts["energy_rate"]
    facts["certified_on_quote"] = reduced and document.quote_number is not None and document.kind != "quote"
    return {name for name, holds in facts.items() if holds}


def _values(document: Document, seller: Seller, wording: dict[str, str]) -> dict[str, str]:
    """Everything a mention may quote; unknown facts are absent."""
    sole_trader = _is_sole_trader(seller)
    franchise = seller.vat_regime == "franchise"
    buyer = document.buyer
    valid, due = valid_until(document), payment_due(document)
    waste, corrected = document.waste, document.corrects
    known: dict[str, str | None] = {
        "seller_name": printed_name(seller),
        "seller_form": None if sole_trader else seller.legal_form,
        "seller_capital": round_euros(seller.capital) if seller.capital and not sole_trader else None,
        "seller_address": seller.address.one_line(),
        "seller_siren": siren(seller.siret),
        "seller_siret": grouped_siret(seller.siret),
        "seller_rcs_city": seller.rcs_city,
        "seller_vat_number": None if franchise else seller.vat_number,
        "buyer_name": " ".join(part for part in (buyer.title, buyer.name) if part) if buyer else None,
        "corrected_number": corrected.number if corrected else None,
        "corrected_on": date_text(corrected.issue_date) if corrected and corrected.issue_date else None,
        "quote_number": document.quote_number,
        "validity_days": str(document.validity_days),
        "valid_until": date_text(valid) if valid else None,
        "due_date": date_text(due) if due else None,
        "payment_terms": _payment_terms(document, wording),
        "operation_category": wording[_operation_category(document)],
        "iban": grouped_iban(seller.iban),
        "bic": seller.bic,
        "insurer_name": seller.insurer_name,
        "insurer_address": seller.insurer_address,
        "insurance_policy": seller.insurance_policy,
        "insurance_area": seller.insurance_area,
        "mediator_name": seller.mediator_name,
        "mediator_contact": seller.mediator_contact,
        "waste_quantity": waste.quantity if waste else None,
        "waste_sorting": waste.sorting if waste else None,
        "waste_collection_point": waste.collection_point if waste else None,
        "waste_cost": waste.cost if waste else None,
    }
    return {name: value for name, value in known.items() if value}


def _payment_terms(document: Document, wording: dict[str, str]) -> str:
    if document.due_days == 0:
        return wording["on_receipt"]
    return wording["within_days"].format(days=document.due_days)


def _operation_category(document: Document) -> str:
    """Goods only when nothing is installed, services when everything is, else both (AII 242 nonies A I 8° bis)."""
    supplied = [line.vat_reason == "supply_only" for line in document.lines]
    if supplied and all(supplied):
        return "goods"
    return "mixed" if any(supplied) else "services"


def _fill(pieces: list[str], values: dict[str, str]) -> str | None:
    """The pieces whose values are known, joined; None when the first one lacks a value."""
    filled: list[str] = []
    for piece in pieces:
        if all(name in values for name in _PLACEHOLDER.findall(piece)):
            filled.append(_PLACEHOLDER.sub(lambda found: values[found.group(1)], piece))
        elif not filled:
            return None
    return "".join(filled)


@cache
def _load() -> _MentionFile:
    return _MentionFile.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
