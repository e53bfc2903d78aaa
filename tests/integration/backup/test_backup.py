"""R238: a backup brings everything back onto an empty machine, and nothing that is not whole passes for a backup."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pyrage
import pytest
from sqlalchemy import text

from api.app import create_app
from db.models import Outbox
from db.repositories import backup as repository
from db.session import Database
from db.settings import Settings
from services.backup import archive, service
from services.backup.destination import Destination
from services.backup.schemas import BackupError
from services.backup.service import Installation
from services.documents import rendering
from services.storage.keys import place_of
from services.storage.service import Storage
from tests.integration.documents.shop import Shop
from tests.integration.storage.stores import s3_server, storage_on

KEY = pyrage.x25519.Identity.generate()
NOW = datetime(2026, 11, 28, 2, 23, tzinfo=UTC)


async def render(shop: Any, document: Any, files: Storage) -> str:
    """Makes and keeps the PDF of an issued quote as its job does; its key."""
    row = await shop.row(document)
    await files.put(row["pdf_key"], await rendering.render(row["snapshot"]))
    await change(shop, "update quotes set pdf_status = 'ready' where id = :id", id=document.id)
    return str(row["pdf_key"])


async def change(shop: Any, statement: str, **values: Any) -> None:
    async with shop.session() as session:
        await session.execute(text(statement), values)


@pytest.fixture(scope="module", autouse=True)
def renderers() -> Iterator[None]:
    yield
    rendering.stop_pool()


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Installation:
    home = tmp_path / "home"
    home.mkdir()
    (home / "channel.secret").write_text("made once")
    return Installation(database_url, Storage(str(home / "files")), home)


def there(url: str, tmp_path: Path) -> Installation:
    return Installation(url, Storage(str(tmp_path / "restored" / "files")), tmp_path / "restored")


async def backed_up(here: Installation, tmp_path: Path, **options: Any) -> Destination:
    destination = Destination.at(str(tmp_path / "backups"), {}, options.pop("now", NOW))
    await service.create(here, destination, [KEY.to_public()], now=NOW, **options)
    return destination


async def rows_of(url: str) -> dict[str, int]:
    """Of every table but the one to which a restore itself adds: what became of messages that waited."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        counts = await repository.row_counts(connection)
    return {table: rows for table, rows in counts.items() if table != "public.delivery_statuses"}


async def test_everything_comes_back_on_an_empty_machine(
    shop: Any, here: Installation, fresh_server: str, tmp_path: Path
) -> None:
    first, second = await shop.quote(), await shop.quote()
    keys = [await render(shop, quote, here.files) for quote in (first, second)]
    before = {key: hashlib.sha256(await here.files.get(key)).hexdigest() for key in keys}
    waits = Outbox(
        organization_id=shop.id,
        account_id=shop.chat.account_id,
        chat_id=shop.chat.id,
        recipient="artisan",
        body="Bonjour",
    )
    async with shop.session() as session:
        session.add(waits)
    destination = await backed_up(here, tmp_path)
    rows = await rows_of(here.url)

    new = there(fresh_server, tmp_path)
    manifest = await service.restore(new, destination, [KEY])

    assert len(before) == 2
    assert {key: hashlib.sha256(await new.files.get(key)).hexdigest() for key in keys} == before
    assert await rows_of(new.url) == rows
    assert rows.items() <= manifest.tables.items()
    assert not manifest.missing and not manifest.damaged
    assert (new.home / "channel.secret").read_text() == "made once"
    database = Database(new.url)
    try:
        again = Shop(database, shop.organization, shop.chat)
        assert (await again.rows("select status from outbox where id = :id", id=waits.id))[0]["status"] == "sending"
        third = await again.quote()
        numbers = sorted(row["number"] for row in await again.rows("select number from quotes"))
        assert numbers == sorted([first.number, second.number, third.number])
        assert [int(number[-4:]) for number in numbers] == [1, 2, 3]
        async with database.tenant(uuid4()) as session:  # row-level security came along
            assert await session.scalar(text("select count(*) from quotes")) == 0
    finally:
        await database.close()
    settings = Settings(DATABASE_URL=new.url, USTA_HOME=new.home, UNIPILE_DSN="127.0.0.1:9", UNIPILE_API_KEY="k")  # type: ignore[call-arg]
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as client,
    ):
        assert (await client.get("/health")).status_code == 200


async def test_nothing_is_restored_over_what_is_there(
    here: Installation, organization: Any, tmp_path: Path, fresh_server: str
) -> None:
    destination = await backed_up(here, tmp_path)
    with pytest.raises(BackupError, match="not empty"):
        await service.restore(Installation(here.url, Storage(str(tmp_path / "e")), tmp_path / "e"), destination, [KEY])
    new = there(fresh_server, tmp_path)
    await new.files.put("org/x/attachments/1.pdf", b"somebody's")
    with pytest.raises(BackupError, match="not empty"):
        await service.restore(new, destination, [KEY])
    await new.files.delete("org/x/attachments/1.pdf")
    new.home.mkdir(exist_ok=True)
    (new.home / "files.key").write_text("another installation's")
    with pytest.raises(BackupError, match="keys of its own"):
        await service.restore(new, destination, [KEY])
    await service.restore(new, destination, [KEY], replace=True)
    await service.restore(new, destination, [KEY], replace=True)  # a database with everything in it is emptied first
    assert await rows_of(new.url) == await rows_of(here.url)


async def test_only_the_private_key_opens_it(here: Installation, tmp_path: Path) -> None:
    await here.files.put("org/x/attachments/1.txt", b"Chantier Dupont" * 100)
    destination = await backed_up(here, tmp_path)
    assert b"Chantier Dupont" not in Path(destination.path).read_bytes()
    with pytest.raises(BackupError, match="identity"):
        await service.verify(destination, [pyrage.x25519.Identity.generate()])
    assert (await service.verify(destination, [KEY])).files.entries == 1


async def test_what_is_cut_off_or_changed_is_found(here: Installation, tmp_path: Path) -> None:
    destination = await backed_up(here, tmp_path)
    whole = Path(destination.path).read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-1], whole[:-40] + b"0" + whole[-39:], whole[:100]):
        Path(destination.path).write_bytes(content)
        with pytest.raises(BackupError):
            await service.verify(destination, [KEY])


@pytest.mark.parametrize("spoil", ["a file", "the manifest", "a part"])
async def test_what_was_packed_wrong_is_found(here: Installation, tmp_path: Path, spoil: str) -> None:
    """Rightly encrypted, but not what it says it is."""
    await here.files.put("org/x/attachments/1.txt", b"one")
    destination = await backed_up(here, tmp_path)
    with destination.reading() as source:
        async with archive.reading(source, [KEY]) as entries:
            packed = [entry async for entry in entries]
    if spoil == "a file":
        packed = [
            archive.Entry(entry.name, b"two" if entry.name.startswith("files/") else entry.content, "", entry.sha256)
            for entry in packed
        ]
    packed = [entry for entry in packed if spoil != "the manifest" or entry.name != service.MANIFEST]
    packed = [entry for entry in packed if spoil != "a part" or not entry.name.startswith("secrets/")]
    with destination.writing() as target:
        async with archive.writing(target, [KEY.to_public()]) as writer:
            for entry in packed:
                await writer.add(entry)
    with pytest.raises(BackupError):
        await service.verify(destination, [KEY])


async def test_a_backup_that_breaks_off_leaves_nothing(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(here.files, "places", full)
    with pytest.raises(OSError, match="No space"):
        await backed_up(here, tmp_path)
    assert not list((tmp_path / "backups").iterdir())


async def test_a_damaged_file_costs_only_itself(shop: Any, here: Installation, tmp_path: Path) -> None:
    await here.files.put("org/x/attachments/1.txt", b"whole")
    await here.files.put("org/x/attachments/2.txt", b"rots")
    (tmp_path / "home" / "files" / place_of("org/x/attachments/2.txt").path).write_bytes(b"rotten")
    quote = await shop.quote()
    await change(shop, "update quotes set pdf_status = 'ready' where id = :id", id=quote.id)
    manifest = await service.verify(await backed_up(here, tmp_path), [KEY])
    assert manifest.files.entries == 1
    assert manifest.damaged == [place_of("org/x/attachments/2.txt").path]
    assert place_of((await shop.row(quote))["pdf_key"]).path in manifest.missing


async def test_a_backup_of_a_newer_usta_is_refused(here: Installation, tmp_path: Path, fresh_server: str) -> None:
    with psycopg.connect(here.url) as connection:
        current = connection.execute("select version_num from alembic_version").fetchone()
        connection.execute("update alembic_version set version_num = '9999'")
    try:
        destination = await backed_up(here, tmp_path)
    finally:
        with psycopg.connect(here.url) as connection:
            connection.execute("update alembic_version set version_num = %s", current)
    with pytest.raises(BackupError, match="revision 9999"):
        await service.restore(there(fresh_server, tmp_path), destination, [KEY])


async def test_only_the_newest_stay(here: Installation, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "notes.age").write_text("not ours")
    for day in range(3):
        await backed_up(here, tmp_path, now=NOW + timedelta(days=day), keep=2)
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == [
        "notes.age",
        "usta-20261129T022300Z.age",
        "usta-20261130T022300Z.age",
    ]


async def test_to_a_bucket_and_from_buckets_of_tenants(
    here: Installation, organization: Any, tmp_path: Path, fresh_server: str
) -> None:
    """Files of one bucket per tenant, the backup in another bucket; restored into a folder."""
    key = f"org/{organization.id}/attachments/1.txt"
    with s3_server() as server:
        source = Installation(here.url, storage_on(server, "usta-{tenant}"), here.home)
        await source.files.put(key, b"in a bucket")
        destination = Destination.at("s3://kept/backups", server.options, NOW)
        assert destination.bucket is not None
        destination.bucket.files.mkdir("kept")
        await service.create(source, destination, [KEY.to_public()], now=NOW, keep=3)
        assert destination.backups() == [destination.name]
        with pytest.raises(ZeroDivisionError), Destination.at("s3://kept/b/x.age", server.options).writing() as target:
            target.write(b"x" * 100)
            raise ZeroDivisionError
        assert not destination.bucket.files.exists("kept/b/x.age")
        new = there(fresh_server, tmp_path)
        await service.restore(new, destination, [KEY], replace=True)
    assert await new.files.get(key) == b"in a bucket"


def test_keys_must_be_keys() -> None:
    with pytest.raises(BackupError, match="always encrypted"):
        archive.recipients_of([])
    with pytest.raises(BackupError, match="no public key"):
        archive.recipients_of(["age1nonsense"])
    with pytest.raises(BackupError, match="cannot be read"):
        archive.identities_of("nonsense")
    assert [str(key) for key in archive.recipients_of([str(KEY.to_public())])] == [str(KEY.to_public())]
