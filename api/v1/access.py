"""Who may call a route: one dependency, which asks the table of ``services.identity.permissions``.

Every route carries ``allowed("clients:read")`` or, where anybody may call it, ``public("why")``; a test walks all routes
of the application and fails for one that has neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail
from api.protection import count, count_costly
from db import acting
from db.repositories.accounts import get_organization
from services.identity.journal import Caller, note_by, shortened
from services.identity.keys import Keys, NoKeys, keys_of
from services.identity.permissions import PERMISSIONS
from services.identity.principals import Principal, principal_of
from services.privacy.access_log import note_read

_BEARER = HTTPBearer(
    auto_error=False, description="An access token of /auth/login or /admin/auth/login, or an API key."
)
_UNKNOWN = "There is no such organization."
_NOTED = "usta.reading_noted"
_LONGEST_ID = 100
COMPANY_HEADER = "X-Organization-Id"
"""Names the company on routes without one in their path, for admins of the installation."""


async def signing_keys(request: Request) -> Keys:
    """The installation's keys. Answers 503 where none are configured for a real channel."""
    try:
        return keys_of(request.app.state.settings)
    except NoKeys as error:
        raise ApiError(503, "Nobody can sign in: AUTH_KEYS is not set.") from error


def caller_of(request: Request) -> Caller:
    """Where a request comes from, for the record."""
    ip = request.client.host if request.client else None
    return Caller(ip, request.headers.get("user-agent"), structlog.contextvars.get_contextvars().get("request_id"))


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def signed_in(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Principal:
    """Whoever the bearer token or key belongs to. Answers 401 when it opens nothing, 429 when it asks too often."""
    found = None
    if given is not None:
        keys = await signing_keys(request)
        async with request.app.state.database.system() as session:
            found = await principal_of(session, keys, given.credentials, datetime.now(UTC))
    if found is None:
        raise ApiError(401, "A valid bearer token is needed.", headers={"WWW-Authenticate": "Bearer"})
    caller = caller_of(request)
    acting.begin(acting.Actor(found.kind, found.id, caller.ip, shortened(caller.user_agent)))
    await count(request, found)
    return found


PrincipalDep = Annotated[Principal, Depends(signed_in)]
KeysDep = Annotated[Keys, Depends(signing_keys)]
CallerDep = Annotated[Caller, Depends(_caller)]


class Allowed:
    """Lets those pass who have ``permission``: 403 else, and 404 for a company that is not theirs.

    What an admin of the installation changes at a company is written to its log (R229). Where the permission lets see
    something about people, the reading is written down first, once per request: what cannot be written down is not
    shown (R251).
    """

    def __init__(self, permission: str) -> None:
        self.permission = PERMISSIONS[permission].name

    async def __call__(self, request: Request, principal: PrincipalDep) -> None:
        named = _named(request)
        if self.permission not in principal.permissions:
            raise ApiError(403, "Your role does not allow this.")
        if (
            principal.organization_id
            and "organization_id" in request.path_params
            and named != principal.organization_id
        ):
            raise ApiError(404, _UNKNOWN)
        if principal.awaits_activation(self.permission):
            raise ApiError(403, "The company's account is not active: it can be read, not changed.")
        structlog.contextvars.bind_contextvars(organization_id=str(principal.organization_id or named or ""))
        if principal.kind == "platform" and request.method not in ("GET", "HEAD"):
            await _note(request, principal, named)
        if PERMISSIONS[self.permission].personal:
            await _note_read(request, principal, self.permission, principal.organization_id or named)


@cache
def allowed(permission: str) -> Any:
    """Put it among the ``dependencies`` of a router or route. Raises ``KeyError`` for a permission not in the table."""
    return Depends(Allowed(permission))


class Public:
    """Marks routes that need no sign-in, with the reason: what protects them instead, or why nothing has to."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    async def __call__(self) -> None:
        return None


def public(reason: str) -> Any:
    """Put it among the ``dependencies`` of a router or route that anybody may call."""
    return Depends(Public(reason))


class Costly:
    """Marks routes that make much work for one call; a company's people together have a budget for these (R231)."""

    async def __call__(self, request: Request, principal: PrincipalDep) -> None:
        await count_costly(request, principal.organization_id or _named(request) or principal.id)


costly = Depends(Costly())
"""Put it behind ``allowed(…)``. Answers 429 when the company has used its budget up."""

admin = allowed("platform:manage")
"""For routes of the whole installation: its own admins alone."""


class Tenant:
    """The organization of the path, and transactions that see only it."""

    def __init__(self, request: Request, principal: Principal, organization_id: UUID) -> None:
        self.id = organization_id
        self._database = request.app.state.database
        self._exists = principal.organization_id == organization_id

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction, committed before the answer is written. Answers 404 for an unknown organization."""
        async with self._database.tenant(self.id) as session:
            if not self._exists:  # a member's company was found with him
                try:
                    await get_organization(session, self.id)
                except NoResultFound as error:
                    raise ApiError(404, _UNKNOWN) from error
            yield session


async def _tenant(
    request: Request, principal: PrincipalDep, organization_id: Annotated[UUID, Path(description="The company.")]
) -> Tenant:
    return Tenant(request, principal, organization_id)


TenantDep = Annotated[Tenant, Depends(_tenant)]
_CompanyHeader = Annotated[
    UUID | None, Header(alias=COMPANY_HEADER, description="The company; for admins of the installation.")
]


async def confined_to(principal: PrincipalDep, named: _CompanyHeader = None) -> UUID | None:
    """The only company whose things the caller may see; None for admins of the installation who name none: all.

    Answers 404 to a member who names another company than his own.
    """
    own = principal.organization_id
    if own and named and named != own:
        raise ApiError(404, _UNKNOWN)
    return own or named


ConfinedDep = Annotated[UUID | None, Depends(confined_to)]


async def _own_company(request: Request, principal: PrincipalDep, confined: ConfinedDep) -> Tenant:
    if confined is None:
        detail = ErrorDetail(field=COMPANY_HEADER, message="names the company")
        raise ApiError(422, "The request is not valid.", [detail])
    return Tenant(request, principal, confined)


FlatTenantDep = Annotated[Tenant, Depends(_own_company)]
"""The caller's own company, for routes that name none in their path (EP33–EP43).

An admin of the installation names it in ``X-Organization-Id``: 422 without it.
"""


async def _note(request: Request, principal: Principal, organization_id: UUID | None) -> None:
    """In a transaction of its own: that it was tried stays, whatever becomes of it."""
    async with request.app.state.database.system() as session:
        known = await _if_known(session, organization_id)
        text = f"{request.method} {request.url.path}"
        note_by(session, principal, known, "admin.request", text, ip_address=caller_of(request).ip)


async def named_organization(request: Request, principal: Principal) -> UUID | None:
    """The company that a request is about, if there is one and it exists; ``allowed`` has passed it before."""
    if principal.organization_id:
        return principal.organization_id
    async with request.app.state.database.system() as session:
        return await _if_known(session, _named(request))


async def _if_known(session: AsyncSession, organization_id: UUID | None) -> UUID | None:
    try:
        return (await get_organization(session, organization_id)).id if organization_id else None
    except NoResultFound:
        return None


async def _note_read(request: Request, principal: Principal, permission: str, organization_id: UUID | None) -> None:
    """In a transaction of its own, before anything is read: what was looked for stays, whatever becomes of it."""
    if request.scope.get(_NOTED):
        return
    request.scope[_NOTED] = True
    caller = caller_of(request)
    async with request.app.state.database.system() as session:
        await note_read(
            session,
            principal,
            organization_id,
            permission=permission,
            method=request.method,
            resource=request.scope["route"].path_format,
            ids={name: _id_text(value) for name, value in request.path_params.items() if name != "organization_id"},
            ip_address=caller.ip,
            request_id=caller.request_id,
        )


def _id_text(value: Any) -> str:
    """An id as it is written everywhere; anything else as far as a database takes it."""
    known = _uuid(value)
    return str(known) if known else str(value).replace("\0", "")[:_LONGEST_ID].encode(errors="replace").decode()


def _named(request: Request) -> UUID | None:
    return _uuid(request.path_params.get("organization_id") or request.headers.get(COMPANY_HEADER))


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
