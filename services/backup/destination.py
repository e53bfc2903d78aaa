"""Where backups lie: a folder or a bucket. A backup has its name only once it is whole."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from services.backup.schemas import BackupError
from services.storage.object_stores import store_at
from services.storage.stores import Bucket

ENDING = ".age"
_NAME = re.compile(r"usta-\d{8}T\d{6}Z\.age")


def name_at(moment: datetime) -> str:
    """``usta-20261128T031500Z.age``: names sort by time."""
    return f"usta-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}{ENDING}"


@dataclass(frozen=True)
class Destination:
    """A folder and the name of one backup in it. ``bucket`` None: a folder of this machine."""

    folder: str
    name: str
    bucket: Bucket | None = None

    @classmethod
    def at(cls, where: str, options: dict[str, Any], moment: datetime | None = None) -> Destination:
        """``where`` names a backup when it ends with ``.age``, else the folder for one of ``moment``."""
        folder, _, name = where.rpartition("/") if where.endswith(ENDING) else (where.rstrip("/"), "", "")
        if not name:
            if moment is None:
                raise BackupError(f"{where} is not the name of a backup: they end with {ENDING}.")
            name = name_at(moment)
        store = store_at(folder or ".", options)
        if isinstance(store, Bucket):
            return cls(store.root, name, store)
        return cls(folder.removeprefix("file://") or ".", name)

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"

    @contextmanager
    def writing(self) -> Iterator[BinaryIO]:
        """A file that gets its name when the block ends without an error, and leaves nothing otherwise."""
        with self._upload() if self.bucket else self._new_file() as target:
            yield target

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The backup's bytes. Raises ``BackupError`` when there is none of this name."""
        try:
            with self.bucket.files.open(self.path, "rb") if self.bucket else open(self.path, "rb") as source:
                yield cast(BinaryIO, source)
        except FileNotFoundError as error:
            raise BackupError(f"There is no {self.path}.") from error

    def size(self) -> int:
        """Bytes of the backup."""
        return int(self.bucket.files.size(self.path) if self.bucket else os.path.getsize(self.path))

    def backups(self) -> list[str]:
        """Names of the backups in the folder, oldest first; other files are not ours."""
        if self.bucket:
            found = [path.rpartition("/")[2] for path in self.bucket.files.ls(self.folder, detail=False)]
        else:
            found = [path.name for path in Path(self.folder).iterdir()]
        return sorted(name for name in found if _NAME.fullmatch(name))

    def keep(self, count: int) -> list[str]:
        """Removes all but the newest ``count`` backups of the folder; the names of those that went."""
        gone = self.backups()[:-count] if count else []
        for name in gone:
            path = f"{self.folder}/{name}"
            if self.bucket:
                self.bucket.files.rm(path)
            else:
                os.unlink(path)
        return gone

    @contextmanager
    def _new_file(self) -> Iterator[BinaryIO]:
        os.makedirs(self.folder, exist_ok=True)
        partial = f"{self.folder}/.{self.name}.part"
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                yield target
                target.flush()
                os.fsync(target.fileno())
            os.replace(partial, self.path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(partial)
            raise

    @contextmanager
    def _upload(self) -> Iterator[BinaryIO]:
        assert self.bucket is not None
        target = self.bucket.files.open(self.path, "wb", autocommit=False)
        try:
            yield cast(BinaryIO, target)
            target.close()
            target.commit()
        except BaseException:
            with suppress(Exception):  # what broke off is told, not that the store could not be tidied
                target.discard()
            target.closed = True  # else it would be closed, and so begun anew, when it is forgotten
            raise
