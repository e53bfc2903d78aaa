"""Turns per second, end to end: phone → webhook → worker → graph → outbox → phone, with the grammar (DESIGN §12).

Several artisans write at once, each his next message when the last was answered; the driver, PostgreSQL, the API with
the simulator and the workers share the machine. No PDF is made. Ours and the baseline take turns on one installation.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from evals.bench.load import Connection, percentile, post
from evals.installation import Installation, Process

ROUNDS = 2
"""How often ours and the baseline are measured in turn, so that a noisy minute touches both."""
WARM_UP_SECONDS = 4.0
ANSWER_SECONDS = 30
OURS = ("api.cli.main", "worker")
LIBRARY_DEFAULTS = ("evals.bench.library_defaults",)
DIALOGUE = (
    "devis pour {client}",
    "ajoute carrelage 60x60 {n} m² à 45",
    "ajoute plinthes 18 ml à 9,50 et dépose de l'ancien carrelage 12 m² à 15",
    "la 1 à 47",
    "remise 5 %",
    "ajoute peinture des murs 40 m² à 22",
)
"""What an artisan says, again and again: every message is one turn that changes a draft."""
CLIENTS = ("Barnier", "Delmas", "Gaillard", "Kerbrat", "Marchetti", "Pruvost")
SETTINGS = {"RATE_LIMITS": "false", "DEBOUNCE_SCALE": "0", "WORKER_CONCURRENCY": "8", "LOG_LEVEL": "INFO"}


@dataclass
class Measurement:
    """What one kind of worker did in all its rounds."""

    turns: int = 0
    seconds: float = 0.0
    processor_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    milliseconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.turns / self.seconds if self.seconds else 0.0

    def processor_milliseconds(self) -> dict[str, float]:
        """Per turn, by part: what a busy neighbour on the machine changes least."""
        return {part: 1000 * used / max(self.turns, 1) for part, used in self.processor_seconds.items()}


def measure(*, seconds: float, chats: int = 24, workers: int = 2) -> Iterable[dict[str, Any]]:
    """Turns per second and the time from sending to the answer, ours beside LangGraph's defaults."""
    return asyncio.run(_measure(seconds, chats, workers))


async def _measure(seconds: float, chats: int, workers: int) -> list[dict[str, Any]]:
    ours, defaults = Measurement(), Measurement()
    with tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True) as folder:
        async with Installation(Path(folder), workers=0, settings=SETTINGS) as installation:
            sides = [
                (OURS, await _artisans(installation, "+3368", chats), ours),
                (LIBRARY_DEFAULTS, await _artisans(installation, "+3369", chats), defaults),
            ]
            for _ in range(ROUNDS):
                for module, phones, measurement in sides:
                    running = await _start_workers(installation, module, workers)
                    await _drive(installation, phones, seconds / ROUNDS, measurement)
                    await _stop_workers(installation, running)
    return _figures(ours, defaults, chats, workers)


def _figures(ours: Measurement, defaults: Measurement, chats: int, workers: int) -> list[dict[str, Any]]:
    shared = {
        "baseline_is": "the same graphs with a pooled saver in autocommit, durability async, tools that commit",
        "chats": chats,
        "workers": workers,
    }
    figures = [
        {
            "figure": "turns, end to end",
            "unit": "turns/s",
            "value": round(ours.per_second, 1),
            "baseline": round(defaults.per_second, 1),
            "ratio": round(ours.per_second / defaults.per_second, 2),
            "turns": ours.turns,
            **shared,
        }
    ]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        mine, theirs = percentile(ours.milliseconds, share), percentile(defaults.milliseconds, share)
        figures.append(
            {
                "figure": f"from sending to the answer on the phone, {name} at full load",
                "unit": "ms",
                "value": round(mine),
                "baseline": round(theirs),
                "ratio": round(mine / theirs, 2),
                **shared,
            }
        )
    mine, theirs = ours.processor_milliseconds(), defaults.processor_milliseconds()
    figures.append(
        {
            "figure": "processor time of a turn, everything together",
            "unit": "ms",
            "value": round(sum(mine.values()), 1),
            "baseline": round(sum(theirs.values()), 1),
            "ratio": round(sum(mine.values()) / sum(theirs.values()), 2),
            "parts": {part: round(used, 1) for part, used in mine.items()},
            **shared,
        }
    )
    return figures


async def _artisans(installation: Installation, prefix: str, chats: int) -> list[str]:
    """Artisans of their own for each side: the two savers number a thread's checkpoints differently."""
    connection = Connection(installation.port)
    phones = [f"{prefix}{number:07d}" for number in range(chats)]
    for number, phone in enumerate(phones):
        payload = {"phone": phone, "name": f"Artisan {number}", "company": f"Entreprise {prefix} {number}"}
        await connection.request(post(installation.port, "/simulator/artisans", json.dumps(payload).encode()))
    connection.close()
    return phones


async def _drive(installation: Installation, phones: list[str], seconds: float, measurement: Measurement) -> None:
    """Lets every artisan write until the time is over; what is answered in the warm-up does not count."""
    begin = time.perf_counter() + WARM_UP_SECONDS
    end = begin + seconds
    writing = asyncio.gather(
        *(_write(installation.port, phone, number, begin, end, measurement) for number, phone in enumerate(phones))
    )
    await asyncio.sleep(begin - time.perf_counter())
    used = installation.processor_seconds() | {"driver": time.process_time()}
    await asyncio.sleep(end - time.perf_counter())
    for part, seconds_now in (installation.processor_seconds() | {"driver": time.process_time()}).items():
        measurement.processor_seconds[part] += seconds_now - used[part]
    await writing
    measurement.seconds += seconds


async def _write(port: int, phone: str, number: int, begin: float, end: float, measurement: Measurement) -> None:
    connection = Connection(port)
    after = await _last_seq(connection, phone)
    for said, text in enumerate(cycle(DIALOGUE)):
        client = CLIENTS[(number + said // len(DIALOGUE)) % len(CLIENTS)]
        body = {"from": phone, "text": text.format(client=client, n=said % 80 + 1)}
        sent = time.perf_counter()
        if sent >= end:
            break
        status, answer = await connection.request(post(port, "/simulator/inbound", json.dumps(body).encode()))
        if status != 200:
            raise ConnectionError(f"{status} {answer[:200]!r}")
        after = await _answer(connection, phone, after)
        now = time.perf_counter()
        if begin <= now < end:
            measurement.turns += 1
            measurement.milliseconds.append((now - sent) * 1000)
    connection.close()


async def _last_seq(connection: Connection, phone: str) -> int:
    messages = (await connection.get(f"/simulator/outbound?to={quote(phone)}"))["messages"]
    return max((message["seq"] for message in messages), default=0)


async def _answer(connection: Connection, phone: str, after: int) -> int:
    path = f"/simulator/outbound?to={quote(phone)}&after={after}&wait={ANSWER_SECONDS}"
    messages = (await connection.get(path))["messages"]
    if not messages:
        raise TimeoutError(f"no answer to {phone} within {ANSWER_SECONDS} s")
    return max(message["seq"] for message in messages)


async def _start_workers(installation: Installation, module: tuple[str, ...], count: int) -> list[Process]:
    """Starts workers of one kind and waits until each has registered with the queue."""
    processes = [installation.process(f"{module[-1]}-{number + 1}", *module) for number in range(count)]
    for process in processes:
        installation.spawn(process)
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        for _ in range(300):
            cursor = await connection.execute("select count(*) from jobs.procrastinate_workers")
            row = await cursor.fetchone()
            if row and row[0] >= count:
                return processes
            await asyncio.sleep(0.1)
    raise TimeoutError(f"the workers did not start: see {processes[0].log}")


async def _stop_workers(installation: Installation, processes: list[Process]) -> None:
    await asyncio.to_thread(installation.end, processes)
    async with await psycopg.AsyncConnection.connect(installation.url, autocommit=True) as connection:
        await connection.execute("delete from jobs.procrastinate_workers")
