"""HTTP client of a Chatwoot server's REST API (chatwoot.md §4): one method per call, typed errors.

Two tokens: the bot's for what a bot may do (its words and hand-overs are then the bot's own), a member's for the rest.
Reads are retried when the server is away; sends never are, because a repeated POST doubles the message.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx

from services.messaging.channel_errors import (
    BadApiKey,
    ChannelError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from services.messaging.provider_http import ProviderHttp, with_retry_after
from services.messaging.received_files import ReceivedFiles
from services.protection.outward import origin

BY_STATUS: dict[int, type[ChannelError]] = {
    401: BadApiKey,
    403: BadApiKey,
    404: NotFound,
    413: TooLarge,
    429: RateLimited,
    500: OutcomeUnknown,
    502: OutcomeUnknown,
    503: Unavailable,
    504: OutcomeUnknown,
}

FilePart = tuple[str, bytes, str]
"""Name, bytes, media type."""


class ChatwootClient:
    """One account of a server. ``base_url`` has no path; ``file_origins`` are where else its files may lie (scheme and
    host); ``transport`` replaces the network in tests.
    """

    def __init__(
        self,
        base_url: str,
        account: int,
        token: str,
        *,
        bot_token: str | None = None,
        file_origins: Sequence[str] = (),
        timeout: float = 20.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._api, self._token, self._bot_token = f"/api/v1/accounts/{account}", token, bot_token or token
        self._http = ProviderHttp(
            base_url,
            error_of,
            headers={"accept": "application/json"},
            timeout=timeout,
            connections=32,
            transport=transport,
        )
        trusted = {origin(each) for each in (base_url, *file_origins)}
        self._files = ReceivedFiles(self._http.client, error_of, trusted, transport)

    async def close(self) -> None:
        await self._http.close()
        await self._files.close()

    async def create_message(
        self,
        conversation: int | str,
        content: str | None,
        *,
        private: bool = False,
        items: Sequence[str] = (),
        file: FilePart | None = None,
        voice: bool = False,
        template: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Writes into a conversation as the bot. ``items`` are titles to tap; a file wins over them (§4.2)."""
        fields: dict[str, Any] = {"content": content or "", "message_type": "outgoing", "private": private}
        if items and file is None:
            answers = [{"title": title, "value": title} for title in items]
            fields |= {"content_type": "input_select", "content_attributes": {"items": answers}}
        if template:
            fields["template_params"] = dict(template)
        path = f"/conversations/{conversation}/messages"
        if file is None:
            return await self._write("POST", path, json=fields)
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        form |= {"is_voice_message": "true"} if voice else {}
        return await self._write("POST", path, data=form, files=[("attachments[]", file)])

    async def conversation(self, conversation: int | str) -> dict[str, Any]:
        return await self._read(f"/conversations/{conversation}", self._bot_token)

    async def conversations(self, inbox: int, *, pages: int) -> AsyncIterator[dict[str, Any]]:
        """The conversations of an inbox, whatever their status, the last active first."""
        for page in range(1, pages + 1):
            parameters = {"inbox_id": inbox, "status": "all", "assignee_type": "all", "page": page}
            found = (await self._read("/conversations", parameters=parameters)).get("data", {}).get("payload") or []
            for item in found:
                yield item
            if not found:
                return

    async def messages(self, conversation: int | str, *, after: int | None = None) -> list[dict[str, Any]]:
        """The latest messages of a conversation (20), or up to 100 newer than ``after``; oldest first."""
        parameters = {"after": after} if after is not None else {}
        answer = await self._read(f"/conversations/{conversation}/messages", parameters=parameters)
        return sorted(answer.get("payload") or [], key=lambda message: int(message.get("id") or 0))

    async def toggle_status(self, conversation: int | str, status: str) -> str:
        """Opens a conversation for the team, gives it back to the bot (pending) or resolves it; returns its status."""
        answer = await self._write("POST", f"/conversations/{conversation}/toggle_status", json={"status": status})
        return str(answer.get("payload", {}).get("current_status", ""))

    async def toggle_typing(self, conversation: int | str, *, on: bool) -> None:
        body = {"typing_status": "on" if on else "off"}
        await self._write("POST", f"/conversations/{conversation}/toggle_typing_status", json=body)

    async def create_conversation(self, inbox: int, contact: int, source_id: str) -> int:
        """Opens a conversation with a contact; the server reuses one that is locked to the contact."""
        body = {"inbox_id": inbox, "contact_id": contact, "source_id": source_id}
        return int((await self._write("POST", "/conversations", token=self._token, json=body))["id"])

    async def contact_conversations(self, contact: int) -> list[dict[str, Any]]:
        return list((await self._read(f"/contacts/{contact}/conversations")).get("payload") or [])

    async def contact_by_phone(self, phone: str) -> int | None:
        """The contact whose number is exactly ``phone`` (E.164)."""
        found = (await self._read("/contacts/search", parameters={"q": phone})).get("payload") or []
        return next((int(each["id"]) for each in found if each.get("phone_number") == phone), None)

    async def contact_inboxes(self, contact: int) -> list[dict[str, Any]]:
        """In which inboxes a contact is known, under which address (``source_id``)."""
        found = (await self._read(f"/contacts/{contact}")).get("payload") or {}
        return [each for each in found.get("contact_inboxes") or [] if isinstance(each.get("inbox"), dict)]

    async def create_contact(self, inbox: int, phone: str, name: str) -> int:
        body = {"inbox_id": inbox, "name": name, "phone_number": phone}
        answer = await self._write("POST", "/contacts", token=self._token, json=body)
        return int(answer["payload"]["contact"]["id"])

    async def webhooks(self) -> list[dict[str, Any]]:
        return list((await self._read("/webhooks")).get("payload", {}).get("webhooks") or [])

    async def create_webhook(self, url: str, name: str, subscriptions: Sequence[str]) -> dict[str, Any]:
        body = {"webhook": {"url": url, "name": name, "subscriptions": list(subscriptions)}}
        answer = await self._write("POST", "/webhooks", token=self._token, json=body)
        return dict(answer["payload"]["webhook"])

    async def update_webhook(self, webhook: int, subscriptions: Sequence[str]) -> None:
        body = {"webhook": {"subscriptions": list(subscriptions)}}
        await self._write("PATCH", f"/webhooks/{webhook}", token=self._token, json=body)

    async def agent_bots(self) -> list[dict[str, Any]]:
        found = await self._read("/agent_bots")
        return list(found.get("payload") or [])

    async def create_agent_bot(self, name: str, outgoing_url: str) -> dict[str, Any]:
        body = {"name": name, "outgoing_url": outgoing_url, "bot_type": "webhook", "bot_config": {}}
        return await self._write("POST", "/agent_bots", token=self._token, json=body)

    async def inbox_bot(self, inbox: int) -> int | None:
        """The id of the bot on an inbox."""
        bot = (await self._read(f"/inboxes/{inbox}/agent_bot")).get("agent_bot") or {}
        return int(bot["id"]) if bot.get("id") else None

    async def set_inbox_bot(self, inbox: int, bot: int) -> None:
        await self._write("POST", f"/inboxes/{inbox}/set_agent_bot", token=self._token, json={"agent_bot": bot})

    async def inbox(self, inbox: int) -> dict[str, Any]:
        return await self._read(f"/inboxes/{inbox}")

    async def download(self, url: str, limit: int) -> tuple[bytes, str]:
        """Bytes and media type of an attachment: without a token, through redirects, from known origins only (§3.3)."""
        file = await self._files.read(url, limit)
        return file.content, file.media_type

    async def _write(self, method: str, path: str, *, token: str | None = None, **content: Any) -> dict[str, Any]:
        headers = {"api_access_token": token or self._bot_token}
        return _json(await self._http.call(method, self._api + path, headers=headers, **content))

    async def _read(
        self, path: str, token: str | None = None, parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"api_access_token": token or self._token}
        return _json(
            await self._http.repeatable("GET", self._api + path, headers=headers, params=dict(parameters or {}))
        )


def error_of(response: httpx.Response) -> ChannelError:
    """The typed error of a failed answer, by its status and what it says (§5)."""
    try:
        body = response.json()
    except ValueError:
        body = {}
    body = body if isinstance(body, dict) else {}
    detail = str(body.get("error") or body.get("message") or body.get("errors") or response.text)[:300]
    kind = BY_STATUS.get(response.status_code, Refused)
    if response.status_code == 422 and "too many messages" in detail.lower():
        kind = RateLimited
    raised = kind(detail, status=response.status_code)
    return with_retry_after(raised, response)


def _json(response: httpx.Response) -> dict[str, Any]:
    """The object of an answer; a bare list, as the list of bots is, under ``payload``."""
    if "application/json" not in response.headers.get("content-type", ""):
        return {}
    body = response.json()
    return body if isinstance(body, dict) else {"payload": body}
