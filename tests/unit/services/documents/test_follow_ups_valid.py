"""What is derived from a quote is valid as paper and as electronic invoice, from the deposit to the last credit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.documents.rendering import render_snapshot
from services.documents.schemas import Discount
from services.documents.validation import violations
from tests.unit.services.documents.paper_shop import Shop, line, quote_of


def test_a_whole_life_of_a_quote(issued: Any) -> None:
    lines = [
        line(1, quantity="12.5", price="38.40"),
        line(2, price="1390", rate="5.5"),
        line(3, price="189.99", rate="20"),
    ]
    lines.append(line(4, "Reprise", quantity="-1", price="80"))
    quote = quote_of(*lines, discount=Discount(percent=Decimal(3)))
    shop, papers = Shop(quote), []

    def leave(document: Any) -> Any:
        found = shop.issue(document)
        papers.append(document)
        return found

    leave(shop.build("deposit", deposit_percent=Decimal(30)))
    deposit = leave(shop.build("deposit", deposit_amount=Decimal(200)))
    leave(shop.build("progress", progress_percent=Decimal(60), retention_percent=Decimal(5)))
    balance = leave(shop.build("balance", retention_percent=Decimal(5)))
    plain = Shop(quote)
    plain.issue(plain.build("deposit", deposit_percent=Decimal(30)))
    papers.append(plain.issue(plain.build("balance")).document)
    for original, values in (
        (balance, {"credit_percent": Decimal(10)}),
        (plain.account.invoices[-1], {}),
        (deposit, {"credit_amount": Decimal(50)}),
    ):
        owner = plain if original in plain.account.invoices else shop
        credit, _ = owner.credit(original, **values)
        credit.number, credit.issue_date = "AVOIR-2026-0001", original.document.issue_date
        papers.append(credit)
    for document in papers:
        document.buyer = issued.consumer
        snapshot = issued.freeze(document)
        assert violations(snapshot, render_snapshot(snapshot)) == [], (document.kind, document.number)
