"""An export holds everything of its company and nothing else: no secret, nothing of a neighbour (R248)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import httpx
import pytest

from db.models import Client, DataExport, Organization, User
from db.models.base import new_id
from db.queue import open_queue
from db.session import Database
from services.privacy import archive, exports
from services.privacy.contents import columns_of
from services.storage.service import Storage
from tests.integration.documents.shop import Shop, line
from tests.integration.privacy.past import Past
from tests.office import PASSWORD, member_headers, new_member


async def wanted(database: Database, organization: Organization, scope: str = "tenant", subject: Any = None) -> Any:
    export = DataExport(
        id=new_id(), organization_id=organization.id, scope=scope, subject_id=subject, requested_by_kind="user",
        requested_by=uuid4(),
    )  # fmt: skip
    async with database.system() as session:
        session.add(export)
    return export


async def made(database: Database, files: Storage, export: Any) -> dict[str, bytes]:
    """Every file of an export, by name."""
    await exports.make(database, files, export.organization_id, export.id)
    async with database.system() as session:
        done = await session.get_one(DataExport, export.id, populate_existing=True)
    assert (done.status, done.rows_done) == ("done", done.rows_total)
    found: dict[str, bytes] = {}
    for part in done.parts:
        content = await files.get(part["key"])
        assert hashlib.sha256(content).hexdigest() == part["sha256"]
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            assert not found.keys() & set(opened.namelist())
            found |= {name: opened.read(name) for name in opened.namelist()}
    return found


@pytest.fixture
async def neighbour(database: Database) -> str:
    """A word that only the neighbour's rows have."""
    word = f"voisin{uuid4().hex[:8]}"
    other = Organization(name=word, slug=word, status="active")
    async with database.system() as session:
        session.add(other)
        await session.flush()
        session.add(Client(organization_id=other.id, name=word, name_key=word))
    return word


async def test_everything_of_the_company_and_nothing_else(
    database: Database, organization: Organization, past: Past, shop: Shop, files: Storage, neighbour: str
) -> None:
    await past.happened(days=3)
    member = await new_member(database, organization.id, "ADMIN")
    invoice = await shop.issue(await _billed(shop))
    pdf = f"org/{organization.id}/invoices/2026/{invoice.number}.pdf"
    await files.put(pdf, b"%PDF- the very bytes")
    await files.put(f"org/{organization.id}/photos/m/site.jpg", b"a photo")
    found = await made(database, files, await wanted(database, organization))
    assert found[f"documents/{invoice.number}.pdf"] == b"%PDF- the very bytes"
    assert found["media/photos/m-site.jpg"] == b"a photo"
    assert any(name.endswith(".xml") and b"CrossIndustryInvoice" in content for name, content in found.items())
    texts = {each["text"] for each in json.loads(found["messages.json"])}
    assert {"devis pour Madame Lefebvre", "Bonjour"} <= texts
    assert {each["number"] for each in json.loads(found["invoices.json"])} == {invoice.number}
    assert member.email in {each["email"] for each in json.loads(found["members.json"])}
    manifest = json.loads(found["manifest.json"])
    for each in manifest["files"]:
        content = found[each["name"]]
        assert hashlib.sha256(content).hexdigest() == each["sha256"], each["name"]
        if each["rows"] is not None:
            assert len(json.loads(content)) == each["rows"]
    assert set(found) == {each["name"] for each in manifest["files"]} | {"manifest.json"}
    assert "user_credentials" in manifest["left_out"]
    everything = b"\n".join(found.values())
    assert neighbour.encode() not in everything
    for secret in (b"$argon2", b"password_hash", b"totp_secret", PASSWORD.encode(), b"secret_hash", b"token_hash"):
        assert secret not in everything, secret


async def _billed(shop: Shop) -> Any:
    return shop.follow("deposit", await shop.quote(line(1)), deposit_percent=Decimal(30))


async def test_one_client_and_nobody_else(
    database: Database, organization: Organization, past: Past, shop: Shop, files: Storage
) -> None:
    await past.happened(days=3)
    await shop.quote()
    found = await made(database, files, await wanted(database, organization, "client", past.client_id))
    assert [each["name"] for each in json.loads(found["clients.json"])] == ["Madame Lefebvre"]
    assert [each["text"] for each in json.loads(found["messages.json"])] == ["Bonjour"]
    assert b"Petit" not in b"\n".join(found.values()), "the other client's quote"
    assert "members.json" not in found and "company.json" not in found


async def test_one_member_and_what_he_wrote(
    database: Database, organization: Organization, past: Past, files: Storage, artisan: User
) -> None:
    await past.happened(days=3)
    other = await new_member(database, organization.id, "AGENT")
    found = await made(database, files, await wanted(database, organization, "member", artisan.id))
    assert [each["id"] for each in json.loads(found["members.json"])] == [str(artisan.id)]
    assert len(json.loads(found["messages.json"])) == 3, "his chat, not the customer's"
    assert json.loads(found["runs.json"])[0]["workflow"] == "quote"
    assert str(other.email).encode() not in b"\n".join(found.values())


async def test_large_exports_come_in_parts_and_files(
    database: Database, organization: Organization, past: Past, files: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past.happened(days=3)
    for number in range(3):
        await files.put(f"org/{organization.id}/photos/{number}.jpg", token_bytes(32_000))
    monkeypatch.setattr(archive, "MOST_ROWS", 3)
    monkeypatch.setattr(exports, "BATCH", 2)
    monkeypatch.setattr(archive.Archive.__init__, "__defaults__", (20_000,))
    export = await wanted(database, organization)
    found = await made(database, files, export)
    assert len(json.loads(found["messages.json"])) == 3
    assert len(json.loads(found["messages-2.json"])) == 1
    async with database.system() as session:
        done = await session.get_one(DataExport, export.id, populate_existing=True)
    assert len(done.parts) >= 2


async def test_asked_for_made_by_the_job_and_fetched(
    database: Database, database_url: str, organization: Organization, past: Past, http: httpx.AsyncClient
) -> None:
    await past.happened(days=3)
    owner = await member_headers(database, organization.id, "OWNER")
    path = f"/api/v1/organizations/{organization.id}/exports"
    assert (await http.post(path, headers=owner, json={"scope": "client"})).status_code == 422
    unknown = {"scope": "client", "subject_id": str(uuid4())}
    assert (await http.post(path, headers=owner, json=unknown)).status_code == 422
    asked = await http.post(path, headers=owner, json={"scope": "tenant"})
    assert (asked.status_code, asked.json()["status"], asked.json()["links"]) == (202, "queued", [])
    assert (await http.post(path, headers=owner, json={"scope": "tenant"})).status_code == 409
    async with open_queue(database_url) as queue:
        import services.privacy.jobs  # noqa: F401

        await queue.run_worker_async(wait=False, install_signal_handlers=False, queues=None)
    done = (await http.get(f"{path}/{asked.json()['id']}", headers=owner)).json()
    assert (done["status"], done["rows_done"]) == ("done", done["rows_total"])
    answer = await http.get(done["links"][0]["url"])
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert "messages.json" in opened.namelist()
    async with database.system() as session:
        row = await session.get_one(DataExport, asked.json()["id"], populate_existing=True)
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    gone = (await http.get(f"{path}/{asked.json()['id']}", headers=owner)).json()
    assert (gone["status"], gone["links"]) == ("expired", [])
    assert [each["id"] for each in (await http.get(path, headers=owner)).json()["data"]] == [asked.json()["id"]]
    viewer = await member_headers(database, organization.id, "VIEWER")
    assert (await http.post(path, headers=viewer, json={"scope": "tenant"})).status_code == 403


def test_no_column_of_a_secret_is_handed_out() -> None:
    assert "secret_hash" not in columns_of("api_keys")
    assert "prefix" in columns_of("api_keys")
    assert "qr_code" not in columns_of("whatsapp_accounts")
    assert "input_tokens" in columns_of("model_usage")
