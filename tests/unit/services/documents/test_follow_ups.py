"""Deposits, situations, balances and credits of quotes: their lines, amounts and refusals."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from services.documents import correctives, progress
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Discount, Document
from services.documents.totals import compute_totals
from services.documents.vat_rows import total_of
from tests.unit.services.documents.paper_shop import TODAY, Shop, line, quote_of


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
        assert second.period_start == TODAY  # never after its end, even on one day
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
        assert compute_totals(document).vat == issued.billed and not document.prepayments
        assert document.lines[0].description.startswith("Avoir total sur facture de solde FACT-2026-0002 du 27/11/2026")
        assert now.cancelled and document.corrects.number == issued.number
        assert total_of(shop.account.remaining) == Decimal("1130.50")
        assert compute_totals(shop.build("balance")).amount_due == Decimal("1130.50")

    def test_a_plain_invoice_is_copied(self):
        shop = Shop(
            quote_of(line(1, price="1000"), line(2, price="500", rate="20"), discount=Discount(percent=Decimal(5)))
        )
        issued = shop.issue(shop.build("invoice"))
        document, _ = shop.credit(issued)
        assert document.lines == issued.document.lines and compute_totals(document) == issued.totals

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
