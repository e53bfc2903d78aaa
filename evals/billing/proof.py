"""The same life in many orders of its webhooks, and what it ends in each time."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import httpx
from sqlalchemy import select, text

from db.models import Outbox
from db.session import Database
from db.settings import Settings
from evals.billing.house import house
from evals.billing.life import EXPECTED, STAGES, World
from services.billing import invoices, jobs
from services.billing.activation import NUMBER, SYNC
from services.billing.simulator.state import Object
from services.storage.service import storage

Course = Literal["in_stage", "any_time", "lost", "after_all"]
"""How webhooks arrive. in_stage: shuffled and repeated within days, no reconciliation but when the grace ends; any_time:
some only weeks later, with the hourly reconciliation; lost: none at all; after_all: everything once all is over."""
COURSES: tuple[Course, ...] = ("in_stage", "any_time", "lost", "after_all")
_LATE = 0.4
_MOST_COPIES = 3
_MEMORY = re.compile(r"https?://\S+")
_NUMBER = re.compile(r"(ABO(?:-AV)?)-(\d{4})-(\d+)")


@dataclass(slots=True)
class End:
    """What a life ended in: comparable between runs. ``accounts`` is the first company's status after each stage."""

    mirror: list[Any]
    status: list[Any]
    invoices: list[Any]
    messages: list[str]
    accounts: dict[str, str]


@dataclass(slots=True)
class Report:
    """Many runs."""

    orders: int = 0
    delivered: int = 0
    events: int = 0
    readings: int = 0
    courses: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    first: End | None = None
    last: End | None = None
    gapless: bool = False
    numbers: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "figure": "billing.prove",
            "orders": self.orders,
            "courses": dict(self.courses),
            "events": self.events,
            "deliveries": self.delivered,
            "readings_of_customers": self.readings,
            "invoice_numbers": self.numbers,
            "gapless": self.gapless,
            "differing": self.differing,
        }


async def prove(
    database: Database,
    configured: Settings,
    http: httpx.AsyncClient,
    *,
    orders: int,
    seed: int,
    said: Callable[[str], None] = lambda line: None,
) -> Report:
    """Plays ``orders`` lives, the courses in turn; ``http`` reaches the application. Differences stand in the report.

    Lives whose webhooks come after all is over are compared among themselves in their messages: what is no longer so by
    then is not told any more.
    """
    report = Report()
    ends: dict[str, End] = {}
    for number in range(orders):
        course = COURSES[number % len(COURSES)] if number else "in_stage"
        end = await _Run(database, configured, http, random.Random(f"{seed}:{number}"), course, report).play()
        report.orders += 1
        report.courses[course] += 1
        late = "after_all" if course == "after_all" else "in_time"
        _compare(report, number, course, end, ends.setdefault(late, end), ends["in_time"])
        if (number + 1) % 20 == 0:
            said(f"{number + 1} of {orders} orders")
    report.first, report.last = ends["in_time"], ends.get("after_all")
    report.numbers, report.gapless = await _gapless(database)
    return report


def _compare(report: Report, number: int, course: Course, end: End, same: End, first: End) -> None:
    for name in ("mirror", "status", "invoices"):
        if getattr(end, name) != getattr(first, name):
            report.differing.append(f"order {number} ({course}): {name} {getattr(end, name)}")
    if end.messages != same.messages:
        report.differing.append(f"order {number} ({course}): messages {end.messages}")
    if course != "after_all" and end.accounts != EXPECTED:
        report.differing.append(f"order {number} ({course}): accounts {end.accounts}")


class _Run:
    """One order."""

    def __init__(
        self,
        database: Database,
        configured: Settings,
        http: httpx.AsyncClient,
        chance: random.Random,
        course: Course,
        report: Report,
    ) -> None:
        self.world = World(database, configured, http)
        self.database, self.chance, self.course, self.report = database, chance, course, report
        self.late: dict[int, list[Object]] = {}

    async def play(self) -> End:
        """The whole life."""
        world, accounts = self.world, {}
        try:
            await world.begin()
            base = await _last_numbers(self.database)
            for place, (name, act) in enumerate(STAGES):
                await act(world)
                await self._deliver(place, world.happened())
                if self.course in ("any_time", "lost") or name == "grace_is_over":
                    await self._reconcile()
                accounts[name] = await _status(self.database, world.dear)
            for events in self.late.values():
                await self._send(events)
            return await _end(self.database, world, base, accounts)
        finally:
            await world.close()

    async def _deliver(self, place: int, events: list[Object]) -> None:
        self.report.events += len(events)
        if self.course == "lost":
            return
        now = self.late.pop(place, [])
        if self.course == "after_all":
            self.late.setdefault(len(STAGES), []).extend(self._copies(events))
            return
        kept = self._one_each(events)
        for event in self._copies(events):
            if self.course == "any_time" or (event["id"] not in kept and self.chance.random() < _LATE):
                later = self.chance.randint(place, len(STAGES))
                self.late.setdefault(later, []).append(event) if later > place else now.append(event)
            else:
                now.append(event)
        if self.course == "in_stage":
            now += [event for event in events if event["id"] in kept]
        await self._send(now)

    def _one_each(self, events: list[Object]) -> set[str]:
        """An event of each customer that arrives in time: somebody always hears of what happened within days."""
        by_customer: dict[str, list[Object]] = {}
        for event in events:
            subject = event["data"]["object"]
            by_customer.setdefault(str(subject.get("customer") or subject["id"]), []).append(event)
        return {self.chance.choice(found)["id"] for found in by_customer.values()}

    def _copies(self, events: list[Object]) -> list[Object]:
        return [event for event in events for _ in range(self.chance.randint(1, _MOST_COPIES))]

    async def _send(self, events: list[Object]) -> None:
        self.chance.shuffle(events)
        for event in events:
            status = await self.world.simulator.webhooks.deliver(event)
            assert status in (0, 200), status
            self.report.delivered += status == 200
            if self.chance.random() < 0.3:  # the worker is now quicker, now slower than the webhooks
                await self._work()
        await self._work()

    async def _reconcile(self) -> None:
        if self.course in ("in_stage", "any_time") and self.chance.random() < 0.5:
            await self._work()
        await jobs.reconcile_billing(timestamp=self.world.now)
        await self._work()

    async def _work(self) -> None:
        """Does the waiting jobs in any order, as workers do, until there are none."""
        while waiting := await self._waiting():
            self.chance.shuffle(waiting)
            for task, arguments in waiting:
                await self._work_on(task, arguments)

    async def _work_on(self, task: str, arguments: dict[str, Any]) -> None:
        if task == SYNC:
            self.report.readings += 1
            await jobs.sync_stripe_customer(**arguments)
        elif task == NUMBER:
            await jobs.number_subscription_invoices()
        else:
            ids = UUID(arguments["organization_id"]), UUID(arguments["invoice_id"])
            await invoices.make_pdf(self.database, storage(), _blank, *ids)

    async def _waiting(self) -> list[tuple[str, dict[str, Any]]]:
        taken = text(
            "delete from jobs.procrastinate_jobs where status = 'todo' and task_name = any(:tasks) "
            "returning task_name, args"
        )
        async with self.database.system() as session:
            rows = await session.execute(taken, {"tasks": [SYNC, NUMBER, invoices.MAKE]})
            return [(row.task_name, row.args) for row in rows]


async def _blank(snapshot: dict[str, Any]) -> bytes:
    """Stands for the paper: printing two thousand pages would prove nothing more."""
    return str(snapshot["document"]["number"]).encode()


async def _status(database: Database, organization_id: UUID) -> str:
    async with database.system() as session:
        query = text("select status from organizations where id = :id")
        return str((await session.execute(query, {"id": organization_id})).scalar_one())


async def _last_numbers(database: Database) -> dict[str, int]:
    """The last number of each series."""
    async with database.system() as session:
        rows = await session.execute(
            text("select series, max(last_number) as last from platform_counters group by series")
        )
        return {row.series: row.last for row in rows}


_MIRROR = text("""
select organization_id = :dear as dear, status, current_period_start, current_period_end, trial_start, trial_end,
    cancel_at_period_end, cancel_at, canceled_at, ended_at, unpaid_since
  from subscriptions where organization_id = any(:ids) order by dear
""")
_ACCOUNTS = text("""
select id = :dear as dear, status, status_by, plan from organizations where id = any(:ids) order by dear
""")
_INVOICES = text("""
select mine.organization_id = :dear as dear, mine.number, mine.status, mine.subtotal, mine.vat_amount, mine.total,
    mine.amount_paid, mine.issue_date, mine.paid_at, other.number as credits
  from subscription_invoices mine left join subscription_invoices other on other.id = mine.credits_id
 where mine.organization_id = any(:ids) order by mine.number, mine.paid_at, dear
""")


async def _end(database: Database, world: World, base: dict[str, int], accounts: dict[str, str]) -> End:
    ids = {"ids": list(world.companies), "dear": world.dear}

    def relative(value: Any) -> Any:
        if isinstance(value, str):
            plain = _MEMORY.sub("<link>", value)
            return _NUMBER.sub(lambda found: f"{found[1]}-{found[2]}-+{int(found[3]) - base.get(found[1], 0)}", plain)
        return value

    async with database.system() as session:
        rows = {
            name: [tuple(relative(each) for each in row) for row in await session.execute(query, ids)]
            for name, query in (
                ("mirror", _MIRROR),
                ("status", _ACCOUNTS),
                ("invoices", _INVOICES),
            )
        }
        sent = (await session.scalars(select(Outbox).where(Outbox.organization_id.in_(world.companies)))).all()
    said = sorted(f"{'first' if row.organization_id == world.dear else 'second'}: {relative(row.body)}" for row in sent)
    return End(rows["mirror"], rows["status"], rows["invoices"], said, accounts)


async def _gapless(database: Database) -> tuple[int, bool]:
    async with database.system() as session:
        query = text("select number from subscription_invoices where number is not null")
        found = [_NUMBER.fullmatch(row.number) for row in await session.execute(query)]
    series: dict[str, list[int]] = {}
    for each in found:
        assert each is not None
        series.setdefault(each[1], []).append(int(each[3]))
    return len(found), all(sorted(given) == list(range(1, len(given) + 1)) for given in series.values())


def on_throw_away(create_app: Callable[[Settings], Any], orders: int, seed: int, said: Callable[[str], None]) -> Report:
    """The proof on a database of its own that is gone afterwards."""

    async def run() -> Report:
        async with house(create_app) as (database, configured, http):
            return await prove(database, configured, http, orders=orders, seed=seed, said=said)

    return asyncio.run(run())
