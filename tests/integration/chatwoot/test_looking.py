"""What no webhook told is found by looking, once, and answered; what is known is passed over."""

from __future__ import annotations

from typing import Any

from db.models import User
from services.chatwoot.reconciliation import look_through
from services.messaging import jobs
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage


async def look(shared: Any) -> Any:
    return await look_through(shared.database, shared.channel, shared.simulator.state.account, has_bot=True)


def lose(shared: Any, chance: float) -> None:
    shared.simulator.state.behaviour = shared.simulator.state.behaviour.model_copy(update={"lost_webhooks": chance})


async def test_a_lost_message_is_found_once_and_answered(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    lose(shared, 1)
    first = await shared.write(phone, "devis pour Mme Petit", audio="T2dnUw==")
    second = await shared.write(phone, "peinture 20 m² à 18")
    assert not first["accepted"]
    found = await look(shared)
    assert found.recovered >= 2
    for sent, kind in ((first, "audio"), (second, "text")):
        row = await shared.message(sent["message_id"])
        assert (row.type, row.purpose, row.turn, row.user_id) == (kind, "command", True, artisan.id)
    events = await shared.one("select count(*) from webhook_events")
    assert (await look(shared)).recovered == 0
    assert await shared.one("select count(*) from webhook_events") == events
    lose(shared, 0)
    third = await shared.write(phone, "et 3 portes à 50")
    assert (await look(shared)).recovered == 0 and (await shared.message(third["message_id"])).turn


async def test_what_the_team_did_meanwhile_is_found_too(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, "bonjour")
    lose(shared, 1)
    await shared.team("note", to=phone, text="12 prises au salon")
    await shared.team("status", to=phone, status="open")
    await look(shared)
    assert await shared.rows("select 1 from site_notes where organization_id = :id", id=artisan.organization_id)
    assert (await shared.chat(phone)).bot_paused
    await shared.team("status", to=phone, status="pending")
    await look(shared)
    assert not (await shared.chat(phone)).bot_paused


async def test_receipts_and_failures_of_ours_are_found(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, "bonjour")
    chat = await shared.chat(phone)
    lose(shared, 1)
    rows = []
    for words, refused in (("Récapitulatif", None), ("Deuxième", "131026: Message undeliverable")):
        behaviour = {"whatsapp_refuses": refused}
        shared.simulator.state.behaviour = shared.simulator.state.behaviour.model_copy(update=behaviour)
        async with shared.database.system() as session:
            message = OutgoingMessage(organization_id=artisan.organization_id, account_id=chat.account_id,
                                      chat_id=chat.id, to_phone=phone, body=words)  # fmt: skip
            rows.append(await enqueue(session, message))
        await jobs.deliver.func(account_id=str(chat.account_id), lane=phone)
    await look(shared)
    statuses = {row.id: row.status for row in await shared.rows("select id, status from outbox")}
    assert [statuses[row] for row in rows] == ["read", "failed"]
    (told,) = await shared.rows(
        "select args from jobs.procrastinate_jobs where task_name = 'delivery_failed' and status = 'todo'"
    )
    assert told.args["outbox_id"] == str(rows[1])


async def test_nothing_is_lost_and_nothing_doubled_however_webhooks_come(shared, artisan: User, new_phone) -> None:
    """Half of the calls are never made, the others often twice; strangers write in between."""
    phone, stranger = artisan.whatsapp_phone or "", new_phone()
    behaviour = {"lost_webhooks": 0.5, "duplicates": 0.5}
    shared.simulator.state.behaviour = shared.simulator.state.behaviour.model_copy(update=behaviour)
    sent = []
    for number in range(15):
        sent.append((await shared.write(phone, f"{number} prises à 45"))["message_id"])
        await shared.write(stranger, "ok, émets et envoie")
        if number % 5 == 4:
            await look(shared)
    await look(shared)
    rows = await shared.rows(
        "select m.provider_message_id, m.processing_status from whatsapp_messages m where m.user_id = :id"
        " order by m.provider_message_id",
        id=artisan.id,
    )
    assert [row.provider_message_id for row in rows] == sorted(sent)
    assert {row.processing_status for row in rows} == {"queued"}
    chats = await shared.rows("select purpose from whatsapp_chats where attendee_phone = :phone", phone=stranger)
    assert [chat.purpose for chat in chats] == ["unknown"]
