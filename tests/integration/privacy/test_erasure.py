"""Erasing takes away what the law lets go, keeps what it wants kept, says which is which, and ends the connection (C27)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from procrastinate.jobs import Job
from sqlalchemy import func, select, update

from db.models import (
    Approval,
    Client,
    Erasure,
    Organization,
    SystemLog,
    User,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.base import new_id
from db.repositories.accounts import user_by_phone
from db.repositories.messaging import author_by_phone
from db.repositories.operations import state_of_installation
from db.session import Database
from services.documents.chain_check import verify_one
from services.documents.hold import hold_ends
from services.privacy import erasing
from services.privacy.data_classes import BY_NAME
from services.privacy.jobs import ERASING_AGAIN, ERASING_ATTEMPTS
from services.storage.service import Storage
from tests.integration.documents.shop import Shop
from tests.integration.privacy.past import Past
from tests.office import PASSWORD, member_headers, new_member, platform_headers

SOON = datetime.now(UTC) + timedelta(days=30)


async def due(database: Database, organization: Organization, scope: str, subject: UUID | None = None) -> Erasure:
    row = Erasure(
        id=new_id(), organization_id=organization.id, scope=scope, subject_id=subject, requested_by_kind="user",
        requested_by=uuid4(), due_at=datetime.now(UTC) - timedelta(seconds=1),
    )  # fmt: skip
    async with database.system() as session:
        session.add(row)
    return row


async def carried_out(database: Database, files: Storage, row: Erasure, disconnect: Any = None) -> Erasure:
    async def nothing(_: UUID) -> None: ...

    await erasing.carry_out(database, files, disconnect or nothing, row.organization_id, row.id, datetime.now(UTC))
    async with database.system() as session:
        return await session.get_one(Erasure, row.id, populate_existing=True)


async def found(database: Database, model: Any, organization: Organization) -> list[Any]:
    async with database.system() as session:
        return list(await session.scalars(select(model).where(model.organization_id == organization.id)))


async def test_a_company_goes_and_its_issued_documents_stay(
    database: Database,
    organization: Organization,
    artisan: User,
    past: Past,
    shop: Shop,
    files: Storage,
    linked_account: WhatsappAccount,
) -> None:
    await past.happened(days=3)
    quote = await shop.quote()
    await shop.show(shop.follow("deposit", quote, deposit_percent=Decimal(30)))
    await new_member(database, organization.id, "ADMIN")
    pdf, photo = f"org/{organization.id}/quotes/2026/{quote.number}.pdf", f"org/{organization.id}/photos/m/site.jpg"
    await files.put(pdf, b"%PDF- the very bytes")
    await files.put(photo, b"photo")
    phone, frozen = artisan.whatsapp_phone, (await shop.row(quote))["snapshot"]
    ended: list[UUID] = []

    async def disconnect(account_id: UUID) -> None:
        ended.append(account_id)

    async with database.system() as session:
        plan = await erasing.plan(session, organization.id, "tenant", None, datetime.now(UTC))
    assert await found(database, Client, organization), "a plan changes nothing"
    done = await carried_out(database, files, await due(database, organization, "tenant"), disconnect)
    assert ended == [linked_account.id]
    assert done.status == "done"
    kept = {each["what"]: each for each in done.certificate["kept"]}
    assert kept["quotes"]["count"] == 1 and "L123-22" in kept["quotes"]["reason"]
    assert kept["quotes"]["until"] == hold_ends(shop.today, BY_NAME["documents"].default).isoformat()
    assert kept["approvals"]["count"] == 1 and kept["whatsapp_messages"]["count"] == 1
    assert "invoices" not in kept, "the draft went"
    assert plan["kept"] == [each for each in done.certificate["kept"] if each["what"] != "erasures"]
    assert {**plan["deleted"], "files": 1}.items() <= done.certificate["deleted"].items()
    row = await shop.row(quote)
    assert (row["number"], row["snapshot"]) == (quote.number, frozen)
    assert await files.get(pdf) == b"%PDF- the very bytes"
    assert not await files.exists(photo)
    (client,) = await found(database, Client, organization)
    assert (client.name, client.phone, client.address_line) == ("Client effacé", None, None)
    (message,) = await found(database, WhatsappMessage, organization)
    (approval,) = await found(database, Approval, organization)
    assert (message.id, message.text, message.sender_phone) == (approval.inbound_message_id, "ok", None)
    (user,) = await found(database, User, organization)
    assert (user.first_name, user.email, user.whatsapp_phone, user.is_active) == ("Karim", None, None, False)
    async with database.system() as session:
        company = await session.get_one(Organization, organization.id, populate_existing=True)
        assert (company.status, company.iban, company.siret) == ("erased", None, None)
        assert company.name == "KB Plomberie"
        assert phone is not None
        assert await user_by_phone(session, phone) is None, "whoever writes from this phone is a stranger"
        assert await author_by_phone(session, phone) is None
        query = select(func.count()).select_from(WhatsappChat).where(WhatsappChat.attendee_phone == phone)
        assert await session.scalar(query) == 0
    assert "Supprimé" in done.certificate["text"] and "L123-22" in done.certificate["text"]
    assert "Lefebvre" not in done.certificate["text"]


async def test_the_chain_of_documents_still_holds(
    database: Database, organization: Organization, shop: Shop, files: Storage
) -> None:
    await shop.quote()
    await carried_out(database, files, await due(database, organization, "tenant"))
    async with database.tenant(organization.id) as session:
        assert not (await verify_one(session, files, organization.id, organization.name)).breaks


async def test_a_provider_that_is_down_leaves_it_to_the_next_attempt(
    database: Database, organization: Organization, past: Past, files: Storage, linked_account: WhatsappAccount
) -> None:
    await past.happened(days=3)
    row = await due(database, organization, "tenant")

    async def down(_: UUID) -> None:
        raise ConnectionError("the provider does not answer")

    with pytest.raises(ConnectionError):
        await carried_out(database, files, row, down)
    assert len(await found(database, WhatsappMessage, organization)) == 4
    assert not [user for user in await found(database, User, organization) if user.is_active], "the doors are closed"
    assert (await carried_out(database, files, row)).status == "done"
    assert not await found(database, WhatsappMessage, organization)
    assert linked_account.id not in {each.id for each in await found(database, WhatsappAccount, organization)}


async def test_a_client_without_documents_goes_wholly(
    database: Database, organization: Organization, past: Past, shop: Shop, files: Storage
) -> None:
    await past.happened(days=3)
    await shop.quote()
    done = await carried_out(database, files, await due(database, organization, "client", past.client_id))
    assert done.certificate["kept"] == []
    assert [each.name for each in await found(database, Client, organization)] == ["Petit"]
    texts = [each.text or each.transcription for each in await found(database, WhatsappMessage, organization)]
    assert sorted(texts) == ["ok", "pour Madame Lefebvre"], "a voice note of no run is the artisan's own"
    assert len(await found(database, WhatsappChat, organization)) == 1


async def test_a_client_with_a_quote_keeps_the_quote_alone(
    database: Database, organization: Organization, shop: Shop, files: Storage
) -> None:
    quote = await shop.quote()
    (client,) = await found(database, Client, organization)
    done = await carried_out(database, files, await due(database, organization, "client", client.id))
    assert {each["what"] for each in done.certificate["kept"]} == {"quotes", "quote_items", "clients"}
    (left,) = await found(database, Client, organization)
    assert (left.name, left.address_line) == ("Client effacé", None)
    assert (await shop.row(quote))["snapshot"]["document"]["buyer"]["name"] == "Petit", "the document says what it said"


async def test_a_member_goes_and_signs_in_no_more(
    database: Database, organization: Organization, files: Storage, http: httpx.AsyncClient
) -> None:
    member = await new_member(database, organization.id, "AGENT")
    signed_in = {"email": member.email, "password": PASSWORD}
    assert (await http.post("/api/v1/auth/login", json=signed_in)).status_code == 200
    await carried_out(database, files, await due(database, organization, "member", member.id))
    assert (await http.post("/api/v1/auth/login", json=signed_in)).status_code == 401
    assert member.id not in {each.id for each in await found(database, User, organization)}


async def test_planned_asked_for_taken_back(
    database: Database, organization: Organization, past: Past, files: Storage, http: httpx.AsyncClient, shop: Shop
) -> None:
    await shop.quote()
    path = f"/api/v1/organizations/{organization.id}/erasure"
    owner, admin = [await member_headers(database, organization.id, role) for role in ("OWNER", "ADMIN")]
    plan = (await http.get(f"{path}/plan", headers=admin)).json()
    assert {each["what"] for each in plan["kept"]} >= {"quotes", "approvals"}
    assert (await http.get(f"{path}/plan", headers=admin, params={"scope": "client"})).status_code == 422
    typed = {"slug": organization.slug, "password": PASSWORD}
    assert (await http.post(path, headers=admin, json=typed)).status_code == 403
    assert (await http.post(path, headers=owner, json=typed | {"slug": "other"})).status_code == 422
    assert (await http.post(path, headers=owner, json=typed | {"password": "wrong password"})).status_code == 401
    asked = await http.post(path, headers=owner, json=typed)
    assert (asked.status_code, asked.json()["status"]) == (202, "scheduled")
    assert (await http.post(path, headers=owner, json=typed)).status_code == 409
    early = await carried_out(database, files, await _row(database, asked.json()["id"]))
    assert early.status == "scheduled", "it is not due"
    one = f"{path}/{asked.json()['id']}"
    assert (await http.delete(one, headers=owner)).json()["status"] == "cancelled"
    assert (await http.delete(one, headers=owner)).status_code == 409
    after = await _row(database, asked.json()["id"])
    assert (await carried_out(database, files, after)).status == "cancelled"
    assert [each["status"] for each in (await http.get(path, headers=await platform_headers(database))).json()["data"]]
    owners = [user for user in await found(database, User, organization) if user.role == "OWNER"]
    refused = {"scope": "member", "subject_id": str(owners[0].id)}
    assert (await http.post(f"{path}/persons", headers=admin, json=refused)).status_code == 409


async def _row(database: Database, erasure_id: str) -> Erasure:
    async with database.system() as session:
        return await session.get_one(Erasure, UUID(erasure_id), populate_existing=True)


def test_ten_years_from_the_end_of_the_year() -> None:
    assert hold_ends(datetime(2026, 1, 2).date()).isoformat() == "2037-01-01"
    assert BY_NAME["documents"].least == 3653
    assert hold_ends(datetime(2026, 1, 2).date(), BY_NAME["documents"].default).isoformat() == "2038-01-01"


def test_a_provider_may_be_away_for_a_long_week_end() -> None:
    waits: list[float] = []
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="erase")
    while decision := ERASING_AGAIN.get_retry_decision(
        exception=ConnectionError(), job=job.evolve(attempts=len(waits))
    ):
        assert decision.retry_at is not None
        waits.append((decision.retry_at - datetime.now(UTC)).total_seconds())
    assert len(waits) + 1 == ERASING_ATTEMPTS, "the last attempt is the one that gives up"
    assert timedelta(days=4) < timedelta(seconds=sum(waits)) < timedelta(days=7)
    assert waits[0] < 120 and max(waits) < 6 * 3600


async def test_who_was_given_up_is_a_figure_until_it_is_asked_for_again(
    database: Database, organization: Organization
) -> None:
    async def late() -> int:
        async with database.system() as session:
            return (await state_of_installation(session)).late_erasures

    before = await late()
    row = await due(database, organization, "tenant")
    assert await late() == before, "it is tried"
    async with database.system() as session:
        at = {"status": "running", "due_at": datetime.now(UTC) - timedelta(days=2)}
        await session.execute(update(Erasure).where(Erasure.id == row.id).values(at))
    assert await late() == before + 1
    await erasing.fail(database, organization.id, row.id)
    assert await late() == before + 1
    (told,) = [each for each in await found(database, SystemLog, organization) if each.event == "erasure.failed"]
    assert told.type == "error"
    await due(database, organization, "tenant")
    assert await late() == before
