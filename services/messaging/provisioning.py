"""Puts a real provider's workspace to use: the assistant's account in our tables, our webhooks at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import messaging as repository
from services.messaging.addresses import phone_of_text
from services.messaging.unipile import UnipileClient

SOURCES: dict[str, tuple[str, ...]] = {
    "messaging": (
        "message_received",
        "message_read",
        "message_delivered",
        "message_reaction",
        "message_edited",
        "message_deleted",
    ),
    "account_status": (),
}


@dataclass(frozen=True, slots=True)
class Provisioned:
    """``account_id`` is None while no account of the workspace has the assistant's number."""

    account_id: UUID | None
    created: tuple[str, ...]
    replaced: tuple[str, ...]


async def provision(
    session: AsyncSession, client: UnipileClient, *, assistant_phone: str, endpoint: str, header: str, secret: str
) -> Provisioned:
    """Makes workspace and tables agree; harmless when they do already.

    ``endpoint`` is the public address of POST /webhooks/unipile/messages. The provider cannot change a webhook, so one
    with another secret is replaced: the new one first, so that nothing is missed in between (unipile.md §7).
    """
    account_id = None
    async for account in client.list_accounts():
        parameters = (account.get("connection_params") or {}).get("im") or {}
        if phone_of_text(parameters.get("phone_number")) == assistant_phone:
            account_id = await repository.ensure_assistant(session, account["id"], assistant_phone)
    wanted = {"key": header, "value": secret}
    existing = [webhook for webhook in await client.list_webhooks() if webhook.get("request_url") == endpoint]
    created, replaced = [], []
    for source, events in SOURCES.items():
        same = [webhook for webhook in existing if webhook.get("name") == f"usta {source}"]
        if any(wanted in (webhook.get("headers") or []) for webhook in same):
            continue
        name = f"usta {source}"
        created.append(
            await client.create_webhook(endpoint, source=source, header=header, secret=secret, events=events, name=name)
        )
        for webhook in same:
            await client.delete_webhook(webhook["id"])
            replaced.append(webhook["id"])
    return Provisioned(account_id, tuple(created), tuple(replaced))
