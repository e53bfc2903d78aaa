"""STOP in a client's chat: nothing more reaches him by WhatsApp, what waits is taken back, the word is kept (R250)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.documents.schemas import Buyer
from services.documents.sending import Way, open_way
from tests.integration.messaging.test_authority import linked
from tests.integration.messaging.test_client_copies import approved, write

__all__ = ["approved"]


async def card(house, organization_id: Any, phone: str) -> Buyer:
    row = await house.one(
        "insert into clients (id, organization_id, name, name_key, phone)"
        " values (gen_random_uuid(), :organization_id, 'Petit', 'petit', :phone) returning id",
        organization_id=organization_id,
        phone=phone,
    )
    return Buyer(client_id=row.id, name="Petit", phone=phone, email="petit@example.com")


async def way(house, organization_id: UUID, buyer: Buyer, *, mail: bool = False) -> Any:
    async with house.database.tenant(organization_id) as session:
        return await open_way(session, organization_id, buyer, mail=mail)


async def said(house, buyer: Buyer) -> list[Any]:
    return [
        (row.given, row.channel, row.recorded_by_kind, row.text)
        for row in await house.rows(
            "select c.given, c.channel, c.recorded_by_kind, m.id || '/' || m.text as text"
            " from consents c join whatsapp_messages m on m.id = c.message_id where c.subject_id = :id order by c.at, c.id",
            id=buyer.client_id,
        )
    ]


@pytest.mark.parametrize("word", ["STOP", "stop.", "Arrêt"])
async def test_stop_to_the_assistants_number(house, approved, message_from, word: str) -> None:
    phone, company = approved.to_phone, approved.organization_id
    buyer = await card(house, company, phone)
    other = await house.one(
        "insert into organizations (id, name, slug, status) values (gen_random_uuid(), 'Autre', :slug, 'active') returning id",
        slug=f"autre-{phone}",
    )
    elsewhere = await card(house, other.id, phone)
    outbox_id = await write(house, approved)
    payload = message_from(phone, message=word)
    for _ in range(2):
        await house.webhook(payload)
    assert len(await said(house, buyer)) == 1, "a webhook that comes twice is one word"
    assert not await said(house, elsewhere), "who never wrote to him heard nothing"
    assert (await house.one("select status from outbox where id = :id", id=outbox_id)).status == "failed"
    assert await way(house, company, buyer) == (None, "objected")
    assert await way(house, company, buyer, mail=True) == (Way("email", "petit@example.com"), "objected")
    moved = buyer.model_copy(update={"phone": "+33699999999"})
    assert (await way(house, company, moved))[1] == "objected", "it is the person who said it, not the number"
    assert await way(house, other.id, elsewhere) == (Way("whatsapp", phone), None)
    told = await house.one(
        "select args ->> 'why' as why from jobs.procrastinate_jobs where args ->> 'outbox_id' = :id"
        " and task_name = 'delivery_failed'",
        id=str(outbox_id),
    )
    assert told.why == "objected"


async def test_start_takes_it_back(house, linked_account, artisan, message_from, new_phone) -> None:
    phone = new_phone()
    buyer = await card(house, artisan.organization_id, phone)
    for word in ("Stop", "START"):
        await house.webhook(linked(linked_account, message_from(phone, message=word)))
    assert [given for given, *_ in await said(house, buyer)] == [False, True]
    assert await way(house, artisan.organization_id, buyer) == (Way("whatsapp", phone), None)


@pytest.mark.parametrize("words", ["stop, ça coule !", "on arrête tout ?", "", "STOP STOP"])
async def test_other_words_are_read_by_nobody(
    house, linked_account, artisan, message_from, new_phone, words: str
) -> None:
    phone = new_phone()
    buyer = await card(house, artisan.organization_id, phone)
    await house.webhook(linked(linked_account, message_from(phone, message=words)))
    assert not await said(house, buyer)


async def test_the_artisans_own_stop_objects_to_nothing(house, artisan, message_from) -> None:
    buyer = await card(house, artisan.organization_id, artisan.whatsapp_phone)
    await house.webhook(message_from(message="STOP"))
    assert not await said(house, buyer)
    async with house.database.system() as session:
        await session.execute(text("delete from clients where id = :id"), {"id": buyer.client_id})
