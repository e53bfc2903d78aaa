"""The connected accounts, remembered for a few seconds: every webhook asks for one and they hardly ever change."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import messaging as repository
from services.messaging.authority import Account

SECONDS = 5.0
"""How long a changed account (owner deactivated, number relinked) may still be seen as it was."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An account and the phones of all assistants."""

    account: Account
    assistant_phones: frozenset[str]
    until: float


_remembered: WeakKeyDictionary[Any, dict[str, Entry]] = WeakKeyDictionary()


async def find_account(session: AsyncSession, provider_account_id: str) -> Entry | None:
    """The account with the provider's id, None when nobody knows it (which is not remembered)."""
    entries = _remembered.setdefault(session.get_bind(), {})
    entry = entries.get(provider_account_id)
    if entry is None or entry.until < time.monotonic():
        row = await repository.account_by_provider_id(session, provider_account_id)
        if row is None:
            entries.pop(provider_account_id, None)
            return None
        account = Account(row.id, row.kind, row.organization_id, row.user_id, row.phone, row.provider)
        entry = Entry(account, frozenset(row.assistant_phones), time.monotonic() + SECONDS)
        entries[provider_account_id] = entry
    return entry


def forget_accounts(session: AsyncSession) -> None:
    """Makes the next webhook read the accounts again."""
    _remembered.pop(session.get_bind(), None)
