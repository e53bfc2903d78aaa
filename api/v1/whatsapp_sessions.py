"""WhatsApp sessions: which numbers are connected, connecting them, their QR code and their log (EP16–EP22, R019–R029)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, errors
from api.v1.access import FlatTenantDep, PrincipalDep, allowed, costly
from api.v1.bodies import Flag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from api.v1.whatsapp_door import OwnSessionsDep, SessionPath, found
from db.models import WhatsappAccount
from db.paging import Wanted
from db.repositories import sessions as repository
from services.identity.principals import Principal
from services.messaging.addresses import phone_of_text
from services.messaging.channel_errors import BadApiKey, ChannelError
from services.sessions import links, service
from services.sessions.codes import qr_png, qr_svg
from services.sessions.schedule import Health, health_of
from services.sessions.service import NotRemovable, Sessions, UnknownUser, actor_of
from services.sessions.states import Actor, State

router = APIRouter(
    prefix="/api/v1/whatsapp/sessions",
    tags=["whatsapp sessions"],
    dependencies=[allowed("whatsapp:read")],
    responses=errors(404, 409),
)
_MANAGED = allowed("whatsapp:write")
_UNLINKED = allowed("whatsapp:unlink")
_EXAMPLES: dict[str, Any] = {
    "artisan": {
        "summary": "The number of an artisan",
        "value": {"user_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8f"},
    },
    "other_number": {
        "summary": "Another number of the company",
        "value": {"phone": "+33472000000"},
    },
}


class NewSession(BaseModel):
    """``phone`` (E.164) is the number that must be scanned; the user's own when missing. Linking is optional (C01)."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID | None = None
    phone: str | None = None
    auto_reconnect: Flag = True


class SessionChange(BaseModel):
    """What is to change: whether the number is connected again without a person after a loss (R022)."""

    model_config = ConfigDict(extra="forbid")

    auto_reconnect: Flag = Field(examples=[False])


class Session(BaseModel):
    """A session. ``whatsapp_connected`` is derived from ``status``; ``link`` opens the artisan's page for a week;
    who may not connect numbers does not get it.

    Counters: messages stored, sent since midnight (UTC), waiting to leave, errors of the provider.
    """

    id: UUID
    organization_id: UUID | None
    user_id: UUID | None
    kind: Literal["assistant", "artisan"]
    phone: str | None
    status: State
    status_since: datetime
    whatsapp_connected: bool
    health: Health
    is_active: bool
    auto_reconnect: bool
    needs_scan: bool
    reconnect_attempts: int
    next_check_at: datetime | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_activity_at: datetime | None
    qr_generated_at: datetime | None
    qr_expires_at: datetime | None
    message_count: int
    messages_sent_today: int
    messages_waiting: int
    error_count: int
    last_error: str | None
    last_error_at: datetime | None
    link: str | None
    created_at: datetime
    updated_at: datetime


class LogLine(BaseModel):
    """One line of the session log (R029)."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    event_type: str
    cause: str
    actor: Literal["provider", "artisan", "admin", "system"]
    from_status: State
    to_status: State
    severity: Literal["info", "warning", "error", "critical"]
    message: str | None
    event_data: dict[str, Any]
    created_at: datetime


class QrCode(BaseModel):
    """``code`` is the text to encode; the images are under the same address with ``format=svg`` or ``png``."""

    status: State
    code: str
    generated_at: datetime
    expires_at: datetime


class HostedLink(BaseModel):
    """The provider's own page. It dies within the hour: open it now, do not keep it."""

    url: str


@router.get("")
async def list_sessions(
    sessions: OwnSessionsDep,
    by: PrincipalDep,
    asked: Annotated[Wanted, paging(repository.SESSIONS_BY)],
    status: State | None = None,
    removed: Annotated[bool, Query(description="Also those that were removed.")] = False,
) -> Page[Session]:
    """EP16. The company's sessions, the oldest first. Admins of the installation who name none see all, with the assistant's."""
    async with sessions.transaction() as session:
        rows = await repository.page_of_sessions(session, sessions.only, asked, status=status, removed=removed)
        counted = await repository.counters(session, [row.id for row in rows.rows])
    return page_of(rows, lambda row: _answer(sessions, by, row, counted[row.id]))


@router.post("", status_code=201, dependencies=[_MANAGED, idempotent], responses=errors(402))
async def create_session(
    sessions: OwnSessionsDep,
    tenant: FlatTenantDep,
    by: PrincipalDep,
    wanted: Annotated[NewSession, Body(openapi_examples=_EXAMPLES)],
) -> Session:
    """EP17. Prepares a session, disconnected: connect it, or send the artisan its ``link``."""
    phone = phone_of_text(wanted.phone)
    if wanted.phone and phone is None:
        raise ApiError(422, "phone is not a phone number.")
    async with tenant.session() as session:
        try:
            account = await service.create(
                session,
                tenant.id,
                actor=actor_of(by),
                by=by,
                user_id=wanted.user_id,
                phone=phone,
                auto_reconnect=wanted.auto_reconnect,
            )
        except UnknownUser as error:
            raise ApiError(422, "The organization has no such user.") from error
    return await _read(sessions, by, account.id)


@router.get("/{session_id}")
async def read_session(sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath) -> Session:
    """EP18. One session with its state, health and counters."""
    return await _read(sessions, by, session_id)


@router.patch("/{session_id}", dependencies=[_MANAGED])
async def change_session(
    sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath, wanted: SessionChange
) -> Session:
    """Switches connecting again by itself on or off."""
    await found(sessions, session_id)
    actor = await sessions.asked(session_id, by, "changed")
    await sessions.set_auto_reconnect(session_id, wanted.auto_reconnect, actor)
    return await _read(sessions, by, session_id)


@router.get(
    "/{session_id}/qr",
    responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}}},
    response_model=QrCode,
    dependencies=[_MANAGED],
)
async def read_code(
    sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath, format: Literal["json", "svg", "png"] = "json"
) -> Any:
    """EP19. The code to scan; one that has run out is replaced. 409 when the session is not being connected."""
    account = await found(sessions, session_id)
    if account.status != State.QR_READY:
        raise ApiError(409, f"There is no code to scan: the session is {account.status}.")
    account = await _connected(sessions, session_id, actor_of(by))
    if account.qr_code is None or account.qr_generated_at is None or account.qr_expires_at is None:
        raise ApiError(409, f"There is no code to scan: the session is {account.status}.")
    headers = {"Cache-Control": "no-store"}
    if format == "svg":
        return Response(qr_svg(account.qr_code), media_type="image/svg+xml", headers=headers)
    if format == "png":
        return Response(qr_png(account.qr_code), media_type="image/png", headers=headers)
    return QrCode(
        status=State(account.status),
        code=account.qr_code,
        generated_at=account.qr_generated_at,
        expires_at=account.qr_expires_at,
    )


@router.post("/{session_id}/connect", dependencies=[_MANAGED, costly])
async def connect_session(sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath) -> Session:
    """EP20. Connects, or connects again: afterwards a code waits to be scanned, or the session is connected."""
    await found(sessions, session_id)
    await _connected(sessions, session_id, await sessions.asked(session_id, by, "connect_asked"))
    return await _read(sessions, by, session_id)


@router.post("/{session_id}/hosted-link", dependencies=[_MANAGED, costly])
async def make_hosted_link(sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath) -> HostedLink:
    """The provider's own page for this session, made now. 409 when the session is connected already."""
    account = await found(sessions, session_id)
    if account.status == State.CONNECTED:
        raise ApiError(409, "The session is connected.")
    actor = await sessions.asked(session_id, by, "connect_asked")
    try:
        return HostedLink(url=await sessions.hosted_link(session_id, actor))
    except ChannelError as error:
        raise _unavailable(error) from error


@router.post("/{session_id}/disconnect", dependencies=[_UNLINKED])
async def disconnect_session(sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath) -> Session:
    """EP21. Unlinks the number. What was written stays; what waits to leave waits until it is connected again."""
    await found(sessions, session_id)
    actor = await sessions.asked(session_id, by, "disconnect_asked")
    try:
        await sessions.disconnect(session_id, actor)
    except ChannelError as error:
        raise _unavailable(error) from error
    return await _read(sessions, by, session_id)


@router.delete("/{session_id}", status_code=204, dependencies=[_UNLINKED])
async def delete_session(sessions: OwnSessionsDep, by: PrincipalDep, session_id: SessionPath) -> None:
    """EP22. Unlinks the number and takes it off the list; its messages stay. 409 for the assistant's number."""
    await found(sessions, session_id)
    actor = await sessions.asked(session_id, by, "remove_asked")
    try:
        await sessions.remove(session_id, actor)
    except NotRemovable as error:
        raise ApiError(409, "The assistant's number belongs to the installation.") from error
    except ChannelError as error:
        raise _unavailable(error) from error


@router.get("/{session_id}/log")
async def read_log(
    sessions: OwnSessionsDep, session_id: SessionPath, asked: Annotated[Wanted, paging(repository.LOG_BY)]
) -> Page[LogLine]:
    """What happened to the session, the newest first: states, causes, who acted. Also of a removed one."""
    async with sessions.transaction() as session:
        if await repository.get_session(session, sessions.only, session_id) is None:
            raise ApiError(404, "There is no such session.")
        return page_of(await repository.events_of(session, sessions.only, session_id, asked), LogLine.model_validate)


async def _connected(sessions: Sessions, session_id: UUID, actor: Actor) -> WhatsappAccount:
    try:
        return await sessions.connect(session_id, actor)
    except ChannelError as error:
        raise _unavailable(error) from error


def _unavailable(error: ChannelError) -> ApiError:
    if isinstance(error, BadApiKey):
        return ApiError(503, "The provider does not accept our API key: check UNIPILE_API_KEY. No phone is at fault.")
    return ApiError(503, f"The provider did not do it: {error}")


async def _read(sessions: Sessions, by: Principal, session_id: UUID) -> Session:
    account = await found(sessions, session_id)
    async with sessions.transaction() as session:
        counted = await repository.counters(session, [session_id])
    return _answer(sessions, by, account, counted[session_id])


def _answer(sessions: Sessions, by: Principal, account: WhatsappAccount, counted: Any) -> Session:
    state = State(account.status)
    may_link = account.kind == "artisan" and "whatsapp:write" in by.permissions
    ours = {column.key: getattr(account, column.key) for column in WhatsappAccount.__table__.columns}
    return Session.model_validate(
        {
            **{name: ours[name] for name in Session.model_fields if name in ours},
            "whatsapp_connected": state is State.CONNECTED,
            "health": health_of(
                state,
                disconnected_at=account.disconnected_at,
                last_error_at=account.last_error_at,
                now=datetime.now(UTC),
            ),
            "last_activity_at": counted.last_activity_at,
            "message_count": counted.message_count,
            "messages_sent_today": counted.sent_today,
            "messages_waiting": counted.waiting,
            "link": links.page_url(sessions.configured, account.id) if may_link else None,
        }
    )
