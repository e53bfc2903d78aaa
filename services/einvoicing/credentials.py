"""Addresses and secrets of the platform: configured for a real one, made once per home for the simulator."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from db.settings import Settings
from services.messaging.credentials import derived_secret, own_url

SIMULATOR_PATH = "/simulator/platform"
"""Where ``usta serve`` mounts the simulated platform."""
WEBHOOK_PATH = "/webhooks/einvoicing"
CLIENT_ID = "usta"
"""Our client id at the simulator."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the platform's services are and how we identify ourselves (OAuth2 client credentials)."""

    flow_url: str
    directory_url: str
    token_url: str
    client_id: str
    client_secret: str


def access(configured: Settings) -> Access | None:
    """How to reach the platform of the settings; None when e-invoicing is off or a part is missing."""
    if configured.einvoicing == "simulator":
        base = f"{own_url(configured)}{SIMULATOR_PATH}"
        return Access(
            f"{base}/flow-service",
            f"{base}/directory-service",
            f"{base}/auth/token",
            CLIENT_ID,
            derived_secret(configured.home, "einvoicing"),
        )
    parts = (configured.einvoicing_token_url, configured.einvoicing_client_id, configured.einvoicing_client_secret)
    if configured.einvoicing == "off" or not all(parts):
        return None
    assert configured.einvoicing_flow_url and configured.einvoicing_token_url
    assert configured.einvoicing_client_id and configured.einvoicing_client_secret
    flow_url = configured.einvoicing_flow_url.rstrip("/")
    directory_url = configured.einvoicing_directory_url or flow_url.replace("/flow-service", "/directory-service")
    return Access(
        flow_url,
        directory_url.rstrip("/"),
        configured.einvoicing_token_url,
        configured.einvoicing_client_id,
        configured.einvoicing_client_secret.get_secret_value(),
    )


def signing_key(configured: Settings) -> bytes | None:
    """The key that webhooks are signed with; None when there is none, so that every webhook is refused."""
    if configured.einvoicing == "simulator":
        return bytes.fromhex(derived_secret(configured.home, "einvoicing-webhook"))
    key = configured.einvoicing_webhook_key
    if configured.einvoicing == "off" or key is None:
        return None
    return base64.b64decode(key.get_secret_value())
