"""HTTP client of Unipile's messaging API, version 1 (unipile.md §4–§7): one method per call, typed errors.

Reads are retried when the provider is away; sends never are, because there is no idempotency key (§3).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from services.messaging.channel_errors import (
    BadApiKey,
    ChannelError,
    Disconnected,
    InvalidRecipient,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from services.messaging.moments import moment
from services.messaging.provider_http import ProviderHttp, with_retry_after
from services.messaging.received_files import LARGEST, ReceivedFiles
from services.protection.outward import origin

MAXIMUM_FILE_BYTES = 15 * 1024 * 1024
PAGE = 100
BY_TYPE: dict[str, type[ChannelError]] = {
    "missing_credentials": BadApiKey,
    "invalid_credentials": BadApiKey,
    "disconnected_account": Disconnected,
    "disconnected_feature": Disconnected,
    "expired_credentials": Disconnected,
    "account_restricted": Disconnected,
    "content_too_large": TooLarge,
    "invalid_recipient": InvalidRecipient,
    "recipient_rejected": InvalidRecipient,
    "blocked_recipient": InvalidRecipient,
    "no_connection_with_recipient": InvalidRecipient,
    "provider_unreachable": OutcomeUnknown,
    "multiple_sessions": Unavailable,
}
BY_STATUS: dict[int, type[ChannelError]] = {
    404: NotFound,
    413: TooLarge,
    429: RateLimited,
    500: OutcomeUnknown,
    501: Refused,
    502: OutcomeUnknown,
    503: Unavailable,
    504: OutcomeUnknown,
}

FilePart = tuple[str, tuple[str | None, bytes | str, str] | tuple[None, str]]


class UnipileClient:
    """One workspace. ``base_url`` ends in ``/api/v1``; ``transport`` replaces the network in tests."""

    def __init__(
        self, base_url: str, api_key: str, *, timeout: float = 20.0, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        headers = {"X-API-KEY": api_key, "accept": "application/json"}
        self._http = ProviderHttp(
            base_url, error_of, headers=headers, timeout=timeout, connections=64, transport=transport
        )
        self._base_url = base_url.rstrip("/")
        self._files = ReceivedFiles(self._http.client, error_of, {origin(base_url)}, transport)

    async def close(self) -> None:
        await self._http.close()
        await self._files.close()

    async def create_account(self) -> dict[str, Any]:
        """Starts linking a number: ``account_id`` and ``checkpoint.qrcode``, the string to encode as a QR code."""
        return await self._write("POST", "/accounts", json={"provider": "WHATSAPP"})

    async def reconnect_account(self, account_id: str) -> dict[str, Any]:
        """Starts linking again under the same id; the answer is a checkpoint, or ``AccountReconnected`` at once."""
        return await self._write("POST", f"/accounts/{_part(account_id)}", json={"provider": "WHATSAPP"})

    async def get_account(self, account_id: str) -> dict[str, Any]:
        """The account; usable when a source's ``status`` is OK."""
        return await self._read(f"/accounts/{_part(account_id)}")

    def list_accounts(self) -> AsyncIterator[dict[str, Any]]:
        return self._pages("/accounts", {})

    async def delete_account(self, account_id: str) -> None:
        """Unlinks the number."""
        await self._write("DELETE", f"/accounts/{_part(account_id)}")

    async def restart_account(self, account_id: str) -> None:
        """Wakes a frozen account (§4.6)."""
        await self._write("POST", f"/accounts/{_part(account_id)}/restart", json={})

    async def own_profile(self, account_id: str) -> dict[str, Any]:
        """The profile of the account's own number; a banned number answers 403 ``account_restricted``."""
        return await self._read("/users/me", {"account_id": account_id})

    async def hosted_link(
        self,
        *,
        api_url: str,
        expires_on: datetime,
        name: str | None = None,
        notify_url: str | None = None,
        redirect_url: str | None = None,
        reconnect_account: str | None = None,
    ) -> str:
        """A page of the provider where the artisan scans the code. It lives for hours at most: mint it on click."""
        purpose: dict[str, Any] = {"type": "create", "providers": ["WHATSAPP"]}
        if reconnect_account:
            purpose = {"type": "reconnect", "reconnect_account": reconnect_account}
        optional = {"name": name, "notify_url": notify_url}
        optional |= {"success_redirect_url": redirect_url, "failure_redirect_url": redirect_url}
        body = purpose | {"api_url": api_url, "expiresOn": moment(expires_on)}
        body |= {key: value for key, value in optional.items() if value}
        return str((await self._write("POST", "/hosted/accounts/link", json=body))["url"])

    def list_chats(
        self, account_id: str, *, after: datetime | None = None, limit: int = PAGE
    ) -> AsyncIterator[dict[str, Any]]:
        """The account's chats, most recent first; ``after`` filters on their last activity."""
        return self._pages("/chats", {"account_id": account_id, **_since(after)}, limit)

    async def get_chat(self, chat_id: str) -> dict[str, Any]:
        return await self._read(f"/chats/{_part(chat_id)}")

    async def mark_chat_read(self, chat_id: str) -> None:
        await self._write("PATCH", f"/chats/{_part(chat_id)}", json={"action": "setReadStatus", "value": True})

    async def sync_chat(self, chat_id: str) -> str:
        """Asks the provider to fetch the chat's older history; returns its state (SYNC_STARTED …)."""
        return str((await self._read(f"/chats/{_part(chat_id)}/sync"))["status"])

    async def chat_attendees(self, chat_id: str) -> list[dict[str, Any]]:
        return list((await self._read(f"/chats/{_part(chat_id)}/attendees"))["items"])

    def list_messages(
        self, chat_id: str, *, after: datetime | None = None, limit: int = PAGE
    ) -> AsyncIterator[dict[str, Any]]:
        """The chat's messages, newest first."""
        return self._pages(f"/chats/{_part(chat_id)}/messages", _since(after), limit)

    def list_account_messages(
        self, account_id: str, *, after: datetime | None = None, limit: int = PAGE
    ) -> AsyncIterator[dict[str, Any]]:
        """The messages of all chats of an account, newest first."""
        return self._pages("/messages", {"account_id": account_id, **_since(after)}, limit)

    async def get_message(self, message_id: str) -> dict[str, Any]:
        return await self._read(f"/messages/{_part(message_id)}")

    async def send_message(
        self,
        chat_id: str,
        account_id: str,
        *,
        text: str | None = None,
        attachments: Sequence[tuple[str, bytes, str]] = (),
        voice: tuple[str, bytes, str] | None = None,
        quote_id: str | None = None,
        typing_ms: int = 0,
    ) -> str | None:
        """Sends into a chat; files are (name, bytes, media type). Returns the message's id if it is told (§6.3)."""
        fields = {"account_id": account_id, "text": text, "quote_id": quote_id}
        fields["typing_duration"] = str(typing_ms) if typing_ms else None
        answer = await self._send(f"/chats/{_part(chat_id)}/messages", fields, attachments, voice)
        return answer.get("message_id")

    async def start_chat(
        self,
        account_id: str,
        attendee: str,
        *,
        text: str | None = None,
        attachments: Sequence[tuple[str, bytes, str]] = (),
        voice: tuple[str, bytes, str] | None = None,
    ) -> tuple[str | None, str | None]:
        """Sends to ``attendee`` ("33600000000@s.whatsapp.net"), opening the chat if needed; (chat id, message id)."""
        fields = {"account_id": account_id, "attendees_ids": attendee, "text": text}
        answer = await self._send("/chats", fields, attachments, voice)
        return answer.get("chat_id"), answer.get("message_id")

    async def delete_message(self, message_id: str) -> None:
        """Deletes a message for everybody (§6.5); deleting it again changes nothing."""
        await self._http.repeatable("DELETE", f"/messages/{_part(message_id)}")

    async def download(self, message_id: str, attachment_id: str) -> tuple[bytes, str, str]:
        """Bytes, media type and ``content-disposition`` of a received file (§6.6)."""
        path = f"/messages/{_part(message_id)}/attachments/{_part(attachment_id)}"
        file = await self._files.read(f"{self._base_url}{path}", LARGEST)
        return file.content, file.media_type, file.disposition

    async def list_webhooks(self) -> list[dict[str, Any]]:
        return [webhook async for webhook in self._pages("/webhooks", {})]

    async def create_webhook(
        self, request_url: str, *, source: str, header: str, secret: str, events: Sequence[str] = (), name: str = "usta"
    ) -> str:
        """Registers our endpoint; the Content-Type is asked for, since none is sent otherwise (§8)."""
        body: dict[str, Any] = {
            "source": source,
            "request_url": request_url,
            "name": name,
            "format": "json",
            "headers": [{"key": "Content-Type", "value": "application/json"}, {"key": header, "value": secret}],
        }
        if events:
            body["events"] = list(events)
        return str((await self._write("POST", "/webhooks", json=body))["webhook_id"])

    async def delete_webhook(self, webhook_id: str) -> None:
        await self._write("DELETE", f"/webhooks/{_part(webhook_id)}")

    async def _send(
        self,
        path: str,
        fields: Mapping[str, str | None],
        attachments: Sequence[tuple[str, bytes, str]],
        voice: tuple[str, bytes, str] | None,
    ) -> dict[str, Any]:
        for _, content, _ in (*attachments, *([voice] if voice else [])):
            if len(content) > MAXIMUM_FILE_BYTES:
                raise TooLarge(f"{len(content)} bytes")
        parts: list[Any] = [(name, (None, value)) for name, value in fields.items() if value is not None]
        parts += [("attachments", part) for part in attachments]
        if voice:
            parts.append(("voice_message", voice))
        return await self._write("POST", path, files=parts)

    async def _write(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        return _json(await self._http.call(method, path, **content))

    async def _read(self, path: str, parameters: Mapping[str, str] | None = None) -> dict[str, Any]:
        return _json(await self._http.repeatable("GET", path, params=dict(parameters or {})))

    async def _pages(self, path: str, filters: Mapping[str, str], limit: int = PAGE) -> AsyncIterator[dict[str, Any]]:
        parameters = {**filters, "limit": str(limit)}
        while True:
            answer = await self._read(path, parameters)
            for item in answer.get("items") or []:
                yield item
            if not answer.get("cursor"):
                return
            parameters = {"cursor": answer["cursor"], "limit": str(limit)}


def error_of(response: httpx.Response) -> ChannelError:
    """The typed error of a failed answer, by the provider's ``type`` first and the status second (§3)."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    type_ = str(body.get("type") or "").removeprefix("errors/")
    fallback = Disconnected if response.status_code == 401 and not type_ else Refused
    error = BY_TYPE.get(type_) or BY_STATUS.get(response.status_code, fallback)
    raised = error(str(body.get("detail") or "")[:300], status=response.status_code, type=type_ or None)
    return with_retry_after(raised, response)


def _json(response: httpx.Response) -> dict[str, Any]:
    if "application/json" not in response.headers.get("content-type", ""):
        return {}
    try:
        body = response.json()
    except ValueError as error:
        raise OutcomeUnknown(f"{response.status_code} with an answer that is no JSON") from error
    return body if isinstance(body, dict) else {}


def _since(after: datetime | None) -> dict[str, str]:
    return {"after": moment(after)} if after else {}


def _part(value: str) -> str:
    """An id in an address; it may come from a webhook, and must not lead elsewhere on the server."""
    if value in ("", ".", ".."):
        raise Refused("not an id")
    return quote(value, safe="")
