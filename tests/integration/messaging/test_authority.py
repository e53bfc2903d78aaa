"""Who may give orders: what is not a verified artisan in a command chat is stored and never starts a turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from db.models import User, WhatsappAccount
from services.messaging.moments import moment

Make = Callable[..., dict[str, Any]]
ORDER = "Fais une facture de 10 000 € et envoie-la"


async def stored(house, payload: dict[str, Any]) -> Any:
    return await house.one(
        "select m.*, c.purpose, c.bot_paused, c.client_id,"
        " m.processing_status = 'queued'"
        " and exists (select 1 from jobs.procrastinate_jobs j where j.lock = 'chat:' || c.id) as turn"
        " from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id where provider_message_id = :id",
        id=payload["message_id"],
    )


async def test_unknown_sender(house, message_from: Make, new_phone) -> None:
    payload = message_from(new_phone(), message=ORDER)
    assert (await house.webhook(payload)).json() == {"status": "stored"}
    row = await stored(house, payload)
    assert (row.purpose, row.processing_status, row.turn, row.organization_id) == ("unknown", "ignored", False, None)


@pytest.mark.parametrize("change", ["phone_verified_at = null", "is_active = false"])
async def test_artisan_who_is_not_verified_or_not_active(house, artisan: User, message_from: Make, change: str) -> None:
    async with house.database.system() as session:
        await session.execute(text(f"update users set {change} where id = :id"), {"id": artisan.id})
    payload = message_from(message=ORDER)
    await house.webhook(payload)
    assert not (await stored(house, payload)).turn


async def test_group_even_with_an_artisan_in_it(house, message_from: Make) -> None:
    payload = message_from(
        message=ORDER, is_group=True, provider_chat_id="1203@g.us", chat_id="group-1", subject="Chantier"
    )
    await house.webhook(payload)
    row = await stored(house, payload)
    assert (row.purpose, row.turn, row.text) == ("group", False, ORDER)


@pytest.mark.parametrize("changes", [{"provider_chat_id": "status@broadcast"}, {"is_event": 1, "event_type": 8}])
async def test_broadcasts_and_calls(house, message_from: Make, changes: dict[str, Any]) -> None:
    payload = message_from(chat_id=f"chat-{changes}", **changes)
    await house.webhook(payload)
    assert not (await stored(house, payload)).turn


async def test_forwarded_text_is_marked(house, message_from: Make) -> None:
    payload = message_from(message=ORDER, is_forwarded=True)
    await house.webhook(payload)
    row = await stored(house, payload)
    assert row.is_forwarded and row.turn


async def test_message_that_the_assistant_number_wrote_itself(house, message_from: Make) -> None:
    payload = message_from(message=ORDER, is_sender=True)
    await house.webhook(payload)
    row = await stored(house, payload)
    assert (row.direction, row.is_from_bot, row.turn) == ("outbound", False, False)


async def test_sender_equal_to_the_account_counts_as_the_account(house, message_from: Make) -> None:
    own = {"attendee_provider_id": "33180000000@s.whatsapp.net"}
    payload = message_from(message=ORDER, is_sender=False, sender=own)
    await house.webhook(payload)
    assert not (await stored(house, payload)).turn


def linked(account: WhatsappAccount, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    own_id = f"{(account.phone or '').removeprefix('+')}@s.whatsapp.net"
    return payload | {"account_id": account.provider_account_id, "account_info": {"user_id": own_id}} | changes


async def test_customer_of_a_linked_account(
    house, linked_account, artisan: User, message_from: Make, new_phone
) -> None:
    phone = new_phone()
    async with house.database.system() as session:
        await session.execute(
            text(
                "insert into clients (id, organization_id, name, name_key, phone)"
                " values (gen_random_uuid(), :organization_id, 'Petit', 'petit', :phone)"
            ),
            {"organization_id": artisan.organization_id, "phone": phone},
        )
    payload = linked(linked_account, message_from(phone, message=ORDER))
    await house.webhook(payload)
    row = await stored(house, payload)
    assert (row.purpose, row.turn, row.bot_paused) == ("customer", False, False)
    assert row.organization_id == artisan.organization_id and row.client_id is not None


async def test_artisan_typing_to_his_customer_is_stored_only(
    house, linked_account, artisan, message_from, new_phone
) -> None:
    phone = new_phone()
    own_id = f"{(artisan.whatsapp_phone or '').removeprefix('+')}@s.whatsapp.net"
    payload = linked(
        linked_account,
        message_from(
            phone,
            message="ok",
            is_sender=True,
            timestamp=moment(datetime.now(UTC)),
            sender={"attendee_provider_id": own_id, "attendee_name": "You"},
        ),
    )
    await house.webhook(payload)
    row = await stored(house, payload)
    assert (row.purpose, row.direction, row.turn, row.bot_paused) == ("customer", "outbound", False, True)


@pytest.mark.parametrize("lid", [False, True])
async def test_self_chat_of_a_linked_account_gives_orders(
    house, linked_account, artisan, message_from, lid: bool
) -> None:
    own_id = f"{(artisan.whatsapp_phone or '').removeprefix('+')}@s.whatsapp.net"
    chat = "987654321@lid" if lid else own_id
    sender = {"attendee_provider_id": chat, "attendee_name": "You", "attendee_specifics": {}}
    payload = linked(
        linked_account,
        message_from(message="Devis", is_sender=True, sender=sender),
        provider_chat_id=chat,
        chat_id=f"self-{lid}",
    )
    await house.webhook(payload)
    row = await stored(house, payload)
    assert (row.purpose, row.direction, row.turn, row.user_id) == ("command", "inbound", True, artisan.id)


async def test_assistant_seen_from_a_linked_account_gives_no_orders(
    house, linked_account, artisan, message_from
) -> None:
    own_id = f"{(artisan.whatsapp_phone or '').removeprefix('+')}@s.whatsapp.net"
    to_assistant = message_from(
        "+33180000000", message="Devis", is_sender=True, sender={"attendee_provider_id": own_id}
    )
    from_assistant = message_from("+33180000000", message="1. Pose de parquet")
    for payload in (linked(linked_account, to_assistant), linked(linked_account, from_assistant)):
        await house.webhook(payload)
        row = await stored(house, payload)
        assert (row.purpose, row.turn) == ("unknown", False)


async def test_artisan_known_by_phone_is_recognised_by_privacy_id_later(
    house, artisan: User, message_from: Make
) -> None:
    lid = "160512172130375@lid"
    hidden = {"attendee_id": "att-x", "attendee_provider_id": lid, "attendee_specifics": {"phone_number": "hidden"}}
    stranger = message_from(chat_id="other", sender=hidden, provider_chat_id=lid)
    await house.webhook(stranger)
    assert not (await stored(house, stranger)).turn
    await house.webhook(message_from())
    by_chat = message_from(sender=hidden, provider_chat_id=lid)
    await house.webhook(by_chat)
    assert (await stored(house, by_chat)).turn
    by_learned_id = message_from(chat_id="third", sender=hidden, provider_chat_id=lid)
    await house.webhook(by_learned_id)
    assert (await stored(house, by_learned_id)).user_id == artisan.id


async def test_learned_id_dies_with_the_phone(house, artisan: User, message_from: Make, new_phone) -> None:
    await house.webhook(message_from())
    async with house.database.system() as session:
        await session.execute(
            text("update users set whatsapp_phone = :phone where id = :id"), {"id": artisan.id, "phone": new_phone()}
        )
    hidden = {"attendee_provider_id": "1@lid", "attendee_specifics": {}}
    payload = message_from(sender=hidden, provider_chat_id="1@lid")
    await house.webhook(payload)
    assert not (await stored(house, payload)).turn
