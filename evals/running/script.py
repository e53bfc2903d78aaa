"""The scripted artisan: he opens, answers what is awaited, makes his detours, and says the rest when nothing is awaited.

He knows the key that is awaited and nothing of the words, so one question more or less does not break him.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from evals.scenarios.schema import Answer, Detour, Say, Scenario, Text

ANYTHING = "*"


class UnforeseenQuestion(Exception):
    """The assistant awaits something that the scenario has no answer for; the message names the key."""


@dataclass(frozen=True)
class Line:
    """What the artisan says next; several ``messages`` are a burst, sent before any is answered."""

    messages: tuple[str, ...]
    answers: str | None = None
    consent: Any = False
    voice: bool = False
    forwarded: bool = False
    detour: str | None = None


@dataclass(frozen=True)
class Situation:
    """Where the conversation stands: the awaited key, the number of the turn to come (from 1), what was just heard."""

    awaiting: str | None
    turn: int
    heard: tuple[str, ...] = ()


class Artisan(Protocol):
    """Whoever plays the artisan."""

    async def next(self, situation: Situation) -> Line | None:
        """What he says now; None when he is done. Raises ``UnforeseenQuestion``."""
        ...


class ScriptedArtisan:
    """Plays the ``user`` of a scenario. ``fill`` puts a text into the language of the run, placeholders replaced.

    An answer that is no list, and the last of a list, are repeated as often as they are asked for. Where the expected
    outcome is "open" nothing is repeated: a question whose answers are used up stays unanswered, and the talk ends.
    """

    def __init__(self, scenario: Scenario, fill: Callable[[Any], Any]) -> None:
        self._user, self._fill = scenario.user, fill
        self._leaves_open = scenario.expect.outcome == "open"
        self._detours = list(scenario.user.detours)
        self._then = list(scenario.user.then)
        self._used: dict[str, int] = {}

    async def next(self, situation: Situation) -> Line | None:
        """See ``Artisan``."""
        return self.reply(situation.awaiting, situation.turn)

    def reply(self, awaiting: str | None, turn: int) -> Line | None:
        """The same without a loop to wait on."""
        if turn == 1:
            return self._line(self._user.opening)
        if detour := self._due(awaiting, turn):
            self._detours.remove(detour)
            return self._line(detour.say, detour=detour.kind)
        if awaiting is not None:
            return self._answer(awaiting)
        return self._line(self._then.pop(0)) if self._then else None

    def _due(self, awaiting: str | None, turn: int) -> Detour | None:
        def now(detour: Detour) -> bool:
            when = detour.when
            return when.turn == turn if when.turn is not None else when.awaiting == awaiting

        return next(filter(now, self._detours), None)

    def _answer(self, awaiting: str) -> Line | None:
        answer = self._user.answers.get(awaiting, self._user.answers.get(ANYTHING))
        sayings: list[Text | Say] = answer if isinstance(answer, list) else [answer] if answer is not None else []
        used = self._used.get(awaiting, 0)
        if self._leaves_open and used >= len(sayings) and not self._then:
            return None
        if not sayings:
            raise UnforeseenQuestion(
                f"the assistant awaits {awaiting} and user.answers has no such key; {self._known()}"
            )
        self._used[awaiting] = used + 1
        return self._line(sayings[min(used, len(sayings) - 1)], answers=awaiting)

    def _known(self) -> str:
        return f"it has {', '.join(self._user.answers) or 'none'}"

    def _line(self, said: Text | Say, answers: str | None = None, detour: str | None = None) -> Line:
        say = said if isinstance(said, Say) else Say(say=said)
        text = self._fill(say.say)
        lines = tuple(line for line in text.splitlines() if line.strip()) if say.burst else (text,)
        return Line(lines, answers, say.consent, say.voice, say.forwarded, detour)


def sayings_of(answer: Answer) -> list[Text | Say]:
    """An answer as the list of what is said one after another."""
    return answer if isinstance(answer, list) else [answer]
