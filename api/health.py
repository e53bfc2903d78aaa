"""What an orchestrator and a monitoring system ask: /health and /metrics."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.operations import exposition
from services.operations.health import Dependency, check_health, dependencies

router = APIRouter(tags=["operations"])
_LIMITS = {
    "shared": Dependency("ok", "requests are counted in Redis"),
    "alone": Dependency("off", "each process counts requests alone"),
    "down": Dependency("degraded", "Redis does not answer; each process counts requests alone"),
}


class DependencyAnswer(BaseModel):
    """How one dependency is: "ok", "degraded" (work goes on, or waits), "down", or "off" (not configured)."""

    state: Literal["ok", "degraded", "down", "off"]
    detail: str = ""


class ReadyAnswer(BaseModel):
    """``status`` is "ok" (answer 200) or "unavailable" (answer 503, with the ``reason``)."""

    status: Literal["ok", "unavailable"]
    reason: str | None = None


class HealthAnswer(ReadyAnswer):
    """The whole picture. Only database and migrations decide about ``status``; see each dependency for the rest."""

    revision: str | None = None
    workers: int = 0
    channel: Literal["simulator", "unipile"]
    dependencies: dict[str, DependencyAnswer] = {}


@router.get("/health/live")
async def live() -> ReadyAnswer:
    """200 as long as the process answers at all: restart it when this fails."""
    return ReadyAnswer(status="ok")


@router.get("/health/ready", responses={503: {"model": ReadyAnswer}})
async def ready(request: Request, response: Response) -> ReadyAnswer:
    """200 once the database answers and is migrated: send traffic only then."""
    found = await check_health(request.app.state.database, request.app.state.settings.heartbeat_seconds)
    reason = found.reason or request.app.state.not_ready
    if reason:
        response.status_code = 503
    return ReadyAnswer(status="unavailable" if reason else "ok", reason=reason)


@router.get("/health", responses={503: {"model": HealthAnswer}})
async def health(request: Request, response: Response) -> HealthAnswer:
    """How everything is, dependency by dependency; 503 under the same conditions as ``/health/ready``."""
    database, settings = request.app.state.database, request.app.state.settings
    found = await check_health(database, settings.heartbeat_seconds)
    reason = found.reason or request.app.state.not_ready
    if reason:
        response.status_code = 503
    told = await dependencies(database, settings, found) | {"limits": _LIMITS[request.app.state.counts.state]}
    return HealthAnswer(
        status="unavailable" if reason else "ok",
        reason=reason,
        revision=found.revision,
        workers=found.workers,
        channel="simulator" if settings.simulated_channel else "unipile",
        dependencies={name: DependencyAnswer(state=each.state, detail=each.detail) for name, each in told.items()},
    )


@router.get("/metrics", response_class=Response)
async def prometheus(request: Request) -> Response:
    """Prometheus' text format: this process's HTTP answers, and what the whole installation counted and is busy with."""
    state = request.app.state
    return Response(
        await exposition.page(state.database, state.settings, state.totals), media_type=exposition.CONTENT_TYPE_LATEST
    )
