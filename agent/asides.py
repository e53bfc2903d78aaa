"""Notes in the command chat: set apart from orders, kept silently, and read along when they are asked for (U15, R184)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.queue import defer
from services.clients.matching import letters, name_key
from services.notes import service as notes
from services.notes.recall import asks_for_notes, recalled

if TYPE_CHECKING:
    from agent.gathering import Gathered
    from agent.turn import Turn

RECALLED_WITHIN = timedelta(days=90)


def set_aside(gathered: Gathered) -> frozenset[UUID]:
    """The messages that are notes about a site, and no orders.

    "note : …" while a document is being made is a note on that document, unless it names another client.
    """
    found = []
    for message in gathered.messages:
        spoken = None if message.is_forwarded or message.attachments else notes.spoken_note(message.text)
        if spoken and (spoken.site or not _document_open(gathered) or _names_another(gathered, spoken.words)):
            found.append(message.id)
    return frozenset(found)


async def read_along(session: AsyncSession, gathered: Gathered) -> Gathered:
    """The words as they are meant when they call for the notes; never while a document waits for its "ok"."""
    if _document_open(gathered) or not asks_for_notes(gathered.text):
        return gathered
    organization_id = gathered.organization.id
    open_notes = await notes.open_notes(session, organization_id, since=gathered.messages[-1].sent_at - RECALLED_WITHIN)
    names = await notes.client_names(session, organization_id, open_notes)
    found = recalled(gathered.text, open_notes, names)
    if found is None:
        return gathered
    return replace(gathered, recalled=found.text, recalled_notes=found.note_ids)


async def keep(turn: Turn) -> None:
    """Stores the notes of the turn and ticks off those it used, in its transaction."""
    gathered = turn.gathered
    organization_id, chat_id = gathered.organization.id, gathered.chat.id
    for message in gathered.messages:
        if message.id not in gathered.aside:
            continue
        spoken = notes.spoken_note(message.text)
        assert spoken is not None
        await notes.note(
            turn.session,
            organization_id,
            text=spoken.words,
            source_ref=f"message:{message.id}",
            author_kind="artisan",
            author=" ".join(part for part in (gathered.user.first_name, gathered.user.last_name) if part) or None,
            noted_at=message.sent_at,
        )
    if gathered.aside:
        await defer(turn.session, "tick_note", lock=f"tick:{chat_id}", chat_id=str(chat_id))
    if gathered.recalled_notes:
        await notes.use(turn.session, organization_id, gathered.recalled_notes)


def _document_open(gathered: Gathered) -> bool:
    run = gathered.run
    return run is not None and run.document is not None and run.row is not None and run.row.status == "active"


def _names_another(gathered: Gathered, words: str) -> bool:
    """The note names a client, and not the one of the document at hand."""
    document = gathered.run.document if gathered.run else None
    mine = name_key(document.buyer.name) if document and document.buyer else ""
    said = f" {letters(words)} "
    named = {key for name in gathered.client_names if (key := name_key(name)) and f" {key} " in said}
    return bool(named) and mine not in named
