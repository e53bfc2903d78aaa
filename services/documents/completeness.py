"""What a document lacks before the law lets it be issued: pure, the same list for the chat, the API and ``issue``.

A blocking lack stops the issue; the others are said once and the document leaves without them (legal.md §1–§7, §14).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.clients.identifiers import siren_of
from services.documents.deadlines import payment_due, works_on
from services.documents.schemas import PAYABLE, Address, Buyer, Document, Line, Seller
from services.documents.totals import MOST_RETENTION, compute_totals

MissingCode = Literal[
    "lines",
    "line.price",
    "line.quantity",
    "line.vat_rate",
    "client.name",
    "client.address",
    "client.siret",
    "client.vat_number",
    "company.siret",
    "company.address",
    "company.insurance",
    "company.insurance_renewal",
    "company.attestation",
    "company.legal_form",
    "company.capital",
    "company.rcs_city",
    "company.mediator",
    "company.rge",
    "company.waste_collection_point",
    "vat.certification",
    "vat.reduced_rate",
    "deposit.too_early",
    "document.amount",
    "document.cancelled",
    "document.corrects",
    "document.due_date",
    "document.retention",
]
"""What can be missing. The first part says whose fact it is: the document's lines, the client, the company…"""

REDUCED_RATES = frozenset([Decimal("10"), Decimal("5.5"), Decimal("2.1")])
"""Percent: rates that need the client's certification (CGI 279-0 bis, 278-0 bis A, 296)."""
BUSINESS_SIREN_FROM = date(2027, 9, 1)
"""From this day small companies must state the SIREN of a business client (décret 2024-266, legal.md 29)."""
NO_PAYMENT = timedelta(days=7)
"""No payment so long after a contract off premises (CCo L221-10)."""
_CORSICA = "art. 297 du CGI"
_INVOICES = PAYABLE | {"credit_note"}
_CAPITAL_FORMS = {"sarl", "eurl", "sas", "sasu", "sa", "scop", "snc"}


class Missing(BaseModel):
    """A fact that a document lacks. ``values`` tell which line, until when, or why, for the sentence that asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: MissingCode
    blocking: bool = True
    values: dict[str, Any] = Field(default_factory=dict)


class NotComplete(RuntimeError):
    """The document cannot be issued; ``missing`` are the blocking lacks."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(", ".join(lack.code for lack in missing))
        self.missing = missing


def missing_for_issue(
    document: Document, seller: Seller, *, today: date, accepted_on: date | None = None
) -> list[Missing]:
    """Everything that is missing, blocking or not, in the order in which one would ask for it.

    ``accepted_on`` is the day the client accepted the quote that a deposit follows; None counts as today.
    """
    return [
        *_lines(document),
        *_client(document, seller, today),
        *_company(document, seller),
        *_insurance(document, seller, today),
        *_vat(document, today),
        *_terms(document, today, accepted_on or today),
    ]


def blocking(missing: list[Missing]) -> list[Missing]:
    """Those that stop the issue."""
    return [lack for lack in missing if lack.blocking]


def is_reduced(line: Line) -> bool:
    """A rate for which the client must certify the dwelling; Corsica's 10 % is for all works (CGI 297, legal.md 44)."""
    corsican = line.vat_reason == "corsica_works" or _CORSICA in (line.vat_basis or "")
    return line.vat_category == "S" and line.vat_rate in REDUCED_RATES and not corsican


def protected_off_premises(document: Document) -> bool:
    """The client may withdraw, or might: only a contract known to be made elsewhere is surely out (CCo L221-3, L221-5).

    Urgent repairs that the client asked for are excepted (L221-28 8°).
    """
    buyer = document.buyer
    protected = buyer is None or buyer.kind == "consumer" or (buyer.kind == "business" and buyer.small_business)
    return protected and document.off_premises is not False and not document.urgent


def _lines(document: Document) -> Iterator[Missing]:
    if not document.lines:
        yield Missing(code="lines")
    for line in document.lines:
        if line.unit_price is None:
            yield Missing(code="line.price", values={"position": line.position})
        elif line.quantity is None:
            yield Missing(code="line.quantity", values={"position": line.position})
        if line.vat_category == "S" and line.vat_rate is None:
            yield Missing(code="line.vat_rate", values={"position": line.position})


def _client(document: Document, seller: Seller, today: date) -> Iterator[Missing]:
    """AII 242 nonies A I 1°, 4°; a quote may leave with a blank line for the address."""
    buyer, invoice = document.buyer, document.kind in _INVOICES
    if buyer is None or not buyer.name.strip():
        yield Missing(code="client.name")
        return
    if not any(_has_place(address) for address in (buyer.address, buyer.billing_address)):
        yield Missing(code="client.address", blocking=invoice)
    reverse_charge = any(line.vat_category == "AE" for line in document.lines)
    if _lacks_siren(buyer, reverse_charge) and (invoice or reverse_charge):
        by_law = reverse_charge or buyer.kind == "public" or today >= BUSINESS_SIREN_FROM
        due = by_law or seller.einvoicing
        yield Missing(code="client.siret", blocking=invoice and due, values={"kind": buyer.kind})
    if not buyer.vat_number and (reverse_charge or any(line.vat_category == "K" for line in document.lines)):
        yield Missing(code="client.vat_number", blocking=invoice)


def _lacks_siren(buyer: Buyer, reverse_charge: bool) -> bool:
    """A business is known by its SIREN, also read from its VAT number; a public body is addressed by its SIRET."""
    if buyer.kind == "public":
        return not buyer.siret
    known = siren_of(siren=buyer.siren, siret=buyer.siret, vat_number=buyer.vat_number)
    return known is None and (buyer.kind == "business" or reverse_charge)


def _has_place(address: Address | None) -> bool:
    return address is not None and bool(address.line or address.city)


def _company(document: Document, seller: Seller) -> Iterator[Missing]:
    """AII 242 nonies A I 1°; C. com. R123-237, R123-238; CCo L616-1, L224-114; C. env. L541-21-2-3.

    The VAT number (2°) is never missing by itself: it follows from the SIRET (``seller_of``).
    """
    if siren_of(siret=seller.siret) is None:
        yield Missing(code="company.siret")
    if not (seller.address.line and (seller.address.postal_code or seller.address.city)):
        yield Missing(code="company.address")
    if not seller.legal_form:
        yield Missing(code="company.legal_form", blocking=False)
    elif seller.legal_form.strip().lower() in _CAPITAL_FORMS:
        if seller.capital is None:
            yield Missing(code="company.capital", blocking=False)
        if not seller.rcs_city:
            yield Missing(code="company.rcs_city", blocking=False)
    consumer = document.buyer is None or document.buyer.kind == "consumer"
    if consumer and not seller.mediator_name and document.kind != "credit_note":
        yield Missing(code="company.mediator", blocking=False)
    if document.kind != "quote":
        return
    if consumer and not seller.rge and any(line.vat_reason == "energy_works" for line in document.lines):
        yield Missing(code="company.rge", blocking=False)
    known_waste = seller.waste_collection_point or (document.waste and document.waste.collection_point)
    if not document.urgent and not known_waste:
        yield Missing(code="company.waste_collection_point", blocking=False)


def _insurance(document: Document, seller: Seller, today: date) -> Iterator[Missing]:
    """The ten-year insurance in force when the works begin (CAs L241-1, L243-2, A243-3); credit notes stay possible.

    A quote counts from today: policies run from year to year, and works of January are quoted in November.
    """
    if document.kind == "credit_note" or seller.insurance_status == "not_required":
        return
    facts = {
        "insurer_name": seller.insurer_name,
        "insurer_address": seller.insurer_address,
        "insurance_policy": seller.insurance_policy,
        "insurance_area": seller.insurance_area,
    }
    absent = [name for name, fact in facts.items() if not fact]
    if absent:
        why = "unknown" if seller.insurance_status == "unknown" and not seller.insurer_name else "empty"
        yield Missing(code="company.insurance", values={"why": why, "fields": absent})
        return
    works, until = works_on(document) or today, seller.insurance_until
    in_force_on = today if document.kind == "quote" else min(works, today)
    if until is not None and until < in_force_on:
        yield Missing(code="company.insurance", values={"why": "expired", "until": until})
    elif until is not None and until < works:
        yield Missing(code="company.insurance_renewal", blocking=False, values={"until": until})
    if not seller.attestation_key:
        yield Missing(code="company.attestation", blocking=False)


def _vat(document: Document, today: date) -> Iterator[Missing]:
    """No reduced rate without a certification, and none where nobody may certify (CGI 279-0 bis, legal.md 40–43)."""
    reduced = [line.position for line in document.lines if is_reduced(line)]
    if not reduced or document.kind == "credit_note":
        return
    if document.buyer is None:
        yield Missing(code="vat.certification", values={"positions": reduced})
    if why := _no_reduced_rate(document, today):
        yield Missing(code="vat.reduced_rate", values={"why": why, "positions": reduced})


def _no_reduced_rate(document: Document, today: date) -> str | None:
    """Why nothing here can be at a reduced rate, whatever rate was said; only stated facts count, no supposition."""
    site, on = document.site, works_on(document) or today
    if site.subcontracting or (document.buyer is not None and document.buyer.main_contractor):
        return "main_contractor"
    if site.premises == "business":
        return "business_premises"
    new = site.premises == "new_build"
    if site.completed_on is not None:
        done = site.completed_on
        new = new or (done.year + 2, done.month, done.day) >= (on.year, on.month, on.day)
    elif site.completed_year is not None:
        new = new or on.year - site.completed_year < 2
    elif site.age_years is not None:
        new = new or site.age_years < 2
    return "new_building" if new else None


def _terms(document: Document, today: date, accepted_on: date) -> Iterator[Missing]:
    if document.status == "cancelled":
        yield Missing(code="document.cancelled")
    if document.kind in PAYABLE and compute_totals(document).amount_due < 0:
        yield Missing(code="document.amount")
    if document.kind in ("credit_note", "corrective") and document.corrects is None:
        yield Missing(code="document.corrects")
    if document.retention_percent is not None and document.retention_percent > MOST_RETENTION:
        yield Missing(code="document.retention", values={"most": MOST_RETENTION})
    due = payment_due(document)
    if due is not None and due < today:
        yield Missing(code="document.due_date", values={"due_date": due})
    free_on = accepted_on + NO_PAYMENT
    known_off_premises = document.off_premises is True and protected_off_premises(document)
    if document.kind == "deposit" and known_off_premises and today < free_on:
        yield Missing(code="deposit.too_early", values={"until": free_on})
