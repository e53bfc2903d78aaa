"""Numbers of companies and accounts: keys are checked, other spellings are brought to one (legal.md 76, 77)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import siren as siren_number

from services.clients.identifiers import (
    InvalidIdentifier,
    checked_bic,
    checked_iban,
    checked_siren,
    checked_siret,
    checked_vat_number,
    french_vat_number,
    siren_of,
)


@pytest.mark.parametrize(
    ("check", "said", "stored"),
    [
        (checked_siren, "732 829 320", "732829320"),
        (checked_siret, "732 829 320 00074", "73282932000074"),
        (checked_siret, "732.829.320.00074", "73282932000074"),
        (checked_siret, "35600000000048", "35600000000048"),
        (checked_siret, "356 000 000 49837", "35600000049837"),
        (checked_vat_number, "fr 44 732829320", "FR44732829320"),
        (checked_vat_number, "BE0403019261", "BE0403019261"),
        (checked_iban, "FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        (checked_bic, "agrifrpp", "AGRIFRPP"),
    ],
)
def test_a_right_number_is_stored_bare(check: Callable[[str], str], said: str, stored: str) -> None:
    assert check(said) == stored


@pytest.mark.parametrize(
    ("check", "kind", "said"),
    [
        (checked_siren, "siren", "732829321"),
        (checked_siren, "siren", "73282932"),
        (checked_siret, "siret", "73282932000075"),
        (checked_siret, "siret", "7328293200007"),
        (checked_siret, "siret", "35600000012345"),
        (checked_vat_number, "vat_number", "FR45732829320"),
        (checked_vat_number, "vat_number", "732829320"),
        (checked_iban, "iban", "FR7630006000011234567890188"),
        (checked_iban, "iban", "FR76"),
        (checked_bic, "bic", "AGRI"),
    ],
)
def test_a_wrong_key_is_refused(check: Callable[[str], str], kind: str, said: str) -> None:
    with pytest.raises(InvalidIdentifier) as error:
        check(said)
    assert (error.value.kind, error.value.value) == (kind, said)


@given(st.integers(min_value=0, max_value=999_999_999))
def test_the_key_of_a_french_vat_number(siren: int) -> None:
    digits = f"{siren:09d}"
    number = french_vat_number(digits)
    assert number is not None
    assert siren_of(vat_number=number) == digits
    if siren_number.is_valid(digits):
        assert checked_vat_number(number) == number


def test_the_siren_is_read_from_what_is_known() -> None:
    assert siren_of(siret="732 829 320 00074") == "732829320"
    assert siren_of(vat_number="FR 44 732 829 320") == "732829320"
    assert siren_of(vat_number="FRK7399859412") == "399859412"
    assert siren_of(siren="", siret=None, vat_number="BE0403019261") is None
    assert french_vat_number("81234567600018") == "FR19812345676"
    assert french_vat_number(None) is None
