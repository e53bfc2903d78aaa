"""Which scenarios a run plays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal

from evals.running.phones import names_of
from evals.running.playing import Play, filling
from evals.scenarios.loading import Part, UnreadableScenario, scenarios
from evals.scenarios.placeholders import UnknownPlaceholder
from evals.scenarios.schema import Scenario
from tools.commands import Language

PARTS: tuple[Part, ...] = ("dev", "test")


class NothingToPlay(ValueError):
    """No scenario is left by what was asked for; the message says what there is."""


@dataclass(frozen=True)
class Selection:
    """What was asked for; empty means all. ``scenarios`` are ids, also with * and ?, or ends of ids."""

    parts: Sequence[Part] = PARTS
    locales: Sequence[Language] = ()
    workflows: Sequence[str] = ()
    families: Sequence[str] = ()
    scenarios: Sequence[str] = ()
    trials: int = 1
    user: Literal["scripted", "llm"] = "scripted"

    @property
    def whole(self) -> bool:
        """Everything of the development part at least."""
        narrowed = self.locales or self.workflows or self.families or self.scenarios
        return "dev" in self.parts and not narrowed

    def plays(self) -> list[Play]:
        """The plays in a fixed order. Raises ``NothingToPlay`` and ``UnreadableScenario``."""
        found = [
            Play(scenario, part, locale, trial, user=self.user)
            for part in self.parts
            for scenario in scenarios(part)
            if self._wants(scenario)
            for locale in scenario.locales
            if not self.locales or locale in self.locales
            for trial in range(1, self.trials + 1)
        ]
        for play in found:
            _check(play)
        if not found:
            raise NothingToPlay(f"no scenario fits; the development part has {_told(scenarios('dev'))}")
        return found

    def _wants(self, scenario: Scenario) -> bool:
        return (
            (not self.workflows or scenario.workflow in self.workflows)
            and (not self.families or scenario.family in self.families)
            and (not self.scenarios or any(_names(pattern, scenario.id) for pattern in self.scenarios))
        )


def _check(play: Play) -> None:
    """Every fixture and every placeholder of it, before anything is started. Raises ``UnreadableScenario``."""
    scenario = play.scenario
    key = "seed.fixtures"
    try:
        fill = filling(play, dict.fromkeys(names_of(scenario), "+33600000000"))
        for key in ("seed", "user", "expect"):
            fill(getattr(scenario, key).model_dump())
    except (UnknownPlaceholder, UnreadableScenario) as error:
        raise UnreadableScenario(f"{scenario.id}.yaml: {key}: {error}") from error


def _names(pattern: str, id_: str) -> bool:
    return fnmatch(id_, pattern) or id_.endswith(f"/{pattern}")


def _told(found: Iterable[Scenario]) -> str:
    ids = [scenario.id for scenario in found]
    return f"{', '.join(ids[:12])} … {len(ids)} in all" if len(ids) > 12 else ", ".join(ids) or "none"
