"""The object store is killed and revived: nothing is lost in between, everything is moved back, an admin is told (R272)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from db.session import Database
from services.storage import jobs
from services.storage.service import Kept, NotStored, Storage, StoreDown
from tests.integration.storage.stores import Server, google_server, s3_server, storage_on

ORGANIZATION = UUID(int=7)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["s3", "google"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr("gcsfs.retry.is_retriable", lambda error: False)  # it would try for half a minute each time
    with s3_server() if request.param == "s3" else google_server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(server: Server, tmp_path: Path, clock: Clock) -> Storage:
    return storage_on(server, f"usta-{uuid4().hex[:12]}-{{tenant}}", tmp_path / "waiting", clock=clock)


def key(name: str) -> str:
    return f"org/{ORGANIZATION}/attachments/{name}"


async def test_nothing_is_lost_while_the_store_is_down(server: Server, files: Storage, clock: Clock) -> None:
    issued = f"org/{ORGANIZATION}/invoices/2026/FACT-2026-0002.pdf"
    for name in ("stays.jpg", "changes.jpg", "goes.jpg"):
        await files.put(key(name), b"before")
    server.kill()
    await files.put(key("new.jpg"), b"meanwhile", "image/jpeg")
    assert files.is_down
    await files.put(key("changes.jpg"), b"meanwhile")
    await files.put(issued, b"%PDF")
    await files.delete(key("goes.jpg"))
    with pytest.raises(StoreDown):
        await files.get(key("stays.jpg"))
    with pytest.raises(Kept):
        await files.delete(issued)
    assert await files.get(key("new.jpg")) == b"meanwhile"
    assert await files.get(key("changes.jpg")) == b"meanwhile"
    assert not await files.exists(key("goes.jpg"))
    assert (await files.backlog()).files == 3
    assert await files.move_back() == 0, "the store is still down"

    server.start()
    clock.now += 60
    assert await files.get(key("stays.jpg")) == b"before"
    assert await files.get(key("changes.jpg")) == b"meanwhile", "not the store's older version"
    with pytest.raises(NotStored):
        await files.get(key("goes.jpg"))
    assert await files.move_back() == 3
    assert not await files.backlog()
    alone = Storage(files.url, options=server.options)
    assert await alone.get(issued) == b"%PDF"
    assert await alone.get(key("changes.jpg")) == b"meanwhile"
    assert (await alone.read(key("new.jpg"))).content_type == "image/jpeg"
    assert not await alone.exists(key("goes.jpg"))


async def test_a_version_written_after_the_outage_is_not_overtaken(
    server: Server, files: Storage, clock: Clock
) -> None:
    server.kill()
    await files.put(key("x.jpg"), b"old")
    server.start()
    clock.now += 60
    await files.put(key("x.jpg"), b"new")
    await files.move_back()
    assert await Storage(files.url, options=server.options).get(key("x.jpg")) == b"new"


async def test_a_file_left_on_its_way_by_a_crash_arrives(
    server: Server, files: Storage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.kill()
    await files.put(key("x.jpg"), b"first")
    store = await files._store()

    async def dies(path: str, file: object) -> None:
        raise KeyboardInterrupt

    clock.now += 60
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "write", dies)
        await files.move_back()
    assert await files.get(key("x.jpg")) == b"first"
    await files.put(key("x.jpg"), b"second")
    assert await files.get(key("x.jpg")) == b"second"
    server.start()
    assert await files.move_back() == 1
    assert await Storage(files.url, options=server.options).get(key("x.jpg")) == b"second"
    assert not await files.backlog()


async def test_a_file_that_was_damaged_while_it_waited_holds_up_no_other(
    server: Server, files: Storage, clock: Clock, tmp_path: Path
) -> None:
    server.kill()
    await files.put(key("a.jpg"), b"right")
    await files.put(key("b.jpg"), b"right")
    (damaged,) = (tmp_path / "waiting" / "files").rglob("a.jpg")
    damaged.write_bytes(b"wrong")
    server.start()
    clock.now += 60
    assert await files.move_back() == 1
    assert await Storage(files.url, options=server.options).get(key("b.jpg")) == b"right"
    assert (await files.backlog()).files == 1


async def test_without_a_waiting_folder_a_failure_is_said(server: Server) -> None:
    files = storage_on(server, f"usta-{uuid4().hex[:12]}-{{tenant}}")
    server.kill()
    with pytest.raises(StoreDown):
        await files.put(key("x.jpg"), b"x")


async def test_an_admin_is_told(server: Server, files: Storage, database: Database, database_url: str) -> None:
    await jobs.watch(files)
    server.kill()
    await files.put(key("x.jpg"), b"x")
    await jobs.watch(files)
    await jobs.watch(files)
    server.start()
    await jobs.watch(files)
    await jobs.watch(files)
    assert not await files.backlog()
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select event, type from system_logs"
            " where event in ('storage.down', 'storage.back') and details ->> 'store' = %s order by created_at",
            (files.url,),
        ).fetchall()
    assert rows == [("storage.down", "error"), ("storage.back", "info")]
