"""What goes to the platform and what is reported instead; shares of payments; periods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.schemas import Address, Buyer, Document, Line, Prepayment, Seller, VatLine
from services.documents.totals import compute_totals, share_of
from services.documents.vat_rows import joined, negated
from services.einvoicing.ereporting import payment_entries, payment_periods, periods_of, sales_entries, taken_back
from services.einvoicing.recipients import electronic_address, processing_rule
from services.einvoicing.service import collected
from services.einvoicing.shares import paid_part

D = Decimal
CONSUMER = Buyer(name="Mme Garance")
BUSINESS = Buyer(name="Bâti Sud", kind="business", siret="55210055400013")


def line(position: int, price: str, rate: str, **more: Any) -> Line:
    return Line(
        position=position,
        description="Travaux",
        chat_label="Travaux",
        said="travaux",
        quantity=D(1),
        unit_price=D(price),
        vat_rate=D(rate),
        **more,
    )


def invoice(*lines: Line, kind: str = "invoice", buyer: Buyer = CONSUMER, **more: Any) -> Document:
    return Document(id=UUID(int=1), kind=kind, lines=list(lines), buyer=buyer, **more)  # type: ignore[arg-type]


def seller(**more: Any) -> Seller:
    return Seller(organization_id=UUID(int=2), name="KB", siret="85379559800018", **more)


@pytest.mark.parametrize(
    ("buyer", "rule"),
    [
        (None, None),
        (CONSUMER, None),
        (BUSINESS, "B2B"),
        (BUSINESS.model_copy(update={"kind": "public"}), "B2G"),
        (BUSINESS.model_copy(update={"kind": "foreign"}), None),
        (BUSINESS.model_copy(update={"address": Address(country="BE")}), None),
    ],
)
def test_who_gets_it_through_the_platform(buyer: Buyer | None, rule: str | None) -> None:
    assert processing_rule(buyer) == rule


def test_where_it_is_routed() -> None:
    assert electronic_address(BUSINESS) == "552100554"
    assert electronic_address(BUSINESS.model_copy(update={"einvoicing_address": "552100554_52"})) == "552100554_52"
    assert electronic_address(Buyer(name="Bâti Sud", kind="business")) is None


def test_sales_to_consumers_by_category_and_rate() -> None:
    document = invoice(
        line(1, "100", "10"),
        line(2, "200", "20"),
        line(3, "50", "20", vat_reason="supply_only"),
        line(4, "30", "0", vat_category="O", vat_reason="untaxed_territory"),
    )
    entries = sales_entries(document, compute_totals(document))
    assert {(category, row.rate, row.base, row.amount) for category, row in entries} == {
        ("TPS1", D(10), D("100.00"), D("10.00")),
        ("TPS1", D(20), D("200.00"), D("40.00")),
        ("TLB1", D(20), D("50.00"), D("10.00")),
        ("TNT1", D(0), D("30.00"), D("0.00")),
    }


def test_a_credit_note_takes_the_sale_back() -> None:
    sale = invoice(line(1, "100", "10"), line(2, "50", "20", vat_reason="supply_only"))
    totals = compute_totals(sale)
    credit = sale.model_copy(update={"kind": "credit_note"})
    taken = {(category, row.rate): (row.base, row.amount) for category, row in sales_entries(credit, totals)}
    assert taken == {(category, row.rate): (-row.base, -row.amount) for category, row in sales_entries(sale, totals)}


def test_a_replaced_invoice_is_taken_back() -> None:
    sale = invoice(line(1, "100", "10"))
    totals = compute_totals(sale)
    sums = [row for _, row in [*sales_entries(sale, totals), *taken_back(sale, totals)]]
    assert joined(sums) == []


def test_a_balance_does_not_report_its_deposits_again() -> None:
    whole = invoice(line(1, "1000", "10"), line(2, "500", "20"), kind="balance")
    deposit = share_of(compute_totals(whole).vat, percent=D(30))
    total = sum((row.base + row.amount for row in deposit), D(0))
    whole.prepayments = [Prepayment(number="ACPT-1", total=total, vat=deposit)]
    entries = sales_entries(whole, compute_totals(whole))
    assert {(row.rate, row.base, row.amount) for _, row in entries} == {
        (D(10), D("700.00"), D("70.00")),
        (D(20), D("350.00"), D("70.00")),
    }


def test_nothing_is_reported_of_a_business() -> None:
    document = invoice(line(1, "100", "20"), buyer=BUSINESS)
    totals = compute_totals(document)
    assert not sales_entries(document, totals)
    assert not payment_entries(document, seller(), totals, D(0), totals.total)


@pytest.mark.parametrize(
    ("company", "lines", "expected"),
    [
        (seller(), [line(1, "100", "10")], {("TPS1", D("100.00"))}),
        (seller(vat_on_debits=True), [line(1, "100", "10")], set()),
        (seller(), [line(1, "100", "20", vat_reason="supply_only")], set()),
        (
            seller(vat_regime="franchise"),
            [line(1, "100", "0", vat_category="E", vat_reason="franchise")],
            {("TNT1", D("100.00"))},
        ),
        (seller(), [line(1, "100", "0", vat_category="AE", vat_reason="reverse_charge")], set()),
    ],
)
def test_payments_of_services(company: Seller, lines: list[Line], expected: set[tuple[str, Decimal]]) -> None:
    document = invoice(*lines)
    totals = compute_totals(document)
    entries = payment_entries(document, company, totals, D(0), totals.total)
    assert {(category, row.base) for category, row in entries} == expected


@pytest.mark.parametrize(
    ("company", "lines", "expected"),
    [
        (seller(), [line(1, "100", "10"), line(2, "100", "20")], [(D(20), D("120.00")), (D(10), D("110.00"))]),
        (seller(vat_on_debits=True), [line(1, "100", "10")], []),
        (seller(vat_regime="franchise"), [line(1, "100", "0", vat_category="E")], []),
        (seller(), [line(1, "100", "0", vat_category="AE")], []),
        (seller(), [line(1, "100", "0", vat_category="AE"), line(2, "100", "20")], [(D(20), D("120.00"))]),
    ],
)
def test_what_is_told_as_collected(company: Seller, lines: list[Line], expected: list[tuple[Decimal, Decimal]]) -> None:
    document = invoice(*lines, buyer=BUSINESS)
    totals = compute_totals(document)
    found = collected(document, company, totals, D(0), totals.total)
    assert [(item.rate, item.amount) for item in found] == expected


cents = st.integers(1, 500_000).map(lambda value: D(value) / 100)


@given(st.lists(cents, min_size=1, max_size=3), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_payments_together_are_the_invoice_to_the_cent(bases: list[Decimal], weights: list[int]) -> None:
    rows = [
        VatLine(category="S", rate=rate, base=base, amount=(base * rate / 100).quantize(D("0.01")))
        for base, rate in zip(bases, (D(20), D(10), D("5.5")), strict=False)
    ]
    total = sum((row.base + row.amount for row in rows), D(0))
    paid, sums = D(0), joined()
    for position, weight in enumerate(weights, 1):
        amount = (
            total - paid if position == len(weights) else min(total - paid, (total * weight / 600).quantize(D("0.01")))
        )
        parts = paid_part(rows, paid, amount)
        assert sum((part.base + part.amount for part in parts), D(0)) == amount
        back = paid_part(rows, paid + amount, -amount)
        assert back == negated(parts)
        sums = joined(sums, parts)
        paid += amount
    assert sums == joined(rows)


def test_periods() -> None:
    november = date(2027, 11, 17)
    assert periods_of(november, "decade") == [
        (date(2027, 11, 1), date(2027, 11, 10)),
        (date(2027, 11, 11), date(2027, 11, 20)),
        (date(2027, 11, 21), date(2027, 11, 30)),
    ]
    assert periods_of(date(2028, 2, 3), "decade")[2] == (date(2028, 2, 21), date(2028, 2, 29))
    assert (
        periods_of(november, "monthly")
        == payment_periods(november, "decade")
        == [(date(2027, 11, 1), date(2027, 11, 30))]
    )
    december = date(2027, 12, 31)
    assert (
        periods_of(november, "bimonthly")
        == periods_of(december, "bimonthly")
        == [(date(2027, 11, 1), date(2027, 12, 31))]
    )
    assert payment_periods(date(2028, 1, 5), "bimonthly") == [(date(2028, 1, 1), date(2028, 2, 29))]
