"""What a session needs when its time has come: its outcome asked for, a new attempt to connect, the end of a code (R022)."""

from __future__ import annotations

from uuid import UUID

import structlog

from db.models import WhatsappAccount
from db.repositories import sessions as repository
from db.repositories.sessions import NEW
from services.messaging.channel_errors import BadApiKey, ChannelError
from services.sessions import record
from services.sessions.schedule import SCAN_WITHIN, TELL_AFTER_ATTEMPTS, next_check
from services.sessions.service import Sessions, UnknownSession
from services.sessions.states import Cause, State

UNDER_WAY = (State.CONNECTING, State.QR_READY, State.AUTHENTICATING)
LOST = (State.DISCONNECTED, State.FAILED)

log = structlog.get_logger(__name__)


async def look_after(sessions: Sessions, account_id: UUID, *, due: bool = False) -> None:
    """Asks the provider about a session and does what its state wants.

    ``due``: its time has come by the schedule, so an attempt to connect again may be made; otherwise something was
    heard of it, and it is only asked how it is. A provider that does not answer is asked again later.
    """
    try:
        account = await sessions.check(account_id)
        if State(account.status) in UNDER_WAY:
            await _end_what_takes_too_long(sessions, account)
        elif due and State(account.status) in LOST and account.auto_reconnect:
            await _try_again(sessions, account)
    except UnknownSession:
        return
    except ChannelError as error:
        log.warning("session.not_asked", account=str(account_id), error=str(error))
    await _plan(sessions, account_id)


async def _end_what_takes_too_long(sessions: Sessions, account: WhatsappAccount) -> None:
    async with sessions.database.system() as session:
        if await repository.database_now(session) - account.status_since > SCAN_WITHIN:
            await record.apply(session, account.id, Cause.LAPSED, "system", "nobody scanned the code")


async def _try_again(sessions: Sessions, account: WhatsappAccount) -> None:
    """One attempt. An account whose code must be scanned is tried once, in case its session is still good."""
    if account.provider_account_id.startswith(NEW):
        return
    try:
        if account.reconnect_attempts and account.needs_scan:
            return
        if account.status == State.FAILED:
            await sessions.restart(account)
        await sessions.reconnect(account.id)
    except BadApiKey:
        raise
    except ChannelError as error:
        async with sessions.database.system() as session:
            failed = await repository.get_session(session, None, account.id)
            if failed is not None:
                number = account.reconnect_attempts + 1
                await record.write(
                    session, failed, "reconnect_failed", Cause.RECONNECT_TRIED, "system", str(error), attempt=number
                )
    finally:
        await _count_attempt(sessions, account.id)


async def _count_attempt(sessions: Sessions, account_id: UUID) -> None:
    async with sessions.database.system() as session:
        account = await repository.get_session(session, None, account_id, lock=True)
        if account is None or account.status == State.CONNECTED:
            return
        account.reconnect_attempts += 1
        untold = account.kind == "artisan" and account.connected_at is not None and account.outage_told_at is None
        if untold and account.reconnect_attempts >= TELL_AFTER_ATTEMPTS:
            await record.call_for_notice(session, account)


async def _plan(sessions: Sessions, account_id: UUID) -> None:
    """When to look again. What nobody can do anything about is not looked at."""
    async with sessions.database.system() as session:
        account = await repository.get_session(session, None, account_id, lock=True)
        if account is None:
            return
        state = State(account.status)
        unknown_there = account.provider_account_id.startswith(NEW) and state not in UNDER_WAY
        if not account.is_active or unknown_there:
            account.next_check_at = None
        else:
            now = await repository.database_now(session)
            account.next_check_at = now + next_check(state, account.reconnect_attempts)
