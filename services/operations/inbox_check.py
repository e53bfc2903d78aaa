"""The check of the shared inbox in Chatwoot for ``usta doctor``."""

from __future__ import annotations

from db.settings import Settings
from services.chatwoot.channel import client_of
from services.chatwoot.credentials import access, webhook_secrets
from services.messaging.channel_errors import ChannelError
from services.operations.checks import Finding

NAME = "Shared inbox"
_PATIENCE_SECONDS = 5.0


async def shared_inbox(settings: Settings) -> Finding:
    """The server knows our token and the inbox, and its webhooks can be told from anybody's."""
    if settings.chatwoot_url and settings.chatwoot == "off":
        missing = "CHATWOOT_ACCOUNT_ID, CHATWOOT_INBOX_ID or CHATWOOT_TOKEN is missing"
        return Finding(NAME, "broken", missing, "Set all of them, or unset CHATWOOT_URL.")
    reached = access(settings)
    if reached is None:
        return Finding(NAME, "optional", "not configured", "Set CHATWOOT_URL to answer in a Chatwoot inbox, too.")
    if settings.chatwoot == "simulator":
        return Finding(NAME, "embedded", "simulated Chatwoot server")
    client = client_of(reached, timeout=_PATIENCE_SECONDS)
    try:
        inbox = await client.inbox(reached.inbox)
    except ChannelError as error:
        remedy = "Check CHATWOOT_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_INBOX_ID and CHATWOOT_TOKEN."
        return Finding(NAME, "broken", f"{reached.url}: {error}", remedy)
    finally:
        await client.close()
    if not webhook_secrets(settings) and settings.chatwoot_path_secret is None:
        return Finding(NAME, "broken", "webhooks are refused: no secret is set", "usta channels setup-chatwoot")
    return Finding(NAME, "ok", f"{inbox.get('name')} at {reached.url}")
