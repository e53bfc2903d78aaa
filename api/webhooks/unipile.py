"""POST /webhooks/unipile/messages: the door through which every WhatsApp message comes (R036–R039, C38)."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from api.errors import errors
from api.webhooks.bodies import TooLarge, body_of, described
from api.webhooks.door import Door
from db.settings import Settings, settings
from services.messaging import inbox
from services.messaging.credentials import webhook_secret
from services.messaging.schemas import RawWebhook

KEPT_HEADERS = ("content-type", "user-agent", "x-request-id", "x-forwarded-for")

DOOR = Door(
    "webhook",
    Counter("usta_webhooks_total", "Webhooks of the messaging provider by what became of them", ["outcome"]),
    postponed_to=inbox.TAKE_IN_KEPT,
)

log = structlog.get_logger(__name__)
router = APIRouter(tags=["webhooks"])


@router.post(
    "/webhooks/unipile/messages",
    responses=errors(401),
    openapi_extra=described(
        event="message_received", account_id="9f2c", chat_id="c1", message_id="m1", message="2 portes"
    ),
)
async def receive(request: Request) -> Response:
    """Takes a message in, or what became of one: see ``take_in``."""
    return await take_in(request)


async def take_in(request: Request) -> Response:
    """Takes one webhook in. 200 means: stored, and its turn deferred, in a committed transaction.

    401 without the secret header (nothing is kept), 413 and 422 for a body that cannot be read (kept as it came),
    503 when the database is away (the provider retries).
    """
    configured: Settings = getattr(request.app.state, "settings", None) or settings()
    if not _is_authentic(request, configured):
        return await DOOR.unauthorized(request, "The webhook secret is missing or wrong.")
    headers = {name: value for name in KEPT_HEADERS if (value := request.headers.get(name))}
    try:
        raw = RawWebhook(await body_of(request), datetime.now(UTC), headers)
    except TooLarge as error:
        return await DOOR.too_large(request, RawWebhook(error.beginning, datetime.now(UTC), headers), str(error))
    return await DOOR.take(request, raw, lambda session: inbox.receive(session, raw))


def _is_authentic(request: Request, configured: Settings) -> bool:
    """Compares bytes in constant time; header values may hold any byte, so they are compared undecoded."""
    secret = webhook_secret(configured)
    if not secret:
        log.error("webhook.secret_not_configured", variable="UNIPILE_WEBHOOK_SECRET")
        return False
    given = request.headers.get(configured.unipile_webhook_header, "").encode("latin-1", "replace")
    return hmac.compare_digest(given, secret)
