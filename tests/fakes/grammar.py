"""A grammar that reads what a test says it reads."""

from __future__ import annotations

from typing import Any, Literal

from tools.commands import Command, Reading, UnderstandingRequest


def command(name: str, /, **args: Any) -> Command:
    return Command(name=name, args=args)


def reading(
    *commands: Command,
    language: Literal["fr", "tr"] = "fr",
    confidence: float = 1.0,
    unexplained: list[str] | None = None,
) -> Reading:
    return Reading(commands=list(commands), language=language, confidence=confidence, unexplained=unexplained or [])


class ScriptedGrammar:
    """Answers every request with one reading, or fails if there is none."""

    def __init__(self, answer: Reading | None) -> None:
        self.answer = answer

    async def understand(self, request: UnderstandingRequest) -> Reading:
        if self.answer is None:
            raise RuntimeError("broken grammar")
        return self.answer
