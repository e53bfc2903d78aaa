"""Each class of data goes in its time and not before, company by company; what proves a consent stays (C25, R247)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from db.models import (
    Approval,
    Client,
    Conversation,
    Organization,
    Outbox,
    SystemLog,
    Turn,
    VoiceTranscription,
    WebhookEvent,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.base import new_id
from db.repositories import privacy_retention as repository
from db.session import Database
from services.privacy.data_classes import CLASSES, OutOfBounds, checked, days_of
from services.privacy.sweep import Swept, sweep
from services.storage.service import Storage
from tests.integration.documents.shop import Shop
from tests.integration.privacy.past import Past
from tests.office import member_headers, platform_headers

NOW = datetime.now(UTC)


def counted(found: list[Swept], organization: Organization) -> dict[tuple[str, str], int]:
    return {(each.data_class, each.where): each.count for each in found if each.organization_id == organization.id}


async def rows(database: Database, model: Any, organization: Organization) -> int:
    async with database.system() as session:
        query = select(func.count()).select_from(model).where(model.organization_id == organization.id)
        return int(await session.scalar(query) or 0)


async def test_young_data_stay_and_old_data_go(
    database: Database, organization: Organization, past: Past, files: Storage
) -> None:
    ids = await past.happened(days=300)
    await sweep(database, files, NOW, only=organization.id)
    assert await rows(database, WhatsappMessage, organization) == 4
    later = NOW + timedelta(days=100)
    would = counted(await sweep(database, files, later, dry_run=True, only=organization.id), organization)
    assert await rows(database, WhatsappMessage, organization) == 4, "a dry run changes nothing"
    assert would[("messages", "whatsapp_messages")] == 4
    went = counted(await sweep(database, files, later, only=organization.id), organization)
    assert (
        went.items()
        >= {
            ("messages", "whatsapp_messages"): 4,
            ("messages", "outbox"): 1,
            ("messages", "turns"): 1,
            ("messages", "conversations"): 1,
            ("messages", "conversation_notes"): 1,
            ("session_log", "whatsapp_session_events"): 1,
            ("technical_logs", "system_logs"): 1,
        }.items()
    )
    async with database.system() as session:
        turn = await session.get_one(Turn, ids["turn"])
        assert (turn.text, turn.reading, turn.message_ids, turn.understander) == ("", {}, [], "grammar")
        assert (await session.get_one(Conversation, ids["run"])).context_data == {}
        assert await session.get(WhatsappChat, ids["chat"]) is None, "the customer's chat went with its last message"
        assert await session.get(WhatsappChat, past.chat.id) is not None
        (audit,) = await session.scalars(
            select(SystemLog).where(
                SystemLog.organization_id == organization.id,
                SystemLog.event == "privacy.swept",
                SystemLog.created_at > NOW,
                SystemLog.description.contains("whatsapp_messages"),
            )
        )
        assert {"class": "messages", "where": "whatsapp_messages", "then": "delete", "count": 4} in audit.details[
            "swept"
        ]
    assert not await sweep(database, files, later, only=organization.id), "a second run finds nothing"


async def test_what_proves_a_consent_stays_ten_years(
    database: Database, organization: Organization, shop: Shop, files: Storage
) -> None:
    quote = await shop.quote()
    await sweep(database, files, NOW + timedelta(days=3000), only=organization.id)
    async with database.system() as session:
        approval = await session.scalar(select(Approval).where(Approval.document_id == quote.id))
        assert approval is not None
        assert (await session.get_one(WhatsappMessage, approval.inbound_message_id)).text == "ok"
    assert (await shop.row(quote))["number"] == quote.number
    assert await rows(database, Client, organization) == 1


async def test_drafts_and_clients_of_nobody_go_in_the_right_order(
    database: Database, organization: Organization, shop: Shop, past: Past, files: Storage
) -> None:
    await past.happened(days=1)
    await shop.show(shop.follow("deposit", await shop.quote(), deposit_percent=Decimal(30)))
    went = counted(await sweep(database, files, NOW + timedelta(days=1200), only=organization.id), organization)
    assert went[("drafts", "invoices")] == 1
    assert went[("drafts", "document_versions")] == 1
    assert went[("clients", "clients")] == 1, "Lefebvre has no document; Petit has a quote"


async def test_files_go_by_their_folder_and_documents_never(
    database: Database, organization: Organization, files: Storage
) -> None:
    keys = [f"org/{organization.id}/{folder}/a.bin" for folder in ("attachments", "audio", "photos", "company")]
    keys.append(f"org/{organization.id}/invoices/2026/FACT-2026-0001.pdf")
    for key in keys:
        await files.put(key, b"content")
    went = counted(await sweep(database, files, NOW + timedelta(days=40), only=organization.id), organization)
    assert went == {("attachments", "files: attachments"): 1, ("audio", "files: audio"): 1}
    await sweep(database, files, NOW + timedelta(days=9000), only=organization.id)
    assert [await files.exists(key) for key in keys] == [False, False, False, True, True]


async def test_transcripts_may_go_before_their_messages(
    database: Database, organization: Organization, past: Past, files: Storage, http: httpx.AsyncClient
) -> None:
    ids = await past.happened(days=100)
    headers = await member_headers(database, organization.id, "OWNER")
    path = f"/api/v1/organizations/{organization.id}/retention"
    assert (await http.put(path, headers=headers, json={"days": {"transcripts": 0}})).status_code == 200
    await sweep(database, files, NOW, only=organization.id)
    async with database.system() as session:
        message = await session.get_one(WhatsappMessage, ids["voice"])
        heard = await session.scalar(select(VoiceTranscription).where(VoiceTranscription.message_id == message.id))
        assert heard is not None
        assert (message.transcription, heard.text, heard.segments, heard.outcome) == (None, None, [], "heard")


async def test_what_belongs_to_no_company_goes_too(database: Database, past: Past, files: Storage) -> None:
    old = NOW - timedelta(days=31)
    unknown = WhatsappChat(
        id=new_id(), account_id=past.chat.account_id, provider_chat_id=str(new_id()), purpose="unknown", created_at=old
    )
    message = past._message(new_id(), old, "inbound", "Bonjour", chat_id=unknown.id)
    message.organization_id = None
    async with database.system() as session:
        session.add(unknown)
        await session.flush()
        session.add_all([message, WebhookEvent(source="unipile", body=b"{}", outcome="stored", received_at=old)])
    await sweep(database, files, NOW)
    async with database.system() as session:
        assert await session.get(WhatsappChat, unknown.id) is None
        assert await session.scalar(select(func.count()).select_from(WebhookEvent)) == 0


async def test_a_broken_run_is_taken_up_again(
    database: Database, organization: Organization, past: Past, files: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await past.happened(days=400)
    monkeypatch.setattr("services.privacy.sweep.BATCH", 1)
    apply, calls = repository.apply, 0

    async def breaks(*values: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise ConnectionError("the database went away")
        return await apply(*values)

    monkeypatch.setattr(repository, "apply", breaks)
    with pytest.raises(ConnectionError):
        await sweep(database, files, NOW, only=organization.id)
    assert await rows(database, WhatsappMessage, organization) == 2, "two batches were done"
    await sweep(database, files, NOW, only=organization.id)
    assert await rows(database, WhatsappMessage, organization) == 0
    assert await rows(database, Outbox, organization) == 0


async def test_a_company_chooses_within_the_bounds(
    database: Database, organization: Organization, http: httpx.AsyncClient
) -> None:
    path = f"/api/v1/organizations/{organization.id}/retention"
    owner = await member_headers(database, organization.id, "OWNER")
    first = (await http.get(path, headers=owner)).json()
    assert first["version"] == 0
    assert {each["name"]: each["days"] for each in first["classes"]}["messages"] == 365
    written = await http.put(path, headers=owner, json={"days": {"messages": 180}})
    assert (written.status_code, written.json()["version"]) == (200, 1)
    assert {each["name"]: each["days"] for each in written.json()["classes"]}["messages"] == 180
    for wrong in ({"messages": 3}, {"documents": 30}, {"webhooks": 30}, {"nothing": 30}, {"audio": 31}):
        refused = await http.put(path, headers=owner, json={"days": wrong})
        assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, f"days.{next(iter(wrong))}")
    stale = {"If-Match": '"v1"'}
    assert (await http.put(path, headers=owner | stale, json={"days": {}})).status_code == 200
    assert (await http.put(path, headers=owner | stale, json={"days": {}})).status_code == 412
    manager = await member_headers(database, organization.id, "MANAGER")
    assert (await http.get(path, headers=manager)).status_code == 403
    assert (await http.get(path, headers=await platform_headers(database))).json()["version"] == 2


def test_the_table_keeps_its_own_bounds() -> None:
    assert len({each.name for each in CLASSES}) == len(CLASSES)
    for each in CLASSES:
        assert each.least <= each.default <= each.most
        assert each.folder or each.name in {
            *repository.RULES,
            "documents",
            "sign_ins",
            "checkpoints",
            "repeated_requests",
        }
    assert checked({"messages": 365}) == {}
    assert days_of({"messages": 5}, "messages") == 30, "bounds that were tightened later hold for old choices"
    with pytest.raises(OutOfBounds):
        checked({"messages": 4000})


def test_the_command_counts_and_changes_nothing(database_url: str) -> None:
    import subprocess
    import sys

    environment = os.environ | {"DATABASE_URL": database_url}
    command = [sys.executable, "-m", "api.cli.main", "privacy", "sweep", "--dry-run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "Nothing was changed" in done.stdout or "Nothing is too old" in done.stdout
