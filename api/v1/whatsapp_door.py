"""The sessions that a caller may ask for: those of his company; admins of the installation reach all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from api.errors import ApiError
from api.session_door import SessionsDep
from api.v1.access import ConfinedDep
from db.models import WhatsappAccount
from services.sessions.service import Sessions, UnknownSession

SessionPath = Annotated[UUID, Path(description="The session.")]


async def _confined(sessions: SessionsDep, only: ConfinedDep) -> Sessions:
    return replace(sessions, only=only)


OwnSessionsDep = Annotated[Sessions, Depends(_confined)]


async def found(sessions: Sessions, session_id: UUID) -> WhatsappAccount:
    """The session. Answers 404 where there is none, or not for this caller: another company's, the assistant's."""
    try:
        return await sessions.get(session_id)
    except UnknownSession as error:
        raise ApiError(404, "There is no such session.") from error
