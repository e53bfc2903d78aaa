"""One suite for every store: a folder, S3, Google Cloud Storage, a bucket per tenant, and a folder while S3 is down."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from services.privacy.data_classes import folders
from services.storage import jobs
from services.storage.keys import place_of, tenant_hash
from services.storage.service import BadKey, Corrupt, Kept, NotStored, Storage
from services.storage.stores import Bucket, Stored
from tests.integration.storage.stores import Server, storage_on

KINDS = ("folder", "s3", "google", "s3 per tenant", "google per tenant", "waiting")
ORGANIZATION = UUID(int=7)


@pytest.fixture(params=KINDS)
async def files(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    kind: str = request.param
    if kind == "folder":
        yield storage_on(None, str(tmp_path / "files"))
        return
    if kind == "waiting":  # nothing listens there: everything is kept in the waiting folder
        nobody = Server(
            "s3", {"key": "k", "secret": "s", "endpoint_url": "http://127.0.0.1:9"}, lambda: None, lambda: None
        )
        yield storage_on(nobody, "bucket/usta", tmp_path / "waiting")
        return
    server: Server = request.getfixturevalue(kind.split(maxsplit=1)[0])
    name = f"usta-{uuid4().hex[:12]}"
    if kind.endswith("per tenant"):
        yield storage_on(server, f"{name}-{{tenant}}/files", tmp_path / "waiting")
        return
    store = storage_on(server, f"{name}/usta", tmp_path / "waiting")
    await make_bucket(store, name)
    yield store


async def make_bucket(files: Storage, name: str) -> None:
    store = await files._store()
    assert isinstance(store, Bucket)
    await store._there(store._make_bucket(name))


def key(name: str) -> str:
    return f"org/{ORGANIZATION}/attachments/{name}"


async def test_a_file_is_written_replaced_read_and_removed(files: Storage) -> None:
    await files.put(key("x.pdf"), b"one")
    await files.put(key("x.pdf"), b"two")
    assert await files.exists(key("x.pdf"))
    assert await files.get(key("x.pdf")) == b"two"
    await files.delete(key("x.pdf"))
    await files.delete(key("x.pdf"))
    assert not await files.exists(key("x.pdf"))
    with pytest.raises(NotStored):
        await files.get(key("x.pdf"))
    await files.put(key("x.pdf"), b"three")
    assert await files.get(key("x.pdf")) == b"three", "a file that was removed may be written again"


async def test_media_type_and_checksum_are_kept(files: Storage) -> None:
    await files.put(key("a.jpg"), b"\xff\xd8\xff")
    await files.put(key("note"), b"OggS", "audio/ogg")
    image, note = await files.read(key("a.jpg")), await files.read(key("note"))
    assert (image.content_type, note.content_type) == ("image/jpeg", "audio/ogg")
    assert image.sha256 == hashlib.sha256(b"\xff\xd8\xff").hexdigest()


async def test_every_operation_refuses_a_bad_key(files: Storage) -> None:
    for operation in (files.get, files.exists, files.delete):
        with pytest.raises(BadKey):
            await operation("../outside")
    with pytest.raises(BadKey):
        await files.put("org/a/../../outside", b"")


async def test_the_file_of_an_issued_document_is_never_removed(files: Storage) -> None:
    issued = f"org/{ORGANIZATION}/invoices/2026/FACT-2026-0001.pdf"
    await files.put(issued, b"%PDF")
    with pytest.raises(Kept):
        await files.delete(issued)
    assert await files.get(issued) == b"%PDF"


async def test_large_and_empty_files(files: Storage) -> None:
    large = bytes(range(256)) * 4096 * 4
    await files.put(key("large.bin"), large)
    await files.put(key("empty.bin"), b"")
    assert await files.get(key("large.bin")) == large
    assert await files.get(key("empty.bin")) == b""


# What a store does that has the file; while it is down there is no listing and no damage to find.
REAL = pytest.mark.parametrize("files", [kind for kind in KINDS if kind != "waiting"], indirect=True)


@REAL
async def test_two_tenants_never_meet(files: Storage) -> None:
    other = uuid4()
    await files.put(key("x.pdf"), b"mine")
    await files.put(f"org/{other}/attachments/x.pdf", b"theirs")
    store = await files._store()
    mine = store.path(place_of(key("x.pdf")))
    assert tenant_hash(ORGANIZATION) in mine
    assert str(ORGANIZATION) not in mine
    assert [entry.path for entry in await files.files(ORGANIZATION, "attachments")] == [key("x.pdf")]
    assert await files.files(uuid4(), "attachments") == []


@REAL
async def test_a_file_that_was_damaged_is_not_given_out(files: Storage) -> None:
    await files.put(key("x.pdf"), b"right")
    store = await files._store()
    path = store.path(place_of(key("x.pdf")))
    if isinstance(store, Bucket):
        await store.write(path, replace(await store.read(path), content=b"wrong"))
    else:
        Path(path).write_bytes(b"wrong")
    with pytest.raises(Corrupt):
        await files.get(key("x.pdf"))


@REAL
async def test_old_media_go_and_everything_else_stays(files: Storage) -> None:
    await files.put(key("seen.jpg"), b"photo")
    await files.put(f"org/{ORGANIZATION}/photos/site.jpg", b"photo")
    await files.put(f"org/{ORGANIZATION}/invoices/2026/FACT-2026-0001.pdf", b"%PDF")
    now, keep = datetime.now(UTC), folders({})
    assert await jobs.clean(files, [ORGANIZATION], now + timedelta(days=6), keep) == 0
    assert await jobs.clean(files, [ORGANIZATION], now + timedelta(days=8), keep) == 1
    assert not await files.exists(key("seen.jpg"))
    assert await jobs.clean(files, [ORGANIZATION], now + timedelta(days=4000), keep) == 1
    assert await files.get(f"org/{ORGANIZATION}/invoices/2026/FACT-2026-0001.pdf") == b"%PDF"


@pytest.mark.parametrize("files", ["folder", "s3", "google"], indirect=True)
async def test_files_at_their_place_of_before_are_found_and_moved(files: Storage) -> None:
    old = f"org/{ORGANIZATION}/quotes/2025/DEVIS-2025-0001.pdf"
    store = await files._store()
    path = store.old_path(old)
    assert path is not None
    await store.write(path, Stored(b"%PDF old", "application/pdf"))
    assert await files.exists(old)
    assert await files.get(old) == b"%PDF old"
    assert await files.rename_old() == 1
    assert not await store.exists(path)
    assert await files.get(old) == b"%PDF old"
    assert await files.rename_old() == 0


async def test_a_link_of_s3_opens_the_file_without_credentials(s3: Server, tmp_path: Path) -> None:
    files = storage_on(s3, f"usta-{uuid4().hex[:12]}-{{tenant}}", tmp_path / "waiting")
    assert await files.link(key("x.pdf"), "Devis été.pdf", timedelta(hours=24)) is None
    await files.put(key("x.pdf"), b"%PDF")
    url = await files.link(key("x.pdf"), "Devis été.pdf", timedelta(hours=24))
    assert url is not None
    assert "X-Amz-Expires=86400" in url
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.content == b"%PDF"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Devis%20%C3%A9t%C3%A9.pdf"


async def test_a_link_of_google_is_signed_with_the_service_account(google: Server, tmp_path: Path) -> None:
    server = replace(google, options={**google.options})
    files = storage_on(server, f"usta-{uuid4().hex[:12]}-{{tenant}}", tmp_path / "waiting")
    await files.put(key("x.pdf"), b"%PDF")
    store = await files._store()
    assert isinstance(store, Bucket)
    store.files.credentials.credentials = service_account()
    url = await files.link(key("x.pdf"), "x.pdf", timedelta(hours=24), inline=True)
    assert url is not None
    parameters = httpx.URL(url).params
    assert parameters["X-Goog-Expires"] == "86400"
    assert parameters["X-Goog-Credential"].startswith("usta@example.iam.gserviceaccount.com/")
    assert parameters["response-content-disposition"] == "inline; filename*=UTF-8''x.pdf"
    assert url.startswith(google.options["endpoint_url"])


def service_account() -> object:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.oauth2.service_account import Credentials

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = Credentials.from_service_account_info(
        {
            "client_email": "usta@example.iam.gserviceaccount.com",
            "private_key": private.decode(),
            "token_uri": "http://127.0.0.1:9/token",
        }
    )
    account.token = "taken for good by the emulator"
    return account
