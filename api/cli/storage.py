"""`usta storage`: the files of this installation, looked at and moved by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.storage.service import Storage

app = typer.Typer(help="Stored files: what waits for the store, and what is still at its place of before.")


@app.command()
def status() -> None:
    """Say whether the store answers, and what waits on this machine for it."""

    async def look(files: Storage) -> str:
        answers, backlog = await files.answers(), await files.backlog()
        state = "answers" if answers else "does not answer"
        return (
            f"{files.url} {state}. Waiting here: {backlog.files} files ({backlog.size} bytes), "
            f"{backlog.removals} removals."
        )

    _with_storage(look)


@app.command("move-back")
def move_back() -> None:
    """Bring the files that wait on this machine into the store. Workers do it every minute by themselves."""

    async def move(files: Storage) -> str:
        moved = await files.move_back()
        left = await files.backlog()
        return f"{moved} files moved, {left.files} still wait."

    _with_storage(move)


@app.command("rename-old")
def rename_old() -> None:
    """Bring files from before tenants were hashed to their place of today. They are found without it, too."""

    async def rename(files: Storage) -> str:
        return f"{await files.rename_old()} files renamed."

    _with_storage(rename)


def _with_storage(work: Callable[[Storage], Awaitable[str]]) -> None:
    import asyncio

    from api.cli.ending import plain_failures
    from services.storage.service import storage

    async def run() -> str:
        return await work(storage())

    with plain_failures():
        typer.echo(asyncio.run(run()))
