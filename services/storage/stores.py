"""One store: a folder, a bucket of S3 or of Google Cloud Storage, each through fsspec and with the same five verbs."""

from __future__ import annotations

import asyncio
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from fsspec.implementations.local import LocalFileSystem

from services.storage.keys import Place, content_type_of

_Result = TypeVar("_Result")
TENANT = "{tenant}"
"""Stands in a store's URL for the hash of the tenant: ``s3://usta-{tenant}`` is one bucket per organization (R137)."""


class Corrupt(OSError):
    """The bytes that were read are not those that were written: their SHA-256 differs."""


@dataclass(frozen=True)
class Stored:
    """A file with its media type; ``sha256`` is of its bytes when they were written, None for a file of before."""

    content: bytes
    content_type: str
    sha256: str | None = None

    def checked(self, path: str) -> Stored:
        """The file itself. Raises Corrupt."""
        if self.sha256 is not None and self.sha256 != sha256_of(self.content):
            raise Corrupt(path)
        return self


@dataclass(frozen=True)
class Entry:
    """One line of a listing: path inside the store, size in bytes, time of the last write."""

    path: str
    size: int
    modified: datetime


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Store(ABC):
    """Files by path. A missing file is a FileNotFoundError in every store; anything else is a store in trouble."""

    @abstractmethod
    async def write(self, path: str, file: Stored) -> None:
        """Writes a file, whole or not at all; an existing one is replaced."""

    @abstractmethod
    async def read(self, path: str) -> Stored:
        """Reads a file; its checksum is not yet compared. Raises FileNotFoundError."""

    @abstractmethod
    async def exists(self, path: str) -> bool:
        """Whether there is a file (not a folder) at the path."""

    @abstractmethod
    async def remove(self, path: str) -> None:
        """Removes a file; nothing happens when there is none."""

    @abstractmethod
    async def listing(self, prefix: str) -> list[Entry]:
        """Every file below a folder; empty when there is no such folder."""

    @abstractmethod
    async def places(self, prefixes: Sequence[Place]) -> list[Place]:
        """Where every file of the store is; ``prefixes`` name the tenants, whose buckets no listing tells."""

    @abstractmethod
    def path(self, place: Place) -> str:
        """The path of a place."""

    @abstractmethod
    def old_path(self, key: str) -> str | None:
        """The path where a key was kept before tenants were hashed; None in a store that never did so."""

    async def link(self, path: str, filename: str, lifetime: timedelta, *, inline: bool) -> str | None:
        """A URL that reads the file for a while without any credentials; None when the store makes none itself."""
        return None


class Folder(Store):
    """A local folder. Media type and checksum lie beside each file, in ``.<name>.about``."""

    def __init__(self, root: str) -> None:
        self._files, self.root = LocalFileSystem(), root.rstrip("/")

    def path(self, place: Place) -> str:
        return f"{self.root}/{place.path}"

    def old_path(self, key: str) -> str | None:
        return f"{self.root}/{key}"

    async def write(self, path: str, file: Stored) -> None:
        await asyncio.to_thread(self._write, path, file)

    async def read(self, path: str) -> Stored:
        return await asyncio.to_thread(self._read, path)

    async def exists(self, path: str) -> bool:
        return bool(await asyncio.to_thread(self._files.isfile, path))

    async def remove(self, path: str) -> None:
        await asyncio.to_thread(self._remove, path)

    async def listing(self, prefix: str) -> list[Entry]:
        return await asyncio.to_thread(self._listing, prefix)

    async def places(self, prefixes: Sequence[Place]) -> list[Place]:
        return _places_in(self.root, await self.listing(self.root))

    def _write(self, path: str, file: Stored) -> None:
        # Written beside its place, then renamed: a reader or a crash never sees half a file. The note goes first and
        # comes last, so that a crash in between leaves a file without a note, never one with the note of another.
        folder, note = path.rsplit("/", 1)[0], _note_of(path)
        self._files.makedirs(folder, exist_ok=True)
        about = json.dumps({"sha256": file.sha256 or sha256_of(file.content), "content_type": file.content_type})
        with suppress(FileNotFoundError):
            self._files.rm_file(note)
        self._replace(path, file.content)
        self._replace(note, about.encode())

    def _replace(self, path: str, content: bytes) -> None:
        folder, name = path.rsplit("/", 1)
        partial = f"{folder}/.{name.lstrip('.')}.{uuid4().hex}.part"
        try:
            self._files.pipe_file(partial, content)
            self._files.mv(partial, path)
        except BaseException:
            with suppress(OSError):
                self._files.rm_file(partial)
            raise

    def _read(self, path: str) -> Stored:
        try:
            about = json.loads(self._files.cat_file(_note_of(path)))
        except FileNotFoundError:
            about = {}
        try:
            content: bytes = self._files.cat_file(path)
        except (IsADirectoryError, NotADirectoryError) as folder:
            raise FileNotFoundError(path) from folder
        return Stored(content, about.get("content_type") or content_type_of(path), about.get("sha256"))

    def _remove(self, path: str) -> None:
        for each in (_note_of(path), path):
            with suppress(FileNotFoundError, NotADirectoryError):
                self._files.rm_file(each)

    def _listing(self, prefix: str) -> list[Entry]:
        found = self._files.find(prefix, detail=True)
        return [
            Entry(path, info["size"], datetime.fromtimestamp(info["mtime"], UTC))
            for path, info in found.items()
            if not path.rsplit("/", 1)[-1].startswith(".")
        ]


class Bucket(Store):
    """An object store. Its coroutines run on fsspec's own loop and thread, never on ours: a client belongs to the loop
    it was made on, and ours may be another one tomorrow (s3fs #842, #1012). Listings are not cached (s3fs #851)."""

    def __init__(self, files: Any, root: str) -> None:
        """``root`` is the bucket and a folder in it, ``bucket/usta``; ``{tenant}`` in it makes a bucket per tenant."""
        self.files, self.root = files, root.strip("/")

    @property
    def per_tenant(self) -> bool:
        return TENANT in self.root

    def path(self, place: Place) -> str:
        if self.per_tenant:
            return f"{self.root.replace(TENANT, place.tenant)}/{place.rest}"
        return f"{self.root}/{place.path}"

    def old_path(self, key: str) -> str | None:
        return None if self.per_tenant else f"{self.root}/{key}"

    async def write(self, path: str, file: Stored) -> None:
        try:
            await self._there(self._put(path, file))
        except FileNotFoundError:  # the bucket is made for its first file
            if not self.per_tenant:
                raise
            with suppress(Exception):  # somebody else made it meanwhile; whatever else it is, the next line tells
                await self._there(self._make_bucket(path.split("/", 1)[0]))
            await self._there(self._put(path, file))

    async def exists(self, path: str) -> bool:
        try:  # not fsspec's isfile: that one says "no" when the store does not answer
            info = await self._there(self.files._info(path))
        except FileNotFoundError:
            return False
        return bool(info["type"] == "file")

    async def remove(self, path: str) -> None:
        with suppress(FileNotFoundError):
            await self._there(self.files._rm_file(path))

    async def listing(self, prefix: str) -> list[Entry]:
        try:
            found = await self._there(self.files._find(prefix, detail=True))
        except FileNotFoundError:  # no bucket yet
            return []
        return [Entry(path, info["size"], self._modified(info)) for path, info in found.items()]

    async def places(self, prefixes: Sequence[Place]) -> list[Place]:
        if not self.per_tenant:
            return _places_in(self.root, await self.listing(self.root))
        found = []
        for prefix in prefixes:
            root = self.path(prefix)
            entries = await self.listing(root)
            found += [Place(prefix.tenant, entry.path.removeprefix(root).lstrip("/")) for entry in entries]
        return found

    @abstractmethod
    def _put(self, path: str, file: Stored) -> Coroutine[Any, Any, Any]: ...

    @abstractmethod
    def _make_bucket(self, bucket: str) -> Coroutine[Any, Any, Any]: ...

    @abstractmethod
    def _modified(self, info: dict[str, Any]) -> datetime: ...

    async def _there(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Awaits work that runs on the file system's loop; being cancelled here cancels it there."""
        waiting: Awaitable[_Result] = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.files.loop))
        return await waiting


def _note_of(path: str) -> str:
    folder, name = path.rsplit("/", 1)
    return f"{folder}/.{name}.about"


def _places_in(root: str, entries: Sequence[Entry]) -> list[Place]:
    """What lies in nobody's folder is not ours."""
    parts = [entry.path.removeprefix(f"{root}/").partition("/") for entry in entries]
    return [Place(tenant, rest) for tenant, _, rest in parts if rest]
