"""Two who change the same thing do not overwrite each other (R271): ``ETag`` on what is read, ``If-Match`` on changes.

    @router.get("/{client_id}")
    async def read_client(tenant: TenantDep, response: Response, client_id: UUID) -> Buyer:
        ...
            await tag(response, session, client)

    @router.patch("/{client_id}")
    async def change_client(tenant: TenantDep, response: Response, if_match: IfMatchDep, client_id: UUID, …) -> Buyer:
        ...
            await if_match.check(session, client)      # locks the row until the transaction ends; 412 when it has moved
            ...
            await tag(response, session, client)

``If-Match`` may be left out, and the change then applies to whatever is there: a script that sets a phone number needs no
reading before. Who edits what he has seen sends it. A tag stands for the row's ``version`` where it has one, else for
its ``updated_at``.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Response
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError

_STALE = "It has changed since you read it: read it again, then decide."


class IfMatch:
    """The tags that the caller would accept, from ``If-Match``; none given accepts any."""

    def __init__(self, given: str | None) -> None:
        self._given = given

    async def check(self, session: AsyncSession, row: Any) -> None:
        """Locks ``row`` and reads it again; raises the 412 when the caller has seen another state of it."""
        if self._given is None:
            return
        await session.flush()
        await session.refresh(row, with_for_update=True)
        self.compare(row)

    def compare(self, row: Any) -> None:
        """As ``check`` for rows that are never changed, only followed by the next version: nothing is locked."""
        if self._given is None:
            return
        accepted = [each.strip() for each in self._given.split(",")]
        if accepted != ["*"] and etag(row) not in accepted:
            raise ApiError(412, _STALE, headers={"ETag": etag(row)})


async def _if_match(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=500,
            pattern=r'^(\*|(W/)?"[\x21\x23-\x7e]*"(\s*,\s*(W/)?"[\x21\x23-\x7e]*")*)$',
            description="The `ETag` that you read, with its quotes: the change is refused (412) if it has moved on.",
        ),
    ] = None,
) -> IfMatch:
    return IfMatch(if_match)


IfMatchDep = Annotated[IfMatch, Depends(_if_match)]


def etag(row: Any) -> str:
    """The tag of a row as it is loaded, quotes included."""
    version = getattr(row, "version", None)
    state = f"v{version}" if version is not None else f"{int(row.updated_at.timestamp() * 1_000_000):x}"
    return f'"{state}"'


async def tag(response: Response, session: AsyncSession, row: Any) -> None:
    """Writes what is pending and puts the tag of ``row`` on the answer."""
    await session.flush()
    state = "version" if hasattr(type(row), "version") else "updated_at"
    if state in inspect(row).unloaded:  # a change leaves the new moment to be read
        await session.refresh(row, [state])
    response.headers["ETag"] = etag(row)
