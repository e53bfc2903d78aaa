"""The metrics page: this process, the sums of the installation, and its state at this moment."""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from db.repositories import operations as repository
from db.session import Database
from db.settings import Settings
from services.operations import gauges
from services.operations.totals import Totals, families

__all__ = ["CONTENT_TYPE_LATEST", "page"]
_log = structlog.get_logger(__name__)


class _Collected(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


async def page(database: Database, settings: Settings, totals: Totals) -> bytes:
    """Prometheus' text format. Without the database it is what this process knows by itself, and ``usta_database_up`` 0."""
    found: list[Metric] = [*await gauges.of_process(database, settings)]
    try:
        await totals.add()
        async with database.system() as session:
            found += families(await repository.totals(session))
            found += await gauges.of_installation(session, settings.heartbeat_seconds)
        found.append(gauges.database_up(True))
    except (SQLAlchemyError, OSError) as error:
        _log.warning("metrics.without_database", error=repr(error)[:200])
        found.append(gauges.database_up(False))
    asked = CollectorRegistry(auto_describe=False)
    asked.register(_Collected(found))
    return generate_latest(REGISTRY) + generate_latest(asked)
