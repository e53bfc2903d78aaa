"""One HTML page of a run that opens without a network: charts as inline SVG, no script from elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evals.reporting.comparison import Flip, rows_side_by_side
from evals.reporting.conversations import ConversationFigures
from evals.reporting.targets import Target
from evals.traces import Trace
from evals.utterances.measuring import Summary
from evals.utterances.scoring import Counts, Scored

_MOST_CONFUSED = 14
"""Intents a confusion chart shows; the rest would be specks."""
_LEAST_ASKED = 3
_LOCALES = {"fr": "French", "tr": "Turkish"}


@dataclass
class UtteranceSlice:
    """The utterances of a part, a language and a kind (typed, voice)."""

    part: str
    language: str
    kind: str
    summary: Summary

    def worst_slots(self) -> list[tuple[str, Counts]]:
        """Slots that were asked or read at least three times, the worst first."""
        often = [item for item in self.summary.slots.items() if sum(vars(item[1]).values()) >= _LEAST_ASKED]
        return sorted(often, key=lambda item: (item[1].f1, item[0]))


@dataclass
class Page:
    """Everything the page shows. ``misread`` and ``failed`` are of the development part only."""

    title: str
    made_at: datetime
    understander: str
    commit: str | None
    targets: Sequence[Target]
    conversations: Sequence[ConversationFigures]
    utterances: Sequence[UtteranceSlice]
    misread: Sequence[Scored] = field(default_factory=list)
    failed: Sequence[Trace] = field(default_factory=list)
    flips: Sequence[Flip] = field(default_factory=list)


def render(page: Page) -> str:
    """The page as HTML text."""
    confusions = {
        f"{_LOCALES[language]}, {part}": _confusion(page.utterances, part, language)
        for part in ("test", "dev")
        for language in ("fr", "tr")
    }
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            confusions={name: found for name, found in confusions.items() if found is not None},
            families=sorted({name for figures in page.conversations for name in figures.families}),
            locales=_LOCALES,
            side_by_side=rows_side_by_side,
        )
    )


@dataclass(frozen=True)
class Confusion:
    """Counts of (labelled, read) intents; "" stands for none."""

    wanted: list[str]
    read: list[str]
    counts: Counter[tuple[str, str]]

    @property
    def most(self) -> int:
        return max(self.counts.values(), default=1)


def _confusion(slices: Sequence[UtteranceSlice], part: str, language: str) -> Confusion | None:
    counts: Counter[tuple[str, str]] = Counter()
    for each in slices:
        if (each.part, each.language) == (part, language):
            counts += each.summary.confusion
    if not counts:
        return None
    shown = Counter(dict(counts.most_common(_MOST_CONFUSED)))
    return Confusion(sorted({wanted for wanted, _ in shown}), sorted({read for _, read in shown}), shown)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
