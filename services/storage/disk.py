"""How full a disk is."""

from __future__ import annotations

import shutil
from pathlib import Path


def disk_share(folder: Path) -> float:
    """The used share, 0 to 1, of the disk that a folder is on or will be on."""
    place = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
    usage = shutil.disk_usage(place)
    return usage.used / usage.total
