"""Access tokens: signed JWTs of fifteen minutes, one audience for a company's people, another for the platform's admins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt

from services.identity.keys import Keys

Kind = Literal["user", "platform"]
ACCESS_MINUTES = 15
REFRESH_DAYS = 7
"""R223."""
_SKEW_SECONDS = 5
"""How far the clocks of two API machines may be apart."""
_ISSUER = "usta"
_ALGORITHM = "HS256"
_INVITATION = "usta:invitation"
_JWT = jwt.PyJWT(options={"enforce_minimum_key_length": True})
"""Signs and reads with nothing shorter than the hash (RFC 7518 3.2)."""


class InvalidToken(Exception):
    """Not signed by us, not meant for this, or no longer valid."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says. Role and rights are not in it: they are read anew at each request."""

    kind: Kind
    holder_id: UUID
    session_id: UUID


def access_token(keys: Keys, access: Access, now: datetime) -> str:
    """A token for one session, signed with the current key."""
    claims = {"aud": f"usta:{access.kind}", "sub": str(access.holder_id), "sid": str(access.session_id)}
    return _signed(keys, claims, now, timedelta(minutes=ACCESS_MINUTES))


def read_access_token(keys: Keys, token: str) -> Access:
    """Raises ``InvalidToken``."""
    claims = _read(keys, token, ["usta:user", "usta:platform"], ["sub", "sid"])
    try:
        kind: Kind = "platform" if claims["aud"] == "usta:platform" else "user"
        return Access(kind, UUID(claims["sub"]), UUID(claims["sid"]))
    except (ValueError, TypeError) as error:
        raise InvalidToken from error


def invitation_token(keys: Keys, invitation_id: UUID, now: datetime, lifetime: timedelta) -> str:
    """The signed part of an invitation's link; that it opens once is the row's business (R014)."""
    return _signed(keys, {"aud": _INVITATION, "sub": str(invitation_id)}, now, lifetime)


def read_invitation_token(keys: Keys, token: str) -> UUID:
    """The invitation's id. Raises ``InvalidToken``."""
    try:
        return UUID(_read(keys, token, [_INVITATION], ["sub"])["sub"])
    except (ValueError, TypeError) as error:
        raise InvalidToken from error


def new_secret() -> str:
    """256 random bits as text, for refresh tokens and keys."""
    return secrets.token_urlsafe(32)


def _signed(keys: Keys, claims: dict[str, Any], now: datetime, lifetime: timedelta) -> str:
    body = {"iss": _ISSUER, "iat": now, "exp": now + lifetime, **claims}
    return _JWT.encode(body, keys.derived(keys.current, "tokens"), _ALGORITHM, {"kid": keys.current})


def _read(keys: Keys, token: str, audiences: list[str], required: list[str]) -> dict[str, Any]:
    try:
        key = keys.derived(str(jwt.get_unverified_header(token).get("kid")), "tokens")
        options: Any = {"require": ["exp", "iat", "aud", "iss", *required]}
        claims: dict[str, Any] = _JWT.decode(
            token, key, [_ALGORITHM], options=options, audience=audiences, issuer=_ISSUER, leeway=_SKEW_SECONDS
        )
    except (jwt.InvalidTokenError, KeyError) as error:
        raise InvalidToken from error
    if not isinstance(claims["aud"], str):
        raise InvalidToken
    return claims
