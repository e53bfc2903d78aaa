"""The import of an account's history, and the look into its chats that finds what no webhook told (R045, R046, C40)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from db.models import User, WhatsappAccount
from db.repositories import sync as repository
from services.messaging.simulator.faults import Fault
from services.messaging.simulator.network import Draft
from services.sync import importing, polling, service
from tests.integration.messaging.conftest import House

NewPhone = Callable[[], str]


@pytest.fixture
async def linked(house: House, linked_account: WhatsappAccount) -> WhatsappAccount:
    """The artisan's own number, known to the provider and to us."""
    house.simulator.state.add_account(linked_account.phone, linked_account.provider_account_id, was_connected=True)
    return linked_account


@pytest.fixture
async def silent(house: House) -> AsyncIterator[None]:
    """Webhooks do not come."""
    house.simulator.state.behaviour.webhooks = False
    yield
    house.simulator.state.behaviour.webhooks = True


async def write(
    house: House, sender: str, receiver: str, words: str, ago: timedelta = timedelta(0), **more: Any
) -> str:
    draft = Draft(sender, receiver, words, sent_at=datetime.now(UTC) - ago, **more)
    message_id, _ = await house.simulator.network.from_phone(draft)
    return message_id


async def connected(house: House, account: UUID, history_until: datetime | None = None) -> None:
    async with house.database.system() as session:
        await service.account_connected(session, account, history_until)


async def poll(house: House, account: UUID) -> int:
    return await polling.poll_account(house.database, house.channel.client, account)


async def stored(house: House, account: UUID) -> list[Any]:
    return list(
        await house.rows(
            "select m.*, c.purpose, c.bot_paused, c.unread_count, c.synced_until from whatsapp_messages m"
            " join whatsapp_chats c on c.id = m.chat_id where m.account_id = :account order by m.sent_at, m.id",
            account=account,
        )
    )


async def turns(house: House, account: UUID) -> int:
    row = await house.one(
        "select count(*) as jobs from jobs.procrastinate_jobs j join whatsapp_chats c on j.lock = 'chat:' || c.id"
        " where c.account_id = :account and j.task_name = 'turn'",
        account=account,
    )
    return int(row.jobs)


async def test_history_is_imported_and_answered_by_nobody(
    house: House, linked: WhatsappAccount, silent: None, new_phone: NewPhone
) -> None:
    own, customer = linked.phone or "", new_phone()
    for number in range(60):
        await write(house, customer, own, f"message {number}", timedelta(days=2, minutes=-number), name="Mme Petit")
    await write(house, own, own, "devis pour Mme Petit, 12 m² de placo à 35", timedelta(hours=3))
    await write(house, own, customer, "j'arrive", timedelta(hours=2))
    await connected(house, linked.id)
    assert await importing.import_account(house.database, house.channel.client, linked.id)
    messages = await stored(house, linked.id)
    assert len(messages) == 51, "fifty of a chat, and the note to himself"
    assert {message.processing_status for message in messages} == {"ignored"} and await turns(house, linked.id) == 0
    assert {message.purpose for message in messages} == {"command", "customer"}
    assert not any(message.bot_paused for message in messages), "what he wrote long ago pauses nothing"
    async with house.database.system() as session:
        sync = await service.progress(session, linked.id)
    assert sync is not None
    assert (sync.status, sync.chats_total, sync.chats_done, sync.messages_found) == ("done", 2, 2, 51)


async def test_what_was_written_while_connecting_is_news(house: House, linked: WhatsappAccount, silent: None) -> None:
    own = linked.phone or ""
    await write(house, own, own, "une vieille note", timedelta(hours=1))
    await connected(house, linked.id, datetime.now(UTC) - timedelta(minutes=5))
    await write(house, own, own, "devis pour M. Noé")
    await importing.import_account(house.database, house.channel.client, linked.id)
    assert [message.processing_status for message in await stored(house, linked.id)] == ["ignored", "queued"]
    assert await turns(house, linked.id) == 1


async def test_a_webhook_takes_back_what_an_import_took_for_history(house: House, linked: WhatsappAccount) -> None:
    own = linked.phone or ""
    house.simulator.state.behaviour.webhooks = False
    message_id = await write(house, own, own, "devis pour M. Noé")
    await connected(house, linked.id)
    await importing.import_account(house.database, house.channel.client, linked.id)
    assert [message.processing_status for message in await stored(house, linked.id)] == ["ignored"]
    house.simulator.state.behaviour.webhooks = True
    tasks = house.simulator.sender.message_event("message_received", house.simulator.state.messages[message_id])
    await asyncio.gather(*tasks)
    assert [message.processing_status for message in await stored(house, linked.id)] == ["queued"]


async def test_an_import_goes_on_after_the_provider_was_away(
    house: House, linked: WhatsappAccount, silent: None, new_phone: NewPhone
) -> None:
    for _ in range(3):
        await write(house, new_phone(), linked.phone or "", "bonjour", timedelta(hours=1))
    await connected(house, linked.id)
    house.simulator.faults.ordered.append(Fault(route="chat_messages", status=400, type="invalid_parameters"))
    with pytest.raises(Exception, match="Fault ordered"):
        await importing.import_account(house.database, house.channel.client, linked.id)
    await importing.import_account(house.database, house.channel.client, linked.id)
    assert len(await stored(house, linked.id)) == 3


async def test_polls_alone_find_everything_once(
    house: House, assistant_account: WhatsappAccount, artisan: User, silent: None, new_phone: NewPhone
) -> None:
    """Webhooks switched off: a hundred per cent of the messages are found, each exactly once, in order."""
    await connected(house, assistant_account.id, datetime.now(UTC) - timedelta(minutes=30))
    await write(house, artisan.whatsapp_phone or "", assistant_account.phone or "", "avant", timedelta(minutes=40))
    await importing.import_account(house.database, house.channel.client, assistant_account.id)
    words = [f"devis numéro {number}" for number in range(150)]
    stranger = new_phone()
    for number, said in enumerate(words):
        when = timedelta(minutes=9, seconds=-number)
        await write(house, artisan.whatsapp_phone or "", assistant_account.phone or "", said, when)
        if number % 10 == 0:
            await write(house, stranger, assistant_account.phone or "", said, when)
        if number % 50 == 49:
            await asyncio.gather(*(poll(house, assistant_account.id) for _ in range(2)))
    await poll(house, assistant_account.id)
    messages = await stored(house, assistant_account.id)
    ordered = [message for message in messages if message.user_id == artisan.id and message.text != "avant"]
    assert [message.text for message in ordered] == words
    assert {message.processing_status for message in ordered} == {"queued"}
    assert await turns(house, assistant_account.id) == len(words)
    assert sum(message.purpose == "unknown" for message in messages) == 15
    assert await poll(house, assistant_account.id) == 0, "a second look finds nothing new"


async def test_polls_and_webhooks_race(
    house: House, assistant_account: WhatsappAccount, artisan: User, new_phone: NewPhone
) -> None:
    """Whoever comes first stores a message; the other changes nothing, and there is one turn for each."""
    phone, own = artisan.whatsapp_phone or "", assistant_account.phone or ""
    await connected(house, assistant_account.id, datetime.now(UTC) - timedelta(minutes=1))
    house.simulator.state.behaviour.duplicates = 0.3
    house.simulator.state.behaviour.out_of_order = 0.3

    async def polling_on() -> None:
        for _ in range(6):
            await poll(house, assistant_account.id)

    await asyncio.gather(polling_on(), *(write(house, phone, own, f"message {n}") for n in range(40)))
    await house.settled()
    await poll(house, assistant_account.id)
    mine = [each for each in await stored(house, assistant_account.id) if each.user_id == artisan.id]
    assert sorted(each.text for each in mine) == sorted(f"message {n}" for n in range(40))
    jobs = await house.one(
        "select count(*) as jobs from jobs.procrastinate_jobs where lock = :lock", lock=f"chat:{mine[0].chat_id}"
    )
    assert jobs.jobs == 40


async def test_a_poll_learns_of_edits_deletions_and_receipts(
    house: House, assistant_account: WhatsappAccount, artisan: User
) -> None:
    phone, own = artisan.whatsapp_phone or "", assistant_account.phone or ""
    await connected(house, assistant_account.id, datetime.now(UTC) - timedelta(minutes=1))
    kept, edited, deleted = [await write(house, phone, own, words) for words in ("un", "deux", "trois")]
    house.simulator.state.behaviour.webhooks = False
    house.simulator.state.messages[edited].text, house.simulator.state.messages[edited].edited = "deux bis", True
    house.simulator.state.messages[deleted].deleted = True
    await poll(house, assistant_account.id)
    house.simulator.state.behaviour.webhooks = True
    rows = {row.provider_message_id: row for row in await stored(house, assistant_account.id)}
    assert (rows[kept].text, rows[edited].text) == ("un", "deux bis")
    assert rows[deleted].deleted_at is not None and rows[deleted].processing_status == "ignored"


async def test_what_came_during_an_outage_is_found_when_the_provider_shows_it_late(
    house: House, linked: WhatsappAccount, silent: None
) -> None:
    """After a reconnection old messages appear bit by bit, long after the cursor has passed their time."""
    own = linked.phone or ""
    await connected(house, linked.id, datetime.now(UTC) - timedelta(days=1))
    await write(house, own, own, "juste avant", timedelta(minutes=1))
    await poll(house, linked.id)
    async with house.database.system() as session:
        await session.execute(
            text("update whatsapp_accounts set disconnected_at = :lost, connected_at = now() where id = :id"),
            {"id": linked.id, "lost": datetime.now(UTC) - timedelta(hours=3)},
        )
    await poll(house, linked.id)
    await write(house, own, own, "pendant la coupure", timedelta(hours=2))
    assert await poll(house, linked.id) == 1
    assert [row.text for row in await stored(house, linked.id)] == ["pendant la coupure", "juste avant"]


async def test_a_chat_that_cannot_be_read_keeps_nothing_back(
    house: House, linked: WhatsappAccount, silent: None, new_phone: NewPhone
) -> None:
    await connected(house, linked.id, datetime.now(UTC) - timedelta(minutes=5))
    for number in range(3):
        await write(house, new_phone(), linked.phone or "", f"bonjour {number}")
    house.simulator.faults.ordered.append(Fault(route="chat_messages", status=400, type="invalid_parameters"))
    assert await poll(house, linked.id) == 2
    async with house.database.system() as session:
        sync = await service.progress(session, linked.id)
    assert sync is not None and sync.polled_until is None and "Fault ordered" in (sync.poll_error or "")
    assert await poll(house, linked.id) == 1


async def test_a_lost_session_is_noted(house: House, linked: WhatsappAccount, silent: None) -> None:
    await connected(house, linked.id)
    house.simulator.faults.ordered.append(Fault(route="list_chats", status=401, type="disconnected_account"))
    assert await poll(house, linked.id) == 0
    assert (
        await house.one("select status from whatsapp_accounts where id = :id", id=linked.id)
    ).status == "disconnected"


async def test_only_due_accounts_are_looked_into(house: House, linked: WhatsappAccount) -> None:
    await connected(house, linked.id)
    async with house.database.system() as session:
        await session.execute(text("delete from procrastinate_jobs where lock = :lock"), {"lock": f"sync:{linked.id}"})
        assert linked.id in await repository.due(session, timedelta(0))
        await repository.note_poll(session, linked.id, until=None, recovered=0, error=None)
        assert linked.id not in await repository.due(session, timedelta(minutes=5))
        await service.call_for_poll(session, linked.id)
        assert linked.id not in await repository.due(session, timedelta(0)), "a job looks after it already"


async def test_connected_again_calls_for_one_look(house: House, linked: WhatsappAccount) -> None:
    for _ in range(3):
        await connected(house, linked.id)
    rows = await house.rows(
        "select task_name from jobs.procrastinate_jobs where lock = :lock order by id", lock=f"sync:{linked.id}"
    )
    assert [row.task_name for row in rows] == ["sync_account"]


async def test_progress_through_the_api(house: House, linked: WhatsappAccount, admin_headers: dict[str, str]) -> None:
    from api.v1 import whatsapp_sync

    house.app.include_router(whatsapp_sync.router)
    path = f"/api/v1/whatsapp/sessions/{linked.id}/sync"

    async def call(method: str) -> httpx.Response:
        return await house.http.request(method, path, headers=admin_headers)

    assert (await house.http.get(path)).status_code == 401
    assert (await call("GET")).status_code == (await call("POST")).status_code == 404
    await connected(house, linked.id)
    assert (await call("GET")).json()["status"] == "waiting"
    assert (await call("POST")).status_code == 409
    await importing.import_account(house.database, house.channel.client, linked.id)
    assert (await call("GET")).json()["status"] == "done"
    again = await call("POST")
    assert (again.status_code, again.json()["status"]) == (202, "waiting")


async def test_a_thread_the_artisan_took_over_is_left_alone_for_a_day(
    house: House, linked: WhatsappAccount, new_phone: NewPhone
) -> None:
    """UX-87: what he writes to a customer himself pauses automation there, a day from his last word."""
    customers = [new_phone(), new_phone()]
    for customer in customers:
        await write(house, linked.phone or "", customer, "je passe demain")
    async with house.database.system() as session:
        await session.execute(
            text("update whatsapp_chats set paused_until = now() - interval '1 s' where attendee_phone = :phone"),
            {"phone": customers[0]},
        )
        await repository.end_pauses(session)
    rows = await house.rows(
        "select attendee_phone, bot_paused from whatsapp_chats where account_id = :account", account=linked.id
    )
    assert {row.attendee_phone: row.bot_paused for row in rows} == {customers[0]: False, customers[1]: True}
    await write(house, linked.phone or "", customers[0], "finalement lundi")
    row = await house.one("select bot_paused from whatsapp_chats where attendee_phone = :phone", phone=customers[0])
    assert row.bot_paused
