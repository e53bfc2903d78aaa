"""Who a request comes from, read anew at each request: a role taken away or a session ended counts at once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import identity as repository
from services.identity.keys import Keys, long_hash
from services.identity.permissions import PERMISSIONS, Role, permissions_of
from services.identity.tokens import InvalidToken, read_access_token

KEY_MARK = "usta_"
"""How every key begins, so that one that leaks is recognised for what it is: usta_<prefix>_<secret>."""
PREFIX_LENGTH = 12
_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Principal:
    """A member, a program with a key, or an admin of the installation.

    ``organization_id`` is the only company that a member or key may touch; None for admins of the installation, who
    name the company in the path.
    """

    kind: Literal["user", "key", "platform"]
    id: UUID
    permissions: frozenset[str]
    role: Role | None = None
    organization_id: UUID | None = None
    organization_status: str | None = None
    session_id: UUID | None = None

    @property
    def user_id(self) -> UUID | None:
        """The member, for rows that say who made them."""
        return self.id if self.kind == "user" else None

    def awaits_activation(self, permission: str) -> bool:
        """True where only the state of the company's account stands in the way (R006, C42)."""
        return PERMISSIONS[permission].needs_active and self.organization_status not in (None, "active")


async def principal_of(session: AsyncSession, keys: Keys, bearer: str, now: datetime) -> Principal | None:
    """Whose access token or key ``bearer`` is; None when it opens nothing (any more)."""
    if bearer.startswith(KEY_MARK):
        return await _key(session, bearer, now)
    try:
        access = read_access_token(keys, bearer)
    except InvalidToken:
        return None
    if access.kind == "platform":
        if await repository.platform_admin_of_session(session, access.holder_id, access.session_id) is None:
            return None
        return Principal(
            "platform", access.holder_id, permissions_of("PLATFORM"), "PLATFORM", session_id=access.session_id
        )
    member = await repository.member_of_session(session, access.holder_id, access.session_id)
    if member is None:
        return None
    return Principal(
        "user",
        member.id,
        permissions_of(member.role),
        member.role,
        member.organization_id,
        member.status,
        access.session_id,
    )


async def _key(session: AsyncSession, bearer: str, now: datetime) -> Principal | None:
    prefix, _, secret = bearer.removeprefix(KEY_MARK).partition("_")
    found = await repository.key_by_prefix(session, prefix, now)
    if found is None or not hmac.compare_digest(found.secret_hash, long_hash(secret)):
        return None
    if found.last_used_at is None or found.last_used_at < now - _USE_NOTED_EVERY:
        await repository.key_was_used(session, found.id, now)
    return Principal(
        "key",
        found.id,
        frozenset(found.scopes),
        organization_id=found.organization_id,
        organization_status=found.status,
    )
