"""People who sign in to the administration API, made for a test and signed in already."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from db.models import PlatformAdmin, User
from db.models.base import new_id
from db.session import Database
from db.settings import Settings, settings
from services.identity.journal import Caller
from services.identity.keys import keys_of
from services.identity.passwords import passwords_of
from services.identity.permissions import Role
from services.identity.registration import set_password
from services.identity.sign_in import open_session

PASSWORD = "correct horse battery"


async def platform_headers(database: Database, configured: Settings | None = None) -> dict[str, str]:
    """The Authorization header of a new admin of the installation, who may touch every company."""
    configured = configured or settings()
    admin = PlatformAdmin(id=new_id(), email=f"{secrets.token_hex(6)}@usta.example")
    admin.password_hash = await passwords_of(configured).hash(PASSWORD)
    async with database.system() as session:
        session.add(admin)
        await session.flush()
        tokens = await open_session(session, keys_of(configured), "platform", admin.id, None, Caller(), _now())
    return {"Authorization": f"Bearer {tokens.access_token}"}


async def new_member(database: Database, organization_id: UUID, role: Role) -> User:
    """A member with an e-mail and ``PASSWORD``, without a phone."""
    user = User(id=new_id(), organization_id=organization_id, role=role, email=f"{secrets.token_hex(6)}@firm.example")
    hashed = await passwords_of(settings()).hash(PASSWORD)
    async with database.system() as session:
        session.add(user)
        await session.flush()
        await set_password(session, user, hashed, _now())
    return user


async def member_headers(
    database: Database, organization_id: UUID, role: Role, configured: Settings | None = None
) -> dict[str, str]:
    """The Authorization header of a new member with this role."""
    user = await new_member(database, organization_id, role)
    async with database.system() as session:
        keys = keys_of(configured or settings())
        tokens = await open_session(session, keys, "user", user.id, organization_id, Caller(), _now())
    return {"Authorization": f"Bearer {tokens.access_token}"}


@cache
def admin_of(database_url: str, home: Path | None) -> dict[str, str]:
    """The Authorization header of an admin of an installation that runs in processes of its own."""

    async def sign_in() -> dict[str, str]:
        database = Database(database_url, pool_size=1)
        try:
            return await platform_headers(database, Settings(USTA_HOME=home or settings().home))
        finally:
            await database.close()

    return asyncio.run(sign_in())


def _now() -> datetime:
    return datetime.now(UTC)
