"""Sessions: every transaction runs as an application role and, for a tenant, under row-level security (DESIGN §8).

``usta_app`` sees the rows of one organization; ``usta_system`` sees all and is used where no tenant is known yet
(webhooks, rescue jobs). A session takes no connection before its first statement.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from psycopg import AsyncConnection
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from db.encryption import Keyring, configured_keyring

SEARCH_PATH = "public,jobs,langgraph"
_ENTER = text("select set_config('role', :role, true), set_config('app.organization_id', :organization_id, true)")


def sqlalchemy_url(url: str) -> str:
    """The URL with the psycopg 3 driver named, as SQLAlchemy wants it."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


class Database:
    """The engine of one process and the two ways into it."""

    def __init__(self, url: str, pool_size: int = 20, keyring: Callable[[], Keyring] | None = None) -> None:
        """``keyring`` gives the keys that seal and open cells; those of this process's settings when None."""
        self.url, self.keyring = url, cache(keyring or configured_keyring())
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=False,
            pool_reset_on_return="rollback",
            hide_parameters=True,
            json_deserializer=orjson.loads,
            connect_args={"options": f"-c search_path={SEARCH_PATH} -c timezone=UTC", "application_name": "usta"},
        )
        self.engine.dialect.keyring = self.keyring  # type: ignore[attr-defined]
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    def open(self, *, organization_id: UUID | None) -> AsyncSession:
        """A session of a tenant (or of the system when None) that connects at its first statement."""
        role = "usta_app" if organization_id else "usta_system"
        return self._sessions(info={"role": role, "organization_id": str(organization_id or "")})

    @asynccontextmanager
    async def tenant(self, organization_id: UUID) -> AsyncIterator[AsyncSession]:
        """One transaction that sees only ``organization_id``; commits at the end, rolls back on an exception."""
        async with self.open(organization_id=organization_id) as session, session.begin():
            yield session

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncSession]:
        """One transaction across tenants, for routing and maintenance only."""
        async with self.open(organization_id=None) as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


@event.listens_for(Session, "after_begin")
def _enter_role(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if "role" in session.info and not transaction.nested:
        connection.execute(_ENTER, dict(session.info))


async def raw_connection(session: AsyncSession) -> AsyncConnection[Any]:
    """The psycopg connection under the session, so that checkpoints and jobs join its transaction (DESIGN §3)."""
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    assert isinstance(connection, AsyncConnection)
    return connection
