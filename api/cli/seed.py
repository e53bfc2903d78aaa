"""`usta seed`: the demo company."""

from __future__ import annotations


def seed() -> None:
    """Create the demo company with its artisans and clients (does nothing to what is already there)."""
    from api.cli.ending import plain_failures
    from api.cli.preparation import migrate_and_seed

    with plain_failures():
        from db.server import database_url

        migrate_and_seed(database_url())
    import typer

    typer.echo("The demo company is ready.")
