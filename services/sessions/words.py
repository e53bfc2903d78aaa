"""The provider's words for a connection (unipile.md §4.3, §4.8) and what they mean to the state machine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from db.repositories import sessions as repository
from services.sessions import record
from services.sessions.states import Cause, State
from services.sync.service import account_connected

WORDS: dict[str, Cause] = {
    "OK": Cause.PROVIDER_OK,
    "CREATION_SUCCESS": Cause.SCANNED,
    "RECONNECTED": Cause.SCANNED,
    "SYNC_SUCCESS": Cause.SYNCED,
    "CONNECTING": Cause.PROVIDER_CONNECTING,
    "CREDENTIALS": Cause.CREDENTIALS,
    "STOPPED": Cause.STOPPED,
    "DELETED": Cause.DELETED,
    "ERROR": Cause.PROVIDER_ERROR,
    "PERMISSIONS": Cause.PROVIDER_ERROR,
}
_WORST_FIRST = ("CREDENTIALS", "ERROR", "PERMISSIONS", "STOPPED", "CONNECTING", "OK")

log = structlog.get_logger(__name__)


def word_of_account(account: dict[str, Any]) -> str | None:
    """The word of an account resource: the worst of its sources; None when it has none that is known."""
    sources = account.get("sources") or []
    words = {str(source.get("status")).upper() for source in sources if isinstance(source, dict)}
    return next((word for word in _WORST_FIRST if word in words), None)


def cause_of_account(account: dict[str, Any]) -> Cause | None:
    """What an account resource says."""
    word = word_of_account(account)
    return WORDS[word] if word else None


async def take_hosted(session: AsyncSession, account_id: UUID, provider_account_id: str) -> None:
    """Takes in the call to our notify address: it is unsigned, so it only makes us ask the provider (unipile.md §4.7)."""
    await defer(
        session,
        record.ADOPT,
        lock=f"session:{account_id}",
        account_id=str(account_id),
        provider_account_id=provider_account_id,
    )


async def take_status(session: AsyncSession, provider_account_id: str, word: str) -> bool:
    """Takes in an account_status webhook; False when nobody knows the account.

    Such a webhook has no time and no id, and may come late: whatever it says, the provider is asked at once how the
    account is now. Of an account that was never connected OK is believed only then, because its number must be the
    right one.
    """
    account_id = await repository.session_by_provider_id(session, provider_account_id)
    cause = WORDS.get(word.upper())
    log.info("account.status", account=provider_account_id, status=word, known=account_id is not None)
    if account_id is None:
        return False
    account = await repository.get_session(session, None, account_id)
    assert account is not None
    if cause in (Cause.PROVIDER_OK, Cause.SYNCED) and account.connection_params.get("provisional"):
        cause = Cause.SCANNED
    change = await record.apply(session, account_id, cause, "provider", word) if cause is not None else None
    if change and not change.moved and change.after is State.CONNECTED:
        await account_connected(session, account_id)  # it was away for a moment that nobody told of
    await defer(session, record.LOOK_AFTER, lock=f"session:{account_id}", account_id=str(account_id))
    return True
