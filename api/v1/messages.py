"""One message: its delivery, its voice record, its files; taking it back (EP42, EP43)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from api.errors import ApiError, errors
from api.v1.access import FlatTenantDep, PrincipalDep, allowed
from services.conversations import messages
from services.conversations.control import NotNow
from services.conversations.message_schemas import SingleMessage

router = APIRouter(
    prefix="/api/v1/messages",
    tags=["messages"],
    dependencies=[allowed("conversations:read")],
    responses=errors(404),
)


@router.get("/{message_id}")
async def read_message(request: Request, tenant: FlatTenantDep, message_id: UUID) -> SingleMessage:
    """EP42. A message with the steps of its delivery (R054), what was heard in it (R086) and links to its files.

    The id that a message had before it left opens it too.
    """
    async with tenant.session() as session:
        try:
            return await messages.single(session, tenant.id, message_id, base_of(request))
        except messages.UnknownMessage as error:
            raise ApiError(404, "There is no such message.") from error


@router.delete(
    "/{message_id}",
    status_code=202,
    dependencies=[allowed("conversations:write")],
    responses=errors(409),
)
async def revoke_message(
    request: Request, tenant: FlatTenantDep, principal: PrincipalDep, message_id: UUID
) -> SingleMessage:
    """EP43. Takes a message of ours back: stopped if it still waits, else deleted on the phone while WhatsApp allows it.

    Its ``status`` becomes ``cancelled`` or ``revoked``; a message that stays as it is could not be taken back any more.
    409 for what somebody wrote on a phone, for an e-mail, and on a channel that takes nothing back.
    """
    async with tenant.session() as session:
        try:
            await messages.take_back(session, principal, tenant.id, message_id)
            return await messages.single(session, tenant.id, message_id, base_of(request))
        except messages.UnknownMessage as error:
            raise ApiError(404, "There is no such message.") from error
        except NotNow as error:
            raise ApiError(409, str(error)) from error


def base_of(request: Request) -> str:
    """Where this installation is reached, for links."""
    return request.app.state.settings.public_url or str(request.base_url)
