"""What became of a message that left: forward only, and the same in whatever order it is told (R054, C18)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from db.models import User, WhatsappAccount
from db.models.base import new_id
from db.repositories import outbox as repository
from db.repositories import statuses
from services.messaging.outbox import enqueue, record_sent
from services.messaging.schemas import OutgoingMessage
from tests.integration.messaging.conftest import House

Make = Callable[..., dict[str, Any]]
TOLD = ("answer", "message_received", "message_delivered", "message_read")
AFTER = {"message_received": 0, "message_delivered": 3, "message_read": 5}
"""Seconds after the provider took the message at which the event happened."""


class Story:
    """One message that was claimed for sending, and everything that can be told of it."""

    def __init__(self, house: House, account: WhatsappAccount, artisan: User, make: Make) -> None:
        self.house, self.account, self.artisan, self.make = house, account, artisan, make
        self.sent_at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)

    async def begin(self, *, id_in_answer: bool = True) -> None:
        phone = self.artisan.whatsapp_phone or ""
        message = OutgoingMessage(
            organization_id=self.artisan.organization_id, account_id=self.account.id, to_phone=phone, body=str(new_id())
        )
        async with self.house.database.tenant(self.artisan.organization_id) as session:
            self.outbox_id = await enqueue(session, message)
        async with self.house.database.system() as session:
            claimed = await repository.claim(
                session, self.account.id, phone, paced=(), answer_within=timedelta(hours=1)
            )
            assert claimed is not None and claimed.id == self.outbox_id and claimed.claimed
        self.ref, self.id_in_answer = str(new_id()), id_in_answer
        self.echo = self.make(
            phone,
            message=message.body,
            message_id=self.ref,
            is_sender=True,
            timestamp=self.sent_at.isoformat(),
            sender={"attendee_name": "You"},
        )

    async def tell(self, what: str) -> None:
        if what == "answer":
            async with self.house.database.system() as session:
                await record_sent(
                    session,
                    self.outbox_id,
                    provider_chat_id=self.echo["chat_id"],
                    provider_message_id=self.ref if self.id_in_answer else None,
                    sent_at=self.sent_at,
                )
            return
        at = self.sent_at + timedelta(seconds=AFTER[what])
        answer = await self.house.webhook(self.echo | {"event": what, "timestamp": at.isoformat()})
        assert answer.status_code == 200

    async def end(self) -> tuple[Any, ...]:
        """What is left when all was told: status, times in seconds after the sending, the history without our clock."""
        row = await self.house.one("select status, sent_at from outbox where id = :id", id=self.outbox_id)
        messages = await self.house.rows(
            "select delivered_at, read_at, is_from_bot, processing_status, details ? 'placeholder' as placeholder"
            " from whatsapp_messages where outbox_id = :id",
            id=self.outbox_id,
        )
        async with self.house.database.system() as session:
            history = await statuses.history(session, self.outbox_id)
        steps = [
            (step.status, self._seconds(step.at)) for step in history if step.status in ("sent", "delivered", "read")
        ]
        assert [step.status for step in history if step.status in ("queued", "sending")] == ["queued", "sending"]
        turns = await self.house.one(
            "select count(*) from jobs.procrastinate_jobs j join whatsapp_messages m on j.lock = 'chat:' || m.chat_id"
            " where m.outbox_id = :id",
            id=self.outbox_id,
        )
        told = [(self._seconds(each[0]), self._seconds(each[1]), *each[2:]) for each in messages]
        return (row.status, self._seconds(row.sent_at), told, sorted(steps), turns[0])

    def _seconds(self, at: datetime | None) -> float | None:
        return None if at is None else (at - self.sent_at).total_seconds()


@pytest.fixture
def story(house: House, assistant_account: WhatsappAccount, artisan: User, message_from: Make) -> Story:
    return Story(house, assistant_account, artisan, message_from)


FINAL = ("read", 0, [(3, 5, True, "ignored", False)], [("delivered", 3), ("read", 5), ("sent", 0)], 0)


@pytest.mark.parametrize("id_in_answer", [True, False])
async def test_every_order_ends_the_same(story: Story, id_in_answer: bool) -> None:
    """The answer of the call, the echo and both receipts in all twenty-four orders, the first told again at the end."""
    for order in itertools.permutations(TOLD):
        await story.begin(id_in_answer=id_in_answer)
        for what in (*order, order[0]):
            await story.tell(what)
        assert await story.end() == FINAL, order


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.lists(st.sampled_from(TOLD), max_size=4), data=st.data())
def test_any_repetition_ends_the_same(rest: list[str], data: st.DataObject, runner: Callable[[Any], Any]) -> None:
    """Everything at least once, with any repetitions anywhere between."""
    order = data.draw(st.permutations([*TOLD, *rest]))
    assert runner(order) == FINAL


@pytest.fixture
def runner(story: Story) -> Callable[[Any], Any]:
    loop = asyncio.get_event_loop_policy().get_event_loop()

    def run(order: list[str]) -> Any:
        async def played() -> Any:
            await story.begin()
            for what in order:
                await story.tell(what)
            return await story.end()

        return loop.run_until_complete(played())

    return run


async def test_everything_at_once_ends_the_same(story: Story) -> None:
    for _ in range(10):
        await story.begin()
        await asyncio.gather(*(story.tell(what) for what in TOLD for _ in range(2)))
        assert await story.end() == FINAL


@pytest.mark.parametrize(
    ("told", "status"),
    [(["answer"], "sent"), (["answer", "message_delivered"], "delivered"), (["message_read", "answer"], "read")],
)
async def test_the_status_is_the_furthest_step_told(story: Story, told: list[str], status: str) -> None:
    await story.begin()
    for what in told:
        await story.tell(what)
    assert (await story.end())[0] == status


@pytest.mark.parametrize("back", ["queued", "sending", "sent", "failed", "cancelled", "delivered"])
async def test_the_database_lets_nothing_go_back(story: Story, back: str) -> None:
    await story.begin()
    for what in TOLD:
        await story.tell(what)
    async with story.house.database.system() as session:
        await session.execute(
            text("update outbox set status = :back where id = :id"), {"back": back, "id": story.outbox_id}
        )
    assert await story.end() == FINAL


async def test_an_attempt_that_failed_stays_in_the_history(story: Story) -> None:
    await story.begin()
    claim = await story.house.one("select id, attempts from outbox where id = :id", id=story.outbox_id)
    async with story.house.database.system() as session:
        await repository.requeue(session, claim, None, "429")
        await repository.claim(
            session, story.account.id, story.artisan.whatsapp_phone or "", paced=(), answer_within=timedelta(hours=1)
        )
    async with story.house.database.system() as session:
        steps = [step.status for step in await statuses.history(session, story.outbox_id)]
    assert steps == ["queued", "sending", "queued", "sending"]


async def test_what_a_person_typed_has_receipts_too(
    house: House, linked_account: WhatsappAccount, message_from: Make, new_phone: Callable[[], str]
) -> None:
    payload = message_from(new_phone(), account_id=linked_account.provider_account_id, is_sender=True, sender={})
    for event in ("message_received", "message_read", "message_delivered", "message_read"):
        await house.webhook(payload | {"event": event})
    rows = await house.rows(
        "select s.status from delivery_statuses s join whatsapp_messages m on m.id = s.message_id"
        " where m.provider_message_id = :ref order by s.status",
        ref=payload["message_id"],
    )
    assert [row.status for row in rows] == ["delivered", "read"]


async def test_a_tenant_sees_its_own_history_only(story: Story) -> None:
    await story.begin()
    async with story.house.database.tenant(story.artisan.organization_id) as session:
        assert len(await statuses.history(session, story.outbox_id)) == 2
    async with story.house.database.tenant(UUID(int=1)) as session:
        assert await statuses.history(session, story.outbox_id) == []
