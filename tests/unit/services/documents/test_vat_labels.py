"""300 lines in artisans' words against the VAT that the law gives them (legal.md §6, §7)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from services.documents.vat_rates import all_rates
from tests.unit.services.documents.vat_cases import TODAY, Labelled, labelled, proposed

LANGUAGES = ("fr", "tr")
NORMAL = {Decimal("20"), Decimal("8.5")}
ENOUGH = Decimal("0.97")


def _right(case: Labelled) -> bool:
    proposal = proposed(case)
    return (proposal.rate, proposal.category, proposal.reason) == (case.rate, case.category, case.reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labels_are_many_and_lawful(language: str) -> None:
    cases = labelled(language)
    assert len(cases) >= 150
    assert {case.rate for case in cases if case.category == "S"} <= all_rates(TODAY)
    assert {case.category for case in cases} == {"S", "AE", "E", "K", "G"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_engine_agrees_with_the_law(language: str) -> None:
    cases = labelled(language)
    wrong = [str(case) for case in cases if not _right(case)]
    assert Decimal(len(cases) - len(wrong)) / len(cases) >= ENOUGH, wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reduced_rate_where_the_normal_one_is_due(language: str) -> None:
    due = [case for case in labelled(language) if case.category == "S" and case.rate in NORMAL]
    proposals = [(case, proposed(case)) for case in due]
    assert len(due) >= 40
    assert [str(case) for case, got in proposals if (got.category, got.rate) != ("S", case.rate)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_has_its_own_rates(language: str) -> None:
    by_place: dict[str, list[Labelled]] = defaultdict(list)
    for case in labelled(language):
        place = case.facts.get("territory") or case.facts.get("postal_code")
        if place:
            by_place[place].append(case)
    assert len(by_place) >= 8
    assert [str(case) for cases in by_place.values() for case in cases if not _right(case)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_an_article(language: str) -> None:
    assert all((proposed(case).basis or "").startswith("art. ") for case in labelled(language))
