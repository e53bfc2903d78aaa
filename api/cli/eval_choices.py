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
