"""Amounts of documents: the model dialogues to the cent, discounts, prices incl. VAT, and what always holds."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.documents.discounts import apportion
from services.documents.schemas import Discount, Document, Line, Prepayment, Totals
from services.documents.totals import compute_totals, share_of

D = Decimal
EXPECTED = json.loads((Path(__file__).parent / "data" / "dialogue_totals.json").read_text(encoding="utf-8"))
DISCOUNTS = {
    "FR3": Discount(percent=D(5)),
    "FR6": Discount(target_total=D(12500), price_mode="ttc"),
    "TR3": Discount(amount=D(100)),
    "TR4": Discount(percent=D(5)),
}
NO_VAT = {"TR2": "AE", "TR3": "E"}


def make_line(position: int = 1, quantity: Any = "1", price: Any = "100", rate: Any = "10", **more: Any) -> Line:
    def number(value: Any) -> Decimal | None:
        return None if value is None else D(value)

    return Line(
        position=position,
        description="Travaux",
        chat_label="Travaux",
        said="travaux",
        quantity=number(quantity),
        unit_price=number(price),
        vat_rate=number(rate),
        **more,
    )


def make_document(*lines: Line, discount: Discount | None = None, **more: Any) -> Document:
    return Document(id=UUID(int=1), kind="quote", lines=list(lines), discount=discount, **more)


@pytest.mark.parametrize("dialogue", sorted(EXPECTED))
def test_the_model_dialogues_to_the_cent(dialogue: str) -> None:
    expected = EXPECTED[dialogue]
    lines = [
        make_line(n, row["quantity"], row["unit_price_ht"], row["vat_rate"], vat_category=NO_VAT.get(dialogue, "S"))
        for n, row in enumerate(expected["lines"], 1)
    ]
    deposits = [Prepayment(number="FACT-2026-0021", total=D(2112))] if dialogue == "TR6" else []
    totals = compute_totals(make_document(*lines, discount=DISCOUNTS.get(dialogue), prepayments=deposits))

    assert [str(line.total_ht) for line in totals.lines] == [row["total_ht"] for row in expected["lines"]]
    assert str(totals.discount) == expected["discount_ht"]
    assert str(totals.subtotal) == expected["total_ht"]
    vat = {str(v.rate): {"base": str(v.base), "amount": str(v.amount)} for v in totals.vat if v.category == "S"}
    assert vat == expected["vat"]
    assert str(totals.vat_total) == expected["total_vat"]
    assert str(totals.total) == expected["total_ttc"]
    assert str(totals.net_to_pay) == expected["net_to_pay"]
    assert totals.complete
    assert not totals.discount_refused


def test_a_price_incl_vat_stays_exact_when_no_base_gives_it() -> None:
    totals = compute_totals(make_document(make_line(price="500", price_mode="ttc")))
    assert (totals.subtotal, totals.vat_total, totals.total) == (D("454.55"), D("45.45"), D("500.00"))
    assert totals.lines[0].unit_price_ht == D("454.55")


def test_a_price_incl_vat_beside_prices_excl_vat_of_the_same_rate() -> None:
    totals = compute_totals(make_document(make_line(1), make_line(2, price="500", price_mode="ttc")))
    assert totals.vat[0].base == D("554.55")
    assert totals.total == D("610.00")


def test_the_unit_price_of_a_line_incl_vat_gives_back_its_total() -> None:
    totals = compute_totals(make_document(make_line(quantity="3", price="10", price_mode="ttc")))
    assert totals.lines[0].total_ht == D("27.27")
    assert totals.lines[0].unit_price_ht == D("9.09")


@pytest.mark.parametrize(
    ("discount", "total"),
    [
        (Discount(percent=D(5)), "475.00"),
        (Discount(amount=D(50), price_mode="ttc"), "450.00"),
        (Discount(target_total=D(333), price_mode="ttc"), "333.00"),
    ],
)
def test_discounts_on_prices_incl_vat_stay_exact(discount: Discount, total: str) -> None:
    totals = compute_totals(make_document(make_line(price="500", price_mode="ttc"), discount=discount))
    assert str(totals.total) == total


def test_a_target_excl_vat() -> None:
    totals = compute_totals(
        make_document(make_line(1, price="333.33"), make_line(2, rate="20"), discount=Discount(target_total=D(400)))
    )
    assert totals.subtotal == D("400.00")
    assert totals.discount == D("33.33")


@pytest.mark.parametrize(
    "discount",
    [Discount(target_total=D(200)), Discount(amount=D(-10)), Discount(target_total=D(200), price_mode="ttc")],
)
def test_a_discount_never_raises_the_total(discount: Discount) -> None:
    totals = compute_totals(make_document(make_line(), discount=discount))
    assert totals.discount_refused
    assert (totals.discount, totals.total) == (D("0.00"), D("110.00"))


def test_a_discount_above_the_total_is_held_at_zero() -> None:
    totals = compute_totals(make_document(make_line(), discount=Discount(amount=D(150))))
    assert totals.discount_refused
    assert (totals.discount, totals.total) == (D("100.00"), D("0.00"))


def test_a_missing_quantity_leaves_the_rest_totalled() -> None:
    totals = compute_totals(make_document(make_line(1, quantity=None, price="65"), make_line(2)))
    assert not totals.complete
    assert totals.lines[0].total_ht is None
    assert totals.lines[0].unit_price_ht == D(65)
    assert totals.total == D("110.00")


def test_a_target_total_waits_for_the_missing_price() -> None:
    discount = Discount(target_total=D(100), price_mode="ttc")
    totals = compute_totals(make_document(make_line(1, price=None), make_line(2), discount=discount))
    assert totals.discount == D("0.00")


def test_an_undecided_rate_counts_before_vat_only() -> None:
    totals = compute_totals(make_document(make_line(1, rate=None), make_line(2)))
    assert not totals.complete
    assert totals.subtotal == D("200.00")
    assert [row.base for row in totals.vat] == [D("100.00")]


def test_an_empty_document_is_incomplete() -> None:
    totals = compute_totals(make_document())
    assert (totals.complete, totals.total) == (False, D("0.00"))


def test_franchise_and_reverse_charge_carry_no_vat_whatever_the_rate() -> None:
    for category in ("E", "AE"):
        totals = compute_totals(make_document(make_line(price="500", price_mode="ttc", vat_category=category)))
        assert (totals.total, totals.vat_total, totals.vat[0].rate) == (D("500.00"), D("0.00"), D(0))


def test_rates_written_differently_are_one_rate() -> None:
    totals = compute_totals(make_document(make_line(1, rate="10"), make_line(2, rate="10.00")))
    assert [str(row.rate) for row in totals.vat] == ["10"]


def test_a_deposit_is_spread_over_the_rates_of_the_quote() -> None:
    quote = compute_totals(make_document(make_line(1, price="2524")))
    assert [(str(row.base), str(row.amount)) for row in share_of(quote.vat, percent=D(30))] == [("757.20", "75.72")]
    mixed = compute_totals(make_document(make_line(1, price="1000"), make_line(2, price="500", rate="5.5")))
    rows = share_of(mixed.vat, amount=D(500))
    assert sum(row.base + row.amount for row in rows) == D("500.00")
    with pytest.raises(ValueError, match="share"):
        share_of(mixed.vat)


money = st.decimals(min_value="0", max_value="99999", places=2)
lines_strategy = st.lists(
    st.builds(
        lambda quantity, price, rate, mode, category: (quantity, price, rate, mode, category),
        st.decimals(min_value="0.001", max_value="500", places=3),
        st.decimals(min_value="0", max_value="5000", places=4),
        st.sampled_from(["20", "10", "5.5", "8.5", "2.1"]),
        st.sampled_from(["ht", "ttc"]),
        st.sampled_from(["S", "S", "S", "E", "AE"]),
    ),
    min_size=1,
    max_size=8,
)
discounts = st.one_of(
    st.none(),
    st.builds(Discount, percent=st.decimals(min_value="0", max_value="100", places=2)),
    st.builds(Discount, amount=money, price_mode=st.sampled_from(["ht", "ttc"])),
    st.builds(Discount, target_total=money, price_mode=st.sampled_from(["ht", "ttc"])),
)


def build(rows: list[tuple[Any, ...]], discount: Discount | None) -> Document:
    lines = [
        make_line(n, quantity, price, rate, price_mode=mode, vat_category=category)
        for n, (quantity, price, rate, mode, category) in enumerate(rows, 1)
    ]
    return make_document(*lines, discount=discount)


def all_amounts(totals: Totals) -> list[Decimal]:
    rows = [value for row in totals.vat for value in (row.base, row.amount)]
    lines = [line.total_ht for line in totals.lines if line.total_ht is not None]
    return [totals.lines_total, totals.discount, totals.subtotal, totals.vat_total, totals.total, *rows, *lines]


@settings(max_examples=150, deadline=None)
@given(lines_strategy, discounts)
def test_every_sum_holds(rows: list[tuple[Any, ...]], discount: Discount | None) -> None:
    document = build(rows, discount)
    totals = compute_totals(document)
    assert totals == compute_totals(document)
    assert sum(line.total_ht or 0 for line in totals.lines) == totals.lines_total
    assert totals.lines_total - totals.discount == totals.subtotal == sum(row.base for row in totals.vat)
    assert sum(row.amount for row in totals.vat) == totals.vat_total
    assert totals.subtotal + totals.vat_total == totals.total == totals.net_to_pay
    assert totals.discount >= 0
    assert all(row.base >= 0 for row in totals.vat)
    for value in all_amounts(totals):
        assert isinstance(value, Decimal)
        assert value.as_tuple().exponent == -2
    assert all(row.amount == 0 for row in totals.vat if row.category != "S")


@settings(max_examples=150, deadline=None)
@given(lines_strategy)
def test_vat_is_the_rate_of_the_base_to_the_cent_of_its_derivation(rows: list[tuple[Any, ...]]) -> None:
    for row in compute_totals(build(rows, None)).vat:
        assert abs(row.amount - row.base * row.rate / 100) <= D("0.01")


@settings(max_examples=150, deadline=None)
@given(lines_strategy, st.decimals(min_value="0.01", max_value="1", places=3), st.sampled_from(["ht", "ttc"]))
def test_a_target_below_the_total_is_met_exactly(rows: list[tuple[Any, ...]], share: Decimal, mode: str) -> None:
    plain_totals = compute_totals(build(rows, None))
    whole = plain_totals.total if mode == "ttc" else plain_totals.subtotal
    target = (whole * share).quantize(D("0.01"))
    totals = compute_totals(build(rows, Discount(target_total=target, price_mode=mode)))
    assert (totals.total if mode == "ttc" else totals.subtotal) == target
    for row in totals.vat:
        assert abs(row.amount - row.base * row.rate / 100) <= D("0.02")


@given(money, st.lists(st.decimals(min_value="0", max_value="9999", places=2), min_size=1, max_size=6))
def test_parts_add_up(amount: Decimal, weights: list[Decimal]) -> None:
    parts = apportion(amount, weights)
    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 for part in parts)
