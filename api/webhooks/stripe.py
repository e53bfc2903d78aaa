"""POST /webhooks/stripe: Stripe says that something has changed for a customer; a job reads what."""

from __future__ import annotations

from datetime import UTC, datetime

import stripe
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import error_response
from api.webhooks.bodies import TooLarge, body_of
from api.webhooks.door import Door
from db.repositories import messaging
from services.billing.service import take_event
from services.billing.stripe_api import WEBHOOK_PATH, webhook_secret
from services.messaging.inbox import event_row
from services.messaging.schemas import Problem, RawWebhook, Received

KEPT_HEADERS = ("content-type", "user-agent", "x-request-id", "x-forwarded-for")
DOOR = Door("stripe", Counter("usta_stripe_webhooks_total", "Webhooks of Stripe by what became of them", ["outcome"]))
SIGNATURE_HEADER = "stripe-signature"

router = APIRouter(tags=["webhooks"])


@router.post(WEBHOOK_PATH)
async def receive(request: Request) -> Response:
    """Takes one signed event in: 200 means kept, and the reading of its customer deferred, in a committed transaction.

    Only whose event it is counts; what it says is read from Stripe by a job, so that order and repetition do not matter.
    401 for a wrong, missing or old signature (nothing is kept), 413 and 422 for a body that cannot be read.
    """
    secret = webhook_secret(request.app.state.settings)
    try:
        body = await body_of(request)
    except TooLarge as error:
        return error_response(request, 413, str(error))  # its signature cannot be told, so nothing of it is kept
    headers = {name: value for name in KEPT_HEADERS if (value := request.headers.get(name))}
    raw = RawWebhook(body, datetime.now(UTC), headers, source="stripe")
    if secret is None:
        return await DOOR.unauthorized(request, "No signing secret is configured.")
    try:
        event = stripe.Webhook.construct_event(body, request.headers.get(SIGNATURE_HEADER, ""), secret).to_dict()
    except stripe.SignatureVerificationError:
        return await DOOR.unauthorized(request, "The signature is missing, wrong or too old.")
    except ValueError as error:
        why = str(error)
        return await DOOR.take(request, raw, lambda session: _unreadable(session, raw, why))
    return await DOOR.take(request, raw, lambda session: _take(session, raw, event))


async def _take(session: AsyncSession, raw: RawWebhook, event: dict[str, object]) -> Received:
    try:
        first = await take_event(session, event)
    except (KeyError, TypeError, AttributeError) as error:
        return await _unreadable(session, raw, repr(error))
    received = Received("queued" if first else "duplicate")
    await messaging.keep_event(session, event_row(raw, str(event["type"]), received.outcome))
    return received


async def _unreadable(session: AsyncSession, raw: RawWebhook, why: str) -> Received:
    await messaging.keep_event(session, event_row(raw, None, "unreadable"), why[:1000])
    return Received("unreadable", problems=(Problem(field="body", message="is not an event of Stripe"),))
