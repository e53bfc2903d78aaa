"""What a backup says about itself: the header at its beginning, the manifest at its end."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, Field

FORMAT = 1
"""Of the archive; raised when an older Usta could not read a newer one's."""


class BackupError(RuntimeError):
    """A backup cannot be made, read or restored; the message says why and what to do."""


class Header(BaseModel):
    """First entry: enough to refuse a restore before anything is read. Times are UTC."""

    format: int = FORMAT
    usta: str
    created_at: datetime
    revision: str
    server: int
    """Major version of the PostgreSQL that was dumped."""


class Part(BaseModel):
    """Bytes and SHA-256 of everything of one kind, in the order of the archive."""

    entries: int = 0
    size: int = 0
    sha256: str = ""


class Manifest(BaseModel):
    """Last entry. ``tables`` are rows per table, counted in the snapshot that was dumped."""

    header: Header
    tables: dict[str, int]
    database: Part
    secrets: Part
    files: Part
    damaged: list[str] = Field(default_factory=list)
    """Files that could not be read when the backup was made (their checksum was wrong): they are not in it."""
    missing: list[str] = Field(default_factory=list)
    """PDFs of issued documents that were not in the storage when the backup was made."""


class Tell(Protocol):
    """Progress: what is being done, and how many bytes of it are done."""

    def __call__(self, doing: str, size: int) -> None: ...


def quiet(doing: str, size: int) -> None:
    """Tells nobody."""
