"""Notes about a site or a client: recognised by how they begin, kept with the client they name, never answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, SiteNote
from db.repositories import notes as repository
from db.repositories.clients import all_clients, clients_of
from services.clients.matching import letters, name_key

_NOTE = re.compile(r"^\s*(?P<site>(?:notes? (?:de )?chantier|(?:şantiye|santiye) notu)\s*:)?\s*"
                   r"(?(site)|(?:notes?|not)\s*:)\s*(?P<words>\S.*)$", re.IGNORECASE | re.DOTALL)  # fmt: skip
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that is a note. ``site`` is true when it says so itself ("note chantier : …")."""

    words: str
    site: bool


def spoken_note(text: str | None) -> Spoken | None:
    """ "note : 12 prises chez Petit", "not: …", "note chantier : …", "şantiye notu: …"; None for anything else."""
    found = _NOTE.match(text or "")
    return Spoken(found["words"].strip()[:LONGEST], found["site"] is not None) if found else None


async def named_client(session: AsyncSession, organization_id: UUID, text: str) -> Client | None:
    """The one client whose whole name stands in the text; None when there is none, or more than one."""
    words = f" {letters(text)} "
    named = [
        client
        for client in await all_clients(session, organization_id)
        if (key := name_key(client.name)) and f" {key} " in words
    ]
    longest = max((len(name_key(client.name)) for client in named), default=0)
    named = [client for client in named if len(name_key(client.name)) == longest]
    return named[0] if len(named) == 1 else None


async def note(
    session: AsyncSession,
    organization_id: UUID,
    *,
    text: str,
    source_ref: str,
    author_kind: str,
    author: str | None,
    noted_at: datetime,
    chat_id: UUID | None = None,
) -> UUID | None:
    """Keeps a note with the client that it names, else with the one whose document is at hand in the chat.

    Returns its id, None when the same message was noted before.
    """
    client = await named_client(session, organization_id, text)
    client_id = client.id if client else None
    if client_id is None and chat_id is not None:
        client_id = await repository.client_at_hand(session, organization_id, chat_id)
    return await repository.insert(
        session,
        organization_id,
        client_id=client_id,
        chat_id=chat_id,
        author_kind=author_kind,
        author=author,
        text=text[:LONGEST],
        source_ref=source_ref,
        noted_at=noted_at,
    )


async def open_notes(session: AsyncSession, organization_id: UUID, *, since: datetime) -> Sequence[SiteNote]:
    """The artisan's own notes that went into no document yet; the team's are never read as his words."""
    return await repository.open_notes(session, organization_id, since)


async def client_names(session: AsyncSession, organization_id: UUID, notes: Sequence[SiteNote]) -> dict[UUID, str]:
    """The names of the clients that notes are kept with."""
    wanted = {note.client_id for note in notes if note.client_id}
    return {client.id: client.name for client in await clients_of(session, organization_id, wanted)}


async def use(session: AsyncSession, organization_id: UUID, note_ids: Sequence[UUID]) -> None:
    """Notes that went into a document are not read again."""
    await repository.use(session, organization_id, note_ids)


async def notes_of(session: AsyncSession, organization_id: UUID, client_id: UUID | None = None) -> Sequence[SiteNote]:
    """The notes of a client, or all of a company's, newest first."""
    return await repository.notes(session, organization_id, client_id)
