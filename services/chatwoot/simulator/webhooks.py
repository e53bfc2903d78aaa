"""Calls the webhooks as the server does: signed, 5 s, an account's once, a bot's three times on 429 and 500 (§1, §2)."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog

from services.chatwoot.signature import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from services.chatwoot.simulator.state import Bot, State
from services.operations.http_post import Post

TIMEOUT = 5.0
BOT_ATTEMPTS = 3
BOT_WAIT = 3.0
BOT_EVENTS = frozenset(
    ["message_created", "message_updated", "conversation_opened", "conversation_resolved",
     "conversation_status_changed", "conversation_updated", "webwidget_triggered"]
)  # fmt: skip

log = structlog.get_logger(__name__)


class WebhookSender:
    """Turns events into calls; ``bot_failed`` is told of a bot that took an event on no attempt."""

    def __init__(self, state: State, post: Post, bot_wait: float = BOT_WAIT) -> None:
        self._state, self._post, self._bot_wait = state, post, bot_wait
        self._random = random.Random()
        self.tasks: set[asyncio.Task[bool]] = set()
        self.bot_failed: Callable[[dict[str, Any]], None] = lambda _: None

    def send(self, event: str, body: dict[str, Any], inbox_id: int) -> list[asyncio.Task[bool]]:
        """Calls every webhook that wants the event, and the inbox's bot; a task ends with True when one took it."""
        started = []
        for webhook in self._state.webhooks.values():
            if event in webhook.subscriptions and not self._lost():
                started.append(self._start(self._once(webhook.url, webhook.secret, body, str(uuid.uuid4()))))
        bot = self._state.bots.get(self._state.inboxes[inbox_id].bot_id or 0)
        if bot and event in BOT_EVENTS and not self._lost():
            started.append(self._start(self._to_bot(bot, body)))
        return started

    async def idle(self) -> None:
        """Waits for the calls that are under way now; they may have led to others."""
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if close := getattr(self._post, "close", None):
            await close()

    def _lost(self) -> bool:
        chance = self._state.behaviour.lost_webhooks
        return bool(chance) and self._random.random() < chance

    def _start(self, call: Any) -> asyncio.Task[bool]:
        task: asyncio.Task[bool] = asyncio.create_task(call)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _once(self, url: str, secret: str, body: dict[str, Any], delivery: str) -> bool:
        accepted = 200 <= await self._call(url, secret, body, delivery) < 300
        if self._state.behaviour.duplicates and self._random.random() < self._state.behaviour.duplicates:
            await self._call(url, secret, body, delivery)
        return accepted

    async def _to_bot(self, bot: Bot, body: dict[str, Any]) -> bool:
        delivery = str(uuid.uuid4())
        for attempt in range(BOT_ATTEMPTS):
            if attempt:
                await asyncio.sleep(self._bot_wait)
            status = await self._call(bot.outgoing_url, bot.secret, body, delivery)
            if 200 <= status < 300:
                return True
            if status not in (429, 500):
                break
        self.bot_failed(body)
        return False

    async def _call(self, url: str, secret: str, body: dict[str, Any], delivery: str) -> int:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", DELIVERY_HEADER: delivery}
        if not self._state.behaviour.unsigned:
            timestamp = str(int(time.time()))
            headers |= {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: sign(content, timestamp, secret)}
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._post(url, headers, content)
        except Exception as error:
            log.debug("chatwoot_simulator.webhook_failed", url=url, error=repr(error))
            return 0
