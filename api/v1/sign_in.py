"""Signing in, staying so, signing out; password and second factor. Once for a company's people, once for the admins.

Both doors speak alike and share no account, no token and no path (R229).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import CallerDep, KeysDep, PrincipalDep, allowed, public
from api.v1.bodies import Body, Email, GivenPassword
from db.repositories import identity as repository
from services.identity import second_factor, sign_in
from services.identity.journal import Caller
from services.identity.passwords import passwords_of, weakness
from services.identity.principals import Principal
from services.identity.profiles import Profile, profile_of
from services.identity.sign_in import Tokens
from services.identity.tokens import Kind

WRONG = "E-mail, password or code is wrong, or the account is closed for a while after too many attempts."
"""The same for an unknown e-mail: whether somebody has an account is nobody's business."""
_LOGIN: dict[str, Any] = {
    "password": {"summary": "Password", "value": {"email": "karim@example.com", "password": "correct horse battery"}},
    "code": {
        "summary": "With a second factor",
        "value": {"email": "karim@example.com", "password": "correct horse battery", "code": "492039"},
    },
}


class LoginBody(Body):
    """``code`` is the one of the authenticator app, or a recovery code, once the second factor is on."""

    email: Email
    password: GivenPassword
    code: str | None = Field(default=None, max_length=40)


class TokensAnswer(BaseModel):
    """``access_token`` goes into ``Authorization: Bearer``; ``refresh_token`` gets the next pair, once. Seconds left."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"
    expires_in: int = Field(examples=[900])
    refresh_expires_in: int = Field(examples=[604800])


class RefreshBody(Body):
    """The token of the last pair."""

    refresh_token: str = Field(min_length=1, max_length=200, examples=["kU3v0yQ8l5b2Hn6sXw1Zc4Jt7Rg9Md0F"])


class PasswordBody(Body):
    """The new password ends every other session."""

    current: GivenPassword
    new: GivenPassword


class CodeBody(Body):
    """A code of the authenticator app."""

    code: str = Field(min_length=1, max_length=40, examples=["492039"])


class SessionAnswer(BaseModel):
    """A sign-in: since when, from where, whether it is the one that asks."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    ip_address: str | None
    user_agent: str | None
    current: bool = False


class Enrolment(BaseModel):
    """``uri`` is what an authenticator app reads as a QR code; ``secret`` the same to type in."""

    secret: str
    uri: str


class RecoveryCodes(BaseModel):
    """Each opens once in place of the app's code. They are not shown again."""

    recovery_codes: list[str]


def sign_in_router(kind: Kind, prefix: str, permission: str) -> APIRouter:
    """The routes of one door; ``permission`` is what its signed-in people have."""
    router = APIRouter(
        prefix=prefix, tags=["sign-in" if kind == "user" else "platform admins"], responses=errors(401, 403)
    )
    own = [allowed(permission)]

    @router.post("/login", dependencies=[public("e-mail and password; locked after repeated failures")])
    async def login(
        request: Request, keys: KeysDep, caller: CallerDep, body: Annotated[LoginBody, Example(openapi_examples=_LOGIN)]
    ) -> TokensAnswer:
        """A session. 401 with ``code`` among the details when only the second factor is missing."""
        database, passwords = request.app.state.database, passwords_of(request.app.state.settings)
        async with database.system() as session:
            visitor = await sign_in.at_the_door(session, kind, body.email)
        checked = await passwords.check(body.password, visitor.password_hash)
        async with database.system() as session:
            found = await sign_in.come_in(session, keys, visitor, checked, body.code, caller, datetime.now(UTC))
        return _tokens(found)

    @router.post("/refresh", dependencies=[public("a refresh token, valid once")])
    async def refresh(request: Request, keys: KeysDep, caller: CallerDep, body: RefreshBody) -> TokensAnswer:
        """The next pair of tokens. A token that comes a second time ends its session (R223)."""
        async with request.app.state.database.system() as session:
            found = await sign_in.refresh(session, keys, kind, body.refresh_token, caller, datetime.now(UTC))
        if not isinstance(found, Tokens):
            raise ApiError(401, "Sign in again.", headers={"WWW-Authenticate": "Bearer"})
        return _tokens(found)

    @router.post("/logout", status_code=204, response_class=Response, dependencies=own)
    async def logout(request: Request, principal: PrincipalDep) -> None:
        """Ends this session; its tokens open nothing any more."""
        assert principal.session_id
        async with request.app.state.database.system() as session:
            await sign_in.sign_out(session, principal.session_id, datetime.now(UTC))

    @router.get("/me", dependencies=own)
    async def me(request: Request, principal: PrincipalDep) -> Profile:
        """Who is signed in, and what he may do."""
        async with request.app.state.database.system() as session:
            return await profile_of(session, principal)

    @router.get("/sessions", dependencies=own)
    async def list_sessions(request: Request, principal: PrincipalDep) -> list[SessionAnswer]:
        """One's own sessions that can be continued, the newest first."""
        async with request.app.state.database.system() as session:
            found = await repository.sessions_of(session, principal.id, datetime.now(UTC))
        return [
            SessionAnswer.model_validate(each).model_copy(update={"current": each.id == principal.session_id})
            for each in found
        ]

    @router.delete(
        "/sessions/{session_id}", status_code=204, response_class=Response, dependencies=own, responses=errors(404)
    )
    async def end_session(request: Request, principal: PrincipalDep, session_id: UUID) -> None:
        """Ends one of one's own sessions, on a lost phone for instance."""
        now = datetime.now(UTC)
        async with request.app.state.database.system() as session:
            if session_id not in {each.id for each in await repository.sessions_of(session, principal.id, now)}:
                raise ApiError(404, "There is no such session.")
            await sign_in.sign_out(session, session_id, now)

    @router.put("/password", status_code=204, response_class=Response, dependencies=own)
    async def change_password(request: Request, principal: PrincipalDep, caller: CallerDep, body: PasswordBody) -> None:
        """Sets a new password (12 to 128 characters) and ends all other sessions. 401 when the current one is wrong."""
        await confirm_password(request, principal, caller, body.current)
        hashed = await new_hash(request, body.new, "new")
        now = datetime.now(UTC)
        async with request.app.state.database.system() as session:
            await sign_in.change_password(session, kind, principal.id, hashed, principal.session_id, caller, now)

    @router.post("/totp", status_code=201, dependencies=own, responses=errors(409))
    async def enrol(request: Request, keys: KeysDep, principal: PrincipalDep) -> Enrolment:
        """Begins a second factor; it is asked once ``/totp/confirm`` has taken a code. 409 while one is on."""
        async with request.app.state.database.system() as session:
            profile = await profile_of(session, principal)
            credentials = await _credentials(session, kind, principal.id)
            if credentials.totp_confirmed_at:
                raise ApiError(409, "A second factor is on already.")
            secret, uri = second_factor.enrol(keys, principal.id, credentials, profile.email or "")
        return Enrolment(secret=secret, uri=uri)

    @router.post("/totp/confirm", dependencies=own, responses=errors(409))
    async def confirm(request: Request, keys: KeysDep, principal: PrincipalDep, body: CodeBody) -> RecoveryCodes:
        """Takes a first code of the app and turns the second factor on."""
        async with request.app.state.database.system() as session:
            credentials = await _credentials(session, kind, principal.id)
            if credentials.totp_confirmed_at or credentials.totp_secret is None:
                raise ApiError(409, "There is no second factor to confirm.")
            codes = second_factor.confirm(keys, principal.id, credentials, body.code, datetime.now(UTC))
            if codes is None:
                raise _wrong_code()
            return RecoveryCodes(recovery_codes=codes)

    @router.post("/totp/remove", status_code=204, response_class=Response, dependencies=own)
    async def remove(
        request: Request, keys: KeysDep, principal: PrincipalDep, caller: CallerDep, body: CodeBody
    ) -> None:
        """Takes the second factor away; needs one of its codes, or a recovery code."""
        now = datetime.now(UTC)
        async with request.app.state.database.system() as session:
            credentials = await _credentials(session, kind, principal.id)
            right = second_factor.accept(keys, principal.id, credentials, body.code, now)
            gone = await sign_in.still_himself(session, kind, principal.id, right, caller, now)
            if gone:
                second_factor.take_away(credentials)
        if not gone:
            raise _wrong_code()

    return router


async def new_hash(request: Request, password: str, field: str, *known: str | None) -> str:
    """The hash to store for a new password. Answers 422 for one that is too easy."""
    if why := weakness(password, *known):
        raise ApiError(422, "The password is not good enough.", [ErrorDetail(field=field, message=why)])
    return await passwords_of(request.app.state.settings).hash(password)


async def confirm_password(request: Request, principal: Principal, caller: Caller, password: str) -> None:
    """Answers 401 when a signed-in person does not know his own password, or guessed too often."""
    kind: Kind = "platform" if principal.kind == "platform" else "user"
    database = request.app.state.database
    async with database.system() as session:
        stored = (await _credentials(session, kind, principal.id)).password_hash
    checked = await passwords_of(request.app.state.settings).check(password, stored)
    async with database.system() as session:
        right = await sign_in.still_himself(session, kind, principal.id, checked.correct, caller, datetime.now(UTC))
    if not right:
        raise ApiError(401, "The password is wrong, or was guessed at too often.")


async def _credentials(session: Any, kind: Kind, holder_id: UUID) -> sign_in.AnyCredentials:
    found = await sign_in.credentials_of(session, kind, holder_id, locked=True)
    assert found is not None, "who is signed in has a password"
    return found


def _tokens(found: Tokens | sign_in.Refusal) -> TokensAnswer:
    if isinstance(found, Tokens):
        return TokensAnswer(
            access_token=found.access_token,
            refresh_token=found.refresh_token,
            expires_in=found.expires_in,
            refresh_expires_in=found.refresh_expires_in,
        )
    if found == "phone_unverified":
        raise ApiError(403, "The phone is not verified yet: the code is on WhatsApp.")
    details = (
        [ErrorDetail(field="code", message="the second factor's code is needed")] if found == "code_needed" else []
    )
    raise ApiError(401, WRONG, details, headers={"WWW-Authenticate": "Bearer"})


def _wrong_code() -> ApiError:
    return ApiError(401, "The code is wrong.", [ErrorDetail(field="code", message="wrong")])


router = sign_in_router("user", "/api/v1/auth", "self")
platform_router = sign_in_router("platform", "/api/v1/admin/auth", "platform:self")
