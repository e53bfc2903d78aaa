"""A secret file of this installation: made once, by whichever of its processes comes first."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def make_once(path: Path, content: Callable[[], str]) -> None:
    """Writes ``path`` for its owner alone (0600), whole or not at all; what lies there already stays."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
