"""Messages as the office sees, writes and takes them back; chats with artisans and their clients."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from db.models import WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from tests.integration.conversations.conftest import Office


async def test_a_word_from_the_office_arrives_marked_and_starts_no_turn(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    run, before = await office.run(), len(office.phone())
    written = await office.call(
        "POST", f"/conversations/{run['id']}/messages", 201, json={"text": "On l'envoie demain, ok ?"}
    )
    assert (written["status"], written["author"]["kind"], written["recipient"]) == ("queued", "office", "artisan")
    await office.deliver()
    (entry,) = office.phone()[before:]
    assert "On l'envoie demain, ok ?" in entry.text and entry.text.startswith("👤 *Le bureau*")
    assert "reprends" in entry.text, "he learns how to have the assistant back"
    assert await office.turn() is False, "its echo is not an order"
    read = await office.call("GET", f"/messages/{written['id']}")
    assert read["status"] == "read" and read["id"] != written["id"] and read["outbox_id"] == written["id"]
    assert {step["status"] for step in read["history"]} == {"queued", "sending", "sent", "delivered", "read"}
    row = await office.house.one("select is_from_bot from whatsapp_messages where outbox_id = :id", id=written["id"])
    assert row.is_from_bot is False
    assert await office.says("ok") == [], "his yes is meant for the office and approves nothing"
    issued = await office.house.rows(
        "select 1 from quotes where organization_id = :id and number is not null", id=office.artisan.organization_id
    )
    assert not issued
    second = await office.call("POST", f"/conversations/{run['id']}/messages", 201, json={"text": "Merci."})
    assert "reprends" not in second["text"], "said once"


async def test_a_member_signs_with_his_name(office: Office) -> None:
    await office.says("devis Mme Klein")
    await office.house.rows(
        "update users set first_name = 'Claire', last_name = 'Petit' where role = 'MANAGER'"
        " and organization_id = :id returning id",
        id=office.artisan.organization_id,
    )
    written = await office.call(
        "POST", f"/conversations/{(await office.run())['id']}/messages", 201, json={"text": "Bonjour"}
    )
    assert written["text"].startswith("👤 *Claire Petit*, au bureau :\nBonjour")


async def test_the_assistant_that_waits_for_an_answer_is_not_spoken_over(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    path = f"/conversations/{(await office.run())['id']}/messages"
    aside = {"text": "Le bureau est fermé vendredi.", "take_over": False}
    assert "waits for an answer" in (await office.call("POST", path, 409, json=aside))["message"]
    await office.says("laisse tomber")
    await office.says("oui")
    assert (await office.call("GET", "/conversations", params={"status": "active"}))["data"] == []
    await office.call("POST", path, 201, json=aside)
    assert (await office.run())["assistant_silent"] is False


@pytest.mark.parametrize("body", [{"text": ""}, {"text": " \n"}, {"text": "x" * 3501}, {}, {"text": "a", "to": "b"}])
async def test_a_bad_letter_is_refused(office: Office, body: dict[str, Any]) -> None:
    await office.says("devis Mme Klein")
    await office.call("POST", f"/conversations/{(await office.run())['id']}/messages", 422, json=body)


async def test_a_message_is_taken_back_from_the_phone(office: Office) -> None:
    await office.says("devis Mme Klein")
    path = f"/conversations/{(await office.run())['id']}/messages"
    written = await office.call("POST", path, 201, json={"text": "C'était pour M. Noé, pardon."})
    await office.deliver()
    asked = await office.call("DELETE", f"/messages/{written['id']}", 202)
    await office.do_revoke(written["id"])
    entry = office.phone()[-1]
    assert (entry.status, entry.text) == ("deleted", None)
    read = await office.call("GET", f"/messages/{asked['id']}")
    assert read["status"] == "revoked" and read["deleted_at"]
    await office.call("DELETE", f"/messages/{written['id']}", 202)
    jobs = await office.house.rows(
        "select 1 from jobs.procrastinate_jobs where task_name = 'revoke_message' and args ->> 'outbox_id' = :id",
        id=written["id"],
    )
    assert len(jobs) == 1, "asked twice, done once"


async def test_a_message_that_waits_is_stopped(office: Office) -> None:
    await office.says("devis Mme Klein")
    path = f"/conversations/{(await office.run())['id']}/messages"
    written, before = await office.call("POST", path, 201, json={"text": "Non."}), len(office.phone())
    assert (await office.call("DELETE", f"/messages/{written['id']}", 202))["status"] == "cancelled"
    await office.deliver()
    assert len(office.phone()) == before


async def test_what_somebody_wrote_himself_is_not_ours_to_take_back(office: Office) -> None:
    await office.says("devis Mme Klein")
    page = await office.call("GET", f"/conversations/{(await office.run())['id']}/messages")
    (his,) = [message for message in page["data"] if message["direction"] == "inbound"]
    assert (his["author"]["kind"], his["processing"], his["status"]) == ("member", "processed", None)
    assert "Only what Usta wrote" in (await office.call("DELETE", f"/messages/{his['id']}", 409))["message"]
    await office.call("DELETE", f"/messages/{uuid4()}", 404)
    await office.call("GET", f"/messages/{uuid4()}", 404)


async def test_a_run_lists_what_was_heard_and_said_for_it(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    await office.says("mets 14 m²")
    path = f"/conversations/{(await office.run())['id']}/messages"
    page = await office.call("GET", path, params={"sort": "sent_at"})
    assert [message["direction"] for message in page["data"]] == ["inbound", "outbound"] * 2
    assert {message["author"]["kind"] for message in page["data"]} == {"member", "assistant"}
    inbound = await office.call("GET", path, params={"direction": "inbound", "limit": 1})
    assert inbound["data"][0]["text"] == "mets 14 m²" and inbound["next"]
    single = await office.call("GET", f"/messages/{page['data'][1]['id']}")
    assert single["origin"]["understander"] == "grammar" and single["origin"]["turn_id"]
    assert any(name.startswith("fr/recap.full@") for name in single["origin"]["sentences"])


async def test_the_inbox_shows_the_clients_of_a_linked_number(
    office: Office, linked_account: WhatsappAccount, new_phone: Any
) -> None:
    await office.says("devis Mme Klein")
    phone, chat_id = new_phone(), new_id()
    customer = WhatsappChat(
        id=chat_id,
        organization_id=office.artisan.organization_id,
        account_id=linked_account.id,
        provider_chat_id=f"chat-{phone}",
        purpose="customer",
        name="Mme Roux",
        attendee_phone=phone,
        unread_count=1,
    )
    async with office.house.database.system() as session:
        session.add(customer)
        await session.flush()
        session.add(
            WhatsappMessage(
                organization_id=office.artisan.organization_id,
                account_id=linked_account.id,
                chat_id=chat_id,
                provider_message_id=f"in-{phone}",
                direction="inbound",
                text="Vous venez quand ?",
                sender_name="Mme Roux",
                sent_at=customer.created_at,
                processing_status="ignored",
            )
        )
    chats = (await office.call("GET", "/chats"))["data"]
    assert {chat["purpose"] for chat in chats} == {"command", "customer"}
    (unread,) = (await office.call("GET", "/chats", params={"purpose": "customer", "unread": True}))["data"]
    assert (unread["name"], unread["last_message"]["text"]) == ("Mme Roux", "Vous venez quand ?")
    assert unread["last_message"]["author"] == {"kind": "other", "id": None, "name": "Mme Roux"}
    assert (await office.call("GET", f"/chats/{chat_id}"))["number"]["kind"] == "artisan"
    (message,) = (await office.call("GET", f"/chats/{chat_id}/messages"))["data"]
    assert message["processing"] == "ignored"
    for path in (f"/chats/{uuid4()}", f"/chats/{uuid4()}/messages"):
        await office.call("GET", path, 404)
