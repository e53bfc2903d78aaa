"""`usta documents verify`: exit code and report."""

from __future__ import annotations

import json

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli.main import app
from db.settings import settings
from services.storage.service import storage


@pytest.fixture
def run(database_url, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("STORAGE_URL", str(tmp_path))
    settings.cache_clear()
    storage.cache_clear()
    yield lambda *arguments: CliRunner().invoke(app, ["documents", "verify", *arguments])
    settings.cache_clear()
    storage.cache_clear()


def company(database_url, name, *, last_invoice=None):
    with psycopg.connect(database_url, autocommit=True) as connection:
        (organization_id,) = connection.execute(
            "insert into organizations (id, name, slug) values (gen_random_uuid(), %s, %s) returning id", (name, name)
        ).fetchone()
        if last_invoice:
            connection.execute(
                "insert into document_counters (organization_id, series, year, last_number) values (%s, 'FACT', 2026, %s)",
                (organization_id, last_invoice),
            )


def test_it_holds_then_it_breaks(run, database_url):
    company(database_url, "honest")
    result = run("--organization", "honest")
    assert result.exit_code == 0 and "the chain holds" in result.output
    company(database_url, "gap", last_invoice=2)
    result = run("--json")
    found = {report["name"]: report["breaks"] for report in json.loads(result.stdout)}
    assert result.exit_code == 1 and found["honest"] == []
    assert [one["number"] for one in found["gap"]] == ["FACT-2026-0001", "FACT-2026-0002"]
    assert "first break: no event, FACT-2026-0001: number_missing" in run("--organization", "gap").output
    assert run("--organization", "nobody").exit_code == 1
