"""The files of a company, logo and insurance attestation: judged by their content, stored under the hash of it.

An issued document keeps the key it was issued with, so a file is never replaced in place.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import accounts as repository
from services.documents.images import logo_uri, page_uris
from services.storage.service import checked_key, storage

CompanyFile = Literal["logo", "attestation"]
MOST_BYTES = {"logo": 2_000_000, "attestation": 10_000_000}
"""Largest file of each kind."""
_MAGIC = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp", b"%PDF-": "pdf"}
_READERS: dict[CompanyFile, Callable[[bytes], object]] = {"logo": logo_uri, "attestation": page_uris}


class InvalidFile(ValueError):
    """A file that no document can carry; ``reason`` is "too_large" or "unreadable"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def store(session: AsyncSession, organization_id: UUID, kind: CompanyFile, content: bytes) -> str:
    """Stores an image (or for the attestation a PDF) as the company's; its storage key. Raises ``InvalidFile``."""
    if len(content) > MOST_BYTES[kind]:
        raise InvalidFile("too_large")
    extension = next((name for magic, name in _MAGIC.items() if content.startswith(magic)), None)
    if extension is None or not await asyncio.to_thread(_READERS[kind], content):
        raise InvalidFile("unreadable")
    digest = hashlib.sha256(content).hexdigest()[:16]
    key = checked_key(f"org/{organization_id}/company/{kind}-{digest}.{extension}")
    await storage().put(key, content)
    organization = await repository.get_organization(session, organization_id)
    setattr(organization, f"{kind}_key", key)
    repository.add_log(session, organization_id, f"company.{kind}_stored", key, type="audit")
    await session.flush()
    return key


async def remove(session: AsyncSession, organization_id: UUID, kind: CompanyFile) -> None:
    """The company has no such file any more; documents issued with it keep it."""
    organization = await repository.get_organization(session, organization_id)
    setattr(organization, f"{kind}_key", None)
    repository.add_log(session, organization_id, f"company.{kind}_removed", "", type="audit")
    await session.flush()
