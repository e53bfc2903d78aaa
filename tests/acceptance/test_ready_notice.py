"""A client opens what was sent: the artisan is told when he wants to be, once, and else not (R184, R187)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from db.queue import use_database
from db.session import Database
from services.documents import ready_notices
from tests.acceptance.people import Artisan
from tests.acceptance.phrases import OK, PAINTING
from tests.acceptance.stack import Stack, new_phone

OPENED = {"fr": "a ouvert", "tr": "açtı"}


def look(stack: Stack) -> None:
    """Does now what the worker does every minute."""

    async def once() -> None:
        database = Database(stack.database_url, pool_size=2)
        use_database(database)
        await ready_notices.tell_what_was_read.func(0)
        await database.close()

    asyncio.run(once())


def test_who_wants_it_is_told_once(language: str, stack: Stack, artisan_of: Callable[..., Artisan]) -> None:
    customer = new_phone()
    client = {"name": "Mme Garance", "phone": customer, "address": "3 rue Pasteur, 69003 Lyon"}
    artisan = artisan_of(language, clients=[client])
    artisan.say(PAINTING[language])
    artisan.say(OK[language])
    artisan.say("1")
    assert artisan.client_inbox(customer)
    artisan.inbox()
    artisan.rows("update outbox set status = 'read' where organization_id = %(organization)s and recipient = 'client'")
    look(stack)
    assert artisan.replies() == [], "nothing is on until it is asked for"
    artisan.rows(
        "update organizations set settings = settings || %(choice)s::jsonb where id = %(organization)s",
        choice='{"notices": {"ready": true}}',
    )
    look(stack)
    (told,) = artisan.replies()
    assert OPENED[language] in told and artisan.numbers()[0] in told
    look(stack)
    assert artisan.replies() == []
