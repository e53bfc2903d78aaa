"""Choices that the commands of ``usta eval`` share."""

from __future__ import annotations

from enum import StrEnum


class LanguageChoice(StrEnum):
    """Languages of the chat."""

    fr = "fr"
    tr = "tr"


class PartChoice(StrEnum):
    """Parts of the labelled sets."""

    dev = "dev"
    test = "test"


class ReaderChoice(StrEnum):
    """Understanders."""

    grammar = "grammar"
    llm = "llm"
    hybrid = "hybrid"


class UserChoice(StrEnum):
    """Who plays the artisan of a scenario."""

    scripted = "scripted"
    llm = "llm"
