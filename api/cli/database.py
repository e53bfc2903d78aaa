"""One piece of work of a command on the database, outside any service process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_Result = TypeVar("_Result")


def in_database(work: Callable[[AsyncSession], Awaitable[_Result]]) -> _Result:
    """Does ``work`` in one transaction of the system role and returns its result; ends in one sentence on a failure."""
    from api.cli.ending import plain_failures

    async def run() -> _Result:
        from db.server import database_url
        from db.session import Database
        from db.settings import settings

        database = Database(database_url(settings()), 1)
        try:
            async with database.system() as session:
                return await work(session)
        finally:
            await database.close()

    with plain_failures():
        return asyncio.run(run())
