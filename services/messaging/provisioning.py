"""Puts a provider's workspace to use: the assistant's account in our tables, our webhooks at the provider.

Everything is looked up first and made only where it is missing, so that running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import sessions as repository
from services.messaging.addresses import phone_of_text
from services.messaging.unipile import UnipileClient
from services.sessions import record
from services.sessions.states import Cause
from services.sessions.words import cause_of_account


@dataclass(frozen=True, slots=True)
class Wanted:
    """A webhook that must be registered: its events (none = all of the source) and our door for it."""

    source: str
    path: str
    events: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"usta {self.source}"


WEBHOOKS = (
    Wanted(
        "messaging",
        "/webhooks/unipile/messages",
        (
            "message_received",
            "message_read",
            "message_delivered",
            "message_reaction",
            "message_edited",
            "message_deleted",
        ),
    ),
    Wanted("account_status", "/webhooks/unipile/accounts"),
)


@dataclass(frozen=True, slots=True)
class WebhookState:
    """How one wanted webhook stands at the provider: ``current`` do what they must, ``others`` are ours but do not."""

    wanted: Wanted
    current: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Provisioned:
    """``account_id`` is None while no account of the workspace has the assistant's number.

    ``missing`` names the webhooks that the provider does not list although it took them.
    """

    account_id: UUID | None
    created: tuple[str, ...]
    replaced: tuple[str, ...]
    missing: tuple[str, ...] = ()


async def provision(
    session: AsyncSession, client: UnipileClient, *, assistant_phone: str, base_url: str, header: str, secret: str
) -> Provisioned:
    """Makes workspace and tables agree; harmless when they do already.

    ``base_url`` is the public address of this installation. The provider cannot change a webhook, so one that is not
    as it should be (another secret, address or list of events, switched off) is replaced: the new one first, so that
    nothing is missed in between (unipile.md §7). A second one that does the same is taken away.
    """
    account_id = None
    async for account in client.list_accounts():
        parameters = (account.get("connection_params") or {}).get("im") or {}
        if phone_of_text(parameters.get("phone_number")) == assistant_phone:
            account_id = await ensure_assistant(session, account["id"], assistant_phone, cause_of_account(account))
    created: list[str] = []
    replaced: list[str] = []
    for state in await webhook_states(client, base_url=base_url, header=header, secret=secret):
        if not state.current:
            created.append(
                await client.create_webhook(
                    address(base_url, state.wanted),
                    source=state.wanted.source,
                    header=header,
                    secret=secret,
                    events=state.wanted.events,
                    name=state.wanted.name,
                )
            )
        for webhook_id in (*state.others, *state.current[1:]):
            await client.delete_webhook(webhook_id)
            replaced.append(webhook_id)
    verified = await webhook_states(client, base_url=base_url, header=header, secret=secret)
    missing = tuple(state.wanted.name for state in verified if not state.current)
    return Provisioned(account_id, tuple(created), tuple(replaced), missing)


async def webhook_states(client: UnipileClient, *, base_url: str, header: str, secret: str) -> Sequence[WebhookState]:
    """Compares what is registered at the provider with what must be."""
    listed = await client.list_webhooks()
    states = []
    for wanted in WEBHOOKS:
        ours = [
            webhook
            for webhook in listed
            if webhook.get("name") == wanted.name and str(webhook.get("request_url")).startswith(base_url.rstrip("/"))
        ]
        good = [webhook["id"] for webhook in ours if _is_as_wanted(webhook, wanted, base_url, header, secret)]
        others = [webhook["id"] for webhook in ours if webhook["id"] not in good]
        states.append(WebhookState(wanted, tuple(good), tuple(others)))
    return states


async def ensure_assistant(
    session: AsyncSession, provider_account_id: str, phone: str, cause: Cause | None = Cause.PROVIDER_OK
) -> UUID:
    """The assistant's account, created when it is missing, in the state that the provider tells of."""
    account_id = await repository.ensure_assistant(session, provider_account_id, phone)
    if cause is not None:
        await record.apply(session, account_id, cause, "provider")
    return account_id


def address(base_url: str, wanted: Wanted) -> str:
    """The public address of our door for a webhook."""
    return base_url.rstrip("/") + wanted.path


def _is_as_wanted(webhook: dict[str, Any], wanted: Wanted, base_url: str, header: str, secret: str) -> bool:
    """The list of events is compared only where the provider tells it."""
    events = webhook.get("events")
    return (
        webhook.get("request_url") == address(base_url, wanted)
        and {"key": header, "value": secret} in (webhook.get("headers") or [])
        and webhook.get("enabled", True) is True
        and webhook.get("format", "json") == "json"
        and (not wanted.events or events is None or set(wanted.events) <= set(events))
    )
