"""What was done to accounts, in the system log: who, from where, to whom (R229, R254). No secret ever goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories.accounts import add_log
from services.identity.principals import Principal
from services.identity.tokens import Kind

_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from."""

    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


def note_by(
    session: AsyncSession,
    by: Principal,
    organization_id: UUID | None,
    event: str,
    text: str,
    about: UUID | None = None,
    **details: Any,
) -> None:
    """Writes what ``by`` did; ``about`` is the id of what it was done to."""
    if by.kind != "user":
        details[f"{by.kind}_id"] = str(by.id)
    add_log(session, organization_id, event, text, type="audit", about=about, user_id=by.user_id, **details)


def note_at_door(
    session: AsyncSession,
    kind: Kind,
    holder_id: UUID,
    organization_id: UUID | None,
    event: str,
    text: str,
    caller: Caller,
) -> None:
    """Writes what happened at the door to somebody's account, whoever stood there."""
    details: dict[str, Any] = {}
    if kind == "platform":
        details["platform_id"] = str(holder_id)
    add_log(
        session,
        organization_id,
        event,
        text,
        type="audit",
        user_id=holder_id if kind == "user" else None,
        about=holder_id,
        ip_address=caller.ip,
        user_agent=shortened(caller.user_agent),
        **details,
    )


def note_stranger(session: AsyncSession, kind: Kind, caller: Caller) -> None:
    """Writes that somebody came whom nobody knows; not the e-mail, which may be a password in the wrong field."""
    agent, text = shortened(caller.user_agent), "A sign-in with an unknown e-mail."
    add_log(session, None, "auth.unknown", text, type="audit", ip_address=caller.ip, user_agent=agent, door=kind)


def shortened(user_agent: str | None) -> str | None:
    """As much of what a program calls itself as is kept; what no database takes is left out."""
    clean = (user_agent or "").replace("\0", "")[:_LONGEST_AGENT]
    return clean or None
