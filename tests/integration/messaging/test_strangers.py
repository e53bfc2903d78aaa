"""A stranger on the assistant's number: one reply per person and month, and never anything else (C39)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.models import User, WhatsappAccount
from services.messaging.moments import moment
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage
from tests.integration.messaging.conftest import House

Make = Callable[..., dict[str, Any]]


async def greetings(house: House, phone: str | None = None, ref: str | None = None) -> list[Any]:
    return list(
        await house.rows(
            "select o.* from outbox o join whatsapp_chats c on c.id = o.chat_id where o.recipient = 'stranger'"
            " and (c.attendee_phone = cast(:phone as text) or c.provider_chat_id = cast(:ref as text)) order by o.seq",
            phone=phone,
            ref=ref,
        )
    )


def now(message_from: Make, phone: str, **changes: Any) -> dict[str, Any]:
    return message_from(phone, **{"timestamp": moment(datetime.now(UTC))} | changes)


async def test_one_reply_however_much_is_written(
    house: House, message_from: Make, new_phone: Callable[[], str]
) -> None:
    phone = new_phone()
    await asyncio.gather(*(house.webhook(now(message_from, phone)) for _ in range(8)))
    await house.webhook(now(message_from, phone, chat_id=f"other-{phone}"))
    (row,) = await greetings(house, phone)
    assert (row.organization_id, row.to_phone, row.document_id) == (None, None, None)
    assert "Bonjour" in row.body and "Merhaba" in row.body
    await house.delivery().drain(row.account_id, str(row.chat_id))


async def test_it_reaches_him(house: House, assistant_account: WhatsappAccount, new_phone: Callable[[], str]) -> None:
    from services.messaging.simulator.network import Draft

    phone = new_phone()
    for _ in range(2):
        await house.simulator.network.from_phone(Draft(phone, assistant_account.phone or "", "bonjour", use_lid=True))
    (row,) = await greetings(house, phone)
    await house.delivery().drain(row.account_id, str(row.chat_id))
    await house.settled()
    assert [entry.text for entry in house.simulator.feed.sent_by_api(phone, 0)] == [row.body]
    assert (await house.one("select status from outbox where id = :id", id=row.id)).status == "read"
    chat = await house.one("select purpose, organization_id from whatsapp_chats where id = :id", id=row.chat_id)
    assert (chat.purpose, chat.organization_id) == ("unknown", None)


async def test_another_month_another_reply(house: House, message_from: Make, new_phone: Callable[[], str]) -> None:
    phone = new_phone()
    await house.webhook(now(message_from, phone))
    async with house.database.system() as session:
        await session.execute(
            text("update whatsapp_chats set onboarded_at = now() - interval '31 days' where attendee_phone = :phone"),
            {"phone": phone},
        )
    await house.webhook(now(message_from, phone))
    await house.webhook(now(message_from, phone))
    assert len(await greetings(house, phone)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": moment(datetime.now(UTC) - timedelta(days=2))},
        {"is_group": True, "provider_chat_id": "123@g.us"},
        {"is_sender": True},
        {"is_event": 1},
        {"event": "message_reaction", "reaction": "👍"},
    ],
)
async def test_what_is_not_answered(
    house: House, message_from: Make, new_phone: Callable[[], str], changes: dict[str, Any]
) -> None:
    payload = now(message_from, new_phone(), **changes)
    await house.webhook(payload)
    assert await greetings(house, ref=payload["chat_id"]) == []


async def test_a_client_of_an_artisan_is_no_stranger(
    house: House, artisan: User, message_from: Make, new_phone: Callable[[], str]
) -> None:
    phone = new_phone()
    async with house.database.system() as session:
        await session.execute(
            text(
                "insert into clients (id, organization_id, name, name_key, phone)"
                " values (gen_random_uuid(), :organization_id, 'Mme Petit', 'petit', :phone)"
            ),
            {"organization_id": artisan.organization_id, "phone": phone},
        )
    await house.webhook(now(message_from, phone))
    assert await greetings(house, phone) == []


async def test_the_database_lets_a_stranger_have_words_only(
    house: House, artisan: User, assistant_account: WhatsappAccount, message_from: Make, new_phone: Callable[[], str]
) -> None:
    phone = new_phone()
    await house.webhook(now(message_from, phone))
    await house.webhook(now(message_from, artisan.whatsapp_phone or ""))
    stranger, his = [
        (await house.one("select id from whatsapp_chats where attendee_phone = :phone", phone=each)).id
        for each in (phone, artisan.whatsapp_phone)
    ]
    allowed = OutgoingMessage(
        organization_id=None, account_id=assistant_account.id, chat_id=stranger, recipient="stranger", body="Bonjour"
    )
    forbidden = (
        {"organization_id": artisan.organization_id},
        {"to_phone": phone},
        {"attachment_key": "org/x/devis.pdf", "kind": "document"},
        {"chat_id": his},
    )
    for change in forbidden:
        with pytest.raises(IntegrityError):
            async with house.database.system() as session:
                await enqueue(session, allowed.model_copy(update=change))
    async with house.database.system() as session:
        await enqueue(session, allowed)
