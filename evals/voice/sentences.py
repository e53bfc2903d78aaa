"""Sentences with the lines a colleague would write down."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from evals.utterances.loading import Label, Utterance
from tools.commands import Language

Part = Literal["measure", "tune"]
_FOLDER = Path(__file__).parent / "sentences"
CLIENTS = ("Mme Petit", "Garnier", "M. Martin", "M. Roux", "Mme Lefebvre")
WORKS = ("pose de carrelage", "peinture des murs", "dépose de la baignoire", "alçıpan", "karo döşeme")
"""What the artisan of the sentences has in his books, for the style prompt."""


class Sentence(BaseModel):
    """What is said, and its lines: designation, quantity, unit, price."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    part: Part
    say: str
    lines: tuple[tuple[str, str | None, str | None, str], ...]

    def utterance(self, words: str, language: Language) -> Utterance:
        """The labelled utterance of which ``words`` were heard."""
        labels = [Label(name="add_line_item", args=_line(*line)) for line in self.lines]
        return Utterance(text=words, kind="voice", commands=labels, language=language, part="test")


def _line(description: str, quantity: str | None, unit: str | None, price: str) -> dict[str, Any]:
    args = {"description": description, "quantity": quantity, "unit": unit, "unit_price": price}
    return {name: value for name, value in args.items() if value is not None}


@cache
def sentences(language: Language, part: Part = "measure") -> tuple[Sentence, ...]:
    """The sentences of a language in file order."""
    rows = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    read = [Sentence(**{**row, "lines": [[_text(value) for value in line] for line in row["lines"]]}) for row in rows]
    return tuple(sentence for sentence in read if sentence.part == part)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
