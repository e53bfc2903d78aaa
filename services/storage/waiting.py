"""Files that wait in a local folder until the object store answers again (R272).

Three folders: ``files`` holds what was written meanwhile, ``moving`` what is on its way back, ``deleted`` the names of
what was removed. A file changes folder by a rename, so a second process never moves it too, and a version written
while its forerunner is on its way is not taken for it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.storage.keys import Place
from services.storage.stores import Folder, Store, Stored

_EMPTY = Stored(b"", "text/plain")


@dataclass(frozen=True)
class Backlog:
    """What waits: number of files, their bytes, number of removals."""

    files: int = 0
    size: int = 0
    removals: int = 0

    def __bool__(self) -> bool:
        return bool(self.files or self.removals)


class Waiting:
    """The waiting files of one machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files, self._moving, self._deleted = (Folder(str(root / name)) for name in ("files", "moving", "deleted"))

    async def write(self, place: Place, file: Stored) -> None:
        """Keeps a file for the store; it replaces an older one that waits, and takes back a removal."""
        await self._files.write(self._files.path(place), file)
        await self._deleted.remove(self._deleted.path(place))

    async def read(self, place: Place) -> Stored | None:
        """The file if it waits, the newest version."""
        for folder in (self._files, self._moving):
            with suppress(FileNotFoundError):
                return await folder.read(folder.path(place))
        return None

    async def has(self, place: Place) -> bool:
        """Whether a version of the file waits here or is on its way."""
        return await self._files.exists(self._files.path(place)) or await self._moving.exists(self._moving.path(place))

    async def is_removed(self, place: Place) -> bool:
        """Whether the file of the store was removed while the store was down."""
        return await self._deleted.exists(self._deleted.path(place))

    async def is_gone(self, place: Place) -> bool:
        """Whether the file was removed while the store was down, and not written again."""
        return await self.is_removed(place) and not await self.has(place)

    async def concerns(self, place: Place) -> bool:
        """Whether anything about this place has still to be done in the store."""
        return await self.has(place) or await self.is_removed(place)

    async def remove(self, place: Place, *, in_store: bool) -> None:
        """Forgets the file; with ``in_store`` also remembers that the store's own copy must go."""
        if in_store:
            await self._deleted.write(self._deleted.path(place), _EMPTY)
        for folder in (self._moving, self._files):
            await folder.remove(folder.path(place))

    async def backlog(self) -> Backlog:
        """What waits now."""
        if not await asyncio.to_thread(self._root.is_dir):
            return Backlog()
        entries = [entry for folder in (self._files, self._moving) for entry in await folder.listing(folder.root)]
        removals = await self._deleted.listing(self._deleted.root)
        return Backlog(len(entries), sum(entry.size for entry in entries), len(removals))

    async def places(self) -> list[Place]:
        """Everything that has to be done in the store, files first."""
        if not await asyncio.to_thread(self._root.is_dir):
            return []
        places: dict[Place, None] = {}
        for folder in (self._moving, self._files, self._deleted):
            for entry in await folder.listing(folder.root):
                tenant, _, rest = entry.path.removeprefix(f"{folder.root}/").partition("/")
                places[Place(tenant, rest)] = None
        return list(places)

    async def hand_over(self, place: Place, store: Store) -> bool:
        """Brings the waiting version of a file into the store, or removes the store's; True when a file was moved.

        Raises what the store raises; the file then stays where it is.
        """
        moved = False
        for _ in range(2):  # a version that was left on its way by a crash, then a newer one
            path = self._moving.path(place)
            if not await self._moving.exists(path) and not await self._take(place):
                break
            try:
                file = await self._moving.read(path)
            except FileNotFoundError:  # another process has just brought it
                break
            await store.write(store.path(place), file.checked(path))
            (await store.read(store.path(place))).checked(path)
            await self._moving.remove(path)
            moved = True
        if not moved and await self.is_removed(place):
            await store.remove(store.path(place))
            await self._deleted.remove(self._deleted.path(place))
        return moved

    async def _take(self, place: Place) -> bool:
        source, target = self._files.path(place), self._moving.path(place)
        return await asyncio.to_thread(_rename, source, target)


def _rename(source: str, target: str) -> bool:
    """The file with its note, from one folder to the other; False when another process was faster."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.rename(source, target)
    except FileNotFoundError:
        return False
    note = os.path.join(os.path.dirname(source), f".{os.path.basename(source)}.about")
    with suppress(FileNotFoundError):
        os.rename(note, os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.about"))
    return True
