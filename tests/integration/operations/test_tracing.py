"""R257: a request and the jobs that come of it are one trace; off, nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from agent.job_record import recorded
from db.queue import CARRIED, defer, open_queue, queue
from db.queue_worker import PromptWorker
from db.session import Database
from services.operations.tracing import tracing


async def traced_request(database: Database, name: str, done: list[dict[str, Any]], **options: Any) -> None:
    """A request that defers a job, which defers another; all of it worked off."""

    @queue.task(name=f"{name}-first")
    async def first(**arguments: Any) -> None:
        done.append(arguments)
        async with database.system() as session:
            await defer(session, f"{name}-second", chat_id="c")

    @queue.task(name=f"{name}-second")
    async def second(**arguments: Any) -> None:
        done.append(arguments)

    app = FastAPI()

    @app.post("/webhooks/messages")
    async def take() -> None:
        async with database.system() as session:
            await session.execute(text("select 1"))
            await defer(session, f"{name}-first", chat_id="c", organization_id="o")

    @app.get("/files/secret-token")
    async def give() -> None: ...

    with tracing("test", database.engine, app=app, **options):
        async with open_queue(database.url):
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://usta") as client:
                await client.post("/webhooks/messages")
                await client.get("/files/secret-token")
            worker = PromptWorker(queue, wait=False, worker_middleware=[recorded], install_signal_handlers=False)
            await worker.run()
            await worker.run()


async def test_a_request_and_its_jobs_are_one_trace(database: Database) -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra tracing is not installed")
    pytest.importorskip("opentelemetry.instrumentation.fastapi")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, done = InMemorySpanExporter(), list[dict[str, Any]]()
    await traced_request(database, "traced", done, exporter=exporter)
    assert done == [{"chat_id": "c", "organization_id": "o"}, {"chat_id": "c"}], (
        "tasks do not see what is carried along"
    )
    spans = exporter.get_finished_spans()
    by_name = {span.name: span for span in spans}
    request, first, second = (
        by_name[name] for name in ("POST /webhooks/messages", "job traced-first", "job traced-second")
    )
    assert request.context.trace_id == first.context.trace_id == second.context.trace_id
    assert second.parent is not None and second.parent.span_id == first.context.span_id
    assert first.attributes is not None and first.attributes["usta.organization_id"] == "o"
    assert any("select" in span.name.lower() and span.context.trace_id == request.context.trace_id for span in spans)
    assert not [span for span in spans if "secret-token" in str(span.attributes)], "an address that is a secret"


async def test_off_jobs_carry_nothing(database: Database) -> None:
    done: list[dict[str, Any]] = []
    await traced_request(database, "untraced", done)
    assert [list(arguments) for arguments in done] == [["chat_id", "organization_id"], ["chat_id"]]
    assert CARRIED not in str(done)


def test_off_it_is_not_even_loaded() -> None:
    code = (
        "import sys, asyncio\n"
        "from db.session import Database\n"
        "from services.operations.tracing import tracing\n"
        "import api.app, agent.worker\n"
        "before = {name for name in sys.modules if name.startswith('opentelemetry')}\n"
        "with tracing('api', Database('postgresql://u@127.0.0.1:9/x').engine) as on:\n"
        "    assert not on\n"
        "assert {name for name in sys.modules if name.startswith('opentelemetry')} == before\n"
        "assert 'opentelemetry.sdk' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
