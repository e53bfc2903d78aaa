"""Keys stay inside their place; a folder keeps files whole or not at all; links cannot be made or changed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from services.storage import links
from services.storage.keys import Place, place_of, tenant_hash
from services.storage.links import BadLink, Expired, Linked
from services.storage.service import BadKey, NotStored, Storage, checked_key, document_key

ORGANIZATION = UUID(int=7)
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def test_keys_of_documents() -> None:
    root = f"org/{ORGANIZATION}"
    assert document_key(ORGANIZATION, "quotes", 2026, "DEVIS-2026-0058") == f"{root}/quotes/2026/DEVIS-2026-0058.pdf"
    assert document_key(ORGANIZATION, "quotes", 2026, "DEVIS-2026-0058", 2).endswith("/DEVIS-2026-0058-v2.pdf")
    assert document_key(ORGANIZATION, "invoices", 2026, "FACT-2026-0001").startswith(f"{root}/invoices/2026/")


def test_places_hide_the_tenant() -> None:
    place = place_of(f"org/{ORGANIZATION}/quotes/2026/x.pdf")
    assert place == Place(tenant_hash(ORGANIZATION), "quotes/2026/x.pdf")
    assert str(ORGANIZATION) not in place.path
    assert place_of("doctor/probe.txt") == Place("shared", "doctor/probe.txt")
    assert place_of(f"org/{UUID(int=8)}/x").tenant != place.tenant


BAD_KEYS = (
    *("", "/etc/passwd", "../x", "org/../../x", "org//x", "org/./x", "org/x/", "org/.x", "a\\..\\b", "org/é"),
    *("x" * 600, "org/x\n", "org/x\x00y", "s3://bucket/x", "org/%2e%2e/x"),
)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_that_could_leave_their_place_are_refused(key: str) -> None:
    with pytest.raises(BadKey):
        checked_key(key)


async def test_a_failed_write_leaves_the_old_file_and_no_scrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Storage(str(tmp_path))
    await files.put("org/a/x.pdf", b"old")
    store = await files._store()

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store._files, "mv", fail)
    with pytest.raises(OSError, match="disk full"):
        await files.put("org/a/x.pdf", b"new")
    assert await files.get("org/a/x.pdf") == b"old"
    assert [path.name for path in (tmp_path / tenant_hash("a")).iterdir()] == ["x.pdf"]


async def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    files = Storage(str(tmp_path))
    await files.put("org/a/b/x.pdf", b"1")
    assert not await files.exists("org/a/b")
    with pytest.raises(NotStored):
        await files.get("org/a/b")


LINKED = Linked(f"org/{ORGANIZATION}/quotes/2026/x.pdf", "Devis n° 1.pdf", False, NOW + timedelta(hours=24))


def test_a_link_opens_what_it_was_made_for_and_only_for_a_day() -> None:
    token = links.sign(LINKED, b"secret")
    assert links.opened(token, b"secret", NOW + timedelta(hours=23, minutes=59)) == LINKED
    with pytest.raises(Expired):
        links.opened(token, b"secret", NOW + timedelta(hours=24))


def test_a_link_cannot_be_changed() -> None:
    token = links.sign(LINKED, b"secret")
    other = links.sign(replace(LINKED, key="org/other/quotes/2026/x.pdf"), b"another secret")
    payload, _, signature = token.partition(".")
    mixed = f"{other.partition('.')[0]}.{signature}"
    for wrong in (other, mixed, payload, f"{payload}.", f"{token}x", f".{signature}", "", "é.é", "x" * 5000):
        with pytest.raises(BadLink):
            links.opened(wrong, b"secret", NOW)


def test_a_signed_key_is_checked_again() -> None:
    with pytest.raises(BadLink):
        links.opened(links.sign(replace(LINKED, key="../../etc/passwd"), b"secret"), b"secret", NOW)
