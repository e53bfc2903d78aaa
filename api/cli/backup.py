"""`usta backup` and `usta restore`: everything of this installation in one encrypted file, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from db.settings import Settings
    from services.backup.destination import Destination
    from services.backup.schemas import Manifest, Tell
    from services.backup.service import Installation

_Result = TypeVar("_Result")
app = typer.Typer(help="Encrypted backups of the database and all files: make one, look through one, make its keys.")
Where = Annotated[str, typer.Argument(help="A folder, s3://bucket/folder or gs://…, or the name of a backup (….age).")]
Identity = Annotated[
    Path,
    typer.Option("--identity", "-i", help="File with the private key, of age or SSH.", exists=True, dir_okay=False),
]


@app.command()
def create(
    where: Annotated[
        str | None,
        typer.Argument(help="A folder, s3://bucket/folder or gs://…, or a name ending in .age; default: BACKUP_URL."),
    ] = None,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", "-r", help="Public key (age1…, ssh-…); default: BACKUP_RECIPIENTS."),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=0, help="Remove all but the newest so many of the folder; 0 = none; default: BACKUP_KEEP."),
    ] = None,
) -> None:
    """Back up database, files and keys. Usta goes on meanwhile; the backup is as of the moment it began."""

    async def make(settings: Settings, tell: Tell) -> str:
        from services.backup.scheduled import back_up
        from services.backup.schemas import BackupError

        place = where or settings.backup_url
        if place is None:
            raise BackupError("Say where to: usta backup create FOLDER, or set BACKUP_URL.")
        made = await back_up(settings, place, recipient or settings.backup_recipients, keep, tell)
        gone = f" Removed: {', '.join(made.removed)}." if made.removed else ""
        return f"{made.path}: {_size(made.size)}. {_content(made.manifest)}{gone}"

    _run(make)


@app.command()
def verify(where: Where, identity: Identity) -> None:
    """Read a backup to its end and compare every byte with its manifest. Nothing is restored."""

    async def look(settings: Settings, tell: Tell) -> str:
        from services.backup import service
        from services.backup.archive import identities_of

        source = _source(settings, where)
        manifest = await service.verify(source, identities_of(identity.read_text()), tell=tell)
        return f"{source.path} is whole. {_content(manifest)}"

    _run(look)


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where the private key goes. Keep it away from this machine.")],
) -> None:
    """Make a key pair: the private key goes into FILE, the public one is printed for BACKUP_RECIPIENTS."""
    import os

    import pyrage

    from api.cli.ending import fail

    made = pyrage.x25519.Identity.generate()
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"# public key: {made.to_public()}\n{made}\n")
    except FileExistsError:
        fail(f"{file} exists; it is not written over.")
    typer.echo(made.to_public())


def restore(
    where: Where,
    identity: Identity,
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away the database that is there, and write over files and keys.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before replacing.")] = False,
) -> None:
    """Bring a backup back onto an empty database and an empty storage. Stop `usta serve` and `usta worker` before."""
    if replace and not yes:
        typer.confirm("Everything in the database that is there now is lost. Go on?", abort=True)

    async def bring_back(settings: Settings, tell: Tell) -> str:
        from db.revision import head
        from services.backup import service
        from services.backup.archive import identities_of

        source = _source(settings, where)
        manifest = await service.restore(
            _installation(settings), source, identities_of(identity.read_text()), replace=replace, tell=tell
        )
        old = manifest.header.revision != head()
        behind = f" It is at revision {manifest.header.revision}: now run usta migrate." if old else ""
        return f"Restored from {source.path}, rows and files compared. {_content(manifest)}{behind}"

    _run(bring_back)


def _run(work: Callable[[Settings, Tell], Awaitable[str]]) -> None:
    import asyncio

    from api.cli.ending import fail, plain_failures
    from db.settings import settings
    from services.backup.schemas import BackupError
    from services.storage.service import StoreDown

    with plain_failures():
        try:
            with _progress() as tell:
                said = asyncio.run(_awaited(work(settings(), tell)))
        except (BackupError, StoreDown) as error:
            fail(str(error))
        typer.echo(said)


async def _awaited(work: Awaitable[_Result]) -> _Result:
    return await work


@contextmanager
def _progress() -> Iterator[Tell]:
    """One line on stderr that counts bytes; on no terminal, a line for each kind of work."""
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True, highlight=False)
    said: list[str] = []
    with Status("…", console=console) as status:

        def tell(doing: str, size: int) -> None:
            status.update(f"{doing}: {_size(size)}" if size else doing)
            if not console.is_terminal and doing not in said:
                said.append(doing)
                console.print(f"{doing} …")

        yield tell


def _installation(settings: Settings) -> Installation:
    from services.backup.scheduled import installation_of

    return installation_of(settings)


def _source(settings: Settings, where: str) -> Destination:
    from services.backup.destination import Destination

    return Destination.at(where, settings.storage_options)


def _content(manifest: Manifest) -> str:
    """What is in a backup, in one line; what is wrong with it, in further ones."""
    rows = sum(manifest.tables.values())
    said = (
        f"Revision {manifest.header.revision} of {manifest.header.created_at:%Y-%m-%d %H:%M} UTC, PostgreSQL "
        f"{manifest.header.server}: {rows} rows in {len(manifest.tables)} tables, {manifest.files.entries} files "
        f"({_size(manifest.files.size)}), {manifest.secrets.entries} keys."
    )
    for name, paths in (
        ("Damaged, not in it", manifest.damaged),
        ("Missing already when it was made", manifest.missing),
    ):
        if paths:
            said += f"\n{name}: {len(paths)} files: {', '.join(paths[:5])}"
    return said


def _size(size: int) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000  # type: ignore[assignment]
    return f"{size:.2f} GB"
