"""Quotes and invoices answer to the same routes: written once, served under both names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request

from api.errors import ApiError, errors, request_id
from api.v1.access import PrincipalDep, Tenant, TenantDep, allowed
from api.v1.concurrency import IfMatch
from api.v1.refusals import answered
from services.documents import issued
from services.documents.consent import MemberWord
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.office.drafting import Office, Shelf, office_of

PARIS = ZoneInfo("Europe/Paris")
SHELVES: dict[str, Shelf] = {"quotes": "quote", "invoices": "invoice"}
"""The names under which documents are served, and where they stand."""
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def _stands(shelf: Shelf) -> Any:
    async def of_the_path(request: Request) -> None:
        request.state.shelf = shelf

    return Depends(of_the_path)


async def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.state.shelf
    return shelf


ShelfDep = Annotated[Shelf, Depends(_shelf)]


class Shelves:
    """A router whose routes exist under ``/quotes`` and under ``/invoices``, or under one of them (``only``)."""

    def __init__(self, permission: str) -> None:
        self.router = APIRouter(
            prefix="/api/v1/organizations/{organization_id}",
            dependencies=[allowed("documents:read")]
            + ([allowed(permission)] if permission != "documents:read" else []),
            responses=errors(404),
        )

    def route(
        self, method: str, path: str, *, only: str | None = None, dependencies: Sequence[Any] = (), **options: Any
    ) -> Callable[[_Endpoint], _Endpoint]:
        """Registers the function under the names; ``path`` begins behind them."""

        def register(endpoint: _Endpoint) -> _Endpoint:
            for name, shelf in SHELVES.items():
                if only in (None, name):
                    self.router.add_api_route(
                        f"/{name}{path}",
                        endpoint,
                        methods=[method],
                        tags=[name],
                        dependencies=[_stands(shelf), *dependencies],
                        **options,
                    )
            return endpoint

        return register


class Desk:
    """A request of the office: who asks, of which company, and one transaction to answer it in."""

    def __init__(self, request: Request, tenant: Tenant, principal: Principal) -> None:
        self._tenant, self.principal = tenant, principal
        self.request_id = request_id(request)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        """The office in a transaction; what the services refuse becomes an answer, and nothing is kept."""
        with answered():
            async with self._tenant.session() as session:
                now = datetime.now(UTC).astimezone(PARIS)
                yield await office_of(session, self._tenant.id, self.principal.user_id, now)

    async def unchanged(self, office: Office, shelf: Shelf, document_id: UUID, if_match: IfMatch) -> None:
        """Locks the document. Answers 412 when the caller has read another version of it."""
        row = await issued.row_of(office.session, office.id, shelf, document_id)
        await if_match.check(office.session, row)

    def word(self, recap: str) -> MemberWord:
        """The member's word for what he names. Answers 403 for a program or an admin: consent is a person's."""
        who = self.principal
        if who.user_id is None or who.session_id is None:
            raise ApiError(403, "Only a signed-in member gives this word.")
        return MemberWord(who.user_id, who.session_id, self.request_id, recap)

    def note(self, office: Office, event: str, text: str, **details: Any) -> None:
        """Writes what was done into the company's log."""
        note_by(office.session, self.principal, office.id, event, text, request_id=self.request_id, **details)


async def _desk(request: Request, tenant: TenantDep, principal: PrincipalDep) -> Desk:
    return Desk(request, tenant, principal)


DeskDep = Annotated[Desk, Depends(_desk)]
