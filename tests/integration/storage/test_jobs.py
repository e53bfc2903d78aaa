"""The jobs of storage on a folder: a full disk is relieved and an admin told; nothing else is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psycopg
import pytest

from db.models import Organization
from db.session import Database
from services.storage import jobs
from services.storage.service import Storage

DAYS = 86_400


@pytest.mark.parametrize(("share", "relieved"), [(0.5, False), (0.95, True)])
async def test_a_full_disk_is_relieved(
    database: Database,
    database_url: str,
    organization: Organization,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
    relieved: bool,
) -> None:
    files = Storage(str(tmp_path))
    root = f"org/{organization.id}"
    keys = [f"{root}/attachments/old.jpg", f"{root}/photos/old.jpg", f"{root}/invoices/2026/old.pdf"]
    for key in keys:
        await files.put(key, b"x")
    for path in tmp_path.rglob("old.*"):
        os.utime(path, (time.time() - 2 * DAYS,) * 2)
    await files.put(f"{root}/attachments/new.jpg", b"x")
    monkeypatch.setattr(jobs, "storage", lambda: files)
    monkeypatch.setattr(jobs, "disk_share", lambda folder: share)
    await jobs.relieve_disk.func(timestamp=0)
    assert await files.exists(keys[0]) is not relieved
    assert await files.exists(keys[1]) and await files.exists(keys[2])
    assert await files.exists(f"{root}/attachments/new.jpg")
    with psycopg.connect(database_url) as connection:
        query = "select count(*) from system_logs where event = 'storage.disk_full' and type = 'error'"
        assert connection.execute(query).fetchone() == (int(relieved),)


async def test_a_folder_is_not_watched(tmp_path: Path) -> None:
    files = Storage(str(tmp_path))
    assert not files.may_be_down
    await jobs.watch(files)
    assert await files.move_back() == 0
    assert not await files.backlog()
