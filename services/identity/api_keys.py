"""Keys of a company's programs: shown once, kept as a hash, limited to scopes, ended or revoked (R195)."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ApiKey
from db.models.base import new_id
from db.paging import Rows, Wanted
from db.repositories import members
from services.identity.journal import note_by
from services.identity.keys import long_hash
from services.identity.permissions import KEY_SCOPES
from services.identity.principals import KEY_MARK, PREFIX_LENGTH, Principal
from services.identity.tokens import new_secret

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class ScopeRefused(Exception):
    """A scope that no key may have, or that its maker has not himself."""

    def __init__(self, scopes: set[str]) -> None:
        super().__init__(", ".join(sorted(scopes)))
        self.scopes = sorted(scopes)


class KeyUnknown(LookupError):
    """No such key in this organization."""


async def create(
    session: AsyncSession,
    by: Principal,
    organization_id: UUID,
    *,
    name: str,
    scopes: set[str],
    expires_at: datetime | None,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key: its row, and the key itself, which nobody can read again. Raises ``ScopeRefused``."""
    if refused := scopes - (KEY_SCOPES & by.permissions):
        raise ScopeRefused(refused)
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(PREFIX_LENGTH))
    secret = new_secret()
    row = ApiKey(
        id=new_id(),
        organization_id=organization_id,
        name=name,
        prefix=prefix,
        secret_hash=long_hash(secret),
        scopes=sorted(scopes),
        created_by=by.user_id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    note_by(session, by, organization_id, "key.created", f"{name} ({prefix}): {', '.join(row.scopes)}", row.id)
    await session.flush()
    return row, f"{KEY_MARK}{prefix}_{secret}"


async def page(session: AsyncSession, organization_id: UUID, wanted: Wanted, *, revoked: bool | None) -> Rows[ApiKey]:
    """The keys of a company."""
    return await members.keys(session, organization_id, wanted, revoked=revoked)


async def revoke(session: AsyncSession, by: Principal, organization_id: UUID, key_id: UUID, now: datetime) -> None:
    """The key opens nothing from now on. Raises ``KeyUnknown``."""
    row = await members.key(session, organization_id, key_id)
    if row is None or row.revoked_at:
        raise KeyUnknown(str(key_id))
    row.revoked_at = now
    note_by(session, by, organization_id, "key.revoked", f"{row.name} ({row.prefix})", row.id)
