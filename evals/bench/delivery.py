"""Delivery: does the pace hold over many accounts and workers, and what does a message cost beside its bare HTTP call?

Two measurements on one installation. Overhead: one lane delivered by this process, unpaced, beside a loop that posts the
same multipart form with httpx; every round does both, so that a noisy minute touches both. Pace: messages queued at once
over many accounts, delivered by worker processes with every pause scaled, and the distances between the sends of each
account judged by the database's clock (a claim) and seen at the simulated provider (an arrival).
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg

from db.queue import open_queue
from db.session import Database
from db.settings import Settings
from evals.bench.load import percentile
from evals.installation import WORKER, Installation
from services.messaging.credentials import SIMULATOR_PATH, api_key
from services.messaging.delivery import Delivery
from services.messaging.outbox import enqueue
from services.messaging.pacing import LONGEST_GAP, SHORTEST_GAP
from services.messaging.schemas import OutgoingMessage
from services.messaging.unipile import UnipileClient
from services.messaging.unipile_channel import UnipileChannel

RECIPIENTS = 5
"""People to whom each account writes, so that its messages wait in several lanes."""
ROUNDS = 4
MESSAGES_PER_ROUND = 100
WORKERS = 2
PATIENCE = 5.0
"""The pace may take so many times as long as it must before the run is given up, ..."""
START_SECONDS = 120
"""... after the workers have started."""
TEXT = "Bonjour, votre devis DEVIS-2026-0042 est prêt : 1 250,50 € TTC, valable jusqu'au 31/12/2026."


@dataclass(frozen=True)
class Account:
    """A linked number of a company, and the phones it writes to."""

    id: UUID
    organization_id: UUID
    provider_id: str
    phones: tuple[str, ...]


def measure(*, messages: int, accounts: int, seconds: float) -> Iterable[dict[str, Any]]:
    """The overhead of a message and the pace of ``messages`` over ``accounts``, scaled to take about ``seconds``."""
    return asyncio.run(_measure(messages, accounts, seconds))


async def _measure(messages: int, accounts: int, seconds: float) -> list[dict[str, Any]]:
    each = -(-messages // accounts)
    scale = seconds / max((each - 1) * (SHORTEST_GAP.value + LONGEST_GAP.value) / 2, 1)
    settings = {"SEND_PACE_SCALE": f"{scale:.4f}", "LOG_LEVEL": "ERROR"}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True))
        installation = await stack.enter_async_context(Installation(Path(folder), 0, settings))
        configured = Settings(USTA_HOME=installation.home)
        url = f"{installation.address}{SIMULATOR_PATH}/api/v1"
        database = Database(installation.url, pool_size=8, keyring=installation.keyring)
        stack.push_async_callback(database.close)
        await stack.enter_async_context(open_queue(installation.url))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, headers={"X-API-KEY": api_key(configured)}, timeout=60, trust_env=False)
        )
        scene = await _scene(installation, http, accounts + 1)
        overhead = await _overhead(database, http, UnipileClient(url, api_key(configured)), scene[0])
        for account, number in itertools.product(scene[1:], range(each)):
            await _queue(database, account, number)
        taken = await _deliver(installation, scene[1:], each * accounts, START_SECONDS + seconds * PATIENCE)
        arrivals = await _arrivals(http, installation, scene[1:])
        sent = await _sends(installation, scene[1:])
    return [overhead, *_pace_figures(sent, arrivals, scale, taken, each * accounts)]


async def _scene(installation: Installation, http: httpx.AsyncClient, accounts: int) -> list[Account]:
    """Companies with a number of their own, linked at the simulator, and colleagues who never wrote to it."""
    scene = []
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        for number in range(accounts):
            phone = f"+336300{number:05d}"
            artisan = {"phone": phone, "name": f"Artisan {number}", "company": f"Entreprise {number}"}
            answer = (await http.post(f"{installation.address}/simulator/artisans", json=artisan)).raise_for_status()
            organization = UUID(answer.json()["organization_id"])
            linked = (await http.post("/accounts", json={"provider": "WHATSAPP"})).raise_for_status().json()
            scan = f"{installation.address}/simulator/accounts/{linked['account_id']}/scan"
            (await http.post(scan, json={"phone": phone})).raise_for_status()
            cursor = await connection.execute(
                "insert into whatsapp_accounts (id, organization_id, user_id, kind, provider_account_id, phone, status)"
                " select gen_random_uuid(), organization_id, id, 'artisan', %s, whatsapp_phone, 'connected' from users"
                " where whatsapp_phone = %s returning id",
                (linked["account_id"], phone),
            )
            row = await cursor.fetchone()
            assert row is not None
            colleagues = tuple(f"+3364{person}0{number:05d}" for person in range(RECIPIENTS))
            for colleague in colleagues:
                await connection.execute(
                    "insert into users (id, organization_id, first_name, role, whatsapp_phone, phone_verified_at)"
                    " values (gen_random_uuid(), %s, 'Ali', 'AGENT', %s, now())",
                    (organization, colleague),
                )
            await connection.execute(
                "insert into sending_paces (account_id, organization_id, daily_limit, daily_new_limit)"
                " values (%s, %s, 100000, 100000)",
                (row[0], organization),
            )
            scene.append(Account(row[0], organization, linked["account_id"], colleagues))
    return scene


async def _queue(database: Database, account: Account, number: int) -> None:
    message = OutgoingMessage(
        organization_id=account.organization_id,
        account_id=account.id,
        to_phone=account.phones[number % len(account.phones)],
        body=f"{number}. {TEXT}",
    )
    async with database.tenant(account.organization_id) as session:
        await enqueue(session, message)


async def _overhead(
    database: Database, http: httpx.AsyncClient, client: UnipileClient, account: Account
) -> dict[str, Any]:
    """Milliseconds a message, from the claim to the record of its receipt, beside the bare call."""

    async def no_file(key: str) -> bytes:
        raise LookupError(key)

    channel = UnipileChannel(client)
    delivery = Delivery(database, lambda _: channel, no_file, pace=0.0)
    lane = account.phones[0]
    one = Account(account.id, account.organization_id, account.provider_id, (lane,))
    await _queue(database, one, 0)
    await delivery.drain(account.id, lane)
    (chat,) = (await http.get("/chats", params={"account_id": account.provider_id})).json()["items"]
    spent = {"ours": 0.0, "bare": 0.0}
    for _ in range(ROUNDS):
        for number in range(MESSAGES_PER_ROUND):
            await _queue(database, one, number)
        begin = time.perf_counter()
        sent = await delivery.drain(account.id, lane)
        spent["ours"] += time.perf_counter() - begin
        assert sent == MESSAGES_PER_ROUND, sent
        begin = time.perf_counter()
        for number in range(MESSAGES_PER_ROUND):
            form = [("account_id", (None, account.provider_id)), ("text", (None, f"{number}. {TEXT}"))]
            (await http.post(f"/chats/{chat['id']}/messages", files=form)).raise_for_status()
        spent["bare"] += time.perf_counter() - begin
    await client.close()
    ours, bare = (1000 * spent[side] / (ROUNDS * MESSAGES_PER_ROUND) for side in ("ours", "bare"))
    return {
        "figure": "delivery of a message, one lane, no pace",
        "unit": "ms",
        "value": round(ours, 2),
        "baseline": round(bare, 2),
        "ratio": round(ours / bare, 2),
        "overhead_ms": round(ours - bare, 2),
        "baseline_is": "a loop that posts the same multipart form with httpx, nothing stored",
        "messages": ROUNDS * MESSAGES_PER_ROUND,
    }


async def _deliver(installation: Installation, accounts: list[Account], wanted: int, patience: float) -> float:
    """Starts the workers and waits until everything has left; seconds from the first claim to the last receipt."""
    workers = [installation.process(f"worker-{number + 1}", *WORKER) for number in range(WORKERS)]
    for worker in workers:
        installation.spawn(worker)
    ids = [account.id for account in accounts]
    deadline = time.monotonic() + patience
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            cursor = await connection.execute(
                "select count(*) filter (where sent_at is not null),"
                " extract(epoch from max(sent_at) - min(sending_at))::float"
                " from outbox where account_id = any(%s)",
                (ids,),
            )
            row = await cursor.fetchone()
            if row and row[0] == wanted:
                await asyncio.to_thread(installation.end, workers)
                return float(row[1])
            await asyncio.sleep(1)
    raise TimeoutError(f"{row} of {wanted} messages left in {patience:.0f} s: see {workers[0].log}")


async def _sends(installation: Installation, accounts: list[Account]) -> dict[UUID, list[datetime]]:
    """When each account's messages were claimed."""
    sends: dict[UUID, list[datetime]] = {account.id: [] for account in accounts}
    async with await psycopg.AsyncConnection.connect(installation.url) as connection:
        cursor = await connection.execute(
            "select account_id, sending_at from outbox where account_id = any(%s) order by sending_at", (list(sends),)
        )
        for account_id, moment in await cursor.fetchall():
            sends[account_id].append(moment)
    return sends


async def _arrivals(
    http: httpx.AsyncClient, installation: Installation, accounts: list[Account]
) -> dict[UUID, list[datetime]]:
    """When each account's messages reached the phones; every phone is asked, so that each counts once."""
    arrivals: dict[UUID, list[datetime]] = {}
    for account in accounts:
        moments: list[datetime] = []
        for phone in account.phones:
            answer = await http.get(f"{installation.address}/simulator/outbound", params={"to": phone})
            moments += [datetime.fromisoformat(message["at"]) for message in answer.json()["messages"]]
        arrivals[account.id] = sorted(moments)
    return arrivals


def _gaps(moments: dict[UUID, list[datetime]]) -> list[float]:
    return [
        (after - before).total_seconds() for of_one in moments.values() for before, after in itertools.pairwise(of_one)
    ]


def _pace_figures(
    sends: dict[UUID, list[datetime]], arrivals: dict[UUID, list[datetime]], scale: float, taken: float, wanted: int
) -> list[dict[str, Any]]:
    shortest = SHORTEST_GAP.value * scale
    gaps, seen = _gaps(sends), _gaps(arrivals)
    least = max(len(of_one) for of_one in sends.values()) - 1
    shared = {
        "messages": wanted,
        "accounts": len(sends),
        "workers": WORKERS,
        "pace_is_scaled_by": round(scale, 4),
        "shortest_pause_s": round(shortest, 3),
    }
    arrived = sum(len(of_one) for of_one in arrivals.values())
    return [
        {
            "figure": "sends of an account nearer to each other than the shortest pause",
            "unit": "violations",
            "value": sum(gap < shortest for gap in gaps),
            "baseline": len(gaps),
            "ratio": 0 if not gaps else round(sum(gap < shortest for gap in gaps) / len(gaps), 4),
            "baseline_is": "pairs of neighbouring sends; judged by the database's clock when a row is claimed",
            "shortest_seen_s": round(min(gaps), 3),
            "median_s": round(percentile(gaps, 0.5), 3),
            "shortest_at_the_provider_s": round(min(seen), 3),
            "violations_at_the_provider": sum(gap < shortest for gap in seen),
            "lost": wanted - arrived if arrived < wanted else 0,
            "doubled": arrived - wanted if arrived > wanted else 0,
            **shared,
        },
        {
            "figure": "time until all had left",
            "unit": "s",
            "value": round(taken, 1),
            "baseline": round(least * (SHORTEST_GAP.value + LONGEST_GAP.value) / 2 * scale, 1),
            "ratio": round(taken / max(least * (SHORTEST_GAP.value + LONGEST_GAP.value) / 2 * scale, 0.1), 2),
            "baseline_is": "the mean pauses of the fullest account alone, sends taking no time",
            **shared,
        },
    ]
