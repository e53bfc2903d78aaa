"""What may be changed on a document, and what a change must respect: the same for the chat and for the office.

Nothing here reads or writes a row. A business "no" is an ``EditRefused``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from services.clients.service import split_address
from services.documents.drafts import apply_vat
from services.documents.schemas import Buyer, Discount, Document, Line, Seller
from services.documents.totals import MOST_RETENTION, compute_totals
from services.documents.vat_rates import rates_of, territory_of

DERIVED = frozenset(["deposit", "progress", "credit_note"])
"""Kinds whose lines come from another document."""

EditCode = Literal[
    "invoice_is_final", "quote_is_signed", "lines_follow", "client_follows", "deposit_how_much", "deposit_on_what",
    "discount_how_much", "discount_impossible", "retention_on_what", "retention_too_large", "dwelling_share",
    "vat_follows", "vat_zero", "vat_franchise", "vat_untaxed", "vat_rate_unknown", "progress_on_what",
    "credit_on_what", "quote_not_signed", "copy_is_not_ready", "nothing_to_preview", "amount_too_large",
    "line_unknown", "draft_discarded", "issued_already", "nothing_to_undo", "pdf_is_not_failed",
]  # fmt: skip


class EditRefused(ValueError):
    """A change that this document does not take. ``code`` names the sentence, ``values`` fill it."""

    def __init__(self, code: EditCode, **values: Any) -> None:
        super().__init__(f"{code} {values}" if values else code)
        self.code = code
        self.values = values


def require_open(document: Document) -> None:
    """Raises ``EditRefused`` for an issued invoice (legal.md 58) and a signed quote (legal.md 15)."""
    if document.kind != "quote" and document.number:
        raise EditRefused("invoice_is_final", number=document.number, document_kind=document.kind)
    if document.number and document.status == "accepted":
        raise EditRefused("quote_is_signed", number=document.number)


def require_own_lines(document: Document) -> None:
    """The same, and for lines that are not its author's to change: those of a deposit or a situation follow the quote."""
    require_open(document)
    if document.kind in DERIVED or any(line.progress for line in document.lines):
        raise EditRefused("lines_follow", document_kind=document.kind)


def require_new_lines(document: Document) -> None:
    """Raises ``EditRefused`` where nothing can be added: a deposit and a credit note are shares of something."""
    require_open(document)
    if document.kind in ("deposit", "credit_note"):
        raise EditRefused("lines_follow", document_kind=document.kind)


def make_out_to(document: Document, buyer: Buyer) -> None:
    """Makes ``buyer`` the client. Refused when it follows a quote or an invoice made out to somebody else."""
    follows = document.quote_id or document.corrects or document.amends
    if follows and document.buyer is not None and document.buyer.client_id != buyer.client_id:
        raise EditRefused("client_follows", client=document.buyer.name, other=buyer.name)
    document.buyer = buyer


def set_vat_rate(
    document: Document, lines: Sequence[Line], rate: Decimal, seller: Seller, default_rate: Decimal, today: date
) -> None:
    """Puts a rate that was said on ``lines`` (UX-25: he is responsible); nothing at all needs a reason of its own."""
    require_own_lines(document)
    if document.kind not in ("quote", "invoice"):
        raise EditRefused("vat_follows", number=document.quote_number)
    if rate:
        _require_known_rate(document, rate, seller, default_rate, today)
    elif seller.vat_regime != "franchise" and any(line.vat_category == "S" for line in lines):
        raise EditRefused("vat_zero")
    for line in lines:
        line.vat_rate_said = rate or None
    apply_vat(document, seller, default_rate, today)


def _require_known_rate(document: Document, rate: Decimal, seller: Seller, default_rate: Decimal, today: date) -> None:
    if seller.vat_regime == "franchise":
        raise EditRefused("vat_franchise")
    territory = territory_of(seller, document.buyer, document.site, default_rate)
    allowed = rates_of(territory, document.start_date or today).all
    if not allowed:
        raise EditRefused("vat_untaxed")
    if rate not in allowed:
        raise EditRefused("vat_rate_unknown", rate=rate, rates=sorted(allowed, reverse=True))


def set_discount(
    document: Document, discount: Discount | None, seller: Seller, default_rate: Decimal, today: date
) -> None:
    """Gives a discount on the whole document, or takes it away. Refused when it does not fit; the earlier one stays."""
    require_own_lines(document)
    if discount is not None and not (
        discount.percent is not None or discount.amount is not None or discount.target_total is not None
    ):
        raise EditRefused("discount_how_much")
    earlier, document.discount = document.discount, discount
    apply_vat(document, seller, default_rate, today)
    if discount is not None and document.lines and compute_totals(document).discount_refused:
        document.discount = earlier
        raise EditRefused("discount_impossible", total=compute_totals(document).total)


def set_deposit(document: Document, percent: Decimal | None, amount: Decimal | None) -> None:
    """Of a deposit invoice its share, of a quote what it asks for at the order: ``percent``, or EUR incl. VAT."""
    require_open(document)
    if percent is None and amount is None:
        raise EditRefused("deposit_how_much")
    if document.kind not in ("quote", "deposit"):
        raise EditRefused("deposit_on_what")
    document.deposit_percent = percent
    document.deposit_amount = None if percent is not None else amount


def set_retention(document: Document, percent: Decimal | None, until: date | None) -> None:
    """Keeps back a guarantee, at most 5 % of the total incl. VAT (loi 71-584, legal.md 56); None = that much."""
    require_open(document)
    if document.kind == "credit_note":
        raise EditRefused("retention_on_what")
    percent = MOST_RETENTION if percent is None else percent
    if percent > MOST_RETENTION:
        raise EditRefused("retention_too_large", percent=percent, most=MOST_RETENTION)
    document.retention_percent, document.retention_until = percent, until


def drop_retention(document: Document) -> None:
    """Nothing is kept back."""
    require_open(document)
    if document.kind == "credit_note":
        raise EditRefused("retention_on_what")
    document.retention_percent = document.retention_until = None


def set_site(
    document: Document, *, address: str | None = None, dwelling_share: Decimal | None = None, **facts: Any
) -> None:
    """Facts about the place of the works; those that are not given stay. A share that is lived in means mixed premises,
    and one way to tell the building's age (year, day, years) replaces the others.
    """
    require_open(document)
    site = document.site
    if dwelling_share is not None and not 0 <= dwelling_share <= 100:
        raise EditRefused("dwelling_share", percent=dwelling_share)
    if address:
        site.address = split_address(address)
    if dwelling_share is not None:
        site.premises, site.dwelling_share = "mixed", dwelling_share
    elif facts.get("premises"):
        site.premises, site.dwelling_share = facts["premises"], None
    if facts.get("territory"):
        site.territory = facts["territory"]
    age = {name: facts.get(name) for name in ("completed_year", "completed_on", "age_years")}
    if any(value is not None for value in age.values()):
        for name, value in age.items():
            setattr(site, name, value)


def set_subcontracting(document: Document, value: bool) -> None:
    """The works are done for a main contractor, who owes the VAT (CGI 283-2 nonies, legal.md 48)."""
    require_open(document)
    if document.kind not in ("quote", "invoice") or (document.quote_id and document.site.subcontracting != value):
        raise EditRefused("vat_follows", number=document.quote_number)
    document.site.subcontracting = value


def set_progress(document: Document, percent: Decimal, lines: Sequence[Line] | None = None) -> None:
    """How far the works of a situation have come, in percent since the beginning; None = all lines (legal.md 55)."""
    require_open(document)
    if document.kind != "progress":
        raise EditRefused("progress_on_what")
    if lines is None:
        document.progress_percent = percent
        for line in document.lines:
            if line.progress is not None:
                line.progress.percent = percent
        return
    for line in lines:
        if line.progress is None:
            raise EditRefused("progress_on_what")
        line.progress.percent = percent
    document.progress_percent = None


def set_term(document: Document, **dates: Any) -> None:
    """Dates, periods and delays of a document; a day of service replaces a month, and the other way round."""
    require_open(document)
    for field, value in dates.items():
        setattr(document, field, value)
    if dates.get("service_month"):
        document.service_date = None
    if dates.get("service_date"):
        document.service_month = None
