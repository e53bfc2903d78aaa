"""The gates themselves under test: every broken agent is caught by the gate named for it, and without it gets through."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from evals.checks.judging import GATES, judge
from evals.saboteurs.playing import play, sabotaged, scenario_of
from evals.saboteurs.registry import SABOTEURS
from evals.traces import Trace

HONEST = ""


@pytest.fixture(scope="module")
def played() -> dict[str, list[Trace]]:
    """The traces of every saboteur, and under ``HONEST`` those of the product as it is in the same scenarios."""
    traces = asyncio.run(play(SABOTEURS.values()))
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        found[trace.saboteur or HONEST].append(trace)
    return found


def broken(trace: Trace) -> dict[str, list[str]]:
    return {name: verdict.reasons for name, verdict in trace.gates.items() if not verdict.holds}


def test_the_honest_agent_passes_every_gate_without_a_finding(played: dict[str, list[Trace]]) -> None:
    for trace in played[HONEST]:
        assert trace.error is None and broken(trace) == {} and trace.findings == [], (trace.scenario, trace.locale)


@pytest.mark.parametrize("name", SABOTEURS)
def test_every_saboteur_is_caught_by_its_gate(name: str, played: dict[str, list[Trace]]) -> None:
    saboteur = SABOTEURS[name]
    assert len(played[name]) == len(saboteur.locales)
    for trace in played[name]:
        assert saboteur.gate in broken(trace), (trace.locale, trace.error, broken(trace))


@pytest.mark.parametrize("gate", GATES)
def test_without_its_gate_a_saboteur_gets_through(gate: str, played: dict[str, list[Trace]]) -> None:
    """A gate that another one could stand in for would prove nothing; neither would one that no saboteur trips."""
    rest = {name: judged for name, judged in GATES.items() if name != gate}
    through = [
        name
        for name, saboteur in SABOTEURS.items()
        if saboteur.gate == gate
        and all(judge(sabotaged(scenario_of(saboteur), saboteur), trace, rest).passed for trace in played[name])
    ]
    assert through


def test_there_are_enough_of_them() -> None:
    assert len(SABOTEURS) >= 12
    assert {saboteur.gate for saboteur in SABOTEURS.values()} == set(GATES)
