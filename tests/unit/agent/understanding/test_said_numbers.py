from decimal import Decimal

import pytest

from agent.understanding.said_numbers import SaidNumber, digit_values, said_numbers


def find(text: str, value: str, language: str | None = None) -> SaidNumber | None:
    return next((n for n in said_numbers(text, language) if Decimal(value) in n.values), None)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("1.250", {"1250", "1.25"}),
        ("1,250", {"1250", "1.25"}),
        ("1.250,50", {"1250.50"}),
        ("14,5", {"14.5"}),
        ("14.5", {"14.5"}),
        ("1250", {"1250"}),
    ],
)
def test_digit_separators_of_both_countries(written: str, values: set[str]) -> None:
    assert digit_values(written) == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("le ballon sept cent quatre-vingt", "780"),
        ("mille deux", "1200"),
        ("mille deux", "1002"),
        ("ipn 3m20 posé", "3.2"),
        ("un mètre vingt", "1.2"),
        ("12€50 pièce", "12.5"),
        ("1h30 de main d'oeuvre", "1.5"),
        ("dalle 1 250,50 €", "1250.5"),
        ("2 x 140", "140"),
        ("2x140", "140"),
        ("deux et demi", "2.5"),
        ("38den 120 m2", "38"),
        ("55'ten 3 kapı", "55"),
        ("iki buçuk bin", "2500"),
        ("2 buçuk bin euro", "2500"),
        ("12 bin 500", "12500"),
        ("yüzelli euro", "150"),
        ("otuzbeşten", "35"),
        ("ikinciyi 45 yap", "2"),
        ("la deuxième à 45", "2"),
        ("ligne 1 250", "250"),
    ],
)
def test_what_is_said_is_found(text: str, value: str) -> None:
    assert find(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sept cent quatre-vingt", "80"),
        ("sept cent quatre-vingt", "20"),
        ("bin iki yüz elli", "50"),
        ("dalle 1 250 €", "250"),
        ("12 bin", "12"),
        ("3m20", "3"),
        ("85 m²", "2"),
    ],
)
def test_parts_of_a_number_are_not_said(text: str, value: str) -> None:
    assert find(text, value) is None


@pytest.mark.parametrize(
    ("text", "value", "kind", "unit"),
    [
        ("85 m² à 18", "85", "measure", "m²"),
        ("85 m² à 18", "18", "plain", None),
        ("pose 420 euros", "420", "money", None),
        ("remise 5 %", "5", "percent", None),
        ("yüzde on indirim", "10", "percent", None),
        ("chauffe-eau 200 litres", "200", "dimension", "l"),
        ("carrelage 60x60", "60", "dimension", None),
        ("14 rue des érables", "14", "identifier", None),
        ("69120 vaulx en velin", "69120", "identifier", None),
        ("son tel 06 12 34 56 78", "612345678", "identifier", None),
    ],
)
def test_roles(text: str, value: str, kind: str, unit: str | None) -> None:
    number = find(text, value)
    assert number is not None
    assert (number.kind, number.unit) == (kind, unit)


def test_french_on_is_not_ten() -> None:
    assert find("on met 45", "10", "fr") is None
    assert find("on metre 45", "10", "tr")


def test_a_rate_is_known_by_the_word_beside_it() -> None:
    number = find("tva 10 sur tout", "10")
    assert number and number.near_vat
    number = find("10 prises à 45", "10")
    assert number and not number.near_vat
