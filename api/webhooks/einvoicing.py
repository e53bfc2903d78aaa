"""POST /webhooks/einvoicing: the platform says that a flow has changed (XP Z12-013, WebhookCallback)."""

from __future__ import annotations

import time

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter
from pydantic import ValidationError

from api.errors import error_response, errors
from api.protection import webhook_standing
from api.webhooks.bodies import TooLarge, body_of, described
from db.queue import defer
from db.repositories import einvoicing as repository
from db.session import Database
from db.settings import Settings, settings
from services.einvoicing.credentials import WEBHOOK_PATH, signing_key
from services.einvoicing.schemas import Flow
from services.einvoicing.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_authentic

KEPT_HEADERS = ("content-type", "user-agent", "x-request-id", "x-forwarded-for", TIMESTAMP_HEADER.lower())
EVENTS = Counter(
    "usta_einvoicing_webhooks_total", "Webhooks of the approved platform by what became of them", ["outcome"]
)

log = structlog.get_logger(__name__)
router = APIRouter(tags=["webhooks"])


@router.post(WEBHOOK_PATH, responses=errors(401), openapi_extra=described(flowId="f1", flowType="Lifecycle"))
async def receive(request: Request) -> Response:
    """Takes one webhook in: 200 means kept, and the reading of its flow deferred, in a committed transaction.

    The body only names the flow; what it says is read from the platform by a job, which takes each status in once.
    401 for a wrong or old signature (nothing is kept), 413 and 422 for a body that cannot be read.
    """
    configured: Settings = getattr(request.app.state, "settings", None) or settings()
    key = signing_key(configured)
    try:
        body = await body_of(request)
    except TooLarge as error:
        return error_response(request, 413, str(error))
    signed = request.headers.get(SIGNATURE_HEADER), request.headers.get(TIMESTAMP_HEADER)
    if key is None or not is_authentic(body, *signed, key, now=time.time()):
        EVENTS.labels("unauthorized").inc()
        log.warning("einvoicing_webhook.unauthorized", client=request.client.host if request.client else None)
        return error_response(request, 401, "The signature is missing or wrong.")
    if (standing := await webhook_standing(request, "einvoicing")) and not standing.allowed:
        EVENTS.labels("refused").inc()  # statuses are polled besides
        return error_response(request, 429, "Too many webhooks.", headers=standing.headers)
    database: Database = request.app.state.database
    headers = {name: value for name in KEPT_HEADERS if (value := request.headers.get(name))}
    try:
        flow = Flow.model_validate_json(body)
    except ValidationError as error:
        EVENTS.labels("unreadable").inc()
        async with database.system() as session:
            await repository.keep_event(session, body, headers, None, "unreadable", str(error)[:1000])
        return error_response(request, 422, "The payload cannot be read.")
    async with database.system() as session:
        await repository.keep_event(session, body, headers, f"{flow.flow_type}:{flow.flow_id}", "queued", None)
        await defer(session, "read_einvoice_flow", lock=f"einvoice-flow:{flow.flow_id}", flow_id=flow.flow_id)
    EVENTS.labels("queued").inc()
    return Response(b'{"status":"queued"}', media_type="application/json")
