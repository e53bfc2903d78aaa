"""``usta eval report`` and ``usta eval compare``: what runs say, as a page and as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from evals.reporting.comparison import Flip
    from evals.traces import Trace

Run = Annotated[str, typer.Argument(help="Name or folder of a run, or latest.")]


def report(
    run: Run = "latest",
    baseline: Annotated[str | None, typer.Option(help="An earlier run to compare with.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the page goes; report.html beside the traces otherwise.")
    ] = None,
) -> None:
    """Write one HTML page of a run: targets, pass rates, confusions, where numbers went wrong. Opens offline."""
    import asyncio

    from evals.reporting.assembling import page_of
    from evals.reporting.page import render
    from evals.reporting.runs import traces_of

    folder, traces = _read(run)
    before = traces_of(baseline)[1] if baseline else None
    page = asyncio.run(page_of(traces, before))
    path = out or folder / "report.html"
    path.write_text(render(page), encoding="utf-8")
    Console().print(f"{path} · {sum(target.reached for target in page.targets)} of {len(page.targets)} targets reached")


def compare(
    before: Annotated[str, typer.Argument(help="Name or folder of the earlier run, or previous.")] = "previous",
    after: Run = "latest",
    words: Annotated[bool, typer.Option(help="Also show dialogues that read differently but ended the same.")] = False,
) -> None:
    """List the scenarios that flipped between two runs, with both dialogues side by side. Exit code 1 when one broke."""
    from evals.reporting.comparison import compare as compared

    flips = compared(_read(before)[1], _read(after)[1])
    console = Console()
    broke = [flip for flip in flips if flip.direction == "broke"]
    for flip in flips:
        if flip.direction in ("broke", "mended") or (words and flip.direction == "same" and flip.reads_differently):
            console.print(_side_by_side(flip))
    same = sum(flip.direction == "same" for flip in flips)
    alone = sum(flip.direction.startswith("only") for flip in flips)
    mended = sum(flip.direction == "mended" for flip in flips)
    console.print(f"{len(broke)} broke, {mended} mended, {same} as before, {alone} in one run only")
    raise typer.Exit(1 if broke else 0)


def keep(run: Run = "latest") -> None:
    """Keep a whole run as the baseline that `pytest evals` compares with; commit the file with what moved it."""
    from evals.reporting.baseline import baseline_of
    from evals.reporting.baseline import keep as write

    baseline = baseline_of(_read(run)[1])
    Console().print(f"{write(baseline)} · {len(baseline.failed)} development dialogues that do not pass yet")


def _side_by_side(flip: Flip) -> Table:
    from evals.reporting.comparison import rows_side_by_side

    style = {"broke": "bold red", "mended": "bold green"}.get(flip.direction, "bold")
    name = " · ".join(part for part in flip.key if part)
    title = f"[{style}]{flip.direction}[/] {name}"
    table = Table("before", "after", title=title, title_justify="left", show_lines=True)
    if flip.after is not None and flip.after.part == "test":
        table.add_row("(test part: not shown)", "(test part: not shown)")
        return table
    for left, right, differs in rows_side_by_side(flip):
        table.add_row(left, right, style="yellow" if differs else None)
    if flip.after is not None:
        for gate, verdict in flip.after.gates.items():
            if not verdict.holds:
                table.add_row("", f"{gate}: {'; '.join(verdict.reasons)}", style="red")
    return table


def _read(run: str) -> tuple[Path, list[Trace]]:
    from evals.reporting.runs import NoSuchRun, traces_of

    try:
        return traces_of(run)
    except NoSuchRun as error:
        raise typer.BadParameter(str(error)) from error
