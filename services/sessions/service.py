"""Connecting and disconnecting WhatsApp accounts at the provider (G02).

No database connection is held while the provider answers: what was found out is written afterwards, as the table of
``states.py`` allows. Failures of the provider are raised as ``ChannelError`` after their consequences are written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, WhatsappAccount
from db.models.base import new_id
from db.repositories import sessions as repository
from db.repositories.sessions import NEW
from db.session import Database
from db.settings import Settings
from services.billing import plan_limits
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.messaging.addresses import phone_of_text
from services.messaging.channel_errors import ChannelError, NotFound
from services.messaging.credentials import api_key, provider_url
from services.messaging.unipile import UnipileClient
from services.sessions import links, record
from services.sessions.schedule import SCAN_WITHIN
from services.sessions.states import Actor, Cause, State
from services.sessions.words import cause_of_account

HOSTED_LINK_LIVES = timedelta(hours=1)


class UnknownSession(LookupError):
    """There is no such session, or it was removed."""


class UnknownOrganization(LookupError):
    """There is no such organization."""


class UnknownUser(LookupError):
    """The organization has no such user."""


class NotRemovable(ValueError):
    """The assistant's number belongs to the installation."""


def actor_of(by: Principal) -> Actor:
    """Who somebody of the API is in the log of a session: an admin of the installation, or the artisan's company."""
    return "admin" if by.kind == "platform" else "artisan"


def client_of(configured: Settings) -> UnipileClient:
    """The provider's client for account calls."""
    return UnipileClient(provider_url(configured), api_key(configured))


async def create(
    session: AsyncSession,
    organization_id: UUID,
    *,
    actor: Actor,
    by: Principal | None = None,
    user_id: UUID | None = None,
    phone: str | None = None,
    auto_reconnect: bool = True,
) -> WhatsappAccount:
    """A new session of an artisan, disconnected. Linking is optional: orders by the assistant's number need none (C01).

    ``phone`` (E.164) is the number that must be scanned, the user's own when missing; another one is not accepted,
    because whoever holds the linked phone gives orders. Raises ``UnknownOrganization``, ``UnknownUser``
    and ``LimitReached``.
    """
    if await session.get(Organization, organization_id) is None:
        raise UnknownOrganization(str(organization_id))
    await plan_limits.require(session, organization_id, "whatsapp_numbers")
    if user_id is not None:
        user = await repository.user_of(session, organization_id, user_id)
        if user is None:
            raise UnknownUser(str(user_id))
        phone = phone or user.whatsapp_phone
    account_id = new_id()
    account = WhatsappAccount(
        id=account_id,
        organization_id=organization_id,
        user_id=user_id,
        kind="artisan",
        provider_account_id=f"{NEW}{account_id}",
        phone=phone,
        auto_reconnect=auto_reconnect,
        status=State.DISCONNECTED,
    )
    session.add(account)
    await session.flush()
    await record.write(session, account, "created", "created", actor)
    if by is not None:
        note_by(session, by, organization_id, "whatsapp.created", account.kind, about=account.id)
    return account


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of an installation, as a request or a job handles them.

    ``only`` confines them to one company, under its row-level security; with None the assistant's are among them.
    """

    database: Database
    client: UnipileClient
    configured: Settings
    only: UUID | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction that sees what these sessions are confined to."""
        async with self.database.open(organization_id=self.only) as session, session.begin():
            yield session

    async def get(self, account_id: UUID) -> WhatsappAccount:
        """Every use of a session begins here. Raises ``UnknownSession``, also for one of another company."""
        async with self.transaction() as session:
            account = await repository.get_session(session, self.only, account_id)
        if account is None or not account.is_active:
            raise UnknownSession(str(account_id))
        return account

    async def asked(self, account_id: UUID, by: Principal, what: str) -> Actor:
        """Writes down who wants ``what`` of a session (R254); returns what its own log calls him."""
        account = await self.get(account_id)
        async with self.transaction() as session:
            note_by(session, by, account.organization_id, f"whatsapp.{what}", account.kind, about=account.id)
        return actor_of(by)

    async def connect(self, account_id: UUID, actor: Actor) -> WhatsappAccount:
        """Begins a connection, or shows the one that is under way: afterwards a code waits, or the account is connected.

        A code that has run out is replaced (R021); a valid one is kept, so asking again does no harm.
        """
        account = await self.get(account_id)
        if account.status == State.CONNECTED or _has_valid_code(account):
            return account
        if account.status in (State.QR_READY, State.AUTHENTICATING):
            account = await self.check(account_id)
            if account.status in (State.CONNECTED, State.AUTHENTICATING):
                return account
        else:
            await self._apply(account_id, Cause.CONNECT_ASKED, actor)
        await self._begin(account, actor)
        return await self.get(account_id)

    async def reconnect(self, account_id: UUID) -> WhatsappAccount:
        """Tries again without a person, after the backoff (R022)."""
        account = await self.get(account_id)
        await self._apply(account_id, Cause.RECONNECT_TRIED, "system", attempt=account.reconnect_attempts + 1)
        await self._begin(account, "system")
        return await self.get(account_id)

    async def check(self, account_id: UUID) -> WhatsappAccount:
        """Asks the provider how the account is and writes it down (unipile.md §4.1: the outcome by polling)."""
        account = await self.get(account_id)
        if account.provider_account_id.startswith(NEW):
            return account
        try:
            found = await self.client.get_account(account.provider_account_id)
        except NotFound as error:
            async with self.database.system() as session:
                await record.apply(session, account_id, Cause.DELETED, "provider", str(error))
                await _set_provider_id(session, account_id, f"{NEW}{account_id}", provisional=False)
        except ChannelError as error:
            await self._note(account_id, error)
            raise
        else:
            await self._take(account, found)
        return await self.get(account_id)

    async def hosted_link(self, account_id: UUID, actor: Actor) -> str:
        """The address of the provider's own page, which lives for an hour at most: made on click, never kept."""
        account = await self.get(account_id)
        known = None if account.provider_account_id.startswith(NEW) or _provisional(account) else account
        try:
            url = await self.client.hosted_link(
                api_url=provider_url(self.configured).removesuffix("/api/v1"),
                expires_on=datetime.now(UTC) + HOSTED_LINK_LIVES,
                name=str(account_id),
                notify_url=links.notify_url(self.configured, account_id),
                redirect_url=links.page_url(self.configured, account_id),
                reconnect_account=known.provider_account_id if known else None,
            )
        except ChannelError as error:
            await self._note(account_id, error)
            raise
        await self._apply(account_id, Cause.CONNECT_ASKED, actor, "on the provider's page")
        return url

    async def adopt(self, account_id: UUID, provider_account_id: str) -> WhatsappAccount:
        """Takes the account that a hosted page connected, once the provider confirms that it exists.

        A call to our notify address proves nothing: a session that is connected keeps its account.
        """
        account = await self.get(account_id)
        if account.provider_account_id != provider_account_id and account.status != State.CONNECTED:
            found = await self.client.get_account(provider_account_id)
            if _provisional(account):  # made for a code that nobody will scan now
                await self._let_go(account)
            async with self.database.system() as session:
                if await repository.session_by_provider_id(session, str(found["id"])) is None:
                    await _set_provider_id(session, account_id, str(found["id"]), provisional=True)
        return await self.check(account_id)

    async def disconnect(self, account_id: UUID, actor: Actor) -> WhatsappAccount:
        """Unlinks the number at the provider. Its chats and messages stay here, and it is not connected again by itself."""
        account = await self.get(account_id)
        await self._let_go(account)
        await self._apply(account_id, Cause.DISCONNECT_ASKED, actor)
        return await self.get(account_id)

    async def remove(self, account_id: UUID, actor: Actor) -> None:
        """Unlinks the number and takes the session off the list; what was written in it stays. Raises ``NotRemovable``."""
        account = await self.get(account_id)
        if account.kind == "assistant":
            raise NotRemovable(str(account_id))
        await self.disconnect(account_id, actor)
        async with self.transaction() as session:
            removed = await repository.get_session(session, self.only, account_id, lock=True)
            assert removed is not None
            removed.is_active, removed.next_check_at = False, None
            await record.write(session, removed, "removed", "removed", actor)

    async def set_auto_reconnect(self, account_id: UUID, wanted: bool, actor: Actor) -> None:
        """Whether the number is connected again without a person after a loss (R022)."""
        async with self.transaction() as session:
            account = await repository.get_session(session, self.only, account_id, lock=True)
            if account is not None and account.auto_reconnect is not wanted:
                account.auto_reconnect = wanted
                await record.write(session, account, "changed", "changed", actor, f"auto_reconnect {wanted}")

    async def restart(self, account: WhatsappAccount) -> None:
        """Wakes an account that the provider calls frozen (unipile.md §4.6)."""
        try:
            await self.client.restart_account(account.provider_account_id)
        except ChannelError as error:
            await self._note(account.id, error)
            raise

    async def _begin(self, account: WhatsappAccount, actor: Actor) -> None:
        """Asks the provider for a code, under the same id where the account was connected before."""
        try:
            answer = await self._checkpoint(account)
        except ChannelError as error:
            await self._apply(account.id, Cause.LAPSED, "system", str(error))
            await self._note(account.id, error)
            raise
        code = (answer.get("checkpoint") or {}).get("qrcode")
        async with self.database.system() as session:
            if (given := str(answer["account_id"])) != account.provider_account_id:
                await _set_provider_id(session, account.id, given, provisional=True)
            if code:
                await record.apply(session, account.id, Cause.CODE_ISSUED, actor, code=code, unasked=actor == "system")
            else:
                await record.apply(session, account.id, Cause.SCANNED, "provider", str(answer.get("object")))
        if not code:
            await self.check(account.id)

    async def _checkpoint(self, account: WhatsappAccount) -> dict[str, Any]:
        if account.provider_account_id.startswith(NEW):
            return await self.client.create_account()
        if _provisional(account):  # its code has run out, and a code is only given to a new account (unipile.md §4.1)
            await self._let_go(account)
            return await self.client.create_account()
        try:
            return await self.client.reconnect_account(account.provider_account_id)
        except NotFound:
            return await self.client.create_account()

    async def _take(self, account: WhatsappAccount, found: dict[str, Any]) -> None:
        """Writes what the provider says of an account; another number than the expected one is not accepted."""
        cause = cause_of_account(found)
        parameters = (found.get("connection_params") or {}).get("im") or {}
        phone = phone_of_text(parameters.get("phone_number"))
        if cause is Cause.PROVIDER_OK and account.phone and phone and phone != account.phone:
            await self._let_go(account)
            await self._apply(account.id, Cause.WRONG_NUMBER, "provider", "another number was scanned")
            return
        if cause is Cause.PROVIDER_ERROR and await self._is_restricted(account):
            cause = Cause.RESTRICTED
        if cause is None:
            return
        async with self.database.system() as session:
            if cause is Cause.PROVIDER_OK:
                await _set_provider_id(session, account.id, str(found["id"]), provisional=False, phone=phone)
            await record.apply(session, account.id, cause, "provider")

    async def _is_restricted(self, account: WhatsappAccount) -> bool:
        """A banned number looks like any failed one until it is asked for (403 ``account_restricted``)."""
        try:
            await self.client.own_profile(account.provider_account_id)
        except ChannelError as error:
            return error.type == "account_restricted"
        return False

    async def _let_go(self, account: WhatsappAccount) -> None:
        """Unlinks the account at the provider and forgets its id, first: what the provider says of it then is no news.

        A provider that does not do it leaves everything as it was.
        """
        if account.provider_account_id.startswith(NEW):
            return
        async with self.database.system() as session:
            await _set_provider_id(session, account.id, f"{NEW}{account.id}", provisional=False)
        try:
            await self.client.delete_account(account.provider_account_id)
        except NotFound:
            return
        except ChannelError as error:
            async with self.database.system() as session:
                await _set_provider_id(
                    session, account.id, account.provider_account_id, provisional=_provisional(account)
                )
                await record.note_failure(session, account.id, error)
            raise

    async def _apply(
        self, account_id: UUID, cause: Cause, actor: Actor, message: str | None = None, **data: Any
    ) -> None:
        async with self.database.system() as session:
            await record.apply(session, account_id, cause, actor, message, **data)

    async def _note(self, account_id: UUID, error: ChannelError) -> None:
        async with self.database.system() as session:
            await record.note_failure(session, account_id, error)


async def _set_provider_id(
    session: AsyncSession, account_id: UUID, provider_account_id: str, *, provisional: bool, phone: str | None = None
) -> None:
    """``provisional``: the account exists at the provider only for the code that is shown."""
    account = await repository.get_session(session, None, account_id, lock=True)
    if account is not None:
        account.provider_account_id = provider_account_id
        account.phone = account.phone or phone
        account.connection_params = {**account.connection_params, "provisional": provisional}
        await session.flush()


def _provisional(account: WhatsappAccount) -> bool:
    return bool(account.connection_params.get("provisional"))


def _has_valid_code(account: WhatsappAccount) -> bool:
    return bool(account.qr_code and account.qr_expires_at and account.qr_expires_at > datetime.now(UTC))


def has_waited_too_long(account: WhatsappAccount, now: datetime) -> bool:
    """Nobody finished what was begun: the code's page was closed, or the provider got no further."""
    return now - account.status_since > SCAN_WITHIN
