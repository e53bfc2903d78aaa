"""Quotes and the documents that follow them, issued on an account without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

from services.documents import balance, credit_notes, deposits, progress
from services.documents.contract import contracted_rows
from services.documents.ledger import growth
from services.documents.quote_account import Invoiced, QuoteAccount, billed_rows
from services.documents.schemas import Document, Line
from services.documents.totals import compute_totals
from services.documents.vat_rows import base_of, joined, less, negated

TODAY = date(2026, 11, 27)
ISSUED = date(2026, 11, 12)


def line(position, description="Pose de carrelage", quantity="1", price="100", rate="10", **values):
    return Line(
        position=position,
        description=description,
        chat_label=description,
        said=description,
        quantity=Decimal(quantity),
        unit="u",
        unit_price=Decimal(price),
        vat_rate=Decimal(rate),
        key=values.pop("key", f"line{position}"),
        **values,
    )


def quote_of(*lines, number="DEVIS-2026-0047", **values):
    return Document(id=uuid4(), kind="quote", number=number, issue_date=ISSUED, lines=list(lines), **values)


def account_for(*parts):
    return QuoteAccount(
        quote_id=parts[0].id, parts=list(parts), contracted=contracted_rows(parts), invoiced=[], paid=[]
    )


class Shop:
    """Issues documents on one account as the service does, without a database."""

    def __init__(self, *parts):
        self.account = account_for(*parts)
        self.count = 0

    def draft(self, kind, **values):
        return Document(id=uuid4(), kind=kind, quote_id=self.account.quote_id, **values)

    def build(self, kind, **values):
        document = self.draft(kind, **values)
        self.fill(document)
        again = document.model_copy(deep=True)
        self.fill(again)
        assert again == document, "filling again changes nothing"
        return document

    def fill(self, document):
        if document.kind == "deposit":
            deposits.build(document, self.account, language="fr")
        elif document.kind == "progress":
            progress.build(document, self.account, today=TODAY)
        else:
            balance.build(document, self.account, today=TODAY)

    def issue(self, document):
        self.count += 1
        document.number, document.issue_date = f"FACT-2026-{self.count:04d}", TODAY
        totals = compute_totals(document)
        assert totals.complete and totals.amount_due >= 0
        added = growth(document, totals, self.account, [])
        issued = Invoiced(document, totals, "issued", document.kind)
        self.account = replace(
            self.account,
            contracted=joined(self.account.contracted, added),
            invoiced=joined(self.account.invoiced, billed_rows(document, totals)),
            invoices=[*self.account.invoices, issued],
        )
        assert self.account.invoiced_total <= self.account.contracted_total
        assert base_of(self.account.invoiced) <= base_of(self.account.contracted) + Decimal("0.05")
        return issued

    def credit(self, issued, **values):
        document = Document(id=uuid4(), kind="credit_note", **values)
        credit_notes.build(document, issued, language="fr")
        billed = billed_rows(document, compute_totals(document))
        credited = joined(issued.credited, billed)
        whole = not less(issued.billed, credited)
        now = replace(issued, credited=credited, status="cancelled" if whole else issued.status)
        self.account = replace(
            self.account,
            invoiced=joined(self.account.invoiced, negated(billed)),
            invoices=[now if one is issued else one for one in self.account.invoices],
        )
        return document, now
