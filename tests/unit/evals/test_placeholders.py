"""Placeholders of scenario files."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from evals.scenarios.placeholders import UnknownPlaceholder, filled
from evals.scenarios.schema import Words


def fill(value: Any, language: Any = "tr") -> Any:
    return filled(
        value,
        language=language,
        knows={"name": Words(fr="Mme Duval", tr="Ayşe Hanım")},
        phones={"duval": "+33612345678"},
        today=date(2026, 12, 30),
    )


def test_texts_are_filled_however_deep() -> None:
    value = {"clients": [{"name": "{knows.name}", "phone": "{phone.duval}", "kind": None}], "n": 3}
    assert fill(value) == {"clients": [{"name": "Ayşe Hanım", "phone": "+33612345678", "kind": None}], "n": 3}
    assert fill({"fr": "le {today+3}", "tr": "{year}"}, "fr") == "le 2027-01-02"
    assert fill(Words(fr="x", tr="{phone.duval.national}")) == "06 12 34 56 78"


def test_other_braces_stay() -> None:
    assert fill("{{ x }} {}") == "{{ x }} {}"


def test_a_placeholder_that_means_nothing_is_said() -> None:
    with pytest.raises(UnknownPlaceholder, match=r"\{phone.dupont\} stands for nothing; there are .*phone.duval"):
        fill("{phone.dupont}")
