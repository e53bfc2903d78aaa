"""How fast a connected number writes of its own accord, and figures of its own for it (C31, docs/failures.md)."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.errors import ApiError, errors
from api.v1.access import admin, allowed
from api.v1.bodies import Count, Figure
from api.v1.whatsapp_door import OwnSessionsDep, SessionPath, found
from services.messaging import slots
from services.messaging.pacing import LONGEST_GAP, SHORTEST_GAP
from services.sessions.service import Sessions

router = APIRouter(
    prefix="/api/v1/whatsapp/sessions/{session_id}/pace",
    tags=["whatsapp"],
    responses=errors(404),
)
_FIGURES: dict[str, Any] = {"shortest_gap": 10, "longest_gap": 20, "daily_limit": 400, "daily_new_limit": 40}


class OwnPace(BaseModel):
    """A number's own figures; null takes the one of the installation's table. Pauses are seconds."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FIGURES]})

    shortest_gap: Figure | None = Field(None, ge=0, le=3600)
    longest_gap: Figure | None = Field(None, ge=0, le=3600)
    daily_limit: Count | None = Field(None, ge=0)
    daily_new_limit: Count | None = Field(None, ge=0, description="Of them to people it never wrote with.")

    @model_validator(mode="after")
    def _shortest_is_shorter(self) -> Self:
        shortest = SHORTEST_GAP.value if self.shortest_gap is None else self.shortest_gap
        longest = max(LONGEST_GAP.value, shortest) if self.longest_gap is None else self.longest_gap
        if shortest > longest:
            raise ValueError("longest_gap is shorter than shortest_gap")
        return self


class PaceAnswer(BaseModel):
    """What holds for the number now, and what it wrote today (Paris); answers to the artisan do not count."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={"examples": [{**_FIGURES, "sent_today": 37, "new_today": 4, "own": _FIGURES}]},
    )

    shortest_gap: float
    longest_gap: float
    daily_limit: int
    daily_new_limit: int
    sent_today: int
    new_today: int
    own: OwnPace


@router.get("", dependencies=[allowed("whatsapp:read")])
async def pace(sessions: OwnSessionsDep, session_id: SessionPath) -> PaceAnswer:
    """The figures that hold, and how much of the day is used."""
    await _reached(sessions, session_id)
    async with sessions.transaction() as session:
        standing = await slots.pace_of(session, session_id)
    return _answer(standing)


@router.put("", dependencies=[admin])
async def set_pace(sessions: OwnSessionsDep, session_id: SessionPath, body: OwnPace) -> PaceAnswer:
    """Sets the number's own figures, all four; what waits draws its slots anew. The installation's to decide (C31)."""
    await _reached(sessions, session_id)
    async with sessions.database.system() as session:
        if await slots.pace_of(session, session_id) is not None:
            await slots.set_pace(session, session_id, body.model_dump())
        standing = await slots.pace_of(session, session_id)
    return _answer(standing)


async def _reached(sessions: Sessions, session_id: UUID) -> None:
    """A pace has any number, also one without a session; whoever is confined to a company asks for its sessions only."""
    if sessions.only is not None:
        await found(sessions, session_id)


def _answer(standing: slots.Pace | None) -> PaceAnswer:
    if standing is None:
        raise ApiError(404, "There is no such number.")
    own, limits, counts = standing
    return PaceAnswer(
        shortest_gap=limits.shortest_gap,
        longest_gap=limits.longest_gap,
        daily_limit=limits.daily,
        daily_new_limit=limits.daily_new,
        sent_today=counts.sent,
        new_today=counts.sent_new,
        own=OwnPace(**own),
    )
