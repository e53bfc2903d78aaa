"""Puts a Chatwoot account to use: the inbox in our tables, our webhook and our bot there. Harmless to run again."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import chatwoot as repository
from services.chatwoot.client import ChatwootClient
from services.chatwoot.normalise import account_ref
from services.messaging.addresses import phone_of_text

EVENTS = (
    "message_created",
    "message_updated",
    "conversation_status_changed",
    "conversation_updated",
)
"""What the account's webhook tells; contacts come with their messages."""
BOT = "Usta"


@dataclass(slots=True)
class Provisioned:
    """What was made and what must be configured. ``secrets`` are all that webhooks are signed with."""

    created: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    bot_token: str | None = None


async def provision(
    session: AsyncSession, client: ChatwootClient, *, account: int, inbox: int, endpoint: str
) -> Provisioned:
    """Creates what is missing and verifies the rest: webhook by its address, bot by its address, bot on the inbox.

    ``endpoint`` is the public address of our door. Raises ``ChannelError`` as the server refuses.
    """
    done = Provisioned()
    found = await client.inbox(inbox)
    phone = phone_of_text(found.get("phone_number"))
    await repository.ensure_inbox(session, account_ref(account, inbox), phone)
    await _webhook(client, endpoint, done)
    await _bot(client, inbox, endpoint, done)
    return done


async def _webhook(client: ChatwootClient, endpoint: str, done: Provisioned) -> None:
    webhook = next((each for each in await client.webhooks() if each.get("url") == endpoint), None)
    if webhook is None:
        webhook = await client.create_webhook(endpoint, "usta", EVENTS)
        done.created.append("webhook")
    elif missing := set(EVENTS) - set(webhook.get("subscriptions") or []):
        await client.update_webhook(int(webhook["id"]), [*(webhook.get("subscriptions") or []), *sorted(missing)])
        done.created.append("subscriptions")
    if webhook.get("secret"):
        done.secrets.append(str(webhook["secret"]))


async def _bot(client: ChatwootClient, inbox: int, endpoint: str, done: Provisioned) -> None:
    bot = next((each for each in await client.agent_bots() if each.get("outgoing_url") == endpoint), None)
    if bot is None:
        bot = await client.create_agent_bot(BOT, endpoint)
        done.created.append("bot")
    if await client.inbox_bot(inbox) != int(bot["id"]):
        await client.set_inbox_bot(inbox, int(bot["id"]))
        done.created.append("bot on the inbox")
    if bot.get("secret"):
        done.secrets.append(str(bot["secret"]))
    done.bot_token = str(bot["access_token"]) if bot.get("access_token") else None
