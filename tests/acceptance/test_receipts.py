"""A client's copy that left and does not arrive: its artisan is told, once and once more, and not when it arrives (UX-78)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, new_phone

WORDS = {
    "fr": ("devis pour Mme Garance, pose de carrelage 10 m² à 45", "ok", "1"),
    "tr": ("Mme Garance için devis, 10 m² karo 45'ten", "tamam", "1"),
}
SAID = {"fr": ("pas encore remis", "toujours pas remis"), "tr": ("henüz ulaşmadı", "hâlâ")}


@pytest.fixture
def unacknowledged(stack: Stack) -> Iterator[None]:
    """The network tells nothing of what becomes of messages."""
    stack.http.patch("/simulator/behaviour", json={"receipts": False}).raise_for_status()
    yield
    stack.http.patch("/simulator/behaviour", json={"receipts": True}).raise_for_status()


def sent_to_client(artisan_of: Callable[..., Artisan], language: str) -> tuple[Artisan, dict[str, Any]]:
    """An artisan whose quote has left for his client, and its outbox row."""
    customer = new_phone()
    artisan = artisan_of(language, clients=[{"name": "Mme Garance", "phone": customer, "address": "69003 Lyon"}])
    for words in WORDS[language]:
        artisan.say(words)
    artisan.client_inbox(customer)
    artisan.stack.wait_idle(customer)
    (row,) = artisan.rows(
        "select id, status from outbox where organization_id = %(organization)s and recipient = 'client'"
    )
    artisan.replies()
    return artisan, row


def minutes_pass(artisan: Artisan, row: dict[str, Any], times: int) -> None:
    """Makes the look that is planned for later happen now, and waits until it has."""
    jobs = "select 1 from jobs.procrastinate_jobs where args ->> 'outbox_id' = %(id)s and (args ->> 'times')::int = %(times)s"
    with psycopg.connect(artisan.stack.database_url, options="-c search_path=public,jobs") as connection:
        connection.execute(
            "update procrastinate_jobs set scheduled_at = now() where task_name = 'look_for_receipt'"
            " and args ->> 'outbox_id' = %s and (args ->> 'times')::int = %s",
            (str(row["id"]), times),
        )
    while artisan.rows(jobs, id=str(row["id"]), times=times):
        artisan.stack.wait_idle(artisan.phone)


def test_he_is_told_that_his_client_has_not_got_it(
    artisan_of: Callable[..., Artisan], language: str, unacknowledged: None
) -> None:
    artisan, row = sent_to_client(artisan_of, language)
    assert row["status"] == "sent"
    for times, words in enumerate(SAID[language], start=1):
        minutes_pass(artisan, row, times)
        (told,) = artisan.replies()
        assert words in told and "Garance" in told and artisan.numbers()[0] in told


def test_nothing_is_said_when_it_arrives(artisan_of: Callable[..., Artisan], language: str) -> None:
    artisan, row = sent_to_client(artisan_of, language)
    for times in (1, 2):
        minutes_pass(artisan, row, times)
    assert artisan.replies() == []
    assert artisan.rows("select status from outbox where id = %(id)s", id=row["id"]) == [{"status": "read"}]


def test_the_provider_is_asked_before_he_is_told(artisan_of: Callable[..., Artisan], stack: Stack) -> None:
    """It arrived, and only the webhook of the receipt was lost."""
    customer = new_phone()
    artisan = artisan_of("fr", clients=[{"name": "Mme Garance", "phone": customer, "address": "69003 Lyon"}])
    for words in WORDS["fr"]:
        artisan.say(words)
    stack.http.patch("/simulator/behaviour", json={"webhooks": False}).raise_for_status()
    try:
        artisan.client_inbox(customer)
        stack.wait_idle(customer)
    finally:
        stack.http.patch("/simulator/behaviour", json={"webhooks": True}).raise_for_status()
    (row,) = artisan.rows(
        "select id, status from outbox where organization_id = %(organization)s and recipient = 'client'"
    )
    artisan.replies()
    assert row["status"] == "sent"
    minutes_pass(artisan, row, 1)
    assert artisan.replies() == []
    assert artisan.rows("select status from outbox where id = %(id)s", id=row["id"]) == [{"status": "read"}]
