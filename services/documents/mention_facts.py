"""The facts that mentions depend on and quote: conditions as names, values as ready texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.documents.amounts import date_text, euros, month_text, rate_text, round_euros
from services.documents.completeness import is_reduced, protected_off_premises
from services.documents.deadlines import payment_due, valid_until
from services.documents.identity import grouped_iban, grouped_siret, is_sole_trader, phone_text, printed_name, siren
from services.documents.schemas import Document, Line, Seller, Totals, VatCategory
from services.documents.text import fold
from services.documents.totals import share_of

_ENERGY_RATE = Decimal("5.5")

Wording = dict[str, str]
"""The names of facts with a closed list of values, from ``data/mentions.yaml``."""


def conditions(document: Document, seller: Seller) -> set[str]:
    """The names of the facts that hold, for ``when`` and ``unless``."""
    franchise, category = seller.vat_regime == "franchise", operation_category(document)
    quote = document.kind == "quote"
    facts = {
        "franchise": franchise,
        "debits": seller.vat_on_debits and any(line.vat_category == "S" for line in document.lines) and not franchise,
        "rge": bool(seller.rge),
        "urgent": document.urgent,
        "amendment": document.amends is not None,
        "paid_quote": bool(document.quote_fee),
        "works_planned": document.start_date or document.service_date or document.service_month,
        "place_known": document.site.address.one_line() or (document.buyer and document.buyer.address.one_line()),
        "withdrawal": quote and protected_off_premises(document),
        "withdrawal_excluded": document.urgent
        and document.off_premises is not False
        and protected_off_premises(document.model_copy(update={"urgent": False})),
        "energy_works": any(line.vat_reason == "energy_works" for line in document.lines),
        "goods_only": category == "goods",
    }
    return {name for name, holds in facts.items() if holds} | _vat_conditions(document, franchise)


def _vat_conditions(document: Document, franchise: bool) -> set[str]:
    categories = {line.vat_category for line in document.lines}
    untaxed = [line for line in document.lines if line.vat_reason == "untaxed_territory"]
    reduced = [line for line in document.lines if is_reduced(line)]
    outside = any(line.outside_quote for line in reduced)
    facts = {
        "reverse_charge": "AE" in categories,
        "intra_community": "K" in categories,
        "export": "G" in categories,
        "untaxed_territory": untaxed and not franchise,
        "exempt": _lines_of(document, "E", "Z") and not franchise,
        "outside_vat": _lines_of(document, "O") and not franchise,
        "reduced_rate": any(line.vat_rate != _ENERGY_RATE for line in reduced),
        "energy_rate": any(line.vat_rate == _ENERGY_RATE for line in reduced),
        "certified_on_quote": reduced and not outside and document.quote_number and document.kind != "quote",
    }
    return {name for name, holds in facts.items() if holds}


def values(document: Document, seller: Seller, totals: Totals, wording: Wording) -> dict[str, str]:
    """Everything a mention may quote; unknown facts are absent."""
    known = (
        _seller_values(seller, wording)
        | _client_values(document)
        | _terms_values(document, seller, totals, wording)
        | _follow_up_values(document, seller)
        | _waste_values(document, seller)
    )
    return {name: value for name, value in known.items() if value}


def _seller_values(seller: Seller, wording: Wording) -> dict[str, str | None]:
    sole_trader = is_sole_trader(seller)
    contact = (printed_name(seller), seller.address.one_line(), phone_text(seller.phone), seller.email)
    return {
        "seller_name": printed_name(seller),
        "seller_form": None if sole_trader else seller.legal_form,
        "seller_capital": round_euros(seller.capital) if seller.capital and not sole_trader else None,
        "seller_address": seller.address.one_line(),
        "seller_contact": ", ".join(part for part in contact if part),
        "seller_siren": siren(seller.siret),
        "seller_siret": grouped_siret(seller.siret),
        "seller_rcs_city": seller.rcs_city,
        "seller_vat_number": None if seller.vat_regime == "franchise" else seller.vat_number,
        "iban": grouped_iban(seller.iban),
        "bic": seller.bic,
        "insurer_name": seller.insurer_name,
        "insurer_address": seller.insurer_address,
        "insurance_policy": seller.insurance_policy,
        "insurance_area": seller.insurance_area,
        "insurance_activities": seller.insurance_activities,
        "insurance_period": _span(seller.insurance_from, seller.insurance_until, wording),
        "attestation": wording["attestation"] if seller.attestation_key else None,
        "mediator_name": seller.mediator_name,
        "mediator_contact": seller.mediator_contact,
        "rge": seller.rge,
    }


def _client_values(document: Document) -> dict[str, str | None]:
    buyer = document.buyer
    if buyer is None:
        return {}
    return {
        "buyer_name": " ".join(part for part in (buyer.title, buyer.name) if part),
        "buyer_vat_number": buyer.vat_number,
    }


def _terms_values(document: Document, seller: Seller, totals: Totals, wording: Wording) -> dict[str, str | None]:
    """What quote and invoice say about time, payment and VAT."""
    valid, due = valid_until(document), payment_due(document)
    retention, until = document.retention_percent, document.retention_until
    released = wording["retention_release_on"].format(day=date_text(until)) if until else wording["retention_release"]
    goods = any(_supplies(line) for line in document.lines)
    return {
        "number": document.number,
        "validity_days": str(document.validity_days),
        "valid_until": date_text(valid) if valid else None,
        "quote_fee": _with_vat(document.quote_fee, seller) if document.quote_fee else None,
        "works_planned": _planned(document, wording),
        "withdrawal_period": wording["withdrawal_with_goods" if goods else "withdrawal_of_works"],
        "due_date": date_text(due) if due else None,
        "payment_terms": _payment_terms(document, wording),
        "payment_means": wording["by_transfer" if seller.iban else "by_transfer_or_cheque"],
        "operation_category": wording[operation_category(document)],
        "exemption_basis": _bases(_lines_of(document, "E", "Z")),
        "outside_basis": _bases(_lines_of(document, "O")),
        "deposit_asked": _deposit_asked(document, seller, totals, wording),
        "retention_percent": rate_text(retention) if retention else None,
        "retention": euros(totals.retention) if retention else None,
        "retention_release": released,
        "net_to_pay": euros(totals.net_to_pay),
    }


def _follow_up_values(document: Document, seller: Seller) -> dict[str, str | None]:
    """What names the other documents of the same works."""
    corrected, amended = document.corrects, document.amends
    start, end, received = document.period_start, document.period_end, document.received_on
    return {
        "quote_number": document.quote_number,
        "corrected_number": corrected.number if corrected else None,
        "corrected_on": date_text(corrected.issue_date) if corrected and corrected.issue_date else None,
        "amended_number": amended.number if amended else None,
        "amended_on": date_text(amended.issue_date) if amended and amended.issue_date else None,
        "deposit_percent": rate_text(document.deposit_percent) if document.deposit_percent else None,
        "received_on": date_text(received) if received else None,
        "progress_number": str(document.progress_number) if document.progress_number else None,
        "period_start": date_text(start) if start else None,
        "period_end": date_text(end) if end else None,
        "deposits": ", ".join(
            f"n° {paid.number}"
            + (f" du {date_text(paid.issue_date)}" if paid.issue_date else "")
            + f" ({_with_vat(paid.total, seller)})"
            for paid in document.prepayments
        ),
    }


def _waste_values(document: Document, seller: Seller) -> dict[str, str | None]:
    """What the document tells of its waste, else how the company usually does (legal.md 16)."""
    waste = document.waste
    return {
        "waste_quantity": waste.quantity if waste else None,
        "waste_sorting": (waste and waste.sorting) or seller.waste_sorting,
        "waste_collection_point": (waste and waste.collection_point) or seller.waste_collection_point,
        "waste_cost": waste.cost if waste else None,
    }


def operation_category(document: Document) -> str:
    """Goods only when nothing is installed, services when everything is, else both (AII 242 nonies A I 8° bis)."""
    supplied = [line.vat_reason == "supply_only" for line in document.lines]
    if supplied and all(supplied):
        return "goods"
    return "mixed" if any(supplied) else "services"


def _supplies(line: Line) -> bool:
    """A thing is handed over, installed or not: the time to withdraw may then count from its delivery (CCo L221-18)."""
    return line.vat_reason == "supply_only" or "fournit" in fold(line.description)


def _lines_of(document: Document, *categories: VatCategory) -> list[Line]:
    """The lines of these categories, apart from those in a territory without VAT, which have words of their own."""
    return [
        line for line in document.lines if line.vat_category in categories and line.vat_reason != "untaxed_territory"
    ]


def _bases(lines: list[Line]) -> str:
    return ", ".join(sorted({line.vat_basis for line in lines if line.vat_basis}))


def _payment_terms(document: Document, wording: Wording) -> str:
    if document.due_days == 0:
        return wording["on_receipt"]
    return wording["within_days"].format(days=document.due_days)


def _planned(document: Document, wording: Wording) -> str | None:
    if document.start_date:
        return wording["planned_from"].format(start=date_text(document.start_date))
    if document.service_date:
        return wording["planned_on"].format(day=date_text(document.service_date))
    return wording["planned_in"].format(month=month_text(document.service_month)) if document.service_month else None


def _span(start: date | None, end: date | None, wording: Wording) -> str | None:
    if start and end:
        return wording["period"].format(start=date_text(start), end=date_text(end))
    if end:
        return wording["period_until"].format(end=date_text(end))
    return wording["period_from"].format(start=date_text(start)) if start else None


def _deposit_asked(document: Document, seller: Seller, totals: Totals, wording: Wording) -> str | None:
    """« 30 % du montant total, soit 1 059,08 € TTC » on a quote that asks for a deposit."""
    if document.kind != "quote":
        return None
    if document.deposit_amount is not None:
        return _with_vat(document.deposit_amount, seller)
    if document.deposit_percent is None or not totals.complete:
        return None
    share = sum((row.base + row.amount for row in share_of(totals.vat, percent=document.deposit_percent)), Decimal(0))
    return wording["deposit_share"].format(percent=rate_text(document.deposit_percent), amount=_with_vat(share, seller))


def _with_vat(amount: Decimal, seller: Seller) -> str:
    """An amount incl. VAT, called so where there is VAT."""
    return euros(amount) if seller.vat_regime == "franchise" else f"{euros(amount)} TTC"
