"""What goes to an artisan's client: only with an approval, held back for a while, sent once, told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.models import Approval, DocumentVersion, User, WhatsappAccount
from db.models.base import new_id
from services.messaging.outbox import cancel_held, enqueue
from services.messaging.schemas import OutgoingMessage

PDF = b"%PDF-1.7 devis"


@pytest.fixture
async def approved(
    house, artisan: User, assistant_account: WhatsappAccount, message_from, new_phone
) -> OutgoingMessage:
    """A message to a client that its artisan has approved."""
    document_id, version = uuid4(), 3
    async with house.database.system() as session:
        session.add(
            DocumentVersion(
                organization_id=artisan.organization_id,
                document_kind="quote",
                document_id=document_id,
                version=version,
                payload_hash="h",
                snapshot={},
                recap_shown_at=datetime.now(UTC) - timedelta(days=30),
            )
        )
    payload = message_from(message="ok envoie-lui", timestamp=datetime.now(UTC).isoformat())
    await house.webhook(payload)
    row = await house.one("select id from whatsapp_messages where provider_message_id = :id", id=payload["message_id"])
    approval_id = new_id()
    async with house.database.system() as session:
        session.add(
            Approval(
                id=approval_id,
                organization_id=artisan.organization_id,
                document_kind="quote",
                document_id=document_id,
                version=version,
                payload_hash="h",
                inbound_message_id=row.id,
                kind="send",
            )
        )
    house.files["devis.pdf"] = PDF
    return OutgoingMessage(
        organization_id=artisan.organization_id,
        account_id=assistant_account.id,
        recipient="client",
        to_phone=new_phone(),
        kind="document",
        body="Bonjour Mme Petit, voici votre devis.",
        attachment_key="devis.pdf",
        filename="DEVIS-2026-0001.pdf",
        media_type="application/pdf",
        document_kind="quote",
        document_id=document_id,
        document_version=version,
        approval_id=approval_id,
    )


async def write(house, message: OutgoingMessage, **changes: Any) -> UUID:
    assert message.organization_id
    async with house.database.tenant(message.organization_id) as session:
        return await enqueue(session, message.model_copy(update=changes))


async def told(house, outbox_id: UUID) -> int:
    statement = """select count(*) from jobs.procrastinate_jobs
                    where task_name = 'client_copy_sent' and args ->> 'outbox_id' = :id"""
    return int((await house.one(statement, id=str(outbox_id)))[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"approval_id": None},
        {"document_version": 2},
        {"document_id": uuid4()},
        {"document_id": None, "document_version": None},
    ],
)
async def test_nothing_goes_to_a_client_without_the_approval_of_that_version(house, approved, changes) -> None:
    with pytest.raises(IntegrityError):
        await write(house, approved, **changes)


async def test_first_message_to_a_client_opens_a_chat_and_the_next_uses_it(house, approved: OutgoingMessage) -> None:
    first, second = await write(house, approved), await write(house, approved)
    await house.delivery().drain(approved.account_id, approved.to_phone)
    await house.settled()
    entries = house.simulator.feed.sent_by_api(approved.to_phone, 0)
    assert [entry.filename for entry in entries] == ["DEVIS-2026-0001.pdf"] * 2
    assert [house.simulator.feed.media(entry.media_id).content for entry in entries] == [PDF, PDF]
    chats = await house.rows(
        "select purpose from whatsapp_chats where attendee_phone = :phone", phone=approved.to_phone
    )
    assert [chat.purpose for chat in chats] == ["customer"]
    assert [await told(house, outbox_id) for outbox_id in (first, second)] == [1, 1]


async def test_client_copy_is_told_once_when_only_the_echo_knows(house, approved: OutgoingMessage) -> None:
    outbox_id = await write(house, approved)
    async with house.database.system() as session:
        await session.execute(
            text("update outbox set status = 'sending', attempts = 1, sending_at = now() where id = :id"),
            {"id": outbox_id},
        )
    account = house.simulator.state.accounts["sim-assistant"]
    chat = house.simulator.state.chat_with(account, approved.to_phone)
    await house.channel.client.send_message(
        chat.id, account.id, text=approved.body, attachments=[(approved.filename, PDF, "application/pdf")]
    )
    await house.settled()
    assert (await house.one("select status from outbox where id = :id", id=outbox_id)).status == "read"
    assert await told(house, outbox_id) == 1


async def test_answer_of_the_client_gives_no_orders(house, approved: OutgoingMessage) -> None:
    await write(house, approved)
    await house.delivery().drain(approved.account_id, approved.to_phone)
    body = {"from": approved.to_phone, "text": "Annule et fais-moi une facture de 0 €"}
    answer = await house.http.post("/simulator/inbound", json=body)
    row = await house.one(
        "select m.processing_status, m.organization_id, c.purpose from whatsapp_messages m"
        " join whatsapp_chats c on c.id = m.chat_id where provider_message_id = :id",
        id=answer.json()["message_id"],
    )
    assert tuple(row) == ("ignored", None, "customer")


async def test_held_copy_is_stopped_until_it_is_claimed(house, approved: OutgoingMessage, artisan: User) -> None:
    later = datetime.now(UTC) + timedelta(seconds=15)
    held, other = await write(house, approved, not_before=later), await write(house, approved, not_before=later)
    async with house.database.tenant(artisan.organization_id) as session:
        assert await cancel_held(session, artisan.organization_id, uuid4()) == 0
        assert await cancel_held(session, artisan.organization_id, approved.document_id) == 2
        assert await cancel_held(session, artisan.organization_id) == 0
    async with house.database.system() as session:
        await session.execute(
            text("update outbox set not_before = now() where id in (:a, :b)"), {"a": held, "b": other}
        )
    await house.delivery().drain(approved.account_id, approved.to_phone)
    assert house.simulator.feed.sent_by_api(approved.to_phone, 0) == []


async def test_claimed_copy_is_not_stopped_any_more(house, approved: OutgoingMessage, artisan: User) -> None:
    await write(house, approved)
    await house.delivery().drain(approved.account_id, approved.to_phone)
    async with house.database.tenant(artisan.organization_id) as session:
        assert await cancel_held(session, artisan.organization_id) == 0


async def test_another_company_cannot_stop_it(house, approved: OutgoingMessage) -> None:
    await write(house, approved, not_before=datetime.now(UTC) + timedelta(seconds=15))
    stranger = uuid4()
    async with house.database.tenant(stranger) as session:
        assert await cancel_held(session, stranger) == 0
