"""A LangSmith that keeps what it is sent: real HTTP on loopback, the routes that the export uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.fakes.loopback import listener, serving

_NOW = "2026-11-27T10:00:00+00:00"


class FakeLangSmith:
    """What arrived, by kind; ``requests`` are all calls as (method, path)."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[tuple[str, str]] = []
        self.datasets: dict[str, dict[str, Any]] = {}
        self.examples: dict[str, dict[str, Any]] = {}
        self.projects: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.feedback: list[dict[str, Any]] = []


def _application(fake: FakeLangSmith) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def note(request: Request, call_next: Any) -> Any:
        fake.requests.append((request.method, request.url.path))
        return await call_next(request)

    @app.get("/info")
    async def info() -> dict[str, Any]:
        return {"version": "0.10", "instance_flags": {}}

    @app.get("/datasets")
    async def datasets(name: str | None = None) -> list[dict[str, Any]]:
        return [each for each in fake.datasets.values() if name in (None, each["name"])]

    @app.post("/datasets")
    async def add_dataset(request: Request) -> dict[str, Any]:
        body = await request.json()
        made = {**body, "id": str(uuid4()), "created_at": _NOW, "tenant_id": str(uuid4())}
        fake.datasets[body["name"]] = made
        return made

    @app.get("/examples")
    async def examples(dataset: str | None = None) -> list[dict[str, Any]]:
        return list(fake.examples.values())

    @app.post("/examples/bulk")
    async def add_examples(request: Request) -> list[dict[str, Any]]:
        return _keep(fake, await request.json())

    @app.post("/sessions")
    async def add_project(request: Request) -> dict[str, Any]:
        fake.projects.append(await request.json())
        return {**fake.projects[-1], "id": str(uuid4()), "tenant_id": str(uuid4()), "start_time": _NOW}

    @app.post("/runs")
    async def add_run(request: Request) -> JSONResponse:
        fake.runs.append(await request.json())
        return JSONResponse({}, 202)

    @app.post("/feedback")
    async def add_feedback(request: Request) -> dict[str, Any]:
        fake.feedback.append(await request.json())
        return {**fake.feedback[-1], "created_at": _NOW, "modified_at": _NOW}

    return app


def _keep(fake: FakeLangSmith, examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for example in examples:
        fake.examples[example["id"]] = {**example, "created_at": _NOW}
    return examples


@contextmanager
def running() -> Iterator[FakeLangSmith]:
    """The server on a free loopback port, until the block ends."""
    bound = listener()
    fake = FakeLangSmith(bound.getsockname()[1])
    with serving(_application(fake), bound):
        yield fake
