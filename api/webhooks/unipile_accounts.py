"""POST /webhooks/unipile/accounts: what the provider says of connections, and the call after its hosted page (unipile.md §4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import error_response, errors
from api.webhooks.bodies import TooLarge, body_of, described
from api.webhooks.unipile import take_in
from db.repositories import messaging as repository
from db.session import Database
from services.messaging.inbox import event_row
from services.messaging.schemas import RawWebhook
from services.sessions import links
from services.sessions.words import take_hosted

log = structlog.get_logger(__name__)
router = APIRouter(tags=["webhooks"])


class HostedNotice(BaseModel):
    """The call after the hosted page. There is one for a success only; it carries no secret."""

    model_config = ConfigDict(extra="ignore")

    status: str
    account_id: str = Field(min_length=1, max_length=200)
    name: str | None = None


@router.post(
    "/webhooks/unipile/accounts",
    responses=errors(401),
    openapi_extra=described(AccountStatus={"account_id": "9f2c", "account_type": "WHATSAPP", "message": "OK"}),
)
async def receive(request: Request) -> Response:
    """Takes an account_status webhook in; secret, answers and safekeeping are those of the messages' door."""
    return await take_in(request)


@router.post(
    "/webhooks/unipile/accounts/{token}",
    responses=errors(404, 410),
    openapi_extra=described(status="CREATION_SUCCESS", account_id="9f2c"),
)
async def hosted(
    request: Request, token: Annotated[str, Path(description="Signed, for one session and two hours.")]
) -> Response:
    """The provider's page was used. The address is the secret; the provider is asked whether it is true.

    404 for an address that was not made here, 410 once its time is over, 413 and 422 for an unreadable body.
    """
    try:
        account_id = links.account_of(request.app.state.settings, token, "hosted")
    except links.ExpiredLink:
        return error_response(request, 410, "This link has expired.")
    except links.InvalidLink:
        return error_response(request, 404, "Not Found")
    try:
        body = await body_of(request)
        notice = HostedNotice.model_validate_json(body)
    except TooLarge as error:
        return error_response(request, 413, str(error))
    except ValidationError as error:
        return error_response(request, 422, f"The payload cannot be read: {error.error_count()} problems.")
    database: Database = request.app.state.database
    raw = RawWebhook(body, datetime.now(UTC), {})
    async with database.system() as session:
        await repository.keep_event(session, event_row(raw, "hosted_link", "account_status"))
        await take_hosted(session, account_id, notice.account_id)
    log.info("account.hosted", account=str(account_id), status=notice.status)
    return Response(b'{"status":"account_status"}', media_type="application/json")
