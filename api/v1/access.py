"""Who may call the API: whoever has the one token of this installation. Identities and roles would replace this file."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError
from db.repositories.accounts import get_organization

_BEARER = HTTPBearer(auto_error=False, description="ADMIN_TOKEN of the installation.")


async def _has_token(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
    """The token is compared in constant time; without one configured there is nothing here."""
    token = request.app.state.settings.admin_token
    if token is None:
        raise ApiError(404, "Not Found")
    if given is None or not hmac.compare_digest(given.credentials.encode(), token.get_secret_value().encode()):
        raise ApiError(401, "A valid bearer token is needed.", headers={"WWW-Authenticate": "Bearer"})


admin = Depends(_has_token)
"""Put it on a router: its routes answer 404 without ``ADMIN_TOKEN``, and 401 without that token in the request."""


class Tenant:
    """The organization of the path, and transactions that see only it."""

    def __init__(self, request: Request, organization_id: Annotated[UUID, Path(description="The company.")]) -> None:
        self.id = organization_id
        self._database = request.app.state.database

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One transaction, committed before the answer is written. Answers 404 for an unknown organization."""
        async with self._database.tenant(self.id) as session:
            try:
                await get_organization(session, self.id)
            except NoResultFound as error:
                raise ApiError(404, "There is no such organization.") from error
            yield session


TenantDep = Annotated[Tenant, Depends(Tenant)]
