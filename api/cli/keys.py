"""`usta keys`: the keys of what is encrypted at rest."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from db.session import Database
    from services.identity.keys import Keys

app = typer.Typer(help="Keys of what is encrypted in the database (docs/encryption.md).", no_args_is_help=True)


@app.command()
def new(key_id: Annotated[str, typer.Argument(help="What to call it, such as 2026-11.")]) -> None:
    """Print a new key as ENCRYPTION_KEYS takes it. Put it first in the list; the earlier ones stay behind it."""
    from api.cli.ending import fail
    from db.encryption import KEY_ID, new_key

    if not re.fullmatch(KEY_ID, key_id):
        fail("A key id has letters, digits and . _ - only, 40 at most.")
    typer.echo(f'"{key_id}": "{new_key()}"')


@app.command()
def status() -> None:
    """Say how much lies under which key: a key may leave the list once nothing is left under it."""

    async def show(database: Database) -> None:
        from services.encryption.service import held
        from services.identity import turning

        keys, found = database.keyring(), await held(database)
        for each in found:
            name = each.key_id or "in the clear"
            known = (
                "current" if each.key_id == keys.current else "" if each.key_id in ("", *keys.ids) else "KEY MISSING"
            )
            typer.echo(f"{each.place:<44} {name:<24} {each.rows:>10} {known}".rstrip())
        left = sorted({each.key_id or "in the clear" for each in found if each.key_id != keys.current})
        typer.echo(f"left under other keys: {', '.join(left)}" if left else f"everything is under key {keys.current}")
        signing = _signing_keys()
        for each in await turning.held(database):
            known = "current" if signing and each.key_id == signing.current else ""
            known = known if signing and each.key_id in signing.secrets else "KEY MISSING"
            typer.echo(f"{each.place:<44} {each.key_id:<24} {each.rows:>10} {known} (AUTH_KEYS)")

    _with_database(show)


@app.command()
def rotate(
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Rows per transaction.")] = 500,
) -> None:
    """Seal everything with the first of ENCRYPTION_KEYS (second factors: of AUTH_KEYS), while the service runs.

    May be stopped and begun again.
    """

    async def work(database: Database) -> None:
        from db.encryption import Unreadable
        from services.encryption.service import rotate as rotated
        from services.identity import turning

        done: dict[str, int] = {}
        try:
            async for sealed in rotated(database, batch):
                if sealed.rows != done.get(sealed.place, 0):
                    typer.echo(f"{sealed.place:<44} {sealed.rows:>10}")
                done[sealed.place] = sealed.rows
        except Unreadable as error:
            from api.cli.ending import fail

            fail(f"{error}. Nothing of it was changed; what was sealed before stays sealed.")
        typer.echo(f"{sum(done.values())} values sealed with key {database.keyring().current}")
        if signing := _signing_keys():
            factors = await turning.rotate(database, signing)
            typer.echo(f"{factors} second factors sealed with key {signing.current} of AUTH_KEYS")

    _with_database(work)


def _signing_keys() -> Keys | None:
    """None on a real channel without AUTH_KEYS: then nobody signs in, and there is nothing to seal with."""
    from db.settings import settings
    from services.identity.keys import NoKeys, keys_of

    try:
        return keys_of(settings())
    except NoKeys:
        return None


def _with_database(work: Callable[[Database], Awaitable[None]]) -> None:
    from api.cli.ending import plain_failures

    async def run() -> None:
        from db.server import database_url
        from db.session import Database
        from db.settings import settings

        database = Database(database_url(settings()), 2)
        try:
            await work(database)
        finally:
            await database.close()

    with plain_failures():
        asyncio.run(run())
