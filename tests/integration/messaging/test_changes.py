"""Edits, deletions, receipts and reactions, in any order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

Make = Callable[..., dict[str, Any]]


async def message(house, payload: dict[str, Any]) -> Any:
    return await house.one("select * from whatsapp_messages where provider_message_id = :id", id=payload["message_id"])


async def process(house, payload: dict[str, Any]) -> None:
    async with house.database.system() as session:
        await session.execute(
            text("update whatsapp_messages set processing_status = 'processed' where provider_message_id = :id"),
            {"id": payload["message_id"]},
        )


async def test_edit_before_the_turn_replaces_the_words(house, message_from: Make) -> None:
    payload = message_from(message="12 m2")
    await house.webhook(payload)
    await house.webhook(payload | {"event": "message_edited", "message": "14 m2"})
    row = await message(house, payload)
    assert (row.text, row.processing_status, row.details["original_text"]) == ("14 m2", "queued", "12 m2")
    assert row.edited_at is not None


async def test_edit_after_the_turn_is_kept_beside_the_words_that_were_read(house, message_from: Make) -> None:
    payload = message_from(message="12 m2")
    await house.webhook(payload)
    await process(house, payload)
    await house.webhook(payload | {"event": "message_edited", "message": "14 m2"})
    row = await message(house, payload)
    assert (row.text, row.details["edited_text"]) == ("12 m2", "14 m2")


async def test_edit_overtaking_its_message_is_the_message(house, message_from: Make) -> None:
    payload = message_from(message="12 m2")
    await house.webhook(payload | {"event": "message_edited", "message": "14 m2"})
    assert (await house.webhook(payload)).json() == {"status": "duplicate"}
    row = await message(house, payload)
    assert (row.text, row.processing_status) == ("14 m2", "queued")


@pytest.mark.parametrize("overtaking", [False, True])
async def test_deleted_message_is_not_read(house, message_from: Make, overtaking: bool) -> None:
    payload = message_from()
    events = [payload, payload | {"event": "message_deleted"}]
    for event in reversed(events) if overtaking else events:
        await house.webhook(event)
    row = await message(house, payload)
    assert row.deleted_at is not None and row.processing_status == "ignored"
    assert row.text == "Bonjour, un devis svp"


async def test_deletion_after_the_turn_is_only_marked(house, message_from: Make) -> None:
    payload = message_from()
    await house.webhook(payload)
    await process(house, payload)
    await house.webhook(payload | {"event": "message_deleted"})
    row = await message(house, payload)
    assert row.deleted_at is not None and row.processing_status == "processed"


async def test_reaction_is_kept_and_starts_nothing(house, message_from: Make) -> None:
    payload = message_from()
    await house.webhook(payload)
    jobs = await house.one("select count(*) from jobs.procrastinate_jobs")
    await house.webhook(payload | {"event": "message_reaction", "reaction": "👍"})
    assert (await message(house, payload)).details["reactions"][0]["value"] == "👍"
    assert await house.one("select count(*) from jobs.procrastinate_jobs") == jobs


@pytest.mark.parametrize("event", ["message_reaction", "message_read"])
async def test_event_about_an_unknown_message_is_kept(house, message_from: Make, event: str) -> None:
    answer = await house.webhook(message_from(event=event))
    assert answer.json() == {"status": "unmatched"}


async def test_receipts_only_go_forward(house, message_from: Make) -> None:
    payload = message_from(is_sender=True)
    await house.webhook(payload)
    read, delivered = (
        payload | {"event": f"message_{name}", "timestamp": f"2026-11-20T09:00:0{second}.000Z"}
        for name, second in (("read", 5), ("delivered", 3))
    )
    await house.webhook(read)
    await house.webhook(delivered)
    row = await message(house, payload)
    assert row.read_at.second == 5 and row.delivered_at.second == 3


async def test_everything_about_a_message_at_once(house, message_from: Make) -> None:
    payloads = [message_from(message="12 m2", is_sender=number % 2 == 0) for number in range(20)]
    events = ("message_received", "message_delivered", "message_read", "message_edited")
    calls = [house.webhook(payload | {"event": event}) for payload in payloads for event in events]
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {200}
    for payload in payloads:
        row = await message(house, payload)
        assert row.text == "12 m2" and "placeholder" not in row.details
        if payload["is_sender"]:
            assert row.delivered_at and row.read_at
        else:
            assert row.processing_status == "queued"


async def test_receipt_overtaking_the_echo_is_not_lost(house, message_from: Make) -> None:
    payload = message_from(is_sender=True, message="Bien reçu")
    await house.webhook(payload | {"event": "message_delivered"})
    await house.webhook(payload)
    row = await message(house, payload)
    assert row.delivered_at is not None and row.text == "Bien reçu" and "placeholder" not in row.details
