"""Comparing a reading with a labelled row of a table: what counts as the same command.

Numbers are compared as numbers, names and designations folded; a designation may differ by articles and word order. The
unit "u" of a counted thing may be left out by either side; doubts, topics and ways of paying count
only where the label gives them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.grammar.folding import fold
from tools.commands import Command, DialogueContext, Reading, UnderstandingRequest

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 11, 21)
_FREE = {"doubt", "topic", "method"}
_WORDS = {"description", "match", "text", "address", "topic", "query"}


def rows(*names: str) -> list[dict[str, Any]]:
    """The rows of data files, each with its file as ``source``; missing files are skipped."""
    out = []
    for name in names:
        path = DATA / f"{name}.yaml"
        if path.exists():
            for row in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
                out.append({**row, "source": name})
    return out


def read(row: dict[str, Any], language: str | None = None) -> Reading:
    context = {"today": TODAY, **(row.get("context") or row.get("state") or {})}
    request = UnderstandingRequest(
        text=row["text"], kind=row.get("kind", "typed"), language_hint=language, context=DialogueContext(**context)
    )
    return GrammarUnderstander().read(request)


def differences(expected: list[dict[str, Any]], commands: list[Command]) -> list[str]:
    """What is missing, unexpected or different; empty when the reading is right."""
    out: list[str] = []
    left = list(commands)
    for want in expected:
        args = want.get("args") or {}
        candidates = [c for c in left if c.name == want["name"]]
        if not candidates:
            out.append(f"missing {want['name']} {args}")
            continue
        best = min(candidates, key=lambda c: len(_slots(args, c.args)))
        left.remove(best)
        out += [f"{want['name']}.{slot}" for slot in _slots(args, best.args)]
    out += [f"unexpected {c.name} {c.args}" for c in left]
    return out


def _slots(expected: dict[str, Any], args: dict[str, Any]) -> list[str]:
    wrong = []
    for key in {*expected, *args}:
        want, got = expected.get(key), args.get(key)
        if want is None and (key in _FREE or got is None):
            continue
        if key == "kind" and expected.get("name") and want is None:
            continue
        if key == "unit" and {want, got} == {None, "u"}:
            continue
        if (
            key == "doubt"
            and want is not None
            and got is not None
            and str(want).split(":")[0] == str(got).split(":")[0]
        ):
            continue
        if not _same(key, want, got):
            wrong.append(f"{key}: {got!r}, expected {want!r}")
    return wrong


def _same(key: str, want: Any, got: Any) -> bool:
    if want is None or got is None:
        return bool(want is None and got is None)
    try:
        return Decimal(str(want)) == Decimal(str(got))
    except InvalidOperation:
        pass
    one, other = fold(str(want)), fold(str(got))
    if key in _WORDS:
        return max(fuzz.token_sort_ratio(one, other), fuzz.ratio(one, other)) >= 80
    if key in ("name", "client_name", "new_name", "place"):
        return fuzz.ratio(one, other) >= 90
    return one == other
