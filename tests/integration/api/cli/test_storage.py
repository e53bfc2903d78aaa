"""``usta storage``: what is kept where, said in one line."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from services.storage import service


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> service.Storage:
    files = service.Storage(str(tmp_path_factory.mktemp("store")))
    monkeypatch.setattr(service, "storage", lambda: files)
    return files


def test_the_commands_say_what_they_did(store: service.Storage) -> None:
    runner = CliRunner()
    status = runner.invoke(app, ["storage", "status"])
    assert status.exit_code == 0, status.output
    assert f"{store.url} answers" in status.output.replace("\n", "")
    assert "0 files moved" in runner.invoke(app, ["storage", "move-back"]).output
    assert "0 files renamed" in runner.invoke(app, ["storage", "rename-old"]).output
