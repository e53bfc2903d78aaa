"""`usta migrate`: up, down to nothing, up again, and models in step with migrations."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from api.cli.main import app
from db import revision
from db.settings import settings


@pytest.fixture
def empty_database_url(database_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    name = sql.Identifier("migrated_both_ways")
    with psycopg.connect(database_server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(name))
        url = database_server.replace("/postgres?", "/migrated_both_ways?")
        monkeypatch.setenv("DATABASE_URL", url)
        settings.cache_clear()
        yield url
        settings.cache_clear()
        connection.execute(sql.SQL("drop database {} with (force)").format(name))


def migrate(*options: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *options])


def test_up_down_up_and_check(empty_database_url: str) -> None:
    assert migrate("--check").exit_code == 1
    assert migrate().exit_code == 0
    assert revision.current(empty_database_url) == revision.head()
    assert migrate().exit_code == 0
    assert migrate("--down", "base", "--yes").exit_code == 0
    assert revision.current(empty_database_url) is None
    assert migrate().exit_code == 0
    checked = migrate("--check")
    assert checked.exit_code == 0, checked.output


def test_down_asks_first(empty_database_url: str) -> None:
    assert migrate().exit_code == 0
    assert migrate("--down", "base").exit_code == 1
    assert revision.current(empty_database_url) == revision.head()


def test_an_unreachable_database_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@127.0.0.1:9/usta")
    settings.cache_clear()
    answer = migrate()
    settings.cache_clear()
    assert answer.exit_code == 1
    assert "The database does not answer" in answer.output
    assert "Traceback" not in answer.output
