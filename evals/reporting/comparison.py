"""Two runs of the same scenarios: what flipped, and both dialogues side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from evals.traces import Trace, TurnTrace

Direction = Literal["broke", "mended", "same", "only before", "only after"]


@dataclass(frozen=True)
class Flip:
    """One scenario in one locale in both runs; trials that passed and were made. The traces shown are the telling ones."""

    key: tuple[str, str, str]
    direction: Direction
    before: Trace | None
    after: Trace | None
    passed_before: tuple[int, int]
    passed_after: tuple[int, int]

    @property
    def reads_differently(self) -> bool:
        """The dialogue is not the same word for word."""
        if self.before is None or self.after is None:
            return True
        return [_words(turn) for turn in self.before.turns] != [_words(turn) for turn in self.after.turns]


def compare(before: Iterable[Trace], after: Iterable[Trace]) -> list[Flip]:
    """Every scenario of either run, those that broke first, then those that mended, then the rest by name."""
    old, new = _by_key(before), _by_key(after)
    order: dict[Direction, int] = {"broke": 0, "mended": 1, "only before": 2, "only after": 3, "same": 4}
    flips = [_flip(key, old.get(key, []), new.get(key, [])) for key in {*old, *new}]
    return sorted(flips, key=lambda flip: (order[flip.direction], flip.key))


def rows_side_by_side(flip: Flip) -> list[tuple[str, str, bool]]:
    """The two dialogues as rows of (before, after, whether they differ), turn by turn."""
    old = [text for turn in (flip.before.turns if flip.before else []) for text in _lines(turn)]
    new = [text for turn in (flip.after.turns if flip.after else []) for text in _lines(turn)]
    return [(left or "", right or "", left != right) for left, right in zip_longest(old, new)]


def _flip(key: tuple[str, str, str], old: list[Trace], new: list[Trace]) -> Flip:
    passed_before, passed_after = _passed(old), _passed(new)
    direction: Direction = "same"
    if not old or not new:
        direction = "only before" if old else "only after"
    elif (share := _share(passed_after) - _share(passed_before)) != 0:
        direction = "mended" if share > 0 else "broke"
    return Flip(
        key, direction, _telling(old, failed=direction == "mended"), _telling(new, failed=direction == "broke"),
        passed_before, passed_after,
    )  # fmt: skip


def _by_key(traces: Iterable[Trace]) -> dict[tuple[str, str, str], list[Trace]]:
    found: dict[tuple[str, str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        if trace.user_fault is None:
            found[trace.key].append(trace)
    return dict(found)


def _passed(traces: list[Trace]) -> tuple[int, int]:
    return sum(trace.passed for trace in traces), len(traces)


def _share(passed: tuple[int, int]) -> float:
    return passed[0] / passed[1]


def _telling(traces: list[Trace], *, failed: bool) -> Trace | None:
    """A failed trial where failures are the news, else the first."""
    return next((trace for trace in traces if failed and not trace.passed), traces[0] if traces else None)


def _words(turn: TurnTrace) -> tuple[list[str], list[str]]:
    return [said.text for said in turn.said], [heard.text for heard in turn.heard]


def _lines(turn: TurnTrace) -> list[str]:
    said, heard = _words(turn)
    return [*(f"> {text}" for text in said), *heard]
