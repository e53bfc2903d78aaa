"""ZIP files written piece by piece: never more than one file or one batch of rows in memory, at most so large a part."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from uuid import UUID

MOST_BYTES = 64 * 2**20
"""A part is closed once it is larger: a part is stored and fetched in one piece."""
MOST_ROWS = 50_000
"""Rows of one JSON file; a kind with more goes on in the next (messages-2.json)."""


@dataclass
class _Open:
    """The JSON file that is being written."""

    name: str
    kind: str
    stream: IO[bytes]
    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> None:
        self.stream.write(content)
        self.digest.update(content)
        self.size += len(content)


class Archive:
    """Parts in a folder. ``files`` is the manifest so far: name, part, kind, rows, bytes, sha256 of each file."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.paths: list[Path] = []
        self.files: list[dict[str, Any]] = []
        self._folder, self._most = folder, most_bytes
        self._zip: zipfile.ZipFile | None = None
        self._json: _Open | None = None

    async def add_file(self, name: str, kind: str, content: bytes) -> None:
        """A file as it is."""
        await asyncio.to_thread(self._add_file, name, kind, content)

    async def add_rows(self, name: str, kind: str, rows: Sequence[dict[str, Any]]) -> None:
        """The next rows of a kind; rows of one kind come one after another, ``end_rows`` closes them."""
        await asyncio.to_thread(self._add_rows, name, kind, rows)

    async def end_rows(self) -> None:
        """Closes the JSON file under way."""
        await asyncio.to_thread(self._end_rows)

    async def close(self) -> None:
        """Closes the last part."""
        await asyncio.to_thread(self._close)

    def _part(self) -> zipfile.ZipFile:
        if self._zip is not None and self.paths[-1].stat().st_size > self._most:
            self._close()
        if self._zip is None:
            self.paths.append(self._folder / f"{len(self.paths) + 1}.zip")
            self._zip = zipfile.ZipFile(self.paths[-1], "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        return self._zip

    def _add_file(self, name: str, kind: str, content: bytes) -> None:
        self._part().writestr(name, content)
        self._note(name, kind, None, len(content), hashlib.sha256(content).hexdigest())

    def _add_rows(self, name: str, kind: str, rows: Sequence[dict[str, Any]]) -> None:
        for row in rows:
            if self._json is not None and self._json.rows >= MOST_ROWS:
                self._end_rows()
            if self._json is None:
                number = sum(each["kind"] == kind for each in self.files) + 1
                full = f"{name}.json" if number == 1 else f"{name}-{number}.json"
                self._json = _Open(full, kind, self._part().open(full, "w", force_zip64=True))
            text = json.dumps(row, ensure_ascii=False, default=_plain, indent=1)
            self._json.write((",\n" if self._json.rows else "[\n").encode() + text.encode(errors="replace"))
            self._json.rows += 1

    def _end_rows(self) -> None:
        if self._json is None:
            return
        done, self._json = self._json, None
        done.write(b"\n]\n")
        done.stream.close()
        self._note(done.name, done.kind, done.rows, done.size, done.digest.hexdigest())

    def _note(self, name: str, kind: str, rows: int | None, size: int, sha256: str) -> None:
        self.files.append(
            {"name": name, "part": len(self.paths), "kind": kind, "rows": rows, "bytes": size, "sha256": sha256}
        )

    def _close(self) -> None:
        if self._zip is not None:
            self._zip.close()
            self._zip = None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
