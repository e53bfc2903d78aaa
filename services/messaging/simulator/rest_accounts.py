"""REST routes of the simulated provider: accounts, hosted links, users, webhooks (unipile.md §4, §7)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from services.messaging.addresses import phone_of_text, phone_of_wire_id, wire_id_of_phone
from services.messaging.simulator.representation import account_resource, account_status_payload, webhook_resource
from services.messaging.simulator.rest import ProviderDep, page, read_json
from services.messaging.simulator.state import Webhook
from services.messaging.simulator.wire import ProviderError, lid_of, new_wire_id, parse_moment

router = APIRouter()
SOURCES = ("messaging", "account_status", "users", "email", "email_tracking", "calendar_event")


def _qr_checkpoint(account_id: str, qrcode: str) -> dict[str, Any]:
    return {"object": "Checkpoint", "account_id": account_id, "checkpoint": {"type": "QRCODE", "qrcode": qrcode}}


async def _provider_name(request: Request) -> None:
    data = await read_json(request, "provider")
    if data["provider"] != "WHATSAPP":
        raise ProviderError(400, "invalid_parameters", "Only WHATSAPP is simulated.")


@router.post("/accounts", status_code=201)
async def create_account(request: Request, provider: ProviderDep) -> dict[str, Any]:
    await _provider_name(request)
    account = provider.state.add_account(None, status="CONNECTING")
    return _qr_checkpoint(account.id, provider.state.begin_qr(account))


@router.get("/accounts")
async def list_accounts(request: Request, provider: ProviderDep) -> dict[str, Any]:
    known = [
        provider.state.account(account_id) for account_id in [*provider.state.accounts] if _alive(provider, account_id)
    ]
    return page(request, [(a.created_at, a.id, account_resource(a)) for a in known], "AccountList")


@router.get("/accounts/{account_id}")
async def get_account(account_id: str, provider: ProviderDep) -> dict[str, Any]:
    return account_resource(provider.state.account(account_id))


@router.post("/accounts/{account_id}")
async def reconnect_account(account_id: str, request: Request, provider: ProviderDep) -> dict[str, Any]:
    await _provider_name(request)
    account = provider.state.account(account_id)
    if account.resumable:
        provider.network.resume(account)
    if account.connected:
        return {"object": "AccountReconnected", "account_id": account.id}
    return _qr_checkpoint(account.id, provider.state.begin_qr(account))


@router.delete("/accounts/{account_id}")
async def delete_account(account_id: str, provider: ProviderDep) -> dict[str, Any]:
    account = provider.state.account(account_id)
    provider.network.sender.account_event(account.id, account_status_payload(account, "DELETED"))
    provider.state.delete_account(account)
    return {"object": "AccountDeleted"}


@router.post("/accounts/{account_id}/restart")
async def restart_account(account_id: str, provider: ProviderDep) -> dict[str, Any]:
    account = provider.state.account(account_id)
    if account.resumable:
        provider.network.resume(account)
    return {"object": "AccountRestarted", "account_id": account.id}


@router.get("/accounts/{account_id}/sync")
async def sync_account(account_id: str, provider: ProviderDep) -> dict[str, Any]:
    provider.state.account(account_id)
    return {"object": "AccountResync", "status": "SYNC_DONE"}


@router.post("/hosted/accounts/link", status_code=201)
async def hosted_link(request: Request, provider: ProviderDep) -> dict[str, Any]:
    data = await read_json(request, "type", "api_url", "expiresOn")
    until = parse_moment(str(data["expiresOn"]), "expiresOn")
    account_id = None
    if data["type"] == "reconnect":
        account_id = provider.state.account(str(data.get("reconnect_account"))).id
    elif data["type"] != "create" or not data.get("providers"):
        raise ProviderError(400, "invalid_parameters", "type must be create (with providers) or reconnect")
    link = provider.state.add_hosted(
        account_id=account_id,
        name=data.get("name"),
        notify_url=data.get("notify_url"),
        redirect_url=data.get("success_redirect_url"),
        until=until,
    )
    return {"object": "HostedAuthUrl", "url": f"{str(data['api_url']).rstrip('/')}/hosted/{link.id}"}


@router.get("/users/me")
async def own_user(account_id: str, provider: ProviderDep) -> dict[str, Any]:
    account = provider.state.account(account_id)
    if account.restricted:
        raise ProviderError(403, "account_restricted", "WhatsApp has restricted the account.")
    own_id = wire_id_of_phone(account.phone or "")
    return {"object": "AccountOwnerProfile", "provider": "WHATSAPP", "provider_id": own_id, "id": own_id}


@router.get("/users/{identifier}")
async def user(identifier: str, account_id: str, provider: ProviderDep) -> dict[str, Any]:
    provider.state.account(account_id)
    phone = phone_of_wire_id(identifier) or phone_of_text(identifier)
    if phone is None:
        raise ProviderError(404, "invalid_resource_identifier", "Not a phone number.")
    if phone in provider.state.behaviour.invalid_recipients:
        raise ProviderError(422, "invalid_recipient", "The number is not on WhatsApp.")
    return {
        "object": "UserProfile",
        "provider": "WHATSAPP",
        "provider_id": wire_id_of_phone(phone),
        "specifics": {"phone_number": phone, "lid": lid_of(phone)},
    }


@router.post("/webhooks", status_code=201)
async def create_webhook(request: Request, provider: ProviderDep) -> dict[str, Any]:
    data = await read_json(request, "request_url", "source")
    if data["source"] not in SOURCES:
        raise ProviderError(400, "invalid_parameters", f"source must be one of {', '.join(SOURCES)}")
    webhook = Webhook(
        id=new_wire_id(),
        source=data["source"],
        request_url=data["request_url"],
        name=data.get("name"),
        events=data.get("events"),
        account_ids=data.get("account_ids"),
        enabled=data.get("enabled", True),
        format=data.get("format", "json"),
        headers=[{"key": str(h["key"]), "value": str(h["value"])} for h in data.get("headers") or []],
    )
    provider.state.webhooks[webhook.id] = webhook
    return {"object": "WebhookCreated", "webhook_id": webhook.id}


@router.get("/webhooks")
async def list_webhooks(request: Request, provider: ProviderDep) -> dict[str, Any]:
    items = [webhook_resource(webhook) for webhook in provider.state.webhooks.values()]
    return {"object": "WebhookList", "items": items, "cursor": None}


@router.delete("/webhooks/{webhook_id}")
async def delete_webhook(webhook_id: str, provider: ProviderDep) -> dict[str, Any]:
    if provider.state.webhooks.pop(webhook_id, None) is None:
        raise ProviderError(404, "resource_not_found", "Webhook not found.")
    return {"object": "WebhookDeleted"}


def _alive(provider: ProviderDep, account_id: str) -> bool:
    try:
        return bool(provider.state.account(account_id))
    except ProviderError:
        return False
