"""Labelled utterances as they are kept in YAML."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tools.commands import DialogueContext, Kind, Language, UnderstandingRequest

Part = Literal["train", "dev", "test"]

TODAY = date(2026, 11, 21)
"""The day on which every utterance is said."""
_FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where libyaml is there


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
def crowds(part: Part, language: Language) -> dict[str, tuple[Utterance, ...]]:
    """The rows of a part in a language by the file they lie in ("fr_drafts"). Raises ``UnreadableUtterances``."""
    found: dict[str, tuple[Utterance, ...]] = {}
    for path in sorted((_FOLDER / part).glob(f"{language}*.yaml")):
        try:
            rows = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or []
            given = [{**row, "language": language, "part": part} for row in rows]
            found[path.stem] = tuple(TypeAdapter(list[Utterance]).validate_python(given))
        except (yaml.YAMLError, ValidationError, TypeError) as error:
            raise UnreadableUtterances(f"{part}/{path.name}: {error}") from error
    return found


@cache
def utterances(part: Part, language: Language) -> tuple[Utterance, ...]:
    """All rows of a part in a language, in file order. Raises ``UnreadableUtterances``."""
    return tuple(row for rows in crowds(part, language).values() for row in rows)
