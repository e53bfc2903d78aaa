"""How numbers and dates are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.documents.amounts import (
    amount_text,
    date_text,
    euros,
    month_text,
    quantity_text,
    rate_text,
    round_euros,
    typeset,
    unit_price_text,
)

D = Decimal


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1250.5", "1 250,50"), ("0", "0,00"), ("-158.75", "−158,75"), ("1234567.895", "1 234 567,90"), ("45", "45,00")],
)
def test_amounts(amount: str, text: str) -> None:
    assert amount_text(D(amount)) == text
    assert euros(D(amount)) == f"{text} €"


def test_prices_quantities_and_capital() -> None:
    assert unit_price_text(D("145")) == "145,00"
    assert unit_price_text(D("9.090909")) == "9,090909"
    assert unit_price_text(D("92.5000")) == "92,50"
    assert quantity_text(D("3.200")) == "3,2"
    assert quantity_text(D("1250")) == "1 250"
    assert quantity_text(D("0.125")) == "0,125"
    assert round_euros(D("5000.00")) == "5 000 €"
    assert round_euros(D("7622.45")) == "7 622,45 €"


def test_rates_in_both_languages() -> None:
    assert rate_text(D("5.5")) == "5,5 %"
    assert rate_text(D("10.00")) == "10 %"
    assert rate_text(D("5.5"), "tr") == "%5,5"


def test_dates_and_months() -> None:
    assert date_text(date(2026, 12, 21)) == "21/12/2026"
    assert month_text("2026-11") == "novembre 2026"
    assert month_text("2026-11", "tr") == "Kasım 2026"
    with pytest.raises(ValueError, match="month"):
        month_text("2026-13")


@pytest.mark.parametrize(
    ("plain", "printed"),
    [
        ("1 250,50 €", "1\u202f250,50\u00a0€"),
        ("1 234 567,90", "1\u202f234\u202f567,90"),
        ("TVA 5,5 %", "TVA 5,5\u00a0%"),
        ("carrelage 60 × 60", "carrelage 60\u00a0×\u00a060"),
        ("« ok » : oui", "«\u00a0ok\u00a0»\u00a0: oui"),
        ("3 rangées", "3 rangées"),
    ],
)
def test_french_spacing(plain: str, printed: str) -> None:
    assert typeset(plain) == printed
