"""Stores and reads files by key, whatever store is configured, and keeps them safe while it is down (R136, R272)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import structlog

from db.settings import Settings, settings
from services.storage.keys import (
    SHARED,
    BadKey,
    Place,
    checked_key,
    content_type_of,
    document_key,
    is_issued,
    place_of,
    tenant_hash,
)
from services.storage.object_stores import store_at
from services.storage.stores import Corrupt, Entry, Folder, Store, Stored, sha256_of
from services.storage.waiting import Backlog, Waiting

__all__ = ["BadKey", "Corrupt", "Kept", "NotStored", "Storage", "StoreDown", "checked_key", "document_key", "storage"]

log = structlog.get_logger()
_Result = TypeVar("_Result")
REST_SECONDS = 30.0
"""After a failure the store is left alone for so long: one message waits for its answer, not every one."""
LISTING_SECONDS = 1800.0
"""Patience with a listing of everything there is."""


class Kept(PermissionError):
    """The file of an issued document: it is kept for ten years (C. com. L123-22, legal.md 62)."""


class NotStored(LookupError):
    """There is no file under this key."""


class StoreDown(ConnectionError):
    """The object store does not answer, and the file does not wait on this machine: try again later."""


class Storage:
    """Files by key. A local folder is one store; an object store has a local folder beside it for bad hours."""

    def __init__(
        self,
        url: str,
        *,
        waiting: Path | None = None,
        options: dict[str, Any] | None = None,
        patience: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``url`` as in ``store_at``; ``patience`` in seconds is the longest that one operation may take.

        ``waiting`` is the folder for files while an object store is down; without it a failure is raised.
        """
        self.url = url
        self._options, self._patience, self._clock = options, patience, clock
        self._opened: Store | None = None
        self._waiting = Waiting(waiting) if waiting is not None else None
        self._rests_until = 0.0
        self.is_down = False

    @property
    def may_be_down(self) -> bool:
        """Whether this is an object store with a waiting folder beside it."""
        return self._waiting is not None

    async def put(self, key: str, content: bytes, content_type: str | None = None) -> None:
        """Writes a file, whole or not at all; an existing one is replaced. Raises BadKey, and StoreDown or the
        folder's own OSError when it can be kept nowhere."""
        place = place_of(key)
        file = Stored(content, content_type or content_type_of(key), sha256_of(content))
        if self._waiting is not None and await self._waiting.concerns(place):  # behind its forerunner, not past it
            await self._waiting.write(place, file)
            return
        try:
            await self._reach(lambda store: store.write(store.path(place), file), missing_is_trouble=True)
        except StoreDown:
            if self._waiting is None:
                raise
            await self._waiting.write(place, file)

    async def get(self, key: str) -> bytes:
        """Reads a file. Raises as ``read``."""
        return (await self.read(key)).content

    async def read(self, key: str) -> Stored:
        """Reads a file with its media type, its checksum compared. Raises NotStored, BadKey, Corrupt, StoreDown."""
        place = place_of(key)
        if self._waiting is not None:
            if (waiting := await self._waiting.read(place)) is not None:
                return waiting.checked(key)
            if await self._waiting.is_removed(place):
                raise NotStored(key)
        try:
            return await self._reach(lambda store: self._read(store, place, key))
        except FileNotFoundError as missing:
            raise NotStored(key) from missing

    async def exists(self, key: str) -> bool:
        """Whether a file is stored under the key. Raises BadKey, StoreDown."""
        place = place_of(key)
        if self._waiting is not None:
            if await self._waiting.has(place):
                return True
            if await self._waiting.is_removed(place):
                return False

        async def look(store: Store) -> bool:
            if await store.exists(store.path(place)):
                return True
            old = store.old_path(key)
            return old is not None and await store.exists(old)

        return await self._reach(look)

    async def delete(self, key: str, *, hold_is_over: bool = False) -> None:
        """Removes a file; nothing happens when there is none. Raises BadKey, and Kept for an issued document's.

        ``hold_is_over`` is said by ``services.documents.hold`` alone.
        """
        place = place_of(key)
        if is_issued(key) and not hold_is_over:
            raise Kept(key)

        async def remove(store: Store) -> None:
            await store.remove(store.path(place))
            if old := store.old_path(key):
                await store.remove(old)

        try:
            await self._reach(remove)
        except StoreDown:
            if self._waiting is None:
                raise
            await self._waiting.remove(place, in_store=True)
            return
        if self._waiting is not None:
            await self._waiting.remove(place, in_store=False)

    async def link(self, key: str, filename: str, lifetime: timedelta, *, inline: bool = False) -> str | None:
        """A URL signed by the store itself (R134); None when it signs none, or the file is not in it (yet)."""
        place = place_of(key)
        if self._waiting is not None and await self._waiting.has(place):
            return None

        async def sign(store: Store) -> str | None:
            if isinstance(store, Folder) or not await store.exists(store.path(place)):
                return None
            try:
                return await store.link(store.path(place), filename, lifetime, inline=inline)
            except Exception as error:  # credentials that may read but not sign: our own link serves as well
                log.warning("storage.not_signed", store=self.url, error=f"{type(error).__name__}: {error}"[:300])
                return None

        try:
            return await self._reach(sign)
        except StoreDown:
            return None

    async def files(self, organization_id: UUID, folder: str) -> list[Entry]:
        """What an organization has in one folder of its own ("attachments"), each ``path`` as a key. Raises StoreDown."""
        place = Place(tenant_hash(organization_id), checked_key(folder))

        async def look(store: Store) -> list[Entry]:
            prefix = store.path(place)
            return [
                Entry(f"org/{organization_id}/{folder}{entry.path.removeprefix(prefix)}", entry.size, entry.modified)
                for entry in await store.listing(prefix)
            ]

        return await self._reach(look)

    async def places(self, tenants: Iterable[UUID]) -> list[Place]:
        """Where every file is that a reader finds, waiting ones included, for a backup. ``tenants`` have their buckets.

        Raises StoreDown.
        """
        prefixes = [Place(tenant_hash(tenant), "") for tenant in tenants]
        found = await self._reach(lambda store: store.places([*prefixes, Place(SHARED, "")]), patience=LISTING_SECONDS)
        if self._waiting is None:
            return found
        everywhere = dict.fromkeys([*found, *await self._waiting.places()])
        return [place for place in everywhere if not await self._waiting.is_gone(place)]

    async def read_place(self, place: Place) -> Stored:
        """Reads a file by its place, its checksum compared. Raises NotStored, Corrupt, StoreDown."""
        if self._waiting is not None and (waiting := await self._waiting.read(place)) is not None:
            return waiting.checked(place.path)
        try:
            return await self._reach(lambda store: _read_checked(store, store.path(place)))
        except FileNotFoundError as missing:
            raise NotStored(place.path) from missing

    async def write_place(self, place: Place, file: Stored) -> None:
        """Writes a file to its place and reads it back. Raises Corrupt, StoreDown, or the folder's own OSError."""

        async def write(store: Store) -> None:
            await store.write(store.path(place), file)
            (await store.read(store.path(place))).checked(place.path)

        await self._reach(write, missing_is_trouble=True)

    async def answers(self) -> bool:
        """Whether the store answers right now, however long ago it failed."""
        self._rests_until = 0.0
        try:
            await self.exists("doctor/probe.txt")
        except OSError:
            return False
        return True

    async def backlog(self) -> Backlog:
        """The files that wait on this machine for the store."""
        return await self._waiting.backlog() if self._waiting is not None else Backlog()

    async def move_back(self) -> int:
        """Brings waiting files into the store; how many. Ends quietly as soon as the store fails again."""
        moved = 0
        if self._waiting is None:
            return moved
        for place in await self._waiting.places():
            try:
                moved += await self._reach(partial(self._hand_over, place), missing_is_trouble=True)
            except StoreDown:
                break
            except Corrupt:  # damaged while it waited: it stays for somebody to look at, the others go
                log.error("storage.damaged", store=self.url, place=place.path)
        return moved

    async def rename_old(self) -> int:
        """Brings files from before tenants were hashed to their place of today; how many. Raises StoreDown."""
        renamed = 0
        store = await self._store()
        for entry in await self._reach(lambda store: store.listing(store.old_path("org") or "")):
            root = (store.old_path("org") or "").removesuffix("org")
            key = entry.path.removeprefix(root)
            await self._reach(partial(_to_its_place, key, entry.path))
            renamed += 1
        return renamed

    async def _hand_over(self, place: Place, store: Store) -> bool:
        assert self._waiting is not None
        return await self._waiting.hand_over(place, store)

    async def _read(self, store: Store, place: Place, key: str) -> Stored:
        try:
            return await _read_checked(store, store.path(place))
        except FileNotFoundError:
            old = store.old_path(key)
            if old is None:
                raise
            return await store.read(old)

    async def _store(self) -> Store:
        if self._opened is None:  # in a thread: credentials may be asked for on the way
            self._opened = await asyncio.to_thread(store_at, self.url, self._options)
        return self._opened

    async def _reach(
        self,
        work: Callable[[Store], Awaitable[_Result]],
        *,
        missing_is_trouble: bool = False,
        patience: float | None = None,
    ) -> _Result:
        """Works with the store. A folder's errors are its own; those of an object store become StoreDown."""
        if self._clock() < self._rests_until:
            raise StoreDown(self.url)
        try:
            store = await self._store()  # outside the timeout: the first time its package is loaded
            async with asyncio.timeout(patience or self._patience):
                result = await work(store)
        except (Corrupt, ImportError):
            raise
        except Exception as error:
            if isinstance(self._opened, Folder) or (isinstance(error, FileNotFoundError) and not missing_is_trouble):
                raise
            if not self.is_down:
                log.error("storage.down", store=self.url, error=f"{type(error).__name__}: {error}"[:300])
            self.is_down, self._rests_until = True, self._clock() + REST_SECONDS
            raise StoreDown(f"{self.url}: {error}") from error
        if self.is_down:
            log.info("storage.back", store=self.url)
        self.is_down = False
        return result


async def _read_checked(store: Store, path: str) -> Stored:
    """Reads a file once more when its checksum differs: it may have been replaced between its note and its bytes."""
    try:
        return (await store.read(path)).checked(path)
    except Corrupt:
        return (await store.read(path)).checked(path)


async def _to_its_place(key: str, path: str, store: Store) -> None:
    file = await store.read(path)
    target = store.path(place_of(key))
    if not await store.exists(target):
        await store.write(target, Stored(file.content, file.content_type, sha256_of(file.content)))
        await _read_checked(store, target)
    await store.remove(path)


@cache
def storage() -> Storage:
    """The storage of this process: ``STORAGE_URL``, else the folder ``files`` of the product's home."""
    configured = settings()
    if configured.storage_url is None:
        return Storage(str(configured.home.absolute() / "files"))
    waiting = waiting_folder(configured)
    return Storage(configured.storage_url, waiting=waiting, options=configured.storage_options)


def waiting_folder(configured: Settings) -> Path:
    """Where the files of this machine wait while the object store is down."""
    return configured.storage_waiting_folder or configured.home.absolute() / "files-waiting"
