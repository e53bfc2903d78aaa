"""`usta documents`: documents looked at from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Documents: how they look.")


@app.command()
def sheet(
    out: Annotated[Path, typer.Option(help="Folder for the PDFs and the contact sheet.")],
    only: Annotated[str, typer.Option(help="Only the cases whose name contains this.")] = "",
) -> None:
    """Renders the hard cases in the three looks, and all pages on one PNG."""
    from evals.looks.sheet import write_sheet

    typer.echo(write_sheet(out, only=only))
