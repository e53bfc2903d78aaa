"""How far a WhatsApp number has been brought in, and bringing it in again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, errors
from api.v1.access import allowed, costly
from api.v1.whatsapp_door import OwnSessionsDep, SessionPath, found
from services.sync import service

router = APIRouter(
    prefix="/api/v1/whatsapp/sessions/{session_id}/sync",
    tags=["whatsapp"],
    dependencies=[allowed("whatsapp:read")],
    responses=errors(404, 409),
)
_EXAMPLE: dict[str, Any] = {
    "session_id": "0199f0c2-6f3e-7c9a-9a51-2f6f1d2b7c10",
    "status": "running",
    "history_until": "2026-11-28T08:00:00Z",
    "requested_at": "2026-11-28T08:00:00Z",
    "started_at": "2026-11-28T08:00:01Z",
    "finished_at": None,
    "chats_total": 100,
    "chats_done": 42,
    "messages_found": 1730,
    "error": None,
    "polled_at": None,
    "polled_until": None,
    "poll_error": None,
    "recovered": 0,
}


class SyncAnswer(BaseModel):
    """The import of a number's history, and the looks into its chats since."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    session_id: UUID = Field(validation_alias="account_id")
    status: Literal["waiting", "running", "done", "failed"]
    history_until: datetime = Field(description="Messages sent up to then are kept and never answered.")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    chats_total: int
    chats_done: int
    messages_found: int = Field(description="Messages of the import that were not known.")
    error: str | None = Field(description="What the provider last answered when the import could not go on.")
    polled_at: datetime | None
    polled_until: datetime | None = Field(description="The last activity seen, by the provider's clock.")
    poll_error: str | None
    recovered: int = Field(description="Messages that no webhook brought.")


@router.get("")
async def sync_progress(sessions: OwnSessionsDep, session_id: SessionPath) -> SyncAnswer:
    """How far the number has been brought in. 404 before its first connection."""
    await found(sessions, session_id)
    async with sessions.transaction() as session:
        progress = await service.progress(session, session_id)
    if progress is None:
        raise ApiError(404, "This number was never connected.")
    return SyncAnswer.model_validate(progress)


@router.post("", status_code=202, dependencies=[allowed("whatsapp:write"), costly])
async def sync_again(sessions: OwnSessionsDep, session_id: SessionPath) -> SyncAnswer:
    """Brings the number's chats in once more. 409 while that is under way."""
    await found(sessions, session_id)
    async with sessions.database.system() as session:  # an import is the jobs' to write
        if not await service.progress(session, session_id):
            raise ApiError(404, "This number was never connected.")
        if not await service.sync_again(session, session_id):
            raise ApiError(409, "The chats are being brought in already.")
        progress = await service.progress(session, session_id)
    return SyncAnswer.model_validate(progress)
