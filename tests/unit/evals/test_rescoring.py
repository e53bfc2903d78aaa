"""Traces survive a file, and are judged anew without anything being played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.running import rescoring
from evals.running.rescoring import Gone, rescored
from evals.scenarios.schema import Scenario
from evals.traces import Heard, ModelCall, RowChange, Said, Trace, TurnTrace, Verdict, read_traces, write_traces


def scenario(total: str = "120.00") -> Scenario:
    return Scenario.model_validate(
        {
            "schema": 1, "id": "quote/happy/x", "workflow": "quote", "minimum_turns": 2,
            "user": {"opening": "devis", "answers": {"confirm:issue": {"say": "ok", "consent": True}}},
            "expect": {"outcome": "open", "db": {"quotes": [{"total": total}]}},
        }
    )  # fmt: skip


def trace(**more: Any) -> Trace:
    turn = TurnTrace(
        said=[Said(text="devis", at="2026-11-27T10:00:00Z", message_id="m1")],
        heard=[Heard(to="+33611111111", text="C'est bon ?", at="2026-11-27T10:00:01Z")],
        awaiting_after="confirm:issue",
        model_calls=[ModelCall(provider="p", model="m", outcome="ok", cost_eur="0.001")],
    )
    values: dict[str, Any] = {
        "run": "r", "scenario": "quote/happy/x", "part": "dev", "locale": "fr", "workflow": "quote", "family": "happy",
        "understander": "grammar", "scenario_hash": "x", "started_at": "2026-11-27T10:00:00+00:00", "seconds": 1.0,
        "artisan_phone": "+33611111111", "organization_id": "o1", "turns": [turn],
        "changes": [RowChange(table="quotes", before=None, after={"id": "d1", "total": "120.00", "status": "draft"})],
        "gates": {"db": Verdict(holds=False, reasons=["an old verdict"])},
    }  # fmt: skip
    return Trace(**{**values, **more})


def test_a_trace_is_the_same_after_a_file(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "traces.jsonl"
    write_traces(path, [trace(), trace(locale="tr")])
    assert list(read_traces(path)) == [trace(), trace(locale="tr")]


def test_verdicts_come_from_the_scenario_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (scenario(),))
    (judged,) = rescored([trace()])
    assert judged.gates["db"].holds and judged.outcome == "open" and judged.turns == trace().turns
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (scenario("130.00"),))
    (judged,) = rescored([trace()])
    assert judged.gates["db"].reasons == ["quotes: total is '120.00', expected '130.00'"]


def test_a_mutated_trace_is_judged_by_what_the_mutation_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (scenario("130.00"),))
    (judged,) = rescored([trace(mutation="refrained/issue/ok mais")])
    assert judged.gates["db"].holds and judged.gates["outcome"].holds


def test_what_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (scenario(),))
    with pytest.raises(Gone, match="quote/happy/y of part dev is not there any more"):
        list(rescored([trace(scenario="quote/happy/y")]))
    with pytest.raises(Gone, match="the mutation upside-down of quote/happy/x"):
        list(rescored([trace(mutation="upside-down")]))


def test_the_fault_of_a_simulated_artisan_is_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "scenarios", lambda part: (scenario(),))
    said = Said(text="devis à 77", at="2026-11-27T10:00:00Z", message_id="m1")
    spoiled = trace(user="llm", turns=[TurnTrace(said=[said])])
    (judged,) = rescored([spoiled])
    assert judged.user_fault == "turn 1: he said 77, which he does not know"
