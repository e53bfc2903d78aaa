"""The tables of this folder and the development utterances of the evals, read by the grammar."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from agent.understanding.grammar.engine import GrammarUnderstander
from evals.utterances.loading import TODAY, Label, utterances
from tools.commands import DialogueContext, Language, Reading, UnderstandingRequest

DATA = Path(__file__).parent / "data"


def rows(*names: str) -> list[dict[str, Any]]:
    """The rows of data files, each with its file as ``source``."""
    found = []
    for name in names:
        for row in yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8")):
            found.append({**row, "source": name})
    return found


def development_rows(language: Language) -> list[dict[str, Any]]:
    """The development utterances of a language in the form of ``rows``."""
    return [
        {**row.model_dump(include={"text", "kind", "commands"}), "context": _context(row.context), "source": language}
        for row in utterances("dev", language)
    ]


def _context(context: DialogueContext | None) -> dict[str, Any] | None:
    return context.model_dump(exclude_none=True) if context else None


def labels(row: dict[str, Any]) -> list[Label]:
    return [Label(**command) for command in row["commands"]]


def context(row: dict[str, Any]) -> DialogueContext:
    """Where the conversation of a row stands."""
    return DialogueContext(**{"today": TODAY, **(row.get("context") or row.get("state") or {})})


def read(row: dict[str, Any], language: Language | None = None) -> Reading:
    request = UnderstandingRequest(
        text=row["text"], kind=row.get("kind", "typed"), language_hint=language, context=context(row)
    )
    return GrammarUnderstander().read(request)
