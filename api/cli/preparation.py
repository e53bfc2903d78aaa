"""A database ready for the demo: migrated and seeded, with next to nothing to do when it already is."""

from __future__ import annotations

import asyncio
import hashlib
from importlib.metadata import version
from pathlib import Path

from db import revision

_STAMP = "prepared"


def is_prepared(home: Path, url: str) -> bool:
    """True when this database was prepared by this version of the code and its libraries."""
    stamp = home / _STAMP
    return stamp.exists() and stamp.read_text() == _identity(url) and revision.current(url) == revision.head()


def prepare(home: Path, url: str) -> None:
    """Migrates and seeds, then remembers it in ``home``."""
    migrate_and_seed(url)
    (home / _STAMP).write_text(_identity(url))


def migrate_and_seed(url: str) -> None:
    """Brings the schema up and creates the demo company; both change nothing where they find it done."""
    from db.migrate import upgrade
    from db.session import Database
    from services.accounts.scene import seed_demo

    upgrade(url)

    async def _seed() -> None:
        database = Database(url, pool_size=2)
        try:
            await seed_demo(database)
        finally:
            await database.close()

    asyncio.run(_seed())


def _identity(url: str) -> str:
    libraries = (version("langgraph-checkpoint-postgres"), version("procrastinate"))
    return " ".join((hashlib.sha256(url.encode()).hexdigest()[:16], revision.head(), *libraries))
