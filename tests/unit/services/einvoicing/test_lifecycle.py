"""Which status of an invoice holds when messages come late, twice and out of order; what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.replies import say
from services.einvoicing.lifecycle import ENDED, LABELS, REASONED, TOLD, moves

NOON = datetime(2027, 9, 1, 12, tzinfo=UTC)
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("current", "code", "at", "reason", "holds"),
    [
        (None, 200, NOON, None, True),
        (200, 201, LATER, None, True),
        (203, 201, LATER, None, False),
        (203, 205, EARLIER, None, True),
        (205, 202, LATER, None, False),
        (207, 205, LATER, None, True),
        (205, 207, EARLIER, None, False),
        (205, 207, LATER, None, True),
        (208, 209, LATER, None, True),
        (205, 212, LATER, None, True),
        (212, 212, LATER, None, True),
        (212, 205, LATER, None, False),
        (212, 204, LATER, None, False),
        (200, 213, LATER, "REJ_SEMAN", True),
        (201, 213, LATER, "DOUBLON", True),
        (202, 213, LATER, "DOUBLON", False),
        (205, 213, LATER, "DOUBLON", False),
        (203, 210, LATER, "TX_TVA_ERR", True),
        (210, 205, LATER, None, False),
        (213, 200, LATER, None, False),
        (501, 212, LATER, None, False),
        (203, 299, LATER, None, False),
    ],
)
def test_which_status_holds(current: int | None, code: int, at: datetime, reason: str | None, holds: bool) -> None:
    assert moves(current, NOON, code, at, reason) is holds


@given(st.lists(st.sampled_from([200, 201, 202, 203, 204, 205, 211, 212]), min_size=1))
def test_the_order_of_arrival_does_not_matter(codes: list[int]) -> None:
    """Statuses of one course, each with the moment of its place in it, end the same however they arrive."""
    held: int | None = None
    held_at: datetime | None = None
    for code in codes:
        at = NOON + timedelta(minutes=code)
        if moves(held, held_at, code, at, None):
            held, held_at = code, at
    assert held == max(codes)


@pytest.mark.parametrize("language", ["fr", "tr"])
@pytest.mark.parametrize("code", sorted(TOLD))
@pytest.mark.parametrize("credit", [False, True])
def test_every_told_status_has_its_words(language: str, code: int, credit: bool) -> None:
    text = say(
        language,
        "einvoicing.status",
        code=code,
        number="FACT-2027-0012",
        client="Bâti Sud",
        reason_code="TX_TVA_ERR" if code in REASONED else None,
        reason=None,
        amount="1 200,00 €",
        credit=credit,
        due="01/10/2027",
    )
    assert "FACT-2027-0012" in text and "\n" not in text and "None" not in text and len(text) < 300
    if code in (206, 207, 208, 210, 213):
        assert {"fr": "taux de TVA", "tr": "TVA oranı"}[language] in text


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_every_status_has_a_name_in_answers(language: str) -> None:
    said = {say(language, "einvoicing.state", code=code, held=False, reason_code=None, reason=None) for code in LABELS}
    assert len(said) == len(LABELS)
    assert all(not any(sign.isdigit() for sign in text) for text in said)
    waiting = {
        say(language, "einvoicing.state", code=None, held=held, reason_code=None, reason=None) for held in (0, 1)
    }
    assert len(waiting) == 2


def test_an_unknown_reason_is_told_as_it_came() -> None:
    values = {"code": 207, "number": "F1", "client": "B", "amount": None, "credit": False, "due": None}
    assert "façade de travers" in say("fr", "einvoicing.status", reason_code="X", reason="façade de travers", **values)
    assert "sebep yazmamış" in say("tr", "einvoicing.status", reason_code=None, reason=None, **values)


def test_ends_are_told() -> None:
    assert ENDED - {220} <= TOLD and REASONED <= TOLD
