"""Stores and reads files by key, on any file system that fsspec speaks (a folder, ``s3://``, ``gs://``)."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from functools import cache
from typing import Literal
from uuid import UUID, uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

from db.settings import settings

DocumentFolder = Literal["quotes", "invoices"]

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_KEY_LENGTH = 512
_ISSUED = re.compile(r"org/[^/]+/(?:quotes|invoices)/.+")


class BadKey(ValueError):
    """A key that could leave its place: not relative, or with an empty, dotted or exotic segment."""


class Kept(PermissionError):
    """The file of an issued document: it is kept for ten years (C. com. L123-22, legal.md 62)."""


class NotStored(LookupError):
    """There is no file under this key."""


def document_key(organization_id: UUID, folder: DocumentFolder, year: int, number: str, revision: int = 1) -> str:
    """Where the PDF of an issued document lives (R131, C24): ``org/…/quotes/2026/DEVIS-2026-0058-v2.pdf``.

    The first revision carries no suffix; every further one keeps the number and adds ``-vN`` (UX-49).
    """
    suffix = f"-v{revision}" if revision > 1 else ""
    return checked_key(f"org/{organization_id}/{folder}/{year}/{number}{suffix}.pdf")


def checked_key(key: str) -> str:
    """The key itself. Raises BadKey unless it is plain segments of letters, digits, ``.``, ``_`` and ``-``."""
    segments = key.split("/")
    if len(key) > _MAX_KEY_LENGTH or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise BadKey(key)
    return key


class Storage:
    """Files under one root. Calls run in a thread: they never hold the event loop."""

    def __init__(self, url: str) -> None:
        """``url`` is a local folder or an fsspec URL; its file system must be installed (``s3fs``, ``gcsfs``)."""
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")

    async def put(self, key: str, content: bytes) -> None:
        """Writes a file, whole or not at all; an existing one is replaced. Raises BadKey."""
        await asyncio.to_thread(self._put, self._path(key), content)

    async def get(self, key: str) -> bytes:
        """Reads a file. Raises NotStored, BadKey."""
        path = self._path(key)
        try:
            content: bytes = await asyncio.to_thread(self._files.cat_file, path)
        except (FileNotFoundError, IsADirectoryError) as missing:
            raise NotStored(key) from missing
        return content

    async def exists(self, key: str) -> bool:
        """Whether a file is stored under the key. Raises BadKey."""
        return bool(await asyncio.to_thread(self._files.isfile, self._path(key)))

    async def delete(self, key: str) -> None:
        """Removes a file; nothing happens when there is none. Raises BadKey, and Kept for an issued document's."""
        if _ISSUED.fullmatch(key):
            raise Kept(key)
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._files.rm_file, self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._root}/{checked_key(key)}"

    def _put(self, path: str, content: bytes) -> None:
        if not isinstance(self._files, LocalFileSystem):
            self._files.pipe_file(path, content)
            return
        # Written beside its place, then renamed: a reader or a crash never sees half a file.
        folder, name = path.rsplit("/", 1)
        partial = f"{folder}/.{name}.{uuid4().hex}.part"
        self._files.makedirs(folder, exist_ok=True)
        try:
            self._files.pipe_file(partial, content)
            self._files.mv(partial, path)
        except BaseException:
            with suppress(OSError):
                self._files.rm_file(partial)
            raise


@cache
def storage() -> Storage:
    """The storage of this process: ``STORAGE_URL``, else the folder ``files`` of the product's home."""
    configured = settings()
    return Storage(configured.storage_url or str((configured.home / "files").absolute()))
