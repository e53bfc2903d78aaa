"""Messages that come late or by another way than a webhook: worked on, asked about or told of, never lost (UX-15, C40)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.session import Database
from services.sync import service
from tests.acceptance.people import Artisan
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS, ASSISTANT, Stack, new_phone

ORDER = {
    "fr": "devis pour Mme Garance, pose de carrelage 10 m² à 45",
    "tr": "Mme Garance için devis, 10 m² karo 45'ten",
}
PAINTING = {"fr": "ajoute peinture des murs 30 m² à 20", "tr": "duvar boyası 30 m² 20 ekle"}
OK = {"fr": "ok", "tr": "tamam"}
SOON = timedelta(minutes=20)


@pytest.fixture
def ready(language: str, artisan_of: Callable[..., Artisan]) -> Artisan:
    return artisan_of(
        language, clients=[{"name": "Mme Garance", "phone": new_phone(), "address": "3 rue Pasteur, 69003 Lyon"}]
    )


def ago(span: timedelta) -> datetime:
    return datetime.now(UTC) - span


def shown_earlier(artisan: Artisan, span: timedelta) -> None:
    """The recap was shown, and the document issued if it was, so long ago."""
    for statement in (
        "update document_versions set recap_shown_at = recap_shown_at - %(span)s",
        "update conversations set last_interaction_at = last_interaction_at - %(span)s",
    ):
        artisan.rows(statement + " where organization_id = %(organization)s", span=span)


def test_orders_of_days_ago_are_told_of_once(ready: Artisan) -> None:
    """A burst after an outage: nothing is done, one notice quotes all of them."""
    with ready.stack.worker_asleep():
        for hours in (50, 49, 48):
            ready.post(ORDER[ready.language], timestamp=ago(timedelta(hours=hours)))
    (told,) = ready.replies()
    assert told.count(ORDER[ready.language]) == 3 and ready.draft is None and ready.turns() == []
    ready.post(OK[ready.language], timestamp=ago(timedelta(days=2)))
    (again,) = ready.replies()
    assert ORDER[ready.language] not in again, "what was told is not told again"


def test_a_late_order_is_worked_on_and_said_to_be_late(ready: Artisan) -> None:
    (told,) = ready.say(ORDER[ready.language], timestamp=ago(SOON))
    assert told.startswith({"fr": "Reçu en retard (", "tr": "Geç geldi ("}[ready.language])
    assert ready.awaiting == "confirm:issue"


def test_a_late_word_counts_for_the_recap_it_answers(ready: Artisan) -> None:
    ready.say(ORDER[ready.language])
    shown_earlier(ready, timedelta(minutes=25))
    ready.say(OK[ready.language], timestamp=ago(SOON))
    assert len(ready.documents()) == 1


def test_a_late_word_does_not_count_for_a_newer_recap(ready: Artisan) -> None:
    """The answer is the question again, with the recap as it stands."""
    ready.say(ORDER[ready.language])
    shown_earlier(ready, timedelta(minutes=25))
    ready.say(PAINTING[ready.language])
    (told,) = ready.say(OK[ready.language], timestamp=ago(SOON))
    assert ready.documents() == [] and ready.awaiting == "confirm:issue" and OK[ready.language] in told


def test_a_word_from_before_the_issue_sends_nothing(ready: Artisan) -> None:
    """ "1" answered another question: the recap was there by then, the question about sending was not."""
    ready.say(ORDER[ready.language])
    shown_earlier(ready, timedelta(minutes=25))
    ready.say(OK[ready.language])
    assert ready.awaiting == "confirm:send_to_client"
    ready.say("1", timestamp=ago(SOON))
    assert ready.awaiting == "confirm:send_to_client"
    assert ready.rows("select 1 from outbox where organization_id = %(organization)s and recipient = 'client'") == []
    ready.say("1")
    assert ready.rows("select 1 from outbox where organization_id = %(organization)s and recipient = 'client'") != []


def test_an_order_without_a_webhook_is_found(ready: Artisan, language: str) -> None:
    """The webhook never came; the look into the chat finds the order, and it is answered once."""
    stack = ready.stack
    account = stack.rows("select id from whatsapp_accounts where phone = %(phone)s", phone=ASSISTANT)[0]["id"]
    look(stack, account)
    stack.http.patch("/simulator/behaviour", json={"webhooks": False}).raise_for_status()
    try:
        ready.post(ORDER[language])
    finally:
        stack.http.patch("/simulator/behaviour", json={"webhooks": True}).raise_for_status()
    assert ready.replies() == []
    look(stack, account)
    look(stack, account)
    (told,) = ready.replies()
    assert "450" in told and ready.awaiting == "confirm:issue" and len(ready.turns()) == 1


def test_what_waited_for_the_reconnection_of_his_own_number(ready: Artisan, language: str) -> None:
    """Orders to himself while his number was cut off: the recent one is worked on, the old ones are told of."""
    ready.link_own_number()
    (row,) = ready.rows(
        "select id, provider_account_id as ref from whatsapp_accounts where organization_id = %(organization)s"
    )
    stack = ready.stack
    look(stack, row["id"])
    stack.rows(
        "update account_syncs set history_until = now() - interval '9 days' where account_id = %(id)s", id=row["id"]
    )
    stack.http.post(f"/simulator/accounts/{row['ref']}/disconnect").raise_for_status()
    ready.post(ORDER[language], to=ready.phone, timestamp=ago(timedelta(days=2)))
    ready.post(PAINTING[language], to=ready.phone, timestamp=ago(timedelta(days=2)))
    ready.post(ORDER[language], to=ready.phone, timestamp=ago(SOON))
    ready.replies()
    stack.http.post(f"/simulator/accounts/{row['ref']}/scan", json={"phone": ready.phone}).raise_for_status()
    wait_for_a_turn(ready)
    settled(stack, f"sync:{row['id']}")
    told = ready.replies()
    said_late = [each for each in told if each.startswith(("Reçu en retard (", "Geç geldi ("))]
    assert len(said_late) == 1 and "450" in said_late[0]
    assert sum(PAINTING[language] in each for each in told) == 1, "told of once, not acted upon"
    assert len(ready.turns()) == 1


def wait_for_a_turn(artisan: Artisan) -> None:
    deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
    while not artisan.turns() and time.monotonic() < deadline:
        artisan.stack.wait_idle(artisan.phone)


def look(stack: Stack, account: UUID) -> None:
    """Brings the account in, the first time, or looks into its chats; waits until that is done."""

    async def call() -> None:
        database = Database(stack.database_url, pool_size=1)
        try:
            async with database.system() as session:
                await service.account_connected(session, account)
        finally:
            await database.close()

    asyncio.run(call())
    settled(stack, f"sync:{account}")


def settled(stack: Stack, lock: str) -> None:
    while stack.rows(
        "select 1 from jobs.procrastinate_jobs where status in ('todo', 'doing') and lock = %(lock)s", lock=lock
    ):
        stack.wait_idle("+33100000000")
