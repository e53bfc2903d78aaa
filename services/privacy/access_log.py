"""Every reading of personal data, by the API or by a link, is written down before the answer is given (R251)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import privacy_access as repository
from services.identity.principals import Principal
from services.storage.keys import organization_of
from services.storage.links import Linked

FILES = "/files/{token}"


async def note_read(
    session: AsyncSession,
    by: Principal,
    organization_id: UUID | None,
    *,
    permission: str,
    method: str,
    resource: str,
    ids: dict[str, str],
    ip_address: str | None,
    request_id: str | None,
) -> None:
    """Writes that ``by`` reads. What cannot be written down must not be read: the caller lets a failure through."""
    row = {
        "organization_id": organization_id,
        "reader_kind": by.kind,
        "reader_id": by.id,
        "permission": permission,
        "method": method,
        "resource": resource,
        "ids": ids,
        "ip_address": ip_address,
        "request_id": request_id,
    }
    await repository.note(session, row)


async def note_opened(
    session: AsyncSession, linked: Linked, *, method: str, ip_address: str | None, request_id: str | None
) -> None:
    """Writes that somebody opens a file by its link; who holds the link is not known, whom it was given to is."""
    row = {
        "organization_id": organization_of(linked.key),
        "reader_kind": "link",
        "reader_id": linked.given_to,
        "permission": "link",
        "method": method,
        "resource": FILES,
        "ids": {"file": linked.key},
        "ip_address": ip_address,
        "request_id": request_id,
    }
    await repository.note(session, row)
