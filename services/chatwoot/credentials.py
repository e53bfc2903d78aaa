"""Where the Chatwoot server is and the secrets between it and us: configured for a real one, made for the simulator."""

from __future__ import annotations

from dataclasses import dataclass

from db.settings import Settings
from services.messaging.credentials import derived_secret, own_url

SIMULATOR_PATH = "/simulator/chatwoot-server"
"""Where ``usta serve`` mounts the simulated server."""
WEBHOOK_PATH = "/webhooks/chatwoot"
SIMULATED_ACCOUNT, SIMULATED_INBOX = 3, 7
SIMULATED_TEMPLATE = "usta_document/fr"


@dataclass(frozen=True, slots=True)
class Template:
    """A message template that WhatsApp has approved: one variable in its body, a document in its header."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach the server. ``bot_token`` None: everything is written under the member's name."""

    url: str
    account: int
    inbox: int
    token: str
    bot_token: str | None
    template: Template | None
    file_origins: tuple[str, ...] = ()
    """Where the server's files may lie besides, inside the network too."""


def access(configured: Settings) -> Access | None:
    """The server of the settings, None when this channel is off."""
    if configured.chatwoot == "simulator":
        url = f"{own_url(configured)}{SIMULATOR_PATH}"
        token, bot_token = (derived_secret(configured.home, f"chatwoot-{name}") for name in ("token", "bot"))
        return Access(url, SIMULATED_ACCOUNT, SIMULATED_INBOX, token, bot_token, _template(SIMULATED_TEMPLATE))
    if configured.chatwoot == "off":
        return None
    assert configured.chatwoot_url and configured.chatwoot_token
    assert configured.chatwoot_account_id and configured.chatwoot_inbox_id
    bot = configured.chatwoot_bot_token
    return Access(
        configured.chatwoot_url.rstrip("/"),
        configured.chatwoot_account_id,
        configured.chatwoot_inbox_id,
        configured.chatwoot_token.get_secret_value(),
        bot.get_secret_value() if bot else None,
        _template(configured.chatwoot_template) if configured.chatwoot_template else None,
        tuple(configured.chatwoot_file_origins),
    )


def webhook_secrets(configured: Settings) -> list[str]:
    """The secrets that webhooks may be signed with: the account webhook's, the bot's, and one being replaced."""
    if configured.chatwoot == "simulator":
        return [derived_secret(configured.home, f"chatwoot-webhook-{name}") for name in ("account", "bot")]
    return [secret.get_secret_value() for secret in configured.chatwoot_webhook_secrets]


def _template(value: str) -> Template:
    name, _, language = value.partition("/")
    return Template(name, language or "fr")
