"""Calls the registered webhooks as the provider does (unipile.md §8): only 200 counts, 30 s, five retries, no order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import httpcore
import structlog

from services.messaging.simulator.feed import Feed
from services.messaging.simulator.representation import webhook_payload
from services.messaging.simulator.state import Message, State, Webhook

RETRY_DELAYS = (1.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds before each of the five retries; the documents say only that they grow."""
TIMEOUT = 30.0

log = structlog.get_logger(__name__)


class Post(Protocol):
    """Sends one request and returns the status; raises when there is none."""

    def __call__(self, url: str, headers: Sequence[tuple[str, str]], content: bytes) -> Awaitable[int]: ...


class HttpPost:
    """POST over kept-alive connections, without any header that was not asked for (no Content-Type)."""

    def __init__(self) -> None:
        self._pool = httpcore.AsyncConnectionPool(max_connections=64, max_keepalive_connections=64)

    async def __call__(self, url: str, headers: Sequence[tuple[str, str]], content: bytes) -> int:
        timeout = {"connect": TIMEOUT, "read": TIMEOUT, "write": TIMEOUT, "pool": TIMEOUT}
        response = await self._pool.request(
            "POST", url, headers=list(headers), content=content, extensions={"timeout": timeout}
        )
        return response.status

    async def close(self) -> None:
        await self._pool.aclose()


class WebhookSender:
    """Turns events into calls. The events of one chat start in order unless disorder is switched on."""

    def __init__(self, state: State, feed: Feed, post: Post, retry_delays: Sequence[float] = RETRY_DELAYS) -> None:
        self._state, self._feed, self._post, self._retry_delays = state, feed, post, retry_delays
        self._last: dict[tuple[str, str], asyncio.Event] = {}
        self.tasks: set[asyncio.Task[bool]] = set()
        self._random = random.Random()

    def message_event(self, event: str, message: Message, **changes: Any) -> list[asyncio.Task[bool]]:
        """Calls every webhook that wants ``event``; each task ends with True when the call was answered with 200.

        While an account is disconnected its messages wait, and come in a burst with their old timestamps afterwards.
        """
        account = self._state.accounts[message.account_id]
        if not self._state.behaviour.webhooks:
            return []
        if not account.connected:
            account.held.append({"event": event, "message": message, "changes": changes})
            return []
        chat = self._state.chats[message.chat_id]
        build = lambda webhook: webhook_payload(self._state, event, message, webhook.name) | changes  # noqa: E731
        return [
            self._start(webhook, chat.id, {chat.address, account.phone or ""}, build)
            for webhook in self._wanting("messaging", event, account.id)
        ]

    def account_event(self, account_id: str, payload: dict[str, Any]) -> None:
        """Tells a change of a connection."""
        for webhook in self._wanting("account_status", None, account_id):
            self._start(webhook, account_id, set(), lambda _: payload)

    def notify(self, url: str, account_id: str, payload: dict[str, Any]) -> None:
        """Calls an address that a hosted link named: JSON, and no secret header (unipile.md §4.7)."""
        headers = [{"key": "Content-Type", "value": "application/json"}]
        self._start(Webhook("notify", "notify", url, headers=headers), account_id, set(), lambda _: payload)

    def release(self, account_id: str) -> None:
        """Sends what was held while the account was disconnected, oldest first."""
        held, self._state.accounts[account_id].held = self._state.accounts[account_id].held, []
        for item in held:
            self.message_event(item["event"], item["message"], **item["changes"])

    async def idle(self) -> None:
        """Waits for the calls that are under way now; they may have led to others."""
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stops the calls that are still to be made. A call that fails while it is cancelled may need a second word."""
        while self.tasks:
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(self.tasks, timeout=0.5)
        close = getattr(self._post, "close", None)
        if close:
            await close()

    def _wanting(self, source: str, event: str | None, account_id: str) -> list[Webhook]:
        return [
            webhook
            for webhook in self._state.webhooks.values()
            if webhook.enabled
            and webhook.source == source
            and (not webhook.account_ids or account_id in webhook.account_ids)
            and (event is None or event in (webhook.events or ["message_received"]))
        ]

    def _start(
        self, webhook: Webhook, chat_id: str, phones: set[str], build: Callable[[Webhook], dict[str, Any]]
    ) -> asyncio.Task[bool]:
        key, mine = (webhook.id, chat_id), asyncio.Event()
        earlier, self._last[key] = self._last.get(key), mine
        content = _encode(webhook, build(webhook))
        task = asyncio.create_task(self._deliver(webhook, content, phones, earlier, mine))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: self._last.pop(key, None) if self._last.get(key) is mine else None)
        return task

    async def _deliver(
        self, webhook: Webhook, content: bytes, phones: set[str], earlier: asyncio.Event | None, mine: asyncio.Event
    ) -> bool:
        behaviour, busy = self._state.behaviour, [self._feed.busy(phone) for phone in phones]
        for mark in busy:
            mark.__enter__()
        try:
            if behaviour.out_of_order and self._random.random() < behaviour.out_of_order:
                mine.set()
                await asyncio.sleep(self._random.uniform(0.02, 0.4))
            elif earlier:
                await earlier.wait()
            accepted = await self._attempts(webhook, content, mine)
            if behaviour.duplicates and self._random.random() < behaviour.duplicates:
                await asyncio.sleep(self._random.uniform(0, 0.2))
                await self._attempts(webhook, content, mine)
            return accepted
        finally:
            mine.set()
            for mark in busy:
                mark.__exit__(None, None, None)

    async def _attempts(self, webhook: Webhook, content: bytes, started: asyncio.Event) -> bool:
        headers = [(header["key"], header["value"]) for header in webhook.headers]
        for delay in (0.0, *self._retry_delays):
            await asyncio.sleep(delay)
            try:
                async with asyncio.timeout(TIMEOUT):
                    status = await self._post(webhook.request_url, headers, content)
            except Exception as error:
                status = 0
                log.debug("simulator.webhook_failed", url=webhook.request_url, error=repr(error))
            started.set()
            if status == 200:
                return True
        log.warning("simulator.webhook_given_up", url=webhook.request_url)
        return False


def _encode(webhook: Webhook, payload: dict[str, Any]) -> bytes:
    if webhook.format != "form":
        return json.dumps(payload).encode()
    fields = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in payload.items()
        if value is not None
    }
    return urlencode(fields).encode()
