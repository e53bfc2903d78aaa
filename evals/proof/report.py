"""The proof as it is read: progress while it runs, a table per kind, the first violations, and one last line of JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from evals.proof.proving import Proved, Tally, prove
from services.documents.schemas import DocumentKind

_SHOWN = 12
"""So many violations are told in words; the rest is counted."""


def proof(count: int, seed: int, kinds: Iterable[DocumentKind], *, only_json: bool = False) -> Tally:
    """Runs the proof and prints it; ``only_json`` keeps to the last line."""
    console = Console(stderr=only_json, quiet=only_json)
    started = time.monotonic()
    tally = Tally()
    with _progress(console) as progress:
        task = progress.add_task("Proving", total=count, invalid=0)
        for proved in prove(count, seed, kinds):
            tally.add(proved)
            progress.update(task, advance=1, invalid=tally.invalid)
    console.print(_table(tally))
    for line in _first_violations(tally):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    sums = {
        "documents": tally.documents,
        "invalid": tally.invalid,
        "by_rule": dict(sorted(tally.by_rule.items())),
        "seconds": round(time.monotonic() - started, 1),
        "seed": seed,
        "by_kind": {kind: len(tally.by_kind[kind]) for kind in sorted(tally.by_kind)},
        "milliseconds_per_document": int(median(proved.milliseconds for proved in _all(tally))),
    }
    print(json.dumps(sums, ensure_ascii=False))
    return tally


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[invalid]} invalid"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)


def _table(tally: Tally) -> Table:
    table = Table(title="Documents proved (kB and ms of a core: medians)", title_justify="left")
    table.add_column("Kind", no_wrap=True)
    for column in ("Count", "Invalid", "Regimes", "Most lines", "kB", "ms"):
        table.add_column(column, justify="right")
    for kind, members in sorted(tally.by_kind.items()):
        table.add_row(
            kind,
            str(len(members)),
            str(sum(bool(proved.violations) for proved in members)),
            str(len({proved.regime for proved in members})),
            str(max(proved.lines for proved in members)),
            str(int(median(proved.kilobytes for proved in members))),
            str(int(median(proved.milliseconds for proved in members))),
        )
    return table


def _first_violations(tally: Tally) -> list[str]:
    broken = sorted((proved for proved in _all(tally) if proved.violations), key=lambda proved: proved.index)
    told = [
        f"#{proved.index} {proved.kind}, {proved.regime}, {proved.lines} lines: {rule}: {text[:160]}"
        for proved in broken
        for rule, text in proved.violations[:1]
    ]
    return told[:_SHOWN]


def _all(tally: Tally) -> list[Proved]:
    return [proved for members in tally.by_kind.values() for proved in members]
