"""POST /webhooks/chatwoot: the door of the second channel (R040, R041, R230, C38).

Chatwoot signs its webhooks since 4.11.2 (bots since 4.13). Older servers sign nothing: theirs are taken only at an
address that ends in a configured secret. Chatwoot never repeats an account's webhook, so what is missed is looked up.
"""

from __future__ import annotations

import hmac
import time
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from api.errors import error_response, errors
from api.webhooks.bodies import TooLarge, body_of, described
from api.webhooks.door import Door
from db.settings import Settings, settings
from services.chatwoot import inbox
from services.chatwoot.credentials import WEBHOOK_PATH, access, webhook_secrets
from services.chatwoot.signature import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, is_authentic
from services.messaging.schemas import RawWebhook

KEPT_HEADERS = (
    "content-type", "user-agent", "x-request-id", "x-forwarded-for", DELIVERY_HEADER.lower(), TIMESTAMP_HEADER.lower(),
)  # fmt: skip
DOOR = Door(
    "chatwoot",
    Counter("usta_chatwoot_webhooks_total", "Webhooks of Chatwoot by what became of them", ["outcome"]),
    postponed_to=inbox.TAKE_IN_KEPT,
)

_BODY = described(event="message_created", id=12, content="2 portes", message_type="incoming")
router = APIRouter(tags=["webhooks"])


@router.post(WEBHOOK_PATH, responses=errors(401), openapi_extra=_BODY)
async def receive(request: Request) -> Response:
    """Takes one signed webhook in. 200 means: stored, and its turn deferred, in a committed transaction.

    401 for a wrong, missing or old signature (nothing is kept), 413 and 422 for a body that cannot be read (kept as it
    came), 503 when the database is away.
    """
    configured = _settings(request)
    try:
        raw = _raw(request, await body_of(request))
    except TooLarge as error:
        return error_response(request, 413, str(error))  # its signature cannot be told, so nothing of it is kept
    signed = request.headers.get(SIGNATURE_HEADER), request.headers.get(TIMESTAMP_HEADER)
    if not is_authentic(raw.body, *signed, webhook_secrets(configured), now=time.time()):
        return await _unauthorized(request)
    return await _take(request, configured, raw)


@router.post(WEBHOOK_PATH + "/{secret}", responses=errors(401), openapi_extra=_BODY)
async def receive_unsigned(request: Request, secret: str) -> Response:
    """Takes the webhook of a server that signs nothing. 401 unless the address ends in CHATWOOT_PATH_SECRET."""
    configured = _settings(request)
    wanted = configured.chatwoot_path_secret
    if wanted is None or not hmac.compare_digest(secret.encode(), wanted.get_secret_value().encode()):
        return await _unauthorized(request)
    try:
        raw = _raw(request, await body_of(request))
    except TooLarge as error:
        return await DOOR.too_large(request, _raw(request, error.beginning), str(error))
    return await _take(request, configured, raw)


async def _take(request: Request, configured: Settings, raw: RawWebhook) -> Response:
    reached = access(configured)
    account = reached.account if reached else 0
    return await DOOR.take(request, raw, lambda session: inbox.receive(session, raw, account))


def _settings(request: Request) -> Settings:
    return getattr(request.app.state, "settings", None) or settings()


def _raw(request: Request, body: bytes) -> RawWebhook:
    headers = {name: value for name in KEPT_HEADERS if (value := request.headers.get(name))}
    return RawWebhook(body, datetime.now(UTC), headers, source="chatwoot")


async def _unauthorized(request: Request) -> Response:
    return await DOOR.unauthorized(request, "The signature is missing, wrong or too old.")
