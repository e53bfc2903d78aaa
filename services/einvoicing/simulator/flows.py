"""The simulated platform's token endpoint and Flow service (XP Z12-013 annexe A, 1.3.0)."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Form, Header, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from services.einvoicing.schemas import FlowInfo
from services.einvoicing.simulator.network import Network
from services.einvoicing.simulator.state import TOKEN_SECONDS, StoredFlow, Subscription, moment
from services.einvoicing.simulator.wire import NetworkDep, ServiceError, fail_as_ordered

tokens = APIRouter()
router = APIRouter(prefix="/v1")
Organization = Annotated[str | None, Header(alias="Organization-Id")]


@tokens.post("/token", name="token")
async def token(request: Request) -> JSONResponse:
    """OAuth2 client credentials."""
    network: Network = request.app.state.network
    await fail_as_ordered(network.state, "token", "before")
    form = parse_qs((await request.body()).decode("ascii", "replace"))
    given = [form.get(name, [""])[0] for name in ("grant_type", "client_id", "client_secret")]
    wanted = ["client_credentials", network.state.client_id, network.state.client_secret]
    if not all(secrets.compare_digest(one.encode(), other.encode()) for one, other in zip(given, wanted, strict=True)):
        return JSONResponse({"error": "invalid_client"}, 401)
    answer = {"access_token": network.state.new_token(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return JSONResponse(answer)


@router.post("/flows", name="createFlow")
async def create_flow(
    network: NetworkDep,
    file: UploadFile,
    flow_info: Annotated[str, Form(alias="flowInfo")],
    organization: Organization = None,
) -> JSONResponse:
    """Takes a file in; 202 with the flow's id."""
    try:
        info = FlowInfo.model_validate_json(flow_info)
    except ValidationError as error:
        raise ServiceError(400, str(error.errors(include_url=False, include_context=False))[:300]) from error
    if info.flow_syntax not in ("CII", "UBL", "Factur-X", "CDAR", "FRR"):
        raise ServiceError(422, f"flowSyntax {info.flow_syntax}")
    wire = info.model_dump(by_alias=True, exclude_none=True)
    flow = network.take(wire, await file.read(), organization)
    await fail_as_ordered(network.state, "createFlow", "after")
    return JSONResponse({**wire, "flowId": flow.flow_id, "submittedAt": moment(flow.submitted_at)}, 202)


@router.post("/flows/search", name="searchFlows")
async def search(network: NetworkDep, request: Request, organization: Organization = None) -> dict[str, Any]:
    """Flows by criteria, in the order of their changes, in pages with a cursor."""
    body = await request.json()
    where = body.get("where") if isinstance(body, dict) else None
    if not isinstance(where, dict) or not where:
        raise ServiceError(400, "At least one criterion is needed.")
    limit = min(int(body.get("limit") or 25), 100)
    start = int(base64.b64decode(body["cursor"])) if body.get("cursor") else 0
    found = sorted(
        (flow for flow in network.state.flows.values() if _matches(flow, where, organization)),
        key=lambda flow: flow.updated_at,
    )
    page: dict[str, Any] = {"limit": limit, "filters": where}
    page["results"] = [flow.resource() for flow in found[start : start + limit]]
    if start + limit < len(found):
        page["nextCursor"] = base64.b64encode(str(start + limit).encode()).decode()
    return page


@router.get("/flows/{flow_id}", name="getFlow")
async def get_flow(
    network: NetworkDep, flow_id: str, wanted: Annotated[str, Query(alias="docType")] = "Metadata"
) -> Response:
    """A flow's metadata, or its file."""
    flow = network.state.flows.get(flow_id)
    if flow is None:
        raise ServiceError(404, f"flow {flow_id}")
    if wanted == "Metadata":
        return JSONResponse(flow.resource())
    if wanted != "Original":
        raise ServiceError(404, f"no {wanted} of flow {flow_id}")
    disposition = f'attachment;filename="{flow.info["name"]}"'
    return Response(flow.content, 200, {"content-disposition": disposition}, "application/octet-stream")


@router.post("/webhooks", name="createWebhook")
async def create_webhook(network: NetworkDep, body: dict[str, Any]) -> JSONResponse:
    """Subscribes; the signing key is told here and never again."""
    if not body.get("callbackUrl"):
        raise ServiceError(400, "callbackUrl")
    created = network.state.now()
    subscription = Subscription(
        secrets.token_hex(16), body["callbackUrl"], secrets.token_bytes(32), list(body.get("flowTypes") or []), created
    )
    network.state.subscriptions[subscription.id] = subscription
    key = base64.b64encode(subscription.key).decode()
    answer = {"webhookId": subscription.id, "signingKey": key, "createdAt": moment(created)}
    return JSONResponse(answer, 201)


@router.get("/webhooks", name="listWebhooks")
async def list_webhooks(network: NetworkDep) -> dict[str, Any]:
    webhooks = [
        {
            "webhookId": item.id,
            "callbackUrl": item.url,
            "flowTypes": item.flow_types,
            "createdAt": moment(item.created_at),
        }
        for item in network.state.subscriptions.values()
    ]
    return {"count": len(webhooks), "webhooks": webhooks}


@router.delete("/webhooks/{webhook_id}", name="deleteWebhook")
async def delete_webhook(network: NetworkDep, webhook_id: str) -> Response:
    if network.state.subscriptions.pop(webhook_id, None) is None:
        raise ServiceError(404, f"webhook {webhook_id}")
    return Response(status_code=204)


@router.get("/healthcheck", name="getHealth")
async def healthcheck(network: NetworkDep) -> Response:
    return Response(status_code=200)


def _matches(flow: StoredFlow, where: dict[str, Any], organization: str | None) -> bool:
    if organization and flow.organization and flow.organization != organization:
        return False
    after, before = where.get("updatedAfter"), where.get("updatedBefore")
    return (
        (not after or flow.updated_at > datetime.fromisoformat(after))
        and (not before or flow.updated_at < datetime.fromisoformat(before))
        and (not where.get("flowType") or flow.flow_type in where["flowType"])
        and (not where.get("flowDirection") or flow.direction in where["flowDirection"])
        and (not where.get("processingRule") or flow.info.get("processingRule") in where["processingRule"])
        and (not where.get("trackingId") or flow.info.get("trackingId") == where["trackingId"])
        and (not where.get("ackStatus") or flow.ack == where["ackStatus"])
    )
