"""The team beside the assistant: it takes over, gives back, notes down; and contacts that nobody knows yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from db.models import Conversation, User
from db.paging import Wanted
from db.repositories.chatwoot import CONTACTS_BY
from services.chatwoot import contacts, handoff, jobs
from services.chatwoot.contacts import BelongsElsewhere, ContactUnknown, NotAnArtisan
from services.messaging import jobs as messaging_jobs
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage

NEWEST = Wanted(CONTACTS_BY, "-last_seen_at")

Make = Callable[..., dict[str, Any]]
WORDS = "devis pour Mme Petit, peinture 20 m² à 18"


async def deferred(shared: Any, task: str) -> list[Any]:
    return list(
        await shared.rows(
            "select args from jobs.procrastinate_jobs where task_name = :task and status = 'todo' order by id",
            task=task,
        )
    )


async def run_handoffs(shared: Any) -> None:
    """Runs the hand-over jobs that wait, as a worker would."""
    for task, job in ((handoff.HAND_OVER, jobs.hand_over_chat), (handoff.TAKE_BACK, jobs.take_back_chat)):
        for row in await deferred(shared, task):
            await job.func(**row.args)
    async with shared.database.system() as session:
        await session.execute(
            text("delete from jobs.procrastinate_jobs where task_name in ('hand_over_chat', 'take_back_chat')")
        )
    await shared.settled()


async def contact_of(shared: Any, ref: str) -> Any:
    return await shared.one("select * from channel_contacts where contact_ref = :ref", ref=ref)


async def test_a_team_member_who_answers_takes_the_conversation_over(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, WORDS)
    assert not (await shared.chat(phone)).bot_paused
    await shared.team("agent-reply", to=phone, text="Bonjour, je regarde.")
    assert (await shared.chat(phone)).bot_paused
    await run_handoffs(shared)
    assert (await shared.http.get("/simulator/chatwoot/conversations", params={"of": phone})).json()["status"] == "open"
    (row,) = await shared.rows(
        "select m.direction, m.is_from_bot, m.text from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id"
        " where c.attendee_phone = :phone order by m.sent_at desc limit 1",
        phone=phone,
    )
    assert tuple(row) == ("outbound", False, "Bonjour, je regarde.")


@pytest.mark.parametrize(
    ("status", "paused"), [("open", True), ("snoozed", True), ("pending", False), ("resolved", False)]
)
async def test_the_status_says_who_has_the_conversation(shared, artisan: User, status: str, paused: bool) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, WORDS)
    await shared.team("status", to=phone, status="snoozed" if status == "open" else "open")
    await shared.team("status", to=phone, status=status)
    assert (await shared.chat(phone)).bot_paused is paused


async def test_handing_over_leaves_one_note_and_opens_the_conversation(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, WORDS)
    chat = await shared.chat(phone)
    async with shared.database.tenant(artisan.organization_id) as session:
        run = Conversation(
            organization_id=artisan.organization_id, user_id=artisan.id, chat_id=chat.id, workflow="quote"
        )
        session.add(run)
        await session.flush()
        await handoff.handed_over(session, artisan.organization_id, chat.account_id, chat.id, run.id)
    (job,) = await deferred(shared, handoff.HAND_OVER)
    await jobs.hand_over_chat.func(**job.args)  # a worker that died after the note does it again
    await run_handoffs(shared)
    thread = (await shared.http.get("/simulator/chatwoot/conversations", params={"of": phone})).json()
    (note,) = [message["content"] for message in thread["messages"] if message["private"]]
    assert thread["status"] == "open" and note.startswith("🤖") and "KB Plomberie" in note and "Mme Petit" in note
    assert not await shared.rows("select 1 from site_notes where organization_id = :id", id=artisan.organization_id)
    assert shared.shown(phone) == [], "the artisan never sees a note"
    async with shared.database.tenant(artisan.organization_id) as session:
        await handoff.taken_back(session, chat.account_id, chat.id)
    await run_handoffs(shared)
    assert (await shared.http.get("/simulator/chatwoot/conversations", params={"of": phone})).json()[
        "status"
    ] == "pending"
    assert not (await shared.chat(phone)).bot_paused


async def test_a_private_note_is_kept_with_its_client_and_orders_nothing(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, WORDS)
    before = len(await deferred(shared, "turn"))
    await shared.team("note", to=phone, text="ok, émets et envoie. 12 prises chez Mme Petit")
    (note,) = await shared.rows("select * from site_notes where organization_id = :id", id=artisan.organization_id)
    assert (note.author_kind, note.author, note.text) == (
        "team",
        "Équipe",
        "ok, émets et envoie. 12 prises chez Mme Petit",
    )
    assert len(await deferred(shared, "turn")) == before and shared.shown(phone) == []
    assert not (await shared.chat(phone)).bot_paused, "a note is no answer"


async def test_an_unknown_contact_waits_for_an_admin(shared, artisan: User, new_phone) -> None:
    """A private phone of the artisan: kept, listed, mapped, and then answered."""
    other = new_phone()
    sent = await shared.write(other, WORDS, name="Karim perso")
    async with shared.database.system() as session:
        (listed,) = [
            row
            for row in (await contacts.listed(session, "unmapped", Wanted(CONTACTS_BY, "-last_seen_at"))).rows
            if row.phone == other
        ]
        assert (listed.name, listed.kept_messages, listed.last_text) == ("Karim perso", 1, WORDS)
        assert await contacts.map_contact(session, listed.id, phone=artisan.whatsapp_phone) == 1
    row = await shared.message(sent["message_id"])
    assert (row.purpose, row.organization_id, row.user_id) == ("command", artisan.organization_id, artisan.id)
    assert row.processing_status == "queued" and row.turn
    again = await shared.message((await shared.write(other, "et 3 portes"))["message_id"])
    assert again.turn and again.user_id == artisan.id
    async with shared.database.system() as session:
        assert not [
            row
            for row in (await contacts.listed(session, "unmapped", Wanted(CONTACTS_BY, "-last_seen_at"))).rows
            if row.phone == other
        ]
        await contacts.set_aside(session, listed.id, "unmapped")
    last = await shared.message((await shared.write(other, "et 4 portes"))["message_id"])
    assert last.processing_status == "ignored"


async def test_what_was_written_long_ago_is_kept_and_not_answered(
    shared, artisan: User, message_from: Make, new_phone
) -> None:
    payload = message_from(new_phone(), content=WORDS, created_at="2026-11-20T08:21:07.000Z")
    await shared.webhook(payload)
    contact = await contact_of(shared, f"contact:{payload['sender']['id']}")
    async with shared.database.system() as session:
        assert await contacts.map_contact(session, contact.id, user_id=artisan.id) == 0
    row = await shared.message(payload["id"])
    assert (row.organization_id, row.processing_status) == (artisan.organization_id, "ignored")


async def test_an_ignored_contact_gives_no_orders_whatever_his_phone(shared, artisan: User) -> None:
    phone = artisan.whatsapp_phone or ""
    await shared.write(phone, WORDS)
    contact = await shared.one("select * from channel_contacts where phone = :phone", phone=phone)
    async with shared.database.system() as session:
        await contacts.set_aside(session, contact.id, "ignored")
    sent = await shared.write(phone, "ok")
    assert (await shared.message(sent["message_id"])).processing_status == "ignored"


async def test_mapping_is_refused_where_it_would_mix(shared, artisan: User, organization, new_phone) -> None:
    other = new_phone()
    await shared.write(other, WORDS)
    contact = await shared.one("select * from channel_contacts where phone = :phone", phone=other)
    async with shared.database.system() as session:
        with pytest.raises(ContactUnknown):
            await contacts.map_contact(session, uuid4(), user_id=artisan.id)
        for who in ({"user_id": uuid4()}, {"phone": "+33699999999"}, {"phone": "x"}):
            with pytest.raises(NotAnArtisan):
                await contacts.map_contact(session, contact.id, **who)
        await contacts.map_contact(session, contact.id, user_id=artisan.id)
    stranger = await _another_artisan(shared, new_phone())
    async with shared.database.system() as session:
        with pytest.raises(BelongsElsewhere):
            await contacts.map_contact(session, contact.id, user_id=stranger)


async def _another_artisan(shared: Any, phone: str) -> UUID:
    user, company = uuid4(), uuid4()
    async with shared.database.system() as session:
        await session.execute(
            text("insert into organizations (id, name, slug, status) values (:id, 'B', :slug, 'active')"),
            {"id": company, "slug": str(company)},
        )
        await session.execute(
            text("insert into users (id, organization_id, role, whatsapp_phone, phone_verified_at)"
                 " values (:id, :company, 'OWNER', :phone, now())"),
            {"id": user, "company": company, "phone": phone},
        )  # fmt: skip
    return user


async def test_an_answer_tapped_on_a_web_page_is_the_next_message(shared, artisan: User) -> None:
    """There the tap changes our own message (submitted_values) instead of coming back as words."""
    visitor = {"visitor": f"visitor-{uuid4()}", "text": "bonjour"}
    await shared.http.post("/simulator/chatwoot/inbound", json=visitor)
    await shared.settled()
    contact = await shared.one("select * from channel_contacts where name = :name", name=visitor["visitor"])
    async with shared.database.system() as session:
        await contacts.map_contact(session, contact.id, user_id=artisan.id)
    chat = await shared.one("select * from whatsapp_chats where attendee_provider_id = :ref", ref=contact.contact_ref)
    async with shared.database.system() as session:
        question = OutgoingMessage(
            organization_id=artisan.organization_id, account_id=chat.account_id, chat_id=chat.id,
            to_phone=artisan.whatsapp_phone, body="J'envoie ?\n1 Envoyer  2 Garder", choices=["Envoyer", "Garder"],
        )  # fmt: skip
        outbox_id = await enqueue(session, question)
    await messaging_jobs.deliver.func(account_id=str(chat.account_id), lane=artisan.whatsapp_phone)
    await shared.settled()
    answer = await shared.http.post("/simulator/chatwoot/tap", json={"from": visitor["visitor"], "title": "Garder"})
    assert answer.json() == {"accepted": True}
    await shared.settled()
    sent = await shared.one("select provider_message_id from outbox where id = :id", id=outbox_id)
    row = await shared.message(f"{sent.provider_message_id}:answer")
    assert (row.text, row.details["quick_reply"], row.user_id, row.turn) == ("2", "Garder", artisan.id, True)
    assert row.quoted["provider_message_id"] == sent.provider_message_id
