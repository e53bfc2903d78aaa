"""Makes a platform tell us of changes: our webhook there, once."""

from __future__ import annotations

from services.einvoicing.platform import Platform
from services.einvoicing.schemas import LIFECYCLE, Webhook

FLOW_TYPES = ("CustomerInvoice", *sorted(LIFECYCLE))


async def provision(platform: Platform, endpoint: str) -> Webhook:
    """Subscribes ``endpoint`` anew and drops its earlier subscriptions: their keys cannot be asked for again.

    The new one first, so that nothing is missed in between. The answer carries the signing key.
    """
    earlier = [webhook for webhook in await platform.subscriptions() if webhook.callback_url == endpoint]
    created = await platform.subscribe(endpoint, FLOW_TYPES)
    for webhook in earlier:
        await platform.unsubscribe(webhook.webhook_id)
    return created
