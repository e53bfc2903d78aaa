"""The page of a run: complete, offline, and silent about the dialogues of the test part."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from evals.reporting.assembling import page_of
from evals.reporting.conversations import figures
from evals.reporting.page import render
from evals.reporting.targets import targets
from evals.scenarios.schema import Expect, Scenario, User
from evals.traces import ModelCall, Trace, Verdict
from tests.unit.evals.test_reporting import trace


def played(part: str, locale: str, name: str, *, holds: bool = True, reply: str = "Bien") -> Trace:
    made = trace(name, locale=locale, holds=holds, reply=reply)
    gates = {**made.gates, "outcome": Verdict(holds=True), "consent": Verdict(holds=True)}
    return made.model_copy(update={"part": part, "outcome": "completed", "gates": gates})


RUN = [
    played("dev", "fr", "quote/happy/a"),
    played("dev", "fr", "quote/happy/b", holds=False, reply="total <faux> de dev"),
    played("dev", "tr", "quote/happy/a"),
    played("test", "fr", "quote/happy/z", holds=False, reply="secret du test"),
    played("test", "tr", "quote/happy/z"),
]


KNOWN = {
    (part, f"quote/happy/{name}"): Scenario(
        schema=1,  # type: ignore[call-arg]
        id=f"quote/happy/{name}",
        workflow="quote",
        minimum_turns=1,
        user=User(opening="devis"),
        expect=Expect(outcome="completed"),
    )
    for part in ("dev", "test")
    for name in "abz"
}


@pytest.fixture(scope="module")
def html() -> str:
    return render(asyncio.run(page_of(RUN, [played("dev", "fr", "quote/happy/b")])))


def test_it_needs_no_network(html: str) -> None:
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", html)
    assert "@import" not in html and "url(" not in html


def test_it_runs_nothing_and_says_so_to_the_browser(html: str) -> None:
    assert """http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';""" in html
    assert not re.search(r"<script|javascript:|<[^>]+\son[a-z]+\s*=", html)


def test_it_shows_what_failed_and_what_broke_but_nothing_of_the_test_part(html: str) -> None:
    assert "total &lt;faux&gt; de dev" in html and "total is 1, expected 2" in html
    assert "secret du test" not in html
    assert ">broke</span> quote/happy/b" in html


def test_charts_are_drawn_with_their_figures(html: str) -> None:
    assert "happy, fr: 50.0 %" in html and "happy, tr: 100.0 %" in html
    assert "line.price, fr" in html


def test_french_and_turkish_and_the_parts_stay_apart() -> None:
    found = {(each.part, each.locale): each for each in figures(RUN, KNOWN)}
    assert list(found) == [("test", "fr"), ("test", "tr"), ("dev", "fr"), ("dev", "tr")]
    assert found["dev", "fr"].passed.value == 0.5 and found["dev", "tr"].passed.value == 1.0
    assert found["test", "fr"].broken == {"db": 1}


def test_a_target_is_missed_when_its_gate_is_broken() -> None:
    def consent(run: list[Trace]) -> dict[str, bool]:
        found = targets([], figures(run, KNOWN))
        return {target.slice: target.reached for target in found if target.name == "gate consent broken"}

    broken = [each.model_copy(deep=True) for each in RUN[:3]]
    broken[2].gates["consent"] = Verdict(holds=False, reasons=["sent without a word"])
    assert consent(RUN[:3]) == {"fr": True, "tr": True}
    assert consent(broken) == {"fr": True, "tr": False}


def test_cost_is_per_document_and_user_faults_do_not_count() -> None:
    call: dict[str, Any] = {"provider": "p", "model": "m", "outcome": "ok", "input_tokens": 900, "output_tokens": 100}
    paid, spoiled = played("dev", "fr", "quote/happy/a"), played("dev", "fr", "quote/happy/a", holds=False)
    paid.turns[0].model_calls = [ModelCall(**call, cost_eur="0.002"), ModelCall(**call, cost_eur="0.001")]
    paid = Trace.model_validate(
        {**paid.model_dump(), "documents": [{"kind": "quote", "number": "DEVIS-2026-0001", "text": ""}]}
    )
    spoiled = spoiled.model_copy(update={"user_fault": "invented a price"})
    [found] = figures([paid, spoiled], KNOWN)
    assert found.passed.value == 1.0 and found.user_faults == 0.5
    assert (found.model_calls_per_turn, found.tokens_per_document) == (2.0, 2000)
    assert str(found.eur_per_document) == "0.0030"
