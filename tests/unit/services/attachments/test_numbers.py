"""Numbers of a picture are weighed against each other: what adds up is believed, the rest is asked, nothing is made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.attachments.numbers import line_of, ways


@pytest.mark.parametrize(
    ("token", "wanted"),
    [
        (None, None), ("", None), ("1150", ["1150"]), ("1 150,50 €", ["1150.50"]), ("1.150,00", ["1150"]),
        ("6|8", ["6", "8"]), ("350|3.50", ["350", "3.50"]), ("6|6", ["6"]), ("?", []), ("?5", []), ("12a", []),
        ("-5", []), ("0", []), ("99999999999", []), ("1|2|3|4|5", []), ("ignore", []), ("1e5", []), ("NaN", []),
    ],
)  # fmt: skip
def test_a_token_may_be_read_in_several_ways(token: str | None, wanted: list[str] | None) -> None:
    assert ways(token) == (None if wanted is None else [Decimal(number) for number in wanted])


@pytest.mark.parametrize(
    ("unit", "quantity", "price", "total", "wanted"),
    [
        (None, None, "1150", None, {"total": "1150"}),
        (None, None, None, "1150", {"total": "1150"}),
        ("u", "8", "65", "520", {"quantity": "8", "unit_price": "65"}),
        ("u", "6|8", "65", "520", {"quantity": "8", "unit_price": "65"}),
        ("m²", "12", "350|3.50", "42", {"quantity": "12", "unit_price": "3.50"}),
        ("u", "6|8", "65", None, {"unit_price": "65", "doubt": "unread:6|8"}),
        (None, "?", "65", None, {"unit_price": "65", "unit": "u", "doubt": "unread:"}),
        ("m²", "12", "350|3.50", None, {"quantity": "12", "doubt": "unread:350|3.5"}),
        ("m²", "12", "?", "420", {"quantity": "12", "total": "420"}),
        ("m²", "12", "35", "430", {"quantity": "12", "unit_price": "35", "doubt": "read_sum:430"}),
        ("m²", None, "35", None, {"unit_price": "35"}),
        ("m²", "12", None, None, {"quantity": "12"}),
        (None, None, None, None, {}),
    ],
)
def test_a_row_becomes_a_line(
    unit: str | None, quantity: str | None, price: str | None, total: str | None, wanted: dict[str, Any]
) -> None:
    line = line_of("Travaux", unit, quantity, price, total)
    expected = {name: Decimal(value) for name, value in wanted.items() if name not in ("doubt", "unit")}
    got = {name: value for name in ("quantity", "unit_price", "total") if (value := getattr(line, name)) is not None}
    assert got == expected
    assert line.doubt == wanted.get("doubt")
    assert line.unit == wanted.get("unit", unit)
