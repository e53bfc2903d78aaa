"""The pace of an account over several workers, precedence of answers, full days, long texts, "is typing"."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from db.models import User, WhatsappAccount
from services.messaging import slots
from services.messaging.delivery import Delivery
from services.messaging.outbox import enqueue
from services.messaging.schemas import OutgoingMessage
from services.messaging.simulator.faults import Fault
from services.messaging.simulator.network import Draft

SCALE = 0.002
"""Gaps of 20 to 40 ms."""


class Crew:
    """Writes to several people through one account and delivers all lanes at once, as several workers would."""

    def __init__(self, house: Any, account: WhatsappAccount, artisan: User, new_phone: Callable[[], str]) -> None:
        self.house, self.account, self.artisan, self.new_phone = house, account, artisan, new_phone
        self.lanes: list[str] = []

    async def colleague(self) -> str:
        """The phone of another user of the company, who never wrote."""
        phone = self.new_phone()
        user = User(
            organization_id=self.artisan.organization_id,
            first_name="Ali",
            last_name="Kaya",
            role="AGENT",
            whatsapp_phone=phone,
            phone_verified_at=datetime.now(UTC),
        )
        async with self.house.database.system() as session:
            session.add(user)
        return phone

    async def write(self, phone: str, body: str = "Rappel") -> UUID:
        self.lanes.append(phone)
        message = OutgoingMessage(
            organization_id=self.artisan.organization_id, account_id=self.account.id, to_phone=phone, body=body
        )
        async with self.house.database.tenant(self.artisan.organization_id) as session:
            return await enqueue(session, message)

    async def round(self, **values: Any) -> None:
        workers: list[Delivery] = [self.house.delivery(**{"pace": SCALE, **values}) for _ in range(3)]
        await asyncio.gather(
            *(worker.drain(self.account.id, lane) for worker, lane in zip(itertools.cycle(workers), self.lanes))
        )

    async def until_sent(self, wanted: int, **values: Any) -> list[Any]:
        for _ in range(400):
            await self.round(**values)
            rows = await self.rows()
            if sum(row.status in ("sent", "delivered", "read") for row in rows) >= wanted:
                return rows
            await asyncio.sleep(0.01)
        raise AssertionError([tuple(row) for row in rows])

    async def rows(self) -> list[Any]:
        return list(
            await self.house.rows(
                "select status, pace, sending_at, slot_at, not_before, to_phone, body from outbox"
                " where account_id = :id order by sending_at nulls last",
                id=self.account.id,
            )
        )

    async def limit(self, **values: Any) -> None:
        async with self.house.database.system() as session:
            await slots.set_pace(session, self.account.id, values)


@pytest.fixture
async def crew(house, artisan: User, linked_account: WhatsappAccount, new_phone) -> Crew:
    """Through the artisan's own number, so that modules do not share its counts."""
    house.simulator.state.add_account("+33699000001", linked_account.provider_account_id, was_connected=True)
    return Crew(house, linked_account, artisan, new_phone)


async def test_several_workers_keep_one_pace(crew: Crew) -> None:
    phones = [await crew.colleague() for _ in range(8)]
    for phone in phones:
        await crew.write(phone)
    await crew.limit(daily_new_limit=50)
    rows = await crew.until_sent(8)
    moments = [row.sending_at for row in rows]
    gaps = [(after - before).total_seconds() for before, after in itertools.pairwise(moments)]
    assert min(gaps) >= 10 * SCALE, gaps
    assert {row.pace for row in rows} == {"new"}
    assert len(crew.house.simulator.state.messages) == 8


async def test_answers_overtake_what_nobody_waits_for(crew: Crew, assistant_account: WhatsappAccount) -> None:
    crew.account = assistant_account
    phone = crew.artisan.whatsapp_phone or ""
    await crew.house.simulator.network.from_phone(Draft(sender=phone, receiver="+33180000000", text="Où en est-on ?"))
    others = [await crew.colleague() for _ in range(3)]
    for other in others:
        await crew.write(other)
    await crew.write(phone, "Voilà")
    await crew.round(pace=1.0)
    rows = {row.to_phone: row for row in await crew.rows()}
    assert (rows[phone].pace, rows[phone].slot_at) == ("reply", None) and rows[phone].status != "queued"
    assert sum(rows[other].status != "queued" for other in others) == 1, (
        "one of the others, the rest keep their distance"
    )


async def test_full_day_waits_for_the_morning_and_is_told_once(crew: Crew) -> None:
    await crew.limit(daily_limit=1)
    for _ in range(3):
        await crew.write(await crew.colleague())
    await crew.until_sent(1)
    await crew.round()
    waiting = [row for row in await crew.rows() if row.status == "queued"]
    assert len(waiting) == 2 and all(row.slot_at is None for row in waiting)
    assert all(row.not_before.date() > datetime.now(UTC).date() for row in waiting)
    logs = await crew.house.rows(
        "select 1 from system_logs where event = 'sending.day_is_full' and details ->> 'account_id' = :id",
        id=str(crew.account.id),
    )
    jobs = await crew.house.rows(
        "select 1 from jobs.procrastinate_jobs j join outbox o on o.id::text = j.args ->> 'outbox_id'"
        " where j.task_name = 'sending_day_is_full' and o.account_id = :id",
        id=crew.account.id,
    )
    assert (len(logs), len(jobs)) == (1, 1)


async def test_higher_limit_frees_what_waits(crew: Crew) -> None:
    await crew.limit(daily_limit=0)
    await crew.write(await crew.colleague())
    await crew.round()
    assert [row.status for row in await crew.rows()] == ["queued"]
    await crew.limit(daily_limit=5)
    assert [row.status for row in await crew.until_sent(1)] != ["queued"]


async def test_refused_attempt_does_not_use_up_the_day(crew: Crew) -> None:
    await crew.limit(daily_limit=1)
    crew.house.simulator.faults.ordered.append(Fault(route="start_chat", status=503, type="no_client_session"))
    await crew.write(await crew.colleague())
    await crew.round()
    async with crew.house.database.system() as session:
        statement = "update outbox set not_before = now() - interval '1 s' where account_id = :id"
        await session.execute(text(statement), {"id": crew.account.id})
    assert [row.status for row in await crew.until_sent(1)] != ["queued"]


async def test_long_text_arrives_in_order_and_once_although_a_send_broke_off(crew: Crew) -> None:
    phone = crew.artisan.whatsapp_phone or ""
    lines = [f"{number:03d} " + "carrelage " * 6 for number in range(150)]
    crew.house.simulator.faults.ordered.append(
        Fault(route="send_message", status=504, type="request_timeout", when="after")
    )
    await crew.write(phone, "\n".join(lines))
    for _ in range(4):
        await crew.round(pace=0.0)
        async with crew.house.database.system() as session:
            earlier = {"id": crew.account.id, "at": datetime.now(UTC) - timedelta(seconds=1)}
            statement = "update outbox set not_before = :at where account_id = :id and not_before is not null"
            await session.execute(text(statement), earlier)
    received = [entry.text for entry in crew.house.simulator.feed.sent_by_api(phone, 0)]
    assert len(received) == 3
    assert [line.strip() for part in received for line in part.split("\n")] == [line.strip() for line in lines]


async def test_answer_shows_that_it_is_being_typed(crew: Crew, assistant_account: WhatsappAccount) -> None:
    crew.account = assistant_account
    phone = crew.artisan.whatsapp_phone or ""
    await crew.house.simulator.network.from_phone(Draft(sender=phone, receiver="+33180000000", text="Bonjour"))
    before = crew.house.simulator.feed.last_seq
    await crew.write(phone, "Bonjour")
    await crew.round(typing=0.05)
    kinds = [entry.type for entry in crew.house.simulator.feed.entries(phone, before)]
    assert kinds[:2] == ["typing", "message"]
