"""Adds what this process counted to the sums of the installation, and reads the sums.

Workers have no port that could be asked, there may be several on one machine, and they come and go. So each process adds
what is new to one table every few seconds and when it ends. A killed one loses what it counted since.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from sqlalchemy.exc import SQLAlchemyError

from db.repositories import operations as repository
from db.session import Database
from services.operations.metrics import SHARED

FLUSH_SECONDS = 10.0
_log = structlog.get_logger(__name__)


class Totals:
    """What one process has counted, and how much of it is in the sums already."""

    def __init__(self, database: Database, registry: CollectorRegistry = SHARED) -> None:
        self._database, self._registry = database, registry
        self._added = _counts(registry)
        self._one_at_a_time = asyncio.Lock()

    async def add(self) -> None:
        """Adds what is new. Raises what the database raises; then it is added the next time."""
        async with self._one_at_a_time:
            counted = _counts(self._registry)
            new = {key: value - self._added.get(key, 0.0) for key, value in counted.items()}
            rows = [(sample, labels, more) for (sample, labels), more in sorted(new.items()) if more]
            if rows:
                async with self._database.system() as session:
                    await repository.add_to_totals(session, rows)
            self._added = counted

    @asynccontextmanager
    async def kept_up(self) -> AsyncIterator[None]:
        """Adds every ten seconds inside the block and once at its end."""
        adding = asyncio.create_task(self._run())
        try:
            yield
        finally:
            adding.cancel()
            with suppress(asyncio.CancelledError):
                await adding
            await self._try()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.add()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("metrics.not_added", error=repr(error)[:200])


def _counts(registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }


def families(rows: Iterable[tuple[str, str, float]], registry: CollectorRegistry = SHARED) -> list[Metric]:
    """The sums as metrics; what an older or newer version counts under other names is left out.

    What has not happened yet but is known beforehand stands at 0: a rate needs the value before the first time.
    """
    known = {metric.name: Metric(metric.name, metric.documentation, metric.type) for metric in registry.collect()}
    sums = dict.fromkeys(_counts(registry), 0.0) | {(sample, labels): value for sample, labels, value in rows}
    for sample, labels, value in sorted(((*key, value) for key, value in sums.items()), key=_order):
        name = next(
            (sample.removesuffix(end) for end in ("_total", "_bucket", "_count", "_sum") if sample.endswith(end)), ""
        )
        if name in known:
            known[name].add_sample(sample, json.loads(labels), value)
    return list(known.values())


def _order(row: tuple[str, str, float]) -> tuple[str, str, float]:
    """Buckets of one histogram by size."""
    labels = json.loads(row[1])
    limit = labels.pop("le", "+Inf")
    return row[0], json.dumps(labels), float(limit)
