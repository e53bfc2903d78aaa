"""What an orchestrator and a monitoring system ask: /health and /metrics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.operations import exposition
from services.operations.health import check_health

router = APIRouter(tags=["operations"])


class HealthAnswer(BaseModel):
    """``status`` is "ok" (answer 200) or "unavailable" (answer 503, with the ``reason``)."""

    status: str
    reason: str | None = None
    revision: str | None = None
    workers: int = 0
    channel: str


@router.get("/health", responses={503: {"model": HealthAnswer}})
async def health(request: Request, response: Response) -> HealthAnswer:
    """200 once the database is reachable and migrated; ``workers`` counts fresh heartbeats."""
    settings = request.app.state.settings
    found = await check_health(request.app.state.database, settings.heartbeat_seconds)
    reason = found.reason or request.app.state.not_ready
    if reason:
        response.status_code = 503
    return HealthAnswer(
        status="unavailable" if reason else "ok",
        reason=reason,
        revision=found.revision,
        workers=found.workers,
        channel="simulator" if settings.simulated_channel else "unipile",
    )


@router.get("/metrics", response_class=Response)
async def prometheus(request: Request) -> Response:
    """Prometheus' text format: this process's HTTP answers, and what the whole installation counted and is busy with."""
    state = request.app.state
    return Response(
        await exposition.page(state.database, state.settings, state.totals), media_type=exposition.CONTENT_TYPE_LATEST
    )
