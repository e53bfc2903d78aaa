"""One chaos run: artisans write through the simulator while workers are killed and PostgreSQL is restarted once."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from evals.chaos.artisans import CLIENTS, Artisan, company_of
from evals.chaos.checks import Check, Evidence, check_all, webhooks_by_outcome
from evals.installation import Installation

DUPLICATES = 0.25
OUT_OF_ORDER = 0.4
SETTLE_SECONDS = 90
"""How long what is still in work at the end may take: the last rescue and the last delivery."""
SETTINGS = {
    "RATE_LIMITS": "false",
    "HEARTBEAT_SECONDS": "1",
    "DEBOUNCE_SCALE": "0.1",
    "WORKER_CONCURRENCY": "8",
    "DATABASE_POOL_SIZE": "12",
}


@dataclass(frozen=True)
class Plan:
    """What to do to it. ``kill_every`` is the mean time between two kills, seconds; a worker needs a few to start."""

    messages: int = 400
    chats: int = 40
    workers: int = 2
    kill_every: float = 5.0
    restart_database: bool = True
    seed: int = 1
    gentle: bool = False
    """Workers are asked to end, as a deployment does, and not killed."""


@dataclass
class Report:
    """What was done, what was found."""

    plan: Plan
    seconds: float
    webhooks: dict[str, int]
    kills: int
    renderer_kills: int
    database_away_seconds: float
    unasked_ends: int
    checks: list[Check] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The run as one flat line."""
        return {
            "chaos": "passed" if self.passed else "failed",
            **vars(self.plan),
            "seconds": round(self.seconds, 1),
            "webhooks": self.webhooks,
            "kills": self.kills,
            "renderer_kills": self.renderer_kills,
            "database_away_seconds": round(self.database_away_seconds, 2),
            "processes_that_ended_unasked": self.unasked_ends,
            **{check.name: check.measured for check in self.checks},
        }


async def run_chaos(
    plan: Plan,
    home: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    examine: Callable[[Evidence], list[Check]] = check_all,
) -> Report:
    """Runs the plan on a new installation under ``home`` (a temporary folder when None) and examines what is left."""
    if home is not None:
        return await _run(plan, home, say, examine)
    with tempfile.TemporaryDirectory(prefix="usta-chaos-", ignore_cleanup_errors=True) as folder:
        return await _run(plan, Path(folder), say, examine)


async def _run(
    plan: Plan, home: Path, say: Callable[[str], None], examine: Callable[[Evidence], list[Check]]
) -> Report:
    artisans = _artisans(plan)
    async with Installation(home, plan.workers, SETTINGS) as installation:
        say(f"ready: {installation.address}, {plan.workers} workers, database {home / 'postgres'}")
        limits = httpx.Limits(max_connections=4 * plan.chats + 8)
        async with httpx.AsyncClient(base_url=installation.address, timeout=60, limits=limits, trust_env=False) as http:
            await _set_scene(http, installation, artisans, plan)
            started = time.monotonic()
            breaker = Breaker(installation, plan, artisans, say)
            breaking = asyncio.create_task(breaker.run())
            try:
                await asyncio.gather(*(artisan.work(http) for artisan in artisans))
            finally:
                breaking.cancel()
                with suppress(asyncio.CancelledError):
                    await breaking
            say("every message was sent; waiting until nothing is in work")
            await _settle(installation)
            seconds = time.monotonic() - started
            delivered = (await http.get("/simulator/outbound", params={"after": 0})).json()["messages"]
        evidence = Evidence(installation.url, artisans, delivered, installation.keyring())
        return Report(
            plan,
            seconds,
            await asyncio.to_thread(webhooks_by_outcome, evidence),
            sum(process.kills for process in installation.worker_processes),
            breaker.renderer_kills,
            breaker.away_seconds,
            installation.unasked_ends,
            await asyncio.to_thread(examine, evidence),
        )


def _artisans(plan: Plan) -> list[Artisan]:
    """Chats share companies by four; inside a company nobody else has the same clients."""
    share = plan.messages // plan.chats
    extra = plan.messages % plan.chats
    per_chat = max(len(CLIENTS) // 8, 1)
    members: dict[int, int] = {}
    artisans = []
    for number in range(plan.chats):
        company = company_of(number, plan.chats)
        place = members[company] = members.get(company, -1) + 1
        names = CLIENTS[place * per_chat : (place + 1) * per_chat]
        phone = f"+3367{number:07d}"
        artisans.append(Artisan(number, phone, names, share + int(number < extra), plan.seed))
    return artisans


async def _set_scene(http: httpx.AsyncClient, installation: Installation, artisans: list[Artisan], plan: Plan) -> None:
    """Creates the artisans, puts them together in companies, and lets the simulated provider misbehave."""
    companies: dict[int, str] = {}
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        for artisan in artisans:
            payload = {
                "phone": artisan.phone,
                "name": f"Artisan {artisan.number}",
                "company": f"Chaos {artisan.number}",
            }
            answer = (await http.post("/simulator/artisans", json=payload)).raise_for_status().json()
            company = companies.setdefault(company_of(artisan.number, plan.chats), answer["organization_id"])
            statement = "update users set organization_id = %s where id = %s"
            await connection.execute(statement, (company, answer["user_id"]))
    behaviour = {"duplicates": DUPLICATES, "out_of_order": OUT_OF_ORDER}
    (await http.patch("/simulator/behaviour", json=behaviour)).raise_for_status()


class Breaker:
    """Kills workers and renderers at random moments, and stops PostgreSQL once in the middle of the work."""

    def __init__(
        self, installation: Installation, plan: Plan, artisans: list[Artisan], say: Callable[[str], None]
    ) -> None:
        self.installation, self.plan, self.artisans, self.say = installation, plan, artisans, say
        self.chance = random.Random(plan.seed)
        self.renderer_kills = 0
        self.away_seconds = 0.0

    async def run(self) -> None:
        """Breaks things until it is cancelled."""
        restarted = not self.plan.restart_database
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.plan.kill_every))
            if not restarted and sum(len(artisan.sent) for artisan in self.artisans) >= self.plan.messages * 0.4:
                restarted = True
                self.away_seconds = await asyncio.shield(self.installation.restart_database())
                self.say(f"PostgreSQL was away for {self.away_seconds:.1f} s")
                continue
            victim = self.chance.choice(self.installation.worker_processes)
            renderers = victim.renderers()
            if self.plan.gentle:
                self.installation.ask_to_end(victim)
                self.say(f"asked {victim.name} to end")
            elif renderers and self.chance.random() < 0.2:
                with suppress(psutil.Error):
                    self.chance.choice(renderers).kill()
                    self.renderer_kills += 1
                    self.say(f"killed a renderer of {victim.name}")
            else:
                self.installation.kill(victim)
                self.say(f"killed {victim.name}")


async def _settle(installation: Installation) -> None:
    """Waits until no message waits, no job is left and everything has been sent."""
    deadline = time.monotonic() + SETTLE_SECONDS
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            cursor = await connection.execute(
                "select (select count(*) from whatsapp_messages where processing_status in ('received', 'queued')) "
                "+ (select count(*) from outbox where status in ('queued', 'sending')) "
                "+ (select count(*) from jobs.procrastinate_jobs where status in ('todo', 'doing') "
                "   and task_name in ('turn', 'deliver', 'generate_pdf'))"
            )
            row = await cursor.fetchone()
            if row is not None and row[0] == 0:
                return
            await asyncio.sleep(0.5)
