"""The files that belong to a document, for whoever looks after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import attachments as repository
from services.attachments.schemas import seen_of
from services.storage.links import link_to
from services.storage.service import storage


@dataclass(frozen=True)
class DocumentFile:
    """One file with its link; ``lines`` were read in its message."""

    sent_at: datetime
    outcome: str
    lines: int
    url: str
    expires_at: datetime


async def of_document(
    session: AsyncSession, organization_id: UUID, kind: str, document_id: UUID, base_url: str
) -> list[DocumentFile]:
    """The files sent for a document, oldest first; ``base_url`` is where this installation is reached."""
    found: list[DocumentFile] = []
    for _, sent_at, details in await repository.shown_for(session, organization_id, kind, document_id):
        seen = seen_of(details)
        for key in seen.keys if seen else []:
            assert seen is not None
            link = await link_to(storage(), key, key.rsplit("/", 1)[-1], base_url, inline=True)
            found.append(DocumentFile(sent_at, seen.outcome, len(seen.lines), link.url, link.expires_at))
    return found
