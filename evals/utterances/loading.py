"""Labelled utterances as they are kept in YAML."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tools.commands import DialogueContext, Kind, Language, UnderstandingRequest

Part = Literal["dev", "test"]

TODAY = date(2026, 11, 21)
"""The day on which every utterance is said."""
_FOLDER = Path(__file__).parent


class Label(BaseModel):
    """A command that a colleague would take from the words."""

    model_config = ConfigDict(extra="forbid")

    name: str
    args: dict[str, Any] = Field(default_factory=dict)


class Utterance(BaseModel):
    """One message and its commands. ``voice`` says who speaks; ``context`` is absent when the conversation begins."""

    model_config = ConfigDict(extra="forbid")

    text: str
    kind: Kind = "typed"
    voice: str | None = None
    tags: list[str] = Field(default_factory=list)
    context: DialogueContext | None = None
    commands: list[Label]
    language: Language
    part: Part

    def request(self) -> UnderstandingRequest:
        """What an understander is given; the language is not told, as with a new artisan."""
        context = self.context or DialogueContext()
        if context.today is None:
            context = context.model_copy(update={"today": TODAY})
        return UnderstandingRequest(text=self.text, kind=self.kind, context=context)


class UnreadableUtterances(ValueError):
    """A data file does not follow docs/labelling.md; the message names the file and the row."""


@cache
def utterances(part: Part, language: Language) -> tuple[Utterance, ...]:
    """All rows of a part in a language, in file order. Raises ``UnreadableUtterances``."""
    found: list[Utterance] = []
    for path in sorted((_FOLDER / part).glob(f"{language}*.yaml")):
        try:
            rows = yaml.safe_load(path.read_text(encoding="utf-8")) or []
            given = [{**row, "language": language, "part": part} for row in rows]
            found += TypeAdapter(list[Utterance]).validate_python(given)
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise UnreadableUtterances(f"{part}/{path.name}: {error}") from error
    return tuple(found)
