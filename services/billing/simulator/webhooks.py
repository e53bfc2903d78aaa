"""The simulated Stripe calls its webhook endpoints: signed by the SDK's own scheme, tried again while they fail."""

from __future__ import annotations

import asyncio
import time

import httpx
import stripe
import structlog

from services.billing.simulator.state import Object, State
from services.billing.simulator.wire import as_json, shown
from services.operations.http_post import Post

TIMEOUT = 30.0
RETRY_DELAYS = (1.0, 5.0, 30.0, 120.0)

log = structlog.get_logger(__name__)


class Webhooks:
    """Carries events to the endpoints that want them."""

    def __init__(self, state: State, post: Post, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        self.state, self._post, self._retry_delays = state, post, retry_delays
        self.tasks: set[asyncio.Task[None]] = set()

    def send(self, event: Object) -> None:
        """Calls the endpoints from now on, without waiting for them."""
        if not self.state.behaviour.webhooks:
            return
        for endpoint in self.state.of("webhook_endpoint").values():
            if endpoint["status"] == "enabled" and _wants(endpoint, event):
                for _ in range(self.state.behaviour.deliveries):
                    task = asyncio.get_running_loop().create_task(self._call(endpoint, event))
                    self.tasks.add(task)
                    task.add_done_callback(self.tasks.discard)

    async def deliver(self, event: Object) -> int:
        """Delivers one event once, now; the status of the last endpoint that wanted it, 0 for none."""
        status = 0
        for endpoint in self.state.of("webhook_endpoint").values():
            if _wants(endpoint, event):
                status = await self._post(endpoint["url"], *signed(event, endpoint["secret"]))
        return status

    async def close(self) -> None:
        """Stops the calls that are still to be made."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _call(self, endpoint: Object, event: Object) -> None:
        for delay in (0.0, *self._retry_delays):
            await asyncio.sleep(delay)
            try:
                if 200 <= await self._post(endpoint["url"], *signed(event, endpoint["secret"])) < 300:
                    return
            except httpx.HTTPError as error:
                log.debug("simulator.webhook_failed", url=endpoint["url"], error=repr(error))
        log.warning("simulator.webhook_given_up", url=endpoint["url"], event=event["id"])


def signed(event: Object, secret: str, at: int | None = None) -> tuple[dict[str, str], bytes]:
    """Headers and body of a delivery."""
    body = as_json(shown(event))
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at or int(time.time()))
    return {"content-type": "application/json; charset=utf-8", "stripe-signature": header}, body


def _wants(endpoint: Object, event: Object) -> bool:
    return "*" in endpoint["enabled_events"] or event["type"] in endpoint["enabled_events"]
