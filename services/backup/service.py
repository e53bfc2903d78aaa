"""Makes a backup, looks through one, and restores one (R238).

The database comes first, from one snapshot, then the files: whatever a row of the snapshot names was stored before it,
so every document of the dump is in the backup, unless somebody deleted it meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from db.repositories import backup as repository
from db.revision import head
from services.backup import archive, postgres
from services.backup.archive import Entry, Identity, Recipient
from services.backup.destination import Destination
from services.backup.schemas import FORMAT, BackupError, Header, Manifest, Part, Tell, quiet
from services.storage.keys import Place, place_of
from services.storage.service import Corrupt, NotStored, Storage
from services.storage.stores import Stored, sha256_of

HEADER, MANIFEST = "header.json", "manifest.json"
DATABASE, SECRETS, FILES = "database/", "secrets/", "files/"
SECRET_FILES = ("*.key", "*.secret")
"""Keys that Usta made for itself in its home where none were configured; what they sealed is in the database."""


@dataclass(frozen=True)
class Made:
    """A backup that is whole: where, how many bytes, what is in it, which older ones went."""

    path: str
    size: int
    manifest: Manifest
    removed: list[str]


@dataclass
class Installation:
    """What is backed up and restored: the database's URL, the stored files, the folder with keys of its own."""

    url: str
    files: Storage
    home: Path


class _Sum:
    """Adds up what goes through: entries, bytes and one SHA-256 over names and bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._entries, self._digest = 0, hashlib.sha256()

    def add(self, entry: Entry) -> None:
        self._entries, self.size = self._entries + 1, self.size + len(entry.content)
        self._digest.update(f"{entry.name}\0{len(entry.content)}\0".encode())
        self._digest.update(entry.content)

    @property
    def part(self) -> Part:
        return Part(entries=self._entries, size=self.size, sha256=self._digest.hexdigest())


async def create(
    installation: Installation,
    destination: Destination,
    recipients: Sequence[Recipient],
    *,
    now: datetime,
    keep: int = 0,
    tell: Tell = quiet,
) -> Made:
    """Writes a backup; with ``keep`` only the newest so many of its folder stay. Raises ``BackupError``."""
    with destination.writing() as target:
        async with archive.writing(target, recipients) as writer:
            manifest = await _fill(writer, installation, now, tell)
    removed = await asyncio.to_thread(destination.keep, keep)
    return Made(destination.path, await asyncio.to_thread(destination.size), manifest, removed)


async def _fill(writer: archive.Writer, installation: Installation, now: datetime, tell: Tell) -> Manifest:
    async with postgres.snapshot(installation.url) as (connection, snapshot):
        server = connection.info.server_version // 10000
        revision = await repository.revision(connection)
        if revision is None:
            raise BackupError("The database was never migrated: there is nothing to back up.")
        header = Header(usta=version("usta"), created_at=now, revision=revision, server=server)
        await writer.add(Entry(HEADER, header.model_dump_json().encode()))
        tell("counting rows", 0)
        tables = await repository.row_counts(connection)
        tenants, documents = await repository.organizations(connection), await repository.document_keys(connection)
        program = await postgres.tool("pg_dump", server)
        database = await _added(writer, _dumped(installation.url, snapshot, program), "database", tell)
    secrets = await _added(writer, _kept_secrets(installation.home), "keys", tell)
    damaged: list[str] = []
    places = await installation.files.places(tenants)
    files = await _added(writer, _stored(installation.files, places, damaged), "files", tell)
    missing = sorted({place_of(key).path for key in documents} - {place.path for place in places})
    manifest = Manifest(
        header=header, tables=tables, database=database, secrets=secrets, files=files, damaged=damaged, missing=missing
    )
    await writer.add(Entry(MANIFEST, manifest.model_dump_json().encode()))
    return manifest


async def _added(writer: archive.Writer, entries: AsyncIterator[Entry], doing: str, tell: Tell) -> Part:
    total = _Sum()
    async for entry in entries:
        await writer.add(entry)
        total.add(entry)
        tell(doing, total.size)
    return total.part


async def _dumped(url: str, snapshot: str, program: Path) -> AsyncIterator[Entry]:
    number = 0
    async for chunk in postgres.dump(url, snapshot, program):
        yield Entry(f"{DATABASE}{number:08d}", chunk)
        number += 1


async def _kept_secrets(home: Path) -> AsyncIterator[Entry]:
    for entry in await asyncio.to_thread(_secrets_of, home):
        yield entry


def _secrets_of(home: Path) -> list[Entry]:
    paths = sorted(path for pattern in SECRET_FILES for path in home.glob(pattern) if path.is_file())
    return [Entry(f"{SECRETS}{path.name}", path.read_bytes()) for path in paths]


async def _stored(files: Storage, places: list[Place], damaged: list[str]) -> AsyncIterator[Entry]:
    for place in sorted(places, key=lambda place: place.path):
        try:
            file = await files.read_place(place)
        except NotStored:  # deleted since the listing
            continue
        except Corrupt:  # one bad file must not cost all the others their backup
            damaged.append(place.path)
            continue
        yield Entry(f"{FILES}{place.path}", file.content, file.content_type, sha256_of(file.content))


async def verify(source: Destination, identities: Sequence[Identity], *, tell: Tell = quiet) -> Manifest:
    """Reads a backup to its end and compares everything in it with its manifest. Raises ``BackupError``."""
    sums = {DATABASE: _Sum(), SECRETS: _Sum(), FILES: _Sum()}
    manifest: Manifest | None = None
    with source.reading() as opened:
        async with archive.reading(opened, identities) as entries:
            async for entry in entries:
                if entry.name == HEADER:
                    _readable(Header.model_validate_json(entry.content))
                elif entry.name == MANIFEST:
                    manifest = Manifest.model_validate_json(entry.content)
                else:
                    part = sums[f"{entry.name.partition('/')[0]}/"]
                    part.add(entry)
                    tell("checking", part.size)
                    if entry.sha256 and entry.sha256 != sha256_of(entry.content):
                        raise BackupError(f"{entry.name} in the backup is damaged: its SHA-256 differs.")
    if manifest is None:
        raise BackupError("The backup has no end: it was broken off while it was made.")
    for name, listed in ((DATABASE, manifest.database), (SECRETS, manifest.secrets), (FILES, manifest.files)):
        if sums[name].part != listed:
            raise BackupError(f"{name[:-1]} in the backup is not what its manifest lists.")
    return manifest


def _readable(header: Header) -> None:
    if header.format > FORMAT:
        raise BackupError(f"The backup was made by a newer Usta ({header.usta}): restore it with that version.")


async def restore(
    installation: Installation,
    source: Destination,
    identities: Sequence[Identity],
    *,
    replace: bool = False,
    tell: Tell = quiet,
) -> Manifest:
    """Checks a backup as a whole, then brings it back, then compares the result with the manifest.

    The database and the storage must be empty unless ``replace``, which throws the database away and writes over files
    of the same name. Raises ``BackupError``.
    """
    manifest = await verify(source, identities, tell=tell)
    if manifest.header.revision > head():
        raise BackupError(
            f"The backup is at revision {manifest.header.revision}, this code knows {head()}: "
            f"restore it with the version that made it ({manifest.header.usta}) or a newer one."
        )
    program = await _restoring_program(installation, manifest, replace=replace)
    await postgres.prepare(installation.url, replace=replace)
    with source.reading() as opened:
        async with (
            archive.reading(opened, identities) as entries,
            postgres.Restoring(installation.url, program) as dump,
        ):
            await _bring_back(installation, entries, dump, replace=replace, tell=tell)
    await _compare(installation.url, manifest)
    async with await psycopg.AsyncConnection.connect(installation.url) as connection:
        await repository.doubt_unsent(connection)
    return manifest


async def _restoring_program(installation: Installation, manifest: Manifest, *, replace: bool) -> Path:
    """pg_restore; says no before anything is changed: an older server, files or keys that are there already."""
    async with await psycopg.AsyncConnection.connect(installation.url) as connection:
        server = connection.info.server_version // 10000
    if server < manifest.header.server:
        raise BackupError(
            f"The backup is of PostgreSQL {manifest.header.server}, the server is {server}: use a newer one."
        )
    if not replace:
        # Buckets per tenant are new ones, or named in no listing: only the shared place can be looked at.
        if there := await installation.files.places([]):
            raise BackupError(
                f"{installation.files.url} is not empty ({len(there)} files). --replace writes over them."
            )
        if kept := [entry.name async for entry in _kept_secrets(installation.home)]:
            raise BackupError(
                f"{installation.home} has keys of its own ({', '.join(kept)}). --replace writes over them."
            )
    return await postgres.tool("pg_restore", server)


async def _bring_back(
    installation: Installation, entries: AsyncIterator[Entry], dump: Any, *, replace: bool, tell: Tell
) -> None:
    database, done, finished = 0, 0, False
    async for entry in entries:
        if entry.name.startswith(DATABASE):
            await dump.feed(entry.content)
            database += len(entry.content)
            tell("restoring the database", database)
            continue
        if not finished and entry.name != HEADER:
            await dump.finish()
            finished = True
        if entry.name.startswith(SECRETS):
            _write_secret(installation.home / entry.name.removeprefix(SECRETS), entry.content)
        elif entry.name.startswith(FILES):
            tenant, _, rest = entry.name.removeprefix(FILES).partition("/")
            await installation.files.write_place(
                Place(tenant, rest), Stored(entry.content, entry.media_type, entry.sha256)
            )
            done += len(entry.content)
            tell("restoring files", done)


def _write_secret(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


async def _compare(url: str, manifest: Manifest) -> None:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await repository.row_counts(connection)
    if found != manifest.tables:
        wrong = [name for name in sorted({*found, *manifest.tables}) if found.get(name) != manifest.tables.get(name)]
        raise BackupError(f"After the restore the rows of {', '.join(wrong[:5])} are not as many as in the backup.")
