"""The neutral model of an electronic invoice: business terms (BT-) and groups (BG-) of EN 16931, before any syntax.

Everything comes from the document as it was frozen at issue: texts and amounts are those of the printed page.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from services.documents.amounts import date_text, euros, rate_text
from services.documents.deadlines import payment_due
from services.documents.einvoice_codes import process_mode, treatment, type_code
from services.documents.einvoice_lines import allowances, amount, line_items, vat_rows
from services.documents.einvoice_parties import buyer_party, buyer_siren, delivery_party, seller_party
from services.documents.mentions import Mention
from services.documents.printable import plain_text
from services.documents.schemas import PAYABLE, Buyer, Document, DocumentReference, Prepayment, Seller, Totals

_TRANSFER = "58"
"""UNTDID 4461: SEPA credit transfer."""
_OWN_FIELD = {"iban", "bic", "payment_means"}
_NOTES = {"PMT": "recovery_fee", "PMD": "late_penalties", "AAB": "no_early_discount"}
_NOT_CONCERNED = {
    "PMT": "Indemnité forfaitaire pour frais de recouvrement : sans objet",
    "PMD": "Pénalités de retard : sans objet",
    "AAB": "Pas d'escompte pour paiement anticipé",
}
"""What the three compulsory notes say where the law prints nothing: consumers, credit notes (BR-FR-05, legal.md 30)."""


def business_terms(document: Document, seller: Seller, totals: Totals, mentions: Sequence[Mention]) -> dict[str, Any]:
    """The invoice as a dict of BT- and BG- keys, as ``facturx.generate_xml`` takes it.

    Raises ``ValueError`` for a quote, a draft, or when the seller has no SIRET.
    """
    if document.kind == "quote" or document.number is None or document.issue_date is None or document.buyer is None:
        raise ValueError("only an issued invoice has an electronic form")
    outside = any(row.category == "O" for row in totals.vat)
    terms: dict[str, Any] = {
        "BT-1": document.number,
        "BT-2": document.issue_date,
        "BT-3": type_code(document),
        "BT-5": "EUR",
        "BT-8": _vat_point(seller, totals),
        "BT-9": payment_due(document),
        "BT-12": plain_text(document.quote_number or "") or None,
        "BT-13": plain_text(document.buyer_reference or "") or None,
        "BT-20": _payment_terms(document, totals, mentions),
        "BT-23": process_mode(document),
        "BG-1": _notes(document, document.buyer, mentions),
        "BG-3": _preceding(document),
        "BG-4": seller_party(seller, hide_vat_number=outside),
        "BG-7": buyer_party(document.buyer, hide_vat_number=outside),
        "BG-13": delivery_party(document),
        "BG-20": allowances(document, totals),
        "BG-23": vat_rows(document, seller, totals, mentions),
        "BG-25": line_items(document, totals),
    }
    terms |= _when(document) | _payment_means(document, seller) | _amounts(totals)
    return {key: value for key, value in terms.items() if value}


def _vat_point(seller: Seller, totals: Totals) -> str | None:
    """BT-8: VAT on services falls due on payment, or on invoicing with the option for debits (legal.md 28-11° bis)."""
    if not any(row.category == "S" for row in totals.vat):
        return None
    return "invoice" if seller.vat_on_debits else "payment"


def _when(document: Document) -> dict[str, date]:
    """BT-72, or the period of BG-14: when the works were done or the deposit received (AII 242 nonies A I 10°).

    An intra-community invoice always tells a day (BR-IC-11).
    """
    if document.kind == "deposit" and not any(line.vat_category == "K" for line in document.lines):
        return {"BT-72": document.received_on} if document.received_on else {}
    if document.period_start or document.period_end:
        period = {"BT-73": document.period_start, "BT-74": document.period_end}
        return {term: day for term, day in period.items() if day}
    if document.service_date:
        return {"BT-72": document.service_date}
    if document.service_month:
        year, month = (int(part) for part in document.service_month.split("-"))
        return {"BT-73": date(year, month, 1), "BT-74": date(year, month, calendar.monthrange(year, month)[1])}
    return {"BT-72": document.issue_date} if document.issue_date else {}


def _payment_terms(document: Document, totals: Totals, mentions: Sequence[Mention]) -> str:
    """BT-20: what is printed about paying; the guarantee is kept back here, the invoice stays whole (legal.md 56)."""
    told = [m for m in mentions if m.place == "payment" and m.code not in _OWN_FIELD and not m.code.startswith("iban")]
    sentences = [mention.text for mention in told]
    if totals.retention and not any("retention" in mention.code for mention in told):
        sentences.append(_retention(document, totals))
    if document.kind == "credit_note":
        sentences.append("Avoir à déduire du solde dû ou à rembourser")
    return plain_text(". ".join(sentences)) or "Paiement à réception"


def _retention(document: Document, totals: Totals) -> str:
    percent = rate_text(document.retention_percent) if document.retention_percent is not None else ""
    until = f", libérable le {date_text(document.retention_until)}" if document.retention_until else ""
    return (
        f"Retenue de garantie {percent} (loi n° 71-584) : {euros(totals.retention)}{until}."
        f" Net à payer maintenant : {euros(totals.net_to_pay)}"
    )


def _notes(document: Document, buyer: Buyer, mentions: Sequence[Mention]) -> list[dict[str, str]]:
    """BG-1: the three notes that French rules want exactly once, the circuit, the insurance, and what was noted."""
    notes = [
        _note(_wording(mentions, prefix) or _NOT_CONCERNED[subject], subject) for subject, prefix in _NOTES.items()
    ]
    notes.append(_note(treatment(buyer, buyer_siren(buyer)), "BAR"))
    if insurance := _wording(mentions, "insurance"):
        notes.append(_note(insurance, "AAI"))
    if document.kind == "corrective":
        notes += [_note(_deducted(paid)) for paid in document.prepayments]
    notes += [_note(text) for note in document.notes if (text := plain_text(note))]
    return notes


def _note(text: str, subject: str | None = None) -> dict[str, str]:
    return {"BT-21": subject, "BT-22": plain_text(text)} if subject else {"BT-22": plain_text(text)}


def _wording(mentions: Iterable[Mention], prefix: str) -> str | None:
    return next((mention.text for mention in mentions if mention.code.startswith(prefix)), None)


def _deducted(paid: Prepayment) -> str:
    return f"Acompte {paid.number} déduit : {euros(paid.total)}"


def _preceding(document: Document) -> list[dict[str, Any]]:
    """BG-3: the invoice corrected, and each deposit deducted; a corrective invoice names one only (BR-FR-CO-04)."""
    named: list[DocumentReference | Prepayment] = [document.corrects] if document.corrects else []
    if document.kind != "corrective":
        named += document.prepayments
    return [
        {"BT-25": reference.number} | ({"BT-26": reference.issue_date} if reference.issue_date else {})
        for reference in named
    ]


def _payment_means(document: Document, seller: Seller) -> dict[str, str]:
    if document.kind not in PAYABLE or not seller.iban:
        return {}
    means = {
        "BT-81": _TRANSFER,
        "BT-83": document.number or "",
        "BT-84": "".join(seller.iban.split()).upper(),
        "BT-85": plain_text(seller.name),
    }
    return means | ({"BT-86": "".join(seller.bic.split()).upper()} if seller.bic else {})


def _amounts(totals: Totals) -> dict[str, str]:
    sums = {
        "BT-106": amount(totals.lines_total),
        "BT-109": amount(totals.subtotal),
        "BT-110": amount(totals.vat_total),
        "BT-112": amount(totals.total),
        "BT-115": amount(totals.amount_due),
    }
    if totals.discount_shares:
        sums["BT-107"] = amount(totals.discount)
    if totals.prepaid:
        sums["BT-113"] = amount(totals.prepaid)
    return sums
