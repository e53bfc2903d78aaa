"""`usta documents`: what leaves Usta, looked at and proved from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Documents: how they look, whether they hold.")


@app.command()
def sheet(
    out: Annotated[Path, typer.Option(help="Folder for the PDFs and the contact sheet.")],
    only: Annotated[str, typer.Option(help="Only the cases whose name contains this.")] = "",
) -> None:
    """Renders the hard cases in the three looks, and all pages on one PNG."""
    from evals.looks.sheet import write_sheet

    typer.echo(write_sheet(out, only=only))


@app.command()
def prove(
    count: Annotated[int, typer.Option(min=1, help="How many documents are drawn.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed draws the same documents.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Only the last line: the sums as JSON.")] = False,
    kinds: Annotated[str, typer.Option(help="Only these kinds: quote,invoice,deposit,progress,balance…")] = "",
) -> None:
    """Draw random documents of all kinds, render them and check each whole: amounts, paper, PDF/A-3, Factur-X and UBL."""
    from evals.proof.papers import KINDS
    from evals.proof.report import proof

    wanted = [name.strip() for name in kinds.split(",") if name.strip()]
    if unknown := [name for name in wanted if name not in KINDS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(KINDS)}", param_hint="--kinds")
    tally = proof(count, seed, [kind for kind in KINDS if kind in wanted], only_json=as_json)
    raise typer.Exit(1 if tally.invalid else 0)


@app.command()
def verify(
    organization: Annotated[str | None, typer.Option(help="Only this one: id, slug or name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Walk the chain of issued documents and payments, and compare it with rows, numbers and stored files.

    Ends with exit code 1 when something does not hold.
    """
    from api.cli import chain_report

    chain_report.verify(organization, as_json=as_json)


@app.command()
def status(
    number: Annotated[str, typer.Argument(help="Number of the invoice.")],
    company: Annotated[str, typer.Option(help="Slug, SIRET or id of the organization.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")] = False,
) -> None:
    """Show what became of an invoice on the approved platform, first to last."""
    from api.cli import einvoicing_tables

    einvoicing_tables.status(number, company, as_json=as_json)


@app.command()
def ereporting(
    month: Annotated[str, typer.Option(help="Month, like 2026-11.")],
    company: Annotated[str, typer.Option(help="Slug, SIRET or id of the organization.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")] = False,
) -> None:
    """Show the sales and payments to report for the periods of a month (e-reporting)."""
    from api.cli import einvoicing_tables

    einvoicing_tables.report(month, company, as_json=as_json)
