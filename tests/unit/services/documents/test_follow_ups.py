"""Deposits, situations, balances and credits of random quotes: together they ask for the contract, to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.documents import balance, correctives, credit_notes, deposits, progress
from services.documents.contract import contract_lines, contracted_rows
from services.documents.ledger import growth
from services.documents.quote_account import Invoiced, QuoteAccount, billed_rows
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Discount, Document, Line
from services.documents.totals import compute_totals
from services.documents.vat_rows import base_of, joined, less, negated, total_of

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


def rows(*triples):
    return [(str(rate), str(base), str(amount)) for rate, base, amount in triples]


def table(found):
    return [(f"{row.rate:f}", f"{row.base:f}", f"{row.amount:f}") for row in found]


class TestDeposit:
    def test_per_rate_in_proportion(self):
        shop = Shop(quote_of(line(1, price="1000", rate="10"), line(2, price="500", rate="20")))
        document = shop.build("deposit", deposit_percent=Decimal(30))
        assert [(one.description, one.unit_price, one.vat_rate) for one in document.lines] == [
            ("Acompte de 30 % sur devis DEVIS-2026-0047 du 12/11/2026 – travaux au taux de 20 %", 150, 20),
            ("Acompte de 30 % sur devis DEVIS-2026-0047 du 12/11/2026 – travaux au taux de 10 %", 300, 10),
        ]
        assert [one.chat_label for one in document.lines] == ["Acompte 30 % (TVA 20 %)", "Acompte 30 % (TVA 10 %)"]
        assert compute_totals(document).total == Decimal("510.00")

    def test_an_amount_is_met_exactly(self):
        shop = Shop(quote_of(line(1, price="3333.33", rate="10"), line(2, price="777.77", rate="5.5")))
        assert compute_totals(shop.build("deposit", deposit_amount=Decimal("1500"))).total == Decimal(1500)

    def test_what_the_quote_asks_for_at_the_order(self):
        shop = Shop(quote_of(line(1, price="1000"), deposit_percent=Decimal(40)))
        assert compute_totals(shop.build("deposit")).total == Decimal("440.00")

    def test_never_more_than_is_left(self):
        shop = Shop(quote_of(line(1, price="1000")))
        shop.issue(shop.build("deposit", deposit_percent=Decimal(60)))
        with pytest.raises(FollowUpRefused) as refused:
            shop.build("deposit", deposit_percent=Decimal(50))
        assert refused.value.code == "deposit_too_large" and refused.value.values["left"] == Decimal("440.00")
        shop.issue(shop.build("deposit", deposit_percent=Decimal(40)))
        with pytest.raises(FollowUpRefused, match="nothing_left"):
            shop.build("deposit", deposit_percent=Decimal(10))

    def test_reverse_charge_and_franchise(self):
        shop = Shop(quote_of(line(1, price="1000").model_copy(update={"vat_category": "AE", "vat_rate": None})))
        document = shop.build("deposit", deposit_percent=Decimal(30))
        assert document.lines[0].description.endswith(" – travaux en autoliquidation")
        assert compute_totals(document).total == Decimal("300.00")


class TestBalance:
    def test_everything_less_the_deposits(self):
        shop = Shop(
            quote_of(line(1, price="1000"), line(2, price="500", rate="20"), discount=Discount(percent=Decimal(5)))
        )
        shop.issue(shop.build("deposit", deposit_percent=Decimal(30)))
        document = shop.build("balance")
        totals = compute_totals(document)
        assert document.kind == "balance" and [one.number for one in document.prepayments] == ["FACT-2026-0001"]
        assert totals.total == Decimal("1615.00") and totals.amount_due == Decimal("1130.50")
        shop.issue(document)
        assert shop.account.remaining == []

    def test_without_deposits_it_is_the_invoice(self):
        shop = Shop(quote_of(line(1)))
        assert shop.build("balance").kind == "invoice"

    def test_the_invoice_of_a_quote_with_a_deposit_is_the_balance(self):
        shop = Shop(quote_of(line(1)))
        shop.issue(shop.build("deposit", deposit_percent=Decimal(30)))
        assert shop.build("invoice").kind == "balance"

    def test_lines_outside_the_quote_are_added_and_grow_the_contract(self):
        shop = Shop(quote_of(line(1, price="1000"), discount=Discount(percent=Decimal(10))))
        extra = line(1, "Niche supplémentaire", price="100", key="extra", outside_quote=True)
        document = shop.build("invoice", lines=[extra])
        assert compute_totals(document).subtotal == Decimal("1000.00")
        shop.issue(document)
        assert shop.account.remaining == [] and shop.account.contracted_total == Decimal("1100.00")

    def test_really_done_quantities_move_the_contract(self):
        shop = Shop(quote_of(line(1, quantity="40", price="50")))
        document = shop.build("invoice")
        document.lines[0].quantity = Decimal(42)
        shop.issue(document)
        assert shop.account.contracted_total == Decimal("2310.00") and shop.account.remaining == []

    def test_not_twice(self):
        shop = Shop(quote_of(line(1)))
        shop.issue(shop.build("invoice"))
        with pytest.raises(FollowUpRefused, match="nothing_left"):
            shop.build("invoice")

    def test_an_amendment_belongs_to_the_contract(self):
        quote = quote_of(line(1, price="1000"), discount=Discount(amount=Decimal(100)))
        change = quote_of(
            line(1, "Plus-value grès", price="200", key="a1"),
            line(2, "Cloison supprimée", quantity="-1", price="300", key="a2"),
            number="DEVIS-2026-0050",
        )
        shop = Shop(quote, change)
        shop.issue(shop.build("deposit", deposit_percent=Decimal(50)))
        document = shop.build("balance")
        assert compute_totals(document).total == Decimal("880.00")
        shop.issue(document)
        assert shop.account.remaining == []


class TestProgress:
    def test_cumulative_less_previous(self):
        shop = Shop(quote_of(line(1, price="1000"), line(2, price="2000", rate="20")))
        shop.issue(shop.build("deposit", deposit_percent=Decimal(30)))
        first = shop.issue(shop.build("progress", progress_percent=Decimal(60)))
        assert first.document.progress_number == 1 and first.totals.subtotal == Decimal("1800.00")
        assert first.totals.prepaid == Decimal("630.00")  # 30 % of 3 500 incl. VAT, 60 % of it
        second = shop.build("progress", progress_percent=Decimal(80))
        assert second.progress_number == 2 and compute_totals(second).subtotal == Decimal("600.00")
        assert second.period_start == TODAY + timedelta(days=1)
        shop.issue(second)
        last = shop.build("balance")
        assert last.kind == "balance" and last.progress_number == 3
        shop.issue(last)
        assert shop.account.remaining == []

    def test_lines_may_come_on_differently(self):
        shop = Shop(quote_of(line(1, price="1000"), line(2, price="2000", rate="20")))
        document = shop.build("progress", progress_percent=Decimal(50))
        document.progress_percent = None
        document.lines[0].progress.percent = Decimal(90)
        progress.build(document, shop.account, today=TODAY)
        assert [one.unit_price for one in document.lines] == [Decimal("900.00"), Decimal("1000.00")]

    @pytest.mark.parametrize(("percent", "code"), [("40", "progress_goes_back"), ("120", "progress_too_large")])
    def test_refusals(self, percent, code):
        shop = Shop(quote_of(line(1, price="1000")))
        shop.issue(shop.build("progress", progress_percent=Decimal(50)))
        with pytest.raises(FollowUpRefused, match=code):
            shop.build("progress", progress_percent=Decimal(percent))
        with pytest.raises(FollowUpRefused, match="nothing_left"):
            shop.build("progress", progress_percent=Decimal(50))

    def test_a_deposit_of_everything_after_half_is_done(self):
        shop = Shop(quote_of(line(1, price="1000"), line(2, price="333.33", rate="20")))
        shop.issue(shop.build("progress", progress_percent=Decimal(50)))
        shop.issue(shop.build("deposit", deposit_amount=shop.account.remaining_total))
        shop.issue(shop.build("progress", progress_percent=Decimal(75)))
        last = shop.issue(shop.build("balance"))
        assert last.totals.amount_due == 0 and shop.account.remaining == []


class TestCreditNote:
    def balanced(self):
        shop = Shop(
            quote_of(line(1, price="1000"), line(2, price="500", rate="20"), discount=Discount(percent=Decimal(5)))
        )
        shop.issue(shop.build("deposit", deposit_percent=Decimal(30)))
        return shop, shop.issue(shop.build("balance"))

    def test_whole_is_the_exact_reverse(self):
        shop, issued = self.balanced()
        document, now = shop.credit(issued)
        totals = compute_totals(document)
        assert totals.model_dump(exclude={"retention", "net_to_pay"}) == issued.totals.model_dump(
            exclude={"retention", "net_to_pay"}
        )
        assert now.cancelled and document.corrects.number == issued.number
        assert total_of(shop.account.remaining) == Decimal("1130.50")
        assert compute_totals(shop.build("balance")).amount_due == Decimal("1130.50")

    def test_a_share_an_amount_and_the_rest(self):
        shop, issued = self.balanced()
        document, now = shop.credit(issued, credit_percent=Decimal(10))
        assert document.lines[0].description == (
            "Avoir de 10 % sur facture de solde FACT-2026-0002 du 27/11/2026 – travaux au taux de 20 %"
        )
        _, now = shop.credit(now, credit_amount=Decimal("77.77"))
        assert total_of(now.standing) == issued.totals.amount_due - Decimal("113.05") - Decimal("77.77")
        with pytest.raises(FollowUpRefused, match="credit_too_large"):
            shop.credit(now, credit_amount=Decimal(1000))
        _, now = shop.credit(now)
        assert now.cancelled and now.standing == []

    def test_lines(self):
        shop = Shop(
            quote_of(line(1, price="1000"), line(2, price="500", rate="20"), discount=Discount(percent=Decimal(5)))
        )
        issued = shop.issue(shop.build("invoice"))
        document, _ = shop.credit(issued, credit_lines=[2])
        assert compute_totals(document).total == Decimal("570.00")
        with pytest.raises(FollowUpRefused, match="credit_lines_unknown"):
            shop.credit(issued, credit_lines=[7])

    def test_not_twice(self):
        shop, issued = self.balanced()
        _, now = shop.credit(issued)
        with pytest.raises(FollowUpRefused, match="original_cancelled"):
            shop.credit(now)


def test_a_corrective_invoice_starts_from_the_original():
    shop = Shop(quote_of(line(1, price="1000")))
    issued = shop.issue(shop.build("invoice"))
    document = Document(id=uuid4(), kind="corrective")
    correctives.build(document, issued)
    assert compute_totals(document).total == issued.totals.total and document.corrects.kind == "invoice"
    document.lines[0].description = "Pose de faïence"
    correctives.build(document, issued)
    assert document.lines[0].description == "Pose de faïence"


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


PERCENTS = st.lists(st.integers(1, 99), max_size=4, unique=True).map(sorted)


@settings(max_examples=150, deadline=None)
@given(random_parts(), st.lists(st.integers(1, 45), max_size=2), PERCENTS)
def test_deposits_situations_and_balance_come_to_the_contract(parts, shares, percents):
    shop = Shop(*parts)
    contracted = joined(shop.account.contracted)
    for share in shares:
        shop.issue(shop.build("deposit", deposit_percent=Decimal(share)))
    for percent in percents:
        try:
            shop.issue(shop.build("progress", progress_percent=Decimal(percent)))
        except FollowUpRefused as refused:
            assert refused.code == "nothing_left"
    shop.issue(shop.build("balance"))
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
    shop.issue(shop.build("deposit", deposit_percent=Decimal(share)))
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
    document = shop.build("invoice", retention_percent=Decimal(percent))
    totals = compute_totals(document)
    assert totals.amount_due == totals.total and totals.net_to_pay == totals.total - totals.retention
    assert 0 <= totals.retention <= totals.total * Decimal("0.05") + Decimal("0.01")


@settings(max_examples=60, deadline=None)
@given(random_parts())
def test_the_lines_of_a_contract_come_to_its_bases(parts):
    nets = sum((part.net for part in contract_lines(parts)), Decimal(0))
    assert nets == base_of(contracted_rows(parts))
