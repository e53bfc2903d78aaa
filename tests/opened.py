"""Rows as tests read them in SQL, with what is encrypted at rest open."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from sqlalchemy import Result

from db.encryption import keyring_of
from db.models.encrypted import opened
from db.session import Database
from db.settings import settings


def opened_rows(database: Database, result: Result[Any]) -> list[Any]:
    """All rows of ``result``, read by name or by place."""
    row = namedtuple("row", result.keys(), rename=True)  # type: ignore[misc]
    return [row(*(opened(database.keyring(), value) for value in each)) for each in result]


def opened_dicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that were read beside SQLAlchemy in this test run, whose processes share its keys."""
    keys = keyring_of(settings())
    return [{name: opened(keys, value) for name, value in row.items()} for row in rows]
