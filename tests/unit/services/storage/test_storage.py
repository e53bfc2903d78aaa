"""Files are kept under tenant keys, whole or not at all, and never outside their root."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from services.storage.service import BadKey, NotStored, Storage, checked_key, document_key

ORGANIZATION = UUID(int=7)


def test_keys_of_documents() -> None:
    root = f"org/{ORGANIZATION}"
    assert document_key(ORGANIZATION, "quotes", 2026, "DEVIS-2026-0058") == f"{root}/quotes/2026/DEVIS-2026-0058.pdf"
    assert document_key(ORGANIZATION, "quotes", 2026, "DEVIS-2026-0058", 2).endswith("/DEVIS-2026-0058-v2.pdf")
    assert document_key(ORGANIZATION, "invoices", 2026, "FACT-2026-0001").startswith(f"{root}/invoices/2026/")


BAD_KEYS = (
    *("", "/etc/passwd", "../x", "org/../../x", "org//x", "org/./x", "org/x/", "org/.x", "a\\..\\b", "org/é"),
    *("x" * 600, "org/x\n", "org/x\x00y", "s3://bucket/x", "org/%2e%2e/x"),
)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_could_leave_their_place_are_refused(key: str) -> None:
    with pytest.raises(BadKey):
        checked_key(key)


@pytest.mark.parametrize("scheme", ["folder", "memory"])
async def test_put_get_exists_delete(scheme: str, tmp_path: Path) -> None:
    store = Storage(str(tmp_path / "files") if scheme == "folder" else "memory://usta-test")
    assert not await store.exists("org/a/x.pdf")
    await store.put("org/a/x.pdf", b"one")
    await store.put("org/a/x.pdf", b"two")
    assert await store.exists("org/a/x.pdf")
    assert await store.get("org/a/x.pdf") == b"two"
    await store.delete("org/a/x.pdf")
    await store.delete("org/a/x.pdf")
    assert not await store.exists("org/a/x.pdf")
    with pytest.raises(NotStored):
        await store.get("org/a/x.pdf")


async def test_every_operation_refuses_a_bad_key(tmp_path: Path) -> None:
    store = Storage(str(tmp_path))
    for operation in (store.get, store.exists, store.delete):
        with pytest.raises(BadKey):
            await operation("../outside")
    with pytest.raises(BadKey):
        await store.put("../outside", b"")
    assert not (tmp_path.parent / "outside").exists()


async def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Storage(str(tmp_path))
    await store.put("org/a/x.pdf", b"old")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store._files, "mv", fail)
    with pytest.raises(OSError, match="disk full"):
        await store.put("org/a/x.pdf", b"new")
    assert await store.get("org/a/x.pdf") == b"old"
    assert [path.name for path in (tmp_path / "org" / "a").iterdir()] == ["x.pdf"]


async def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    store = Storage(str(tmp_path))
    await store.put("org/a/x.pdf", b"1")
    assert not await store.exists("org/a")
    with pytest.raises(NotStored):
        await store.get("org/a")
