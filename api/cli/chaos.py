"""`usta chaos`: proof that nothing is lost or done twice when processes die."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.chaos.checks import Check


def chaos(
    messages: Annotated[int, typer.Option(min=5, help="Messages that the artisans write in all.")] = 400,
    chats: Annotated[int, typer.Option(min=1, help="Artisans who write at the same time.")] = 40,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes; they are what is killed.")] = 2,
    kill_every: Annotated[float, typer.Option(min=0.1, help="Mean seconds between two kills.")] = 5.0,
    restart_database: Annotated[bool, typer.Option(help="Stop PostgreSQL once, as a power cut does.")] = True,
    gentle: Annotated[
        bool, typer.Option(help="Ask workers to end, as a deployment does, instead of killing them.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random here.")] = 1,
    as_table: Annotated[
        bool, typer.Option("--table", help="Inject every failure of the register instead, and print what became of it.")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="Empty folder to run in and to keep; default: temporary.")] = None,
) -> None:
    """Run a throw-away Usta, break it while artisans write, and check that every message counted exactly once."""
    import asyncio

    if as_table:
        _print_table()
        return
    from rich.console import Console
    from rich.table import Table

    from evals.chaos.run import Plan, run_chaos

    console = Console(stderr=True, highlight=False)
    plan = Plan(messages, chats, workers, kill_every, restart_database, seed, gentle)
    report = asyncio.run(run_chaos(plan, home, lambda text: console.print(text, style="dim")))
    table = Table(title=f"{messages} messages in {chats} chats, {report.kills} kills, {report.seconds:.0f} s")
    for column in ("", "promise", "counted"):
        table.add_column(column)
    for check in report.checks:
        table.add_row("✓" if check.passed else "✗", check.promise, check.measured)
    console.print(table)
    for check in report.checks:
        _explain(console, check)
    typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    if not report.passed:
        raise typer.Exit(1)


def _print_table() -> None:
    """The failure table as Markdown; exit code 1 and the rows concerned on stderr when something was not as it says."""
    import asyncio

    from evals.failures.table import ROWS, markdown, objections, run_alone

    outcomes = asyncio.run(run_alone())
    typer.echo(markdown(), nl=False)
    wrong = {row.name: found for row in ROWS if (found := objections(row, outcomes))}
    for name, found in wrong.items():
        typer.echo(f"✗ {name}: {'; '.join(found)}", err=True)
    typer.echo(f"{len(outcomes)} failures injected, {len(wrong)} not as the table says", err=True)
    if wrong:
        raise typer.Exit(1)


def _explain(console: object, check: Check) -> None:
    from rich.console import Console

    from evals.chaos.checks import SHOWN

    assert isinstance(console, Console)
    for violation in check.violations[:SHOWN]:
        console.print(f"✗ {check.name}: {violation}", style="red", markup=False)
    if len(check.violations) > SHOWN:
        console.print(f"  … and {len(check.violations) - SHOWN} more", style="red")
