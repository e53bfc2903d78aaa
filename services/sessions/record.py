"""Writes what happens to a session: the change of state, its log, and what follows from it, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SessionEvent, WhatsappAccount
from db.queue import defer
from db.repositories import sessions as repository
from db.repositories.accounts import add_log
from db.repositories.sessions import NEW
from services.messaging.channel_errors import BadApiKey, ChannelError, Disconnected
from services.messaging.directory import forget_accounts
from services.sessions.schedule import CODE_LIFETIME, next_check
from services.sessions.states import (
    EVENT_TYPES,
    LOSSES,
    WANTS_SCAN,
    Actor,
    Cause,
    Severity,
    State,
    severity_of,
    step,
)
from services.sync.service import account_connected

TELL_LOST = "tell_session_lost"
"""Job called with ``account_id`` when its owner should learn of an outage (UX-83)."""
LOOK_AFTER = "look_after_session"
"""Job called with ``account_id``: asks the provider and does what the state wants."""
ADOPT = "adopt_session"
"""Job called with ``account_id`` and ``provider_account_id`` when the provider's own page was used."""
QUIET_AFTER_BAD_KEY = timedelta(hours=1)
"""A wrong API key is told to the admins once in so long, however many calls meet it."""

DOWN = (State.DISCONNECTED, State.FAILED, State.BANNED)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a cause. ``refused``: it cannot happen in that state; nothing was changed but the log."""

    before: State
    after: State
    refused: bool = False

    @property
    def moved(self) -> bool:
        return self.before is not self.after


async def apply(
    session: AsyncSession, account_id: UUID, cause: Cause, actor: Actor, message: str | None = None, **data: Any
) -> Change | None:
    """Moves a session as the table says, with its log and what follows. None when there is no such session.

    ``data["code"]`` is the QR code of ``CODE_ISSUED``; the rest of ``data`` goes into the log as it is.
    """
    account = await repository.get_session(session, None, account_id, lock=True)
    if account is None:
        return None
    before = State(account.status)
    after = step(before, cause)
    if after is None:
        log.warning("session.refused", account=str(account_id), state=before, cause=cause)
        await write(session, account, "refused", cause, actor, message, before, before, "warning", **data)
        return Change(before, before, refused=True)
    code = data.pop("code", None)
    if cause is Cause.DISCONNECT_ASKED:
        account.needs_scan = False
    elif cause in WANTS_SCAN or data.pop(
        "unasked", False
    ):  # a code that nobody asked for is one that somebody must scan
        account.needs_scan = True
    if cause is Cause.CODE_ISSUED:
        await _show_code(session, account, str(code))
    if before is not after or cause is Cause.CODE_ISSUED:
        account.status, account.status_since = after, await repository.database_now(session)
        await write(
            session, account, EVENT_TYPES[after], cause, actor, message, before, after,
            severity_of(before, after, cause), **data,
        )  # fmt: skip
        await _follow(session, account, before, after, cause, message)
    if _owner_must_know(account, after, cause):
        await call_for_notice(session, account)
    await session.flush()
    return Change(before, after)


async def write(
    session: AsyncSession,
    account: WhatsappAccount,
    event_type: str,
    cause: str,
    actor: Actor,
    message: str | None = None,
    before: State | None = None,
    after: State | None = None,
    severity: Severity = "info",
    **data: Any,
) -> None:
    """Writes one line of the session log (R029); without states it is about the state as it is."""
    now = State(account.status)
    event = SessionEvent(
        organization_id=account.organization_id,
        account_id=account.id,
        event_type=event_type,
        cause=cause,
        actor=actor,
        from_status=before or now,
        to_status=after or now,
        severity=severity,
        message=message[:500] if message else None,
        event_data=data,
    )
    await repository.add_event(session, event)


async def note_failure(session: AsyncSession, account_id: UUID | None, error: ChannelError) -> None:
    """Draws the consequences of a failed call for the account it was made for, wherever it was made (R030, R031).

    401 ``disconnected_account`` ends the connection, 403 ``account_restricted`` is a ban; 401 for our API key says
    nothing of the artisan's phone: the admins are told, and nobody is asked to scan anything.
    """
    if isinstance(error, BadApiKey):
        await _bad_api_key(session, error)
    elif account_id is not None and isinstance(error, Disconnected):
        await _count_error(session, account_id, error)
        cause = Cause.RESTRICTED if error.type == "account_restricted" else Cause.CALL_REFUSED
        await apply(session, account_id, cause, "provider", str(error))


async def call_for_notice(session: AsyncSession, account: WhatsappAccount) -> None:
    """Calls for the notice to the owner; it is written once per outage, however often it is called for."""
    await defer(session, TELL_LOST, lock=f"session:{account.id}", account_id=str(account.id))


async def _count_error(session: AsyncSession, account_id: UUID, error: ChannelError) -> None:
    account = await repository.get_session(session, None, account_id, lock=True)
    if account is not None:
        account.error_count += 1
        account.last_error, account.last_error_at = str(error)[:500], await repository.database_now(session)
        await session.flush()


async def _bad_api_key(session: AsyncSession, error: ChannelError) -> None:
    if not await repository.logged_within(session, "channel.bad_api_key", QUIET_AFTER_BAD_KEY):
        log.error("channel.bad_api_key", error=str(error))
        remedy = "Check UNIPILE_API_KEY and UNIPILE_DSN, or CHATWOOT_TOKEN."
        description = f"The provider does not accept our API key: {error}. {remedy}"
        add_log(session, None, "channel.bad_api_key", description, type="error")


async def _show_code(session: AsyncSession, account: WhatsappAccount, code: str) -> None:
    now = await repository.database_now(session)
    account.qr_code, account.qr_generated_at, account.qr_expires_at = code, now, now + CODE_LIFETIME


async def _follow(
    session: AsyncSession, account: WhatsappAccount, before: State, after: State, cause: Cause, message: str | None
) -> None:
    """What a change brings about: times, the next look, waiting messages let go, the admins told."""
    now = await repository.database_now(session)
    if after is not State.QR_READY:
        account.qr_code = account.qr_generated_at = account.qr_expires_at = None
    if after is State.CONNECTED:
        account.connected_at = now
        await _connected(session, account)
    elif after in DOWN and before is State.CONNECTED:
        account.disconnected_at = now
        await _went_down(session, account, after, cause)
    if after in DOWN and cause in (LOSSES | {Cause.WRONG_NUMBER}) - {Cause.LAPSED}:
        account.last_error, account.last_error_at = (message or cause)[:500], now
    account.next_check_at = now + next_check(after, account.reconnect_attempts)
    if after in DOWN and account.provider_account_id.startswith(NEW):  # there is nothing at the provider to ask about
        account.next_check_at = None
    forget_accounts(session)


async def _connected(session: AsyncSession, account: WhatsappAccount) -> None:
    account.needs_scan, account.reconnect_attempts, account.outage_told_at = False, 0, None
    account.last_error = None
    for lane in await repository.release_waiting(session, account.id):
        # A delivery planned for later holds the lane's lock; only a higher priority passes it.
        lock = f"outbox:{account.id}:{lane}"
        await defer(session, "deliver", lock=lock, priority=1, account_id=str(account.id), lane=lane)
    await session.flush()
    await account_connected(session, account.id)


async def _went_down(session: AsyncSession, account: WhatsappAccount, after: State, cause: Cause) -> None:
    """A connection ended: if nobody wanted that, it is looked after at once and the admins learn of what is theirs."""
    if cause not in LOSSES:
        return
    log.warning("session.lost", account=str(account.id), cause=cause, state=after)
    await defer(session, LOOK_AFTER, lock=f"session:{account.id}", account_id=str(account.id))
    if account.kind == "assistant" or after is State.BANNED:
        description = f"The WhatsApp number {account.phone} is {after} ({cause})."
        add_log(session, account.organization_id, "session.lost", description, type="error", account_id=str(account.id))


def _owner_must_know(account: WhatsappAccount, after: State, cause: Cause) -> bool:
    """Once per outage, and only of what needs him: a code to scan, or a ban (UX-83)."""
    lost = (after in DOWN and cause in LOSSES) or after is State.QR_READY
    needs_him = account.needs_scan or after is State.BANNED
    was_connected = account.connected_at is not None and account.outage_told_at is None
    return account.kind == "artisan" and lost and needs_him and was_connected
