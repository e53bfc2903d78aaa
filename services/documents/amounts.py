"""How amounts, quantities, rates and dates are written, in chat and on paper: always the French way (1 250,50 €).

A Turkish reader and a French document would otherwise disagree on the dot (ux.md). Chat gets plain spaces, paper the
no-break ones of ``typeset``.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

Language = Literal["fr", "tr"]

NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


def amount_text(amount: Decimal) -> str:
    """EUR without the sign, two decimals: ``1 250,50``; a negative amount keeps a true minus sign: ``−158,75``."""
    return _number(amount.quantize(Decimal("0.01"), ROUND_HALF_UP), "#,##0.00")


def euros(amount: Decimal) -> str:
    """EUR with the sign: ``1 250,50 €``."""
    return f"{amount_text(amount)} €"


def round_euros(amount: Decimal) -> str:
    """EUR without decimals when there are none, for a share capital: ``5 000 €``."""
    return f"{_number(amount, '#,##0')} €" if amount == amount.to_integral_value() else euros(amount)


def unit_price_text(price: Decimal) -> str:
    """EUR with two to six decimals, as many as it needs: ``145,00``, ``9,0909``."""
    return _number(price, "#,##0.00####")


def quantity_text(quantity: Decimal) -> str:
    """A quantity without trailing zeros, at most three decimals: ``3,2``, ``1 250``."""
    return _number(quantity, "#,##0.###")


def rate_text(rate: Decimal, language: Language = "fr") -> str:
    """A percentage: ``5,5 %`` in French, ``%5,5`` in Turkish."""
    number = _number(rate, "#,##0.###")
    return f"%{number}" if language == "tr" else f"{number} %"


def date_text(day: date) -> str:
    """``21/12/2026``, in both languages."""
    return day.strftime("%d/%m/%Y")


def month_text(month: str, language: Language = "fr") -> str:
    """An ISO month in words: ``2026-11`` is ``novembre 2026`` or ``Kasım 2026``. Raises ValueError when malformed."""
    year, number = month.split("-")
    return format_date(date(int(year), int(number), 1), "MMMM y", locale=language)


def typeset(text: str) -> str:
    """French spacing for print: narrow between thousands, no break before € % : ; ! ? », around × and after «."""
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", NARROW_SPACE, text)
    text = re.sub(r"(?<=[\d)]) (?=[€%])", NO_BREAK_SPACE, text)
    text = re.sub(r"(?<=\d) × (?=\d)", f"{NO_BREAK_SPACE}×{NO_BREAK_SPACE}", text)
    text = re.sub(r" (?=[:;!?»])", NO_BREAK_SPACE, text)
    return text.replace("« ", f"«{NO_BREAK_SPACE}")


def _number(value: Decimal, pattern: str) -> str:
    text = format_decimal(value, format=pattern, locale="fr")
    return text.replace(NARROW_SPACE, " ").replace(NO_BREAK_SPACE, " ").replace("-", "−")
