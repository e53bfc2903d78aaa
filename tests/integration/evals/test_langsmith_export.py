"""The export to LangSmith: complete, repeatable, silent about the test part, and nothing without a key."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from langsmith import Client

from evals.langsmith_export import NoKey, client_from_environment, push
from evals.scenarios.schema import Expect, Scenario, User
from evals.traces import Heard, Said, Trace, TurnTrace, Verdict
from tests.fakes.langsmith_server import FakeLangSmith, running


@pytest.fixture
def langsmith() -> Iterator[FakeLangSmith]:
    with running() as fake:
        yield fake


def scenario(id_: str) -> Scenario:
    user = User(opening="devis", answers={"slot:lines": "12 m² à 35"})
    return Scenario(schema=1, id=id_, workflow="quote", minimum_turns=1, user=user, expect=Expect(outcome="completed"))  # type: ignore[call-arg]


def trace(id_: str, *, part: str = "dev", locale: str = "fr", holds: bool = True) -> Trace:
    turn = TurnTrace(
        said=[Said(text="devis", at="2026-11-27T10:00:00+00:00", message_id="1")],
        heard=[Heard(to="+33612345678", text="Pour qui ?", at="2026-11-27T10:00:01+00:00")],
        prompt_hash="abc",
    )
    return Trace(
        run="run-1", scenario=id_, part=part, locale=locale, workflow="quote", family="happy", understander="grammar",  # type: ignore[arg-type]
        scenario_hash="h1", started_at="2026-11-27T10:00:00+00:00", seconds=2.0, turns=[turn],
        gates={"db": Verdict(holds=holds, reasons=[] if holds else ["no quote"]), "consent": Verdict(holds=True)},
    )  # fmt: skip


def test_a_run_becomes_an_experiment_with_a_score_per_gate(langsmith: FakeLangSmith) -> None:
    client = Client(langsmith.url, api_key="k", auto_batch_tracing=False)
    traces = [trace("quote/happy/a"), trace("quote/happy/a", locale="tr", holds=False)]
    scenarios = {"quote/happy/a": scenario("quote/happy/a")}
    assert push(client, traces, scenarios) == 2
    assert {example["split"] for example in langsmith.examples.values()} == {"happy"}
    assert {example["metadata"]["locale"] for example in langsmith.examples.values()} == {"fr", "tr"}
    assert langsmith.projects[0]["name"] == "run-1"
    assert [run["outputs"]["answered"] for run in langsmith.runs] == [["Pour qui ?"]] * 2
    assert {run["reference_example_id"] for run in langsmith.runs} == set(langsmith.examples)
    scores = [(each["key"], bool(each["score"]), each.get("comment")) for each in langsmith.feedback]
    assert ("db", False, "no quote") in scores and len(scores) == 4


def test_pushing_again_adds_no_example_twice(langsmith: FakeLangSmith) -> None:
    client = Client(langsmith.url, api_key="k", auto_batch_tracing=False)
    for _ in range(2):
        push(client, [trace("quote/happy/a")], {"quote/happy/a": scenario("quote/happy/a")})
    assert len(langsmith.examples) == 1 and len(langsmith.datasets) == 1 and len(langsmith.runs) == 2


def test_nothing_of_the_test_part_leaves(langsmith: FakeLangSmith) -> None:
    client = Client(langsmith.url, api_key="k", auto_batch_tracing=False)
    assert push(client, [trace("quote/happy/a", part="test")], {"quote/happy/a": scenario("quote/happy/a")}) == 0
    assert langsmith.requests == []


def test_without_a_key_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGSMITH_API_KEY", raising=False)
    monkeypatch.setattr(socket, "socket", lambda *args, **kwargs: pytest.fail("a connection was opened"))
    with pytest.raises(NoKey, match="LANGSMITH_API_KEY"):
        client_from_environment()
