"""`usta doctor`: what is configured, what answers, what is missing and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.operations.checks import Finding

_MARKS = {
    "ok": "[green]✔ ok[/green]",
    "embedded": "[cyan]✔ built in[/cyan]",
    "optional": "[yellow]– not there[/yellow]",
    "weak": "[yellow]! weak[/yellow]",
    "broken": "[red]✘ broken[/red]",
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON, for a script.")] = False,
) -> None:
    """Check this installation: what is configured, what answers, what is missing and how to mend it.

    Ends with exit code 1 when something that Usta needs does not work.
    """
    import asyncio
    import json

    from api.cli.ending import plain_failures

    with plain_failures():
        from db.settings import settings
        from services.operations.checks import run_checks

        findings = asyncio.run(run_checks(settings()))
    if as_json:
        typer.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=2))
    else:
        _print(findings)
    if any(finding.status == "broken" for finding in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("", "", "Found", "To mend or improve it"):
        table.add_column(title, overflow="fold")
    for finding in findings:
        table.add_row(_MARKS[finding.status], finding.name, escape(finding.detail), escape(finding.remedy))
    Console().print(table)
