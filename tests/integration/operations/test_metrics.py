"""R255: what several processes count is one sum, and the page tells of the whole installation."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.app import create_app
from db.models import Outbox
from db.queue import defer
from db.repositories import operations as repository
from db.repositories.accounts import add_log
from db.session import Database
from db.settings import Settings
from services.operations import exposition, metrics
from services.operations.totals import Totals, families


class Process:
    """A process that counts, with a registry of its own."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.turns = Counter("t_turns", "Turns", ["workflow"], registry=self.registry)
        self.seconds = Histogram("t_seconds", "Seconds", buckets=(0.5, 10), registry=self.registry)
        self.totals = Totals(database, self.registry)


async def sums(database: Database, registry: CollectorRegistry) -> dict[tuple[str, str], float]:
    async with database.system() as session:
        found = families(await repository.totals(session), registry)
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for metric in found
        for sample in metric.samples
    }


async def test_what_two_workers_count_is_one_sum(database: Database) -> None:
    one, two = Process(database), Process(database)
    one.turns.labels("quote").inc(3)
    two.turns.labels("quote").inc(2)
    two.turns.labels("invoice").inc()
    one.seconds.observe(0.1)
    two.seconds.observe(7)
    await one.totals.add()
    await two.totals.add()
    await two.totals.add()  # nothing new: nothing is added twice
    one.turns.labels("quote").inc()
    await one.totals.add()
    found = await sums(database, one.registry)
    assert found["t_turns_total", "quote"] == 6
    assert found["t_turns_total", "invoice"] == 1
    assert found["t_seconds_count", ""] == 2
    buckets = [value for (name, _), value in found.items() if name == "t_seconds_bucket"]
    assert buckets == [1, 2, 2], "in the order of their limits"


async def test_what_has_not_happened_yet_stands_at_zero(client: httpx.AsyncClient) -> None:
    found = await scraped(client)
    assert found["usta_pdf_seconds_count", "failed"] == 0
    assert found["usta_deliveries_total", "email,failed"] == 0
    assert found["usta_ungrounded_numbers_total", ""] == 0


async def test_a_process_adds_what_it_counted_when_it_ends(database: Database) -> None:
    process = Process(database)
    before = (await sums(database, process.registry)).get(("t_turns_total", "client"), 0)
    async with process.totals.kept_up():
        process.turns.labels("client").inc()
    assert (await sums(database, process.registry))["t_turns_total", "client"] == before + 1


async def test_what_could_not_be_added_is_added_later(database: Database) -> None:
    process = Process(database)
    process.turns.labels("ask").inc()
    process.totals._database = away = Database("postgresql://u:p@127.0.0.1:9/usta")
    await process.totals._try()
    await away.close()
    process.totals._database = database
    await process.totals.add()
    assert (await sums(database, process.registry))["t_turns_total", "ask"] == 1


async def test_what_is_rolled_back_is_not_counted(database: Database) -> None:
    counted: list[int] = []
    with pytest.raises(ZeroDivisionError):
        async with database.system() as session:
            metrics.on_commit(session, lambda: counted.append(1))
            await session.execute(text("select 1"))
            raise ZeroDivisionError
    assert not counted
    async with database.system() as session:
        metrics.on_commit(session, lambda: counted.append(2))
        await session.execute(text("select 1"))
    assert counted == [2]


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(DATABASE_URL=database_url, USTA_HOME=tmp_path, UNIPILE_DSN="127.0.0.1:9", UNIPILE_API_KEY="k")  # type: ignore[call-arg]
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as client,
    ):
        yield client


async def scraped(client: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    page = (await client.get("/metrics")).text
    return {
        (sample.name, ",".join(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_the_page_tells_how_things_stand(
    client: httpx.AsyncClient, database: Database, organization: Any, artisan: Any, linked_account: Any
) -> None:
    due = datetime.now(UTC) - timedelta(seconds=90)
    async with database.system() as session:
        await defer(session, "nothing_does_this", schedule_at=due)
        await defer(session, "nothing_does_this", schedule_at=datetime.now(UTC) + timedelta(hours=1))
        add_log(session, None, "backup.done", "a backup")
        session.add(
            Outbox(
                organization_id=organization.id,
                account_id=linked_account.id,
                recipient="artisan",
                to_phone=artisan.whatsapp_phone,
                body="Bonjour",
                created_at=due,
            )
        )
    found = await scraped(client)
    assert found["usta_jobs", "todo,nothing_does_this"] == 2
    assert 90 <= found["usta_jobs_oldest_seconds", ""] < 3600
    assert found["usta_outbox_messages", "queued"] == 1
    assert found["usta_outbox_oldest_seconds", ""] >= 90
    assert found["usta_backup_age_seconds", ""] >= 0
    assert found["usta_organizations", "active"] >= 1
    assert found["usta_database_up", ""] == 1
    assert 0 < found["usta_database_connections", ""] <= found["usta_database_connections_max", ""]


async def test_a_model_call_is_counted_with_its_tokens_and_its_price(client: httpx.AsyncClient) -> None:
    from decimal import Decimal

    from agent.understanding.usage import ModelUsageRecord, collect

    before = await scraped(client)
    collect(ModelUsageRecord("openai", "m-1", "ok", 1200, 900, 300, 40, Decimal("0.0042")))
    found = await scraped(client)
    for sample, labels, more in (
        ("usta_model_call_seconds_count", "m-1,ok,understand", 1),
        ("usta_model_call_seconds_sum", "m-1,ok,understand", 1.2),
        ("usta_model_tokens_total", "input,m-1", 900),
        ("usta_model_tokens_total", "cached,m-1", 300),
        ("usta_model_tokens_total", "output,m-1", 40),
        ("usta_model_cost_eur_total", "m-1", 0.0042),
    ):
        assert found[sample, labels] - before.get((sample, labels), 0) == pytest.approx(more)


async def test_without_the_database_the_process_still_tells(tmp_path: Path) -> None:
    settings = Settings(USTA_HOME=tmp_path)  # type: ignore[call-arg]
    away = Database("postgresql://u:p@127.0.0.1:9/usta")
    page = (await exposition.page(away, settings, Totals(away))).decode()
    await away.close()
    assert "usta_database_up 0.0" in page
    assert "usta_disk_used_ratio 0." in page


def test_no_label_names_a_tenant_or_a_person() -> None:
    declared = {
        label
        for registry in (metrics.SHARED, exposition.REGISTRY)
        for collector in registry._collector_to_names
        for label in getattr(collector, "_labelnames", ())
    }
    assert declared <= {
        *("method", "route", "status", "task", "outcome", "workflow", "understander", "model", "purpose", "kind"),
        *("channel", "pace", "generation", "implementation", "major", "minor", "patchlevel", "version"),
    }
    assert not [label for label in declared if re.search("tenant|organi|phone|user|chat", label)]


async def test_a_delivery_and_a_failed_turn_are_counted() -> None:
    from agent.counting import counted

    turns = metrics.TURN_SECONDS.labels("none", "none", "failed")
    before = turns._sum.get()
    with pytest.raises(ZeroDivisionError), counted():
        raise ZeroDivisionError
    assert turns._sum.get() > before
    with counted() as counts:
        counts.done(SimpleNamespace(reading=None, records=[]))  # type: ignore[arg-type]
    assert metrics.TURN_SECONDS.labels("none", "none", "kept")._sum.get() > 0
