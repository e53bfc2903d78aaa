"""The account of a quote: what is contracted, invoiced and paid per VAT rate, and by which documents. Pure values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.documents.discounts import ZERO, sum_cents
from services.documents.schemas import Document, DocumentKind, Prepayment, Totals, VatLine
from services.documents.totals import compute_totals
from services.documents.vat_rows import joined, less, total_of


@dataclass(frozen=True)
class Invoiced:
    """An issued invoice of any kind. ``role`` is its kind, or for a corrective invoice that of the one it replaces.

    ``credited`` are the rows that credit notes took back, ``paid`` EUR incl. VAT received.
    """

    document: Document
    totals: Totals
    status: str
    role: DocumentKind
    credited: list[VatLine] = field(default_factory=list)
    paid: Decimal = ZERO

    @property
    def number(self) -> str:
        return self.document.number or ""

    @property
    def cancelled(self) -> bool:
        """Wholly credited, or replaced by a corrective invoice."""
        return self.status == "cancelled"

    @property
    def billed(self) -> list[VatLine]:
        """What the document itself asks for per rate: its VAT table less the deposits it deducts."""
        return billed_rows(self.document, self.totals)

    @property
    def standing(self) -> list[VatLine]:
        """``billed`` less what was credited."""
        return less(self.billed, self.credited)


@dataclass(frozen=True)
class QuoteAccount:
    """Amounts in EUR. ``contracted``, ``invoiced`` (net of deposits already invoiced) and ``paid`` are rows per rate.

    ``parts`` are the quote and its amendments, ``invoices`` the issued invoices in the order of their issue.
    """

    quote_id: UUID
    parts: Sequence[Document]
    contracted: list[VatLine]
    invoiced: list[VatLine]
    paid: list[VatLine]
    invoices: Sequence[Invoiced] = ()
    accepted_on: date | None = None
    entered: frozenset[UUID] = frozenset()
    """The parts that stand in the ledger already."""

    @property
    def quote(self) -> Document:
        return self.parts[0]

    @property
    def number(self) -> str:
        return self.quote.number or ""

    @property
    def standing(self) -> list[Invoiced]:
        """The invoices that count: neither wholly credited nor replaced."""
        return [invoice for invoice in self.invoices if not invoice.cancelled]

    @property
    def deposits(self) -> list[Invoiced]:
        return [invoice for invoice in self.standing if invoice.role == "deposit"]

    @property
    def situations(self) -> list[Invoiced]:
        """The invoices made on the progress of the works, a balance after situations included."""
        return [
            invoice
            for invoice in self.standing
            if invoice.role == "progress" or any(line.progress for line in invoice.document.lines)
        ]

    @property
    def settlements(self) -> list[Invoiced]:
        """Invoices and balances that ask for lines of the quote, outside of situations."""
        situations = self.situations
        return [
            invoice for invoice in self.standing if invoice.role in ("invoice", "balance") and invoice not in situations
        ]

    @property
    def remaining(self) -> list[VatLine]:
        """What may still be invoiced, per rate."""
        return less(self.contracted, self.invoiced)

    @property
    def contracted_total(self) -> Decimal:
        return total_of(self.contracted)

    @property
    def invoiced_total(self) -> Decimal:
        return total_of(self.invoiced)

    @property
    def paid_total(self) -> Decimal:
        return total_of(self.paid)

    @property
    def remaining_total(self) -> Decimal:
        """EUR incl. VAT still to be invoiced."""
        return self.contracted_total - self.invoiced_total

    @property
    def unpaid_total(self) -> Decimal:
        """EUR incl. VAT invoiced and not received, retentions included."""
        return self.invoiced_total - self.paid_total

    @property
    def undeducted_total(self) -> Decimal:
        """EUR incl. VAT of deposits that no later invoice has deducted yet."""
        return sum_cents(total_of(less(one.standing, self.deducted(one.number))) for one in self.deposits)

    def deducted(self, number: str) -> list[VatLine]:
        """What later invoices deducted already of the deposit with this number."""
        found = [
            paid.vat for invoice in self.standing for paid in invoice.document.prepayments if paid.number == number
        ]
        return joined(*found)


def deducted_rows(prepayments: Sequence[Prepayment]) -> list[VatLine]:
    """What a document takes off for deposits, per rate."""
    return joined(*(paid.vat for paid in prepayments))


def billed_rows(document: Document, totals: Totals) -> list[VatLine]:
    """What a document itself asks for, per rate: its total less the deposits that it deducts."""
    return less(totals.vat, deducted_rows(document.prepayments))


def extra_rows(document: Document) -> list[VatLine]:
    """The VAT table of the lines that the quote does not contain (UX-31)."""
    extras = [line for line in document.lines if line.outside_quote]
    return compute_totals(document.model_copy(update={"lines": extras, "discount": None, "vat_locked": None})).vat


def line_nets(invoices: Sequence[Invoiced]) -> dict[str, Decimal]:
    """What several situations asked for by line of the contract, EUR excl. VAT."""
    found: dict[str, Decimal] = {}
    for invoice in invoices:
        for line, total in zip(invoice.document.lines, invoice.totals.lines, strict=True):
            if line.progress is not None:
                found[line.key] = sum_cents((found.get(line.key, ZERO), total.total_ht or ZERO))
    return found
