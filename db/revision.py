"""Which schema revision a database is at, answered without loading Alembic, so that starting and /health stay cheap."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import psycopg

CURRENT_SQL = "select version_num from public.alembic_version"


@cache
def head() -> str:
    """The newest revision of ``db/migrations/versions``: files are named ``<revision>_<what>.py``, revisions count up."""
    return max(path.stem.partition("_")[0] for path in (Path(__file__).parent / "migrations/versions").glob("0*.py"))


def current(url: str) -> str | None:
    """The revision the database is at, None when it was never migrated. Raises ``psycopg.OperationalError``."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        try:
            row = connection.execute(CURRENT_SQL).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row else None
