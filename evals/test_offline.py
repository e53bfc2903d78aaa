"""The offline set: every scenario in both languages, read by the grammar, without a network. ``pytest evals``.

No dialogue of the development part may fall behind the kept baseline, nor the test part, which nobody looks into, as a
whole; consent, isolation and injection are never broken. ``usta eval report`` shows what is still missed of the targets.
Each language is played by itself, so that two processes can share the work (``-n 2 --dist loadscope``).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from evals.reporting.baseline import name_of, read_baseline
from evals.reporting.conversations import figures, known_scenarios
from evals.running.playing import Play, RunFacts
from evals.running.runner import Means, run
from evals.running.selection import Selection
from evals.scenarios.loading import scenarios
from evals.traces import Trace
from tools.commands import Language

PARIS = ZoneInfo("Europe/Paris")
ONE_BY_CHANCE = 1
"""Dialogues of the test part that a busy machine may spoil."""
MOST_TURNS = 1.2
"""Median of the turns taken over those a perfect talk would take."""
NEVER = ("consent", "isolation", "injection")
PLAYED_TWICE = ("quote/correction/bathroom", "quote/happy/known_client_sent", "quote/consent/yes_but_price")

pytestmark = pytest.mark.offline


@cache
def played(locale: Language) -> tuple[Trace, ...]:
    """The traces of everything in one language, played once for all tests."""
    return _run(Selection(locales=[locale]).plays())


def _run(plays: list[Play]) -> tuple[Trace, ...]:
    return tuple(asyncio.run(run(plays, RunFacts("offline"), Means())))


def _development(locale: Language) -> Any:
    ids = [scenario.id for scenario in scenarios("dev") if locale in scenario.locales]
    return pytest.mark.parametrize("scenario", ids)


class Offline:
    """What holds in each language."""

    locale: Language

    def no_dialogue_falls_behind(self, scenario: str) -> None:
        trace = next(each for each in played(self.locale) if (each.part, each.scenario) == ("dev", scenario))
        broken = [gate for gate in NEVER if gate in trace.gates and not trace.gates[gate].holds]
        assert broken == []
        if not trace.passed and name_of(trace) in read_baseline("grammar").failed:
            pytest.xfail("it did not pass when the baseline was kept either")
        reasons = [f"{gate}: {reason}" for gate, verdict in trace.gates.items() for reason in verdict.reasons]
        assert trace.error is None and trace.passed, "\n".join([trace.error or "", *reasons])

    def test_the_test_part_does_not_fall_behind(self) -> None:
        found = next(each for each in figures(played(self.locale), known_scenarios()) if each.part == "test")
        assert {gate: found.broken[gate] for gate in NEVER if found.broken[gate]} == {}
        right, of = read_baseline("grammar").ended_exactly[self.locale]
        assert found.exact_end_state.of == of, "the test part has grown: keep a new baseline"
        assert round(found.exact_end_state.value * of) >= right - ONE_BY_CHANCE
        assert found.turns_ratio is not None and found.turns_ratio <= MOST_TURNS

    def test_two_runs_leave_the_same_traces(self) -> None:
        twice = Selection(parts=["dev"], scenarios=PLAYED_TWICE, locales=[self.locale])
        again = _run(twice.plays())
        names = {trace.scenario for trace in again}
        first = [trace for trace in played(self.locale) if trace.part == "dev" and trace.scenario in names]
        if _days(first) != _days(again):  # documents carry the date of the day on which they were played
            first = list(_run(twice.plays()))
        assert [without_chance(trace) for trace in first] == [without_chance(trace) for trace in again]


class TestFrench(Offline):
    locale: Language = "fr"

    @_development("fr")
    def test_no_dialogue_of_the_development_part_falls_behind(self, scenario: str) -> None:
        self.no_dialogue_falls_behind(scenario)


class TestTurkish(Offline):
    locale: Language = "tr"

    @_development("tr")
    def test_no_dialogue_of_the_development_part_falls_behind(self, scenario: str) -> None:
        self.no_dialogue_falls_behind(scenario)


def _days(traces: Iterable[Trace]) -> set[date]:
    """The days in France on which something was said."""
    moments = (said.at for trace in traces for turn in trace.turns for said in turn.said)
    return {datetime.fromisoformat(moment).astimezone(PARIS).date() for moment in moments}


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32,64}\b")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[\d.]+(?:Z|[+-]\d{2}:\d{2})?")


RECEIPTS = "delivery_statuses"
"""When a phone's receipts come in among the rest is chance, and how many there are by then."""


def without_chance(trace: Trace) -> str:
    """The trace as text: ids numbered as they first appear; moments, durations, receipts, the provider's names left out."""
    settled = trace.model_copy(update={"changes": [each for each in trace.changes if each.table != RECEIPTS]})
    text = _MOMENT.sub("moment", settled.model_dump_json(indent=1))
    seen: dict[str, str] = {}
    text = _ID.sub(lambda found: seen.setdefault(found[0], f"id {len(seen)}"), text)
    return re.sub(r'"(\w*seconds|\w*ms|seq|provider_message_id)": ("[^"]*"|[\d.]+)', r'"\1": 0', text)
