"""Workflow runs: where an artisan's conversation stands, what was understood and done, taking it over (EP33–EP41)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from api.errors import ApiError, errors
from api.v1.access import FlatTenantDep, allowed
from services.conversations import reading
from services.conversations.control import UnknownConversation
from services.conversations.schemas import RunDetail

router = APIRouter(
    prefix="/api/v1/conversations",
    tags=["conversations"],
    dependencies=[allowed("conversations:read")],
    responses=errors(404),
)


@router.get("/{conversation_id}")
async def read_conversation(tenant: FlatTenantDep, conversation_id: UUID) -> RunDetail:
    """EP34. Where a run stands, its document, and turn by turn what was heard, understood, done and answered."""
    async with tenant.session() as session:
        try:
            return await reading.detail(session, tenant.id, conversation_id)
        except UnknownConversation as error:
            raise ApiError(404, "There is no such conversation.") from error
