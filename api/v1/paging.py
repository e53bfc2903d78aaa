"""Lists in pages: ``limit``, ``cursor`` and ``sort`` of the query, ``{"data": […], "next": "…" | null}`` as answer.

A repository declares what its list can be sorted by and fetches through ``db.paging``:

    SORTABLE = Sortable({"created_at": Client.created_at, "name": Client.name_key}, key=Client.id, default="-created_at")

    async def page(session, organization_id, wanted: Wanted) -> Rows[Client]:
        return await fetch_page(session, select(Client).where(Client.organization_id == organization_id), wanted)

A route names it and wraps what it got; a wrong cursor answers 422 by itself:

    async def list_clients(tenant: TenantDep, wanted: Annotated[Wanted, paging(SORTABLE)]) -> Page[Buyer]:
        async with tenant.session() as session:
            return page_of(await clients.page(session, tenant.id, wanted), clients.buyer)

Filters are query parameters of the route beside them. A page begins after the last row of the one before: rows that
come or go meanwhile never make another appear twice or not at all.
"""

# no postponed annotations: the values that ``sort`` may have are made per list, and FastAPI reads them from here
from collections.abc import Callable
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from db.paging import Rows, Sortable, Wanted

T = TypeVar("T")
Row = TypeVar("Row")
LONGEST = 200
"""Rows of the largest page."""


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    data: list[T]
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


def page_of(found: Rows[Row], shown: Callable[[Row], T]) -> Page[T]:
    """The answer: every row as ``shown`` makes it."""
    return Page(data=[shown(row) for row in found.rows], next=found.next)


def paging(order: Sortable) -> Any:
    """The dependency of a list that can be sorted as ``order`` says; gives a ``Wanted``."""
    choices: Any = Literal.__getitem__(order.choices)

    async def wanted(
        limit: Annotated[int, Query(ge=1, le=LONGEST, description="Rows of the page, at most.")] = 50,
        cursor: Annotated[
            str | None, Query(max_length=3000, description="The `next` of the page before, with the same `sort`.")
        ] = None,
        sort: Annotated[choices, Query(description="A minus in front: descending.")] = order.default,
    ) -> Wanted:
        return Wanted(order, sort, limit, cursor)

    return Depends(wanted)
