"""Codes of the register become forms that the profile knows; an unknown one is left open."""

from __future__ import annotations

import pytest

from services.accounts.profile import checked
from services.accounts.schemas import CompanyFacts
from services.clients.identifiers import french_vat_number
from services.company_register.legal_forms import legal_form


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("1000", "EI"), ("5499", "SARL"), ("5498", "EURL"), ("5458", "SCOP"), ("5710", "SAS"), ("5720", "SASU"),
        ("5505", "SA"), ("5202", "SNC"), ("6540", "SCI"), ("9220", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_form_of_a_code(code: str | None, form: str | None) -> None:
    assert legal_form(code) == form
    if form is not None:
        assert checked(CompanyFacts(legal_form=form)).legal_form == form


@pytest.mark.parametrize(
    ("siren", "number"),
    [("552081317", "FR03552081317"), ("732829320", "FR44732829320"), ("404833048", "FR83404833048")],
)
def test_the_vat_number_follows_from_the_siren(siren: str, number: str) -> None:
    assert french_vat_number(siren) == french_vat_number(siren + "00017") == number
