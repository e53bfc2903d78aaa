"""How a request reaches the sessions: one provider client per API process, made at first use."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.sessions.service import Sessions, client_of


async def _sessions(request: Request) -> Sessions:
    state = request.app.state
    if not hasattr(state, "sessions"):
        state.sessions = Sessions(state.database, client_of(state.settings), state.settings)
    sessions: Sessions = state.sessions
    return sessions


SessionsDep = Annotated[Sessions, Depends(_sessions)]
