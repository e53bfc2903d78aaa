"""`usta privacy`: what is kept for how long, and taking away what is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.privacy.sweep import Swept

app = typer.Typer(help="Personal data: what is kept for how long, and what is too old.", no_args_is_help=True)
Company = Annotated[str | None, typer.Option("--organization", help="Only this company: id, slug or SIRET.")]


@app.command()
def classes() -> None:
    """Show the table: every class of data, how long it is kept, within which bounds, and why."""
    from rich.console import Console
    from rich.table import Table

    from services.privacy.data_classes import CLASSES

    table = Table("class", "whose", "days", "least", "most", "then", "what", "why", show_lines=True)
    for each in CLASSES:
        numbers = (str(each.default), str(each.least), str(each.most))
        table.add_row(each.name, each.whose, *numbers, each.then, each.what, each.why)
    Console().print(table)


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    organization: Company = None,
) -> None:
    """Take away now what has been kept long enough. A worker does it every night by itself."""
    import asyncio
    from datetime import UTC, datetime

    from api.cli.ending import fail, plain_failures

    async def run() -> list[Swept] | None:
        from db.repositories.accounts import find_organization
        from db.server import database_url
        from db.session import Database
        from db.settings import settings
        from services.privacy.sweep import sweep
        from services.storage.service import storage

        database = Database(database_url(settings()), 2)
        try:
            only = None
            if organization:
                async with database.system() as session:
                    found = await find_organization(session, organization)
                if found is None:
                    return None
                only = found.id
            return await sweep(database, storage(), datetime.now(UTC), dry_run=dry_run, only=only)
        finally:
            await database.close()

    with plain_failures():
        swept = asyncio.run(run())
    if swept is None:
        fail(f"There is no company {organization}.")
    _show(swept, dry_run)


def _show(swept: list[Swept], dry_run: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if not swept:
        typer.echo("Nothing is too old.")
        return
    table = Table("company", "class", "where", "then", "rows or files")
    for each in swept:
        table.add_row(str(each.organization_id or "(none)"), each.data_class, each.where, each.then, str(each.count))
    Console().print(table)
    typer.echo("Nothing was changed." if dry_run else "Done; it is in the audit trail of each company.")
