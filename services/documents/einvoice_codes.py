"""The code lists of electronic invoices that a building artisan needs (EN 16931, XP Z12-012, legal.md §11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.documents.schemas import Buyer, Document, DocumentKind, Line, VatCategory
from services.documents.text import fold

PIECE = "C62"
_UNITS = {
    "m2": "MTK", "m²": "MTK", "m3": "MTQ", "m³": "MTQ", "ml": "MTR", "m": "MTR", "cm": "CMT", "mm": "MMT", "km": "KMT",
    "h": "HUR", "j": "DAY", "jour": "DAY", "semaine": "WEE", "mois": "MON", "kg": "KGM", "t": "TNE", "l": "LTR",
    "forfait": "LS", "ff": "LS", "ens": "SET", "ensemble": "SET", "sac": "XBG", "u": PIECE, "kw": "KWT", "kwh": "KWH",
    "%": "P1",
}  # fmt: skip
_TYPES: dict[DocumentKind, str] = {
    "invoice": "380",
    "deposit": "386",
    "progress": "380",
    "balance": "380",
    "credit_note": "381",
    "corrective": "384",
}
_CREDITED_DEPOSIT = "503"


@dataclass(frozen=True)
class Exemption:
    """Why no VAT is charged: the VATEX code (BT-121) and what the text says when no mention was frozen (BT-120)."""

    code: str | None
    text: str
    mention: str | None = None
    """Code of the frozen mention that carries the wording."""


_FRANCHISE = Exemption("VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI", "vat_franchise")
_UNTAXED = Exemption(None, "TVA non applicable, article 294 du CGI", "untaxed_territory")
_EXEMPTIONS: dict[VatCategory, Exemption] = {
    "AE": Exemption("VATEX-FR-AE", "Autoliquidation", "reverse_charge"),
    "E": Exemption(None, "Exonération de TVA", "vat_exempt"),
    "O": Exemption("VATEX-EU-O", "Hors champ de la TVA", "vat_abroad"),
    "K": Exemption("VATEX-EU-IC", "Exonération de TVA, article 262 ter I du CGI", "intra_community"),
    "G": Exemption("VATEX-EU-G", "Exonération de TVA, article 262 I du CGI", "export"),
}


def unit_code(unit: str | None) -> str:
    """UN/ECE Recommendation 20 or 21 code of a printed unit (BT-130); a piece when nothing else is known."""
    return _UNITS.get((unit or "").strip().lower(), _UNITS.get(fold(unit or ""), PIECE))


def type_code(document: Document) -> str:
    """UNTDID 1001 (BT-3): the credit note of a deposit has its own code. Raises ``KeyError`` for a quote."""
    if document.kind == "credit_note" and document.corrects is not None and document.corrects.kind == "deposit":
        return _CREDITED_DEPOSIT
    return _TYPES[document.kind]


def process_mode(document: Document) -> str:
    """Billing mode (BT-23, BR-FR-08): B goods, S services, M both; 4 for the final invoice after deposits, else 1."""
    supplied = [line.vat_reason == "supply_only" for line in document.lines]
    goods_only = bool(supplied) and all(supplied)
    letter = "B" if goods_only else "M" if any(supplied) else "S"
    return f"{letter}4" if document.kind == "balance" and document.prepayments else f"{letter}1"


def treatment(buyer: Buyer | None, siren: str | None) -> str:
    """Which circuit the invoice is for (note BAR, BR-FR-20): a French business is B2B only with its SIREN (BR-FR-11)."""
    if buyer is None or buyer.kind == "consumer":
        return "B2C"
    if buyer.kind == "foreign":
        return "B2BINT" if buyer.vat_number else "B2CINT"
    return "B2B" if siren else "OUTOFSCOPE"


def exemption(category: VatCategory, lines: Sequence[Line], *, franchise: bool) -> Exemption | None:
    """Why the lines of a category carry no VAT; None where VAT is charged, or at a zero rate (BR-Z-10)."""
    if category in ("S", "Z"):
        return None
    reasons = {line.vat_reason for line in lines if line.vat_category == category}
    if category == "E" and (franchise or "franchise" in reasons):
        return _FRANCHISE
    if category in ("E", "O") and "untaxed_territory" in reasons:
        return Exemption(_EXEMPTIONS[category].code, _UNTAXED.text, _UNTAXED.mention)
    return _EXEMPTIONS[category]
