"""The works of one quote: what is contracted, and what was invoiced of it so far."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from evals.proof.content import notes, set_terms, some_discount, some_lines
from evals.proof.draw import Draw
from evals.proof.people import a_buyer, a_site
from evals.proof.regimes import Regime
from services.documents.amendments import amendment_of
from services.documents.contract import contracted_rows
from services.documents.numbering import SERIES
from services.documents.quote_account import Invoiced, QuoteAccount, extra_rows
from services.documents.schemas import Document, DocumentKind
from services.documents.totals import compute_totals
from services.documents.vat_rows import joined

_LEAST = Decimal(50)
"""EUR incl. VAT: nobody asks for a deposit on less."""


class Job:
    """The works of one quote: its amendments and what was invoiced of it so far."""

    def __init__(self, draw: Draw, quote: Document) -> None:
        self.parts = [quote]
        self.invoices: list[Invoiced] = []
        if quote.discount is None and draw.chance(12):
            self.parts.append(_amendment(draw, quote))

    @property
    def quote(self) -> Document:
        return self.parts[0]

    def account(self) -> QuoteAccount:
        """As the ledger would tell it."""
        return QuoteAccount(
            quote_id=self.quote.id,
            parts=self.parts,
            contracted=joined(contracted_rows(self.parts), *(extra_rows(one.document) for one in self.invoices)),
            invoiced=joined(*(one.standing for one in self.invoices)),
            paid=[],
            invoices=self.invoices,
        )

    def keep(self, document: Document) -> Document:
        """Notes an issued invoice."""
        self.invoices.append(Invoiced(document, compute_totals(document), "issued", document.kind))
        return document


def a_quote(draw: Draw, regime: Regime, today: date) -> Document:
    lines = some_lines(draw, regime)
    while compute_totals(Document(id=draw.key(), kind="quote", lines=lines)).total < _LEAST:
        lines = some_lines(draw, regime)
    reduced = any(line.vat_category == "S" and line.vat_rate in (Decimal(10), Decimal("5.5")) for line in lines)
    document = Document(
        id=draw.key(),
        kind="quote",
        version=draw.whole(1, 9),
        buyer=a_buyer(draw, regime),
        site=a_site(draw, regime, reduced),
        lines=lines,
        notes=notes(draw),
    )
    document.discount = some_discount(draw, document)
    set_terms(draw, document, today)
    return issued(draw, document, today)


def _amendment(draw: Draw, quote: Document) -> Document:
    """Some lines more, priced like those of the quote."""
    document = amendment_of(quote)
    document.id = draw.key()
    chosen = draw.some(quote.lines, min(len(quote.lines), draw.whole(1, 3)))
    document.lines = [
        line.model_copy(update={"position": place, "key": f"a{place:011x}"}) for place, line in enumerate(chosen, 1)
    ]
    assert quote.issue_date is not None
    return issued(draw, document, quote.issue_date + timedelta(days=5))


def issued(draw: Draw, document: Document, today: date) -> Document:
    """With a number of its series and the date, as ``service.issue`` gives them."""
    document.number = f"{SERIES[document.kind]}-{today.year}-{draw.whole(1, 9999):04d}"
    document.issue_date, document.status = today, "issued"
    return document


def follow(draw: Draw, quote: Document, kind: DocumentKind, today: date) -> Document:
    """An empty invoice about a quote: same client and site, own terms."""
    document = Document(
        id=draw.key(),
        kind=kind,
        version=draw.whole(1, 9),
        buyer=quote.buyer,
        site=quote.site,
        notes=notes(draw),
        quote_id=quote.id,
        quote_number=quote.number,
    )
    set_terms(draw, document, today)
    document.off_premises = None if document.off_premises and kind == "deposit" else document.off_premises
    return document
