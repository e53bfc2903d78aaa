"""Deposits, situations, balances and credits of random quotes: together they ask for the contract, to the cent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from services.documents.contract import contract_lines, contracted_rows
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Discount
from services.documents.totals import compute_totals
from services.documents.vat_rows import base_of, joined
from tests.unit.services.documents.paper_shop import Shop, line, quote_of

# random quotes: up to eight lines, excl. and incl. VAT, discounts on lines and on the whole

AMOUNTS = st.decimals(min_value=1, max_value=9000, places=2)
RATES = st.sampled_from(["20", "10", "5.5"])


@st.composite
def random_line(draw, position):
    values = {"price_mode": draw(st.sampled_from(["ht", "ht", "ttc"]))}
    if draw(st.integers(0, 4)) == 0:
        values["discount_percent"] = Decimal(draw(st.integers(1, 40)))
    quantity = draw(st.decimals(min_value="0.5", max_value=60, places=2))
    return line(
        position,
        quantity=quantity,
        price=draw(AMOUNTS),
        rate=draw(RATES),
        key=f"{position}-{draw(st.integers())}",
        **values,
    )


@st.composite
def random_quote(draw, number="DEVIS-2026-0047"):
    count = draw(st.integers(1, 6))
    discount = draw(
        st.one_of(
            st.none(),
            st.builds(Discount, percent=st.integers(1, 30).map(Decimal)),
            st.builds(Discount, amount=st.decimals(min_value="0.01", max_value="0.5", places=2)),
            st.builds(Discount, amount=st.just(Decimal("0.37")), price_mode=st.just("ttc")),
        )
    )
    lines = [draw(random_line(at)) for at in range(1, count + 1)]
    return quote_of(*lines, number=number, discount=discount)


@st.composite
def random_parts(draw):
    parts = [draw(random_quote())]
    if draw(st.integers(0, 3)) == 0:
        parts.append(draw(random_quote(number="DEVIS-2026-0050")))
    return parts


def issue_deposit(shop, share):
    """A share of a few cents that rounds to nothing is refused, and nothing else is."""
    try:
        shop.issue(shop.build("deposit", deposit_percent=Decimal(share)))
    except FollowUpRefused as refused:
        assert (refused.code, refused.values["asked"]) == ("deposit_too_large", 0)


def issue_balance(shop):
    """A contract of nothing (its discount is its total) and one that a situation rounded up to the whole leave no balance."""
    try:
        shop.issue(shop.build("balance"))
    except FollowUpRefused as refused:
        assert (refused.code, shop.account.remaining_total) == ("nothing_left", 0)


PERCENTS = st.lists(st.integers(1, 99), max_size=4, unique=True).map(sorted)


@settings(max_examples=150, deadline=None)
@example([quote_of(line(1, quantity="0.5", price="1"), discount=Discount(amount=Decimal("0.5")))], [], [])
@given(random_parts(), st.lists(st.integers(1, 45), max_size=2), PERCENTS)
def test_deposits_situations_and_balance_come_to_the_contract(parts, shares, percents):
    shop = Shop(*parts)
    contracted = joined(shop.account.contracted)
    for share in shares:
        issue_deposit(shop, share)
    for percent in percents:
        try:
            shop.issue(shop.build("progress", progress_percent=Decimal(percent)))
        except FollowUpRefused as refused:
            assert refused.code == "nothing_left"
    issue_balance(shop)
    assert shop.account.invoiced == contracted == shop.account.contracted


@settings(max_examples=100, deadline=None)
@given(random_parts(), st.data())
def test_deposits_between_situations_never_ask_for_too_much(parts, data):
    shop = Shop(*parts)
    contracted = joined(shop.account.contracted)
    done = 0
    for _ in range(data.draw(st.integers(1, 5))):
        try:
            if data.draw(st.booleans()):
                amount = data.draw(st.integers(1, 100)) * shop.account.remaining_total / 100
                shop.issue(shop.build("deposit", deposit_amount=amount))
            else:
                document = shop.draft("progress", progress_percent=Decimal(done))
                done = min(99, done + data.draw(st.integers(1, 30)))
                document.progress_percent = Decimal(done)
                shop.fill(document)
                for one in document.lines:
                    if data.draw(st.booleans()):
                        one.progress.percent = Decimal(min(99, done + data.draw(st.integers(0, 10))))
                document.progress_percent = None
                shop.fill(document)
                done = max(int(one.progress.percent) for one in document.lines)
                shop.issue(document)
        except FollowUpRefused as refused:
            assert refused.code in ("nothing_left", "deposit_too_large")
    if shop.account.remaining_total > 0 or shop.account.undeducted_total:
        shop.issue(shop.build("balance"))
        assert shop.account.invoiced == contracted


@settings(max_examples=100, deadline=None)
@given(random_parts(), st.integers(1, 90), st.lists(st.integers(1, 50), max_size=3))
def test_credits_reverse_exactly(parts, share, credits):
    shop = Shop(*parts)
    assume(shop.account.contracted)
    issue_deposit(shop, share)
    before = shop.account.invoiced
    issued = shop.issue(shop.build("balance"))
    for percent in credits:
        try:
            _, issued = shop.credit(issued, credit_percent=Decimal(percent))
        except FollowUpRefused as refused:
            assert refused.code in ("credit_too_large", "original_cancelled")
    if not issued.cancelled:
        document, issued = shop.credit(issued)
        assert all(row.base >= 0 for row in compute_totals(document).vat) or len(credits) > 0
    assert issued.standing == [] and shop.account.invoiced == before


@settings(max_examples=60, deadline=None)
@given(random_quote(), st.sampled_from(["1", "2.5", "5"]))
def test_retention_is_kept_below_the_total(quote, percent):
    shop = Shop(quote)
    assume(shop.account.contracted)
    document = shop.build("invoice", retention_percent=Decimal(percent))
    totals = compute_totals(document)
    assert totals.amount_due == totals.total and totals.net_to_pay == totals.total - totals.retention
    assert 0 <= totals.retention <= totals.total * Decimal("0.05") + Decimal("0.01")


@settings(max_examples=60, deadline=None)
@given(random_parts())
def test_the_lines_of_a_contract_come_to_its_bases(parts):
    nets = sum((part.net for part in contract_lines(parts)), Decimal(0))
    assert nets == base_of(contracted_rows(parts))
