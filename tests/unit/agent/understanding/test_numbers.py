"""Numbers in words and in digits, in both languages, and what stands around them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from text_to_num import text2num

from agent.understanding.grammar import digits, entities, numbers_fr, numbers_tr
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import load_for
from agent.understanding.grammar.quantities import ItemBuilder
from agent.understanding.grammar.tokens import tokenise
from tests.unit.agent.understanding.number_words import french


def keys(text: str) -> list[str]:
    return fold(text).replace("-", " ").split()


@pytest.mark.parametrize("start", range(0, 100000, 5000))
def test_french_words_agree_with_text2num(start: int) -> None:
    for number in range(start, start + 5000, 37 if start else 1):
        words = french(number)
        said = numbers_fr.read(keys(words), 0)

        assert said is not None, words
        assert (said.value, said.end) == (number, len(keys(words))), words
        assert said.value == text2num(words, "fr"), words


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("vingt-six quarante-deux", ["26", "42"]),
        ("cent vingt trente-huit", ["120", "38"]),
        ("cent vingt cinq cents", ["120", "500"]),
        ("septante-cinq nonante", ["75", "90"]),
        ("onze cents", ["1100"]),
        ("trois virgule cinq", ["3.5"]),
    ],
)
def test_french_numbers_that_run_together(text: str, values: list[str]) -> None:
    found, index, words = [], 0, keys(text)
    while index < len(words):
        number = numbers_fr.read(words, index)
        assert number is not None
        found.append(str(number.value))
        index = number.end
    assert found == values


@pytest.mark.parametrize(("text", "value", "colloquial"), [("mille deux", 1002, 1200), ("deux mille cinq", 2005, 2500)])
def test_colloquial_thousands_keep_both_readings(text: str, value: int, colloquial: int) -> None:
    number = numbers_fr.read(keys(text), 0)
    assert number is not None
    assert (number.value, number.colloquial) == (value, colloquial)


@pytest.mark.parametrize(
    ("text", "value", "suffix"),
    [
        ("yüz seksen", "180", None),
        ("yüzseksen", "180", None),
        ("bin iki yüz elli", "1250", None),
        ("iki buçuk bin", "2500", None),
        ("bir buçuk", "1.5", None),
        ("yarım", "0.5", None),
        ("çeyrek", "0.25", None),
        ("otuzbeşten", "35", "abl"),
        ("yüz kırktan", "140", "abl"),
        ("dörtten", "4", "abl"),
        ("yüz yirmişer", "120", "dist"),
        ("bin yüz", "1100", None),
        ("üçyüz", "300", None),
        ("yirmilik", "20", "lik"),
    ],
)
def test_turkish_words(text: str, value: str, suffix: str | None) -> None:
    number = numbers_tr.read(keys(text), 0)
    assert number is not None
    assert number.value == Decimal(value)
    assert number.suffix == suffix


def test_turkish_tens_leave_the_digit_to_the_hundred() -> None:
    number = numbers_tr.read(keys("elli beş yüz"), 0)
    assert number is not None
    assert (number.value, number.end) == (50, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.250", "1250"),
        ("14.5", "14.5"),
        ("1.250,50", "1250.50"),
        ("12,5", "12.5"),
        ("1,250.50", "1250.50"),
        ("3000", "3000"),
    ],
)
def test_separators(text: str, value: str) -> None:
    assert digits.parse(text)[0] == Decimal(value)


def items(text: str, language: str) -> list[tuple[str, str]]:
    today = date(2026, 11, 21)
    tokens = tokenise(text, entities.find(text, today))
    builder = ItemBuilder(text, tokens, language, load_for(language), today)
    builder.build()
    return [(kind, value) for kind, _, value in builder.describe()]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("85m2", "fr", [("quantity", "85")]),
        ("12 m²", "fr", [("quantity", "12")]),
        ("35€", "fr", [("money", "35")]),
        ("1 250,50 € HT", "fr", [("money", "1250.5")]),
        ("3m20 a 145 du ml", "fr", [("quantity", "3.2"), ("money", "145")]),
        ("un mètre vingt à 145", "fr", [("quantity", "1.2"), ("money", "145")]),
        ("60x60", "fr", [("dimension", "60")]),
        ("90x120 380", "fr", [("dimension", "90"), ("number", "380")]),
        ("2 x 140", "fr", [("quantity", "2"), ("number", "140")]),
        ("7,4 kW", "fr", [("dimension", "7.4")]),
        ("DN 100", "fr", [("dimension", "100")]),
        ("%5", "tr", [("percent", "5")]),
        ("yüzde beş", "tr", [("percent", "5")]),
        ("5%", "fr", [("percent", "5")]),
        ("38den", "tr", [("money", "38")]),
        ("35'ten", "tr", [("money", "35")]),
        ("100lük", "tr", [("dimension", "100")]),
        ("tanesi 60", "tr", [("money", "60")]),
        ("üçyüz euroya", "tr", [("money", "300")]),
        ("quatre euros cinquante", "fr", [("money", "4.5")]),
        ("deux heures et demie", "fr", [("quantity", "2.5")]),
        ("12h38 €", "fr", [("quantity", "12"), ("money", "38")]),
        ("12 h38€", "fr", [("quantity", "12"), ("money", "38")]),
        ("2h30 à 45 €", "fr", [("quantity", "2.5"), ("money", "45")]),
        ("2h30 45 €", "fr", [("quantity", "2.5"), ("money", "45")]),
        ("2,5k", "fr", [("number", "2500")]),
        ("06 12 34 56 78", "fr", [("phone", "+33612345678")]),
        ("12/11/2026", "fr", [("date", "2026-11-12")]),
        ("1 mart 2024te", "tr", [("date", "2024-03-01")]),
        ("Lyon 3", "fr", [("dimension", "")]),
    ],
)
def test_numbers_with_what_stands_around_them(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert items(text, language) == expected
