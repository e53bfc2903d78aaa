"""Who may give orders (C01, DESIGN §4): the boundary against instructions from customers, groups and our own echoes.

Orders come from a verified artisan writing to an assistant number, or from the "message to self" chat of an artisan's
own linked account. Nothing in a message's text plays a part in this decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from db.models.messaging import Provider
from services.messaging.schemas import InboundMessage, Purpose


@dataclass(frozen=True, slots=True)
class Account:
    """A connected number as the inbox needs it; ``user_id`` is set for an artisan's own number with an active owner."""

    id: UUID
    kind: str
    organization_id: UUID | None
    user_id: UUID | None
    phone: str | None
    provider: Provider = "unipile"


@dataclass(frozen=True, slots=True)
class Person:
    """A verified, active user."""

    user_id: UUID
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """What a message counts as: the purpose of its chat, whose it is, and whether it may start a turn."""

    purpose: Purpose
    may_order: bool
    organization_id: UUID | None = None
    user_id: UUID | None = None


def is_self_chat(account: Account, message: InboundMessage) -> bool:
    """True for a message that the owner of a linked account wrote to himself."""
    same_phone = account.phone is not None and message.peer_phone == account.phone
    return (
        account.kind == "artisan"
        and message.from_account
        and not message.is_group
        and (message.to_itself or same_phone)
    )


def standing_of(
    account: Account, message: InboundMessage, author: Person | None, assistant_phones: frozenset[str]
) -> Standing:
    """Judges a message. ``author`` is the verified artisan on the other side of a chat with the assistant.

    An echo of our own sending must have been told apart before: in the self chat it looks like the artisan's words.
    """
    person_wrote = message.type != "event" and message.kind in ("message", "edited")
    if account.kind == "assistant":
        if message.is_group:
            return Standing("group", may_order=False)
        if author is None:
            return Standing("unknown", may_order=False)
        may_order = person_wrote and not message.from_account
        return Standing("command", may_order, author.organization_id, author.user_id)
    if message.is_group:
        return Standing("group", False, account.organization_id)
    own_chat = is_self_chat(account, message)
    if own_chat and account.user_id and account.organization_id:
        return Standing("command", person_wrote, account.organization_id, account.user_id)
    if own_chat or message.peer_phone in assistant_phones:
        return Standing("unknown", False, account.organization_id)
    return Standing("customer", False, account.organization_id)
