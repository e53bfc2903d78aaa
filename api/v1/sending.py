"""Copies for the client: sent on a member's word, again if need be, and stopped while they are held."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from api.errors import errors
from api.v1.idempotency import idempotent
from api.v1.issuing import Word
from api.v1.shelves import DeskDep, ShelfDep, Shelves
from services.messaging import outbox
from services.office import dossier, drafting, gates
from services.office.dossier import Copy

shelves = Shelves("documents:send")
router = shelves.router
_STATE = errors(409, 503)


class Stopped(BaseModel):
    """How many copies were stopped before they left."""

    stopped: int


@shelves.route("POST", "/{document_id}/send", status_code=202, dependencies=[idempotent], responses=_STATE)
async def send(desk: DeskDep, shelf: ShelfDep, document_id: UUID, body: Word) -> Copy:
    """Sends the PDF to the client, by WhatsApp or else by e-mail; again as often as it is asked for.

    It leaves after a short hold, in which it can be stopped.
    """
    async with desk.open() as office:
        copy_id = await gates.send(office, shelf, document_id, body.version, desk.word(body.recap))
        desk.note(office, "document.sent", f"A copy of {shelf} for its client", document_id=str(document_id))
        copies = await dossier.copies(office.session, office.id, shelf, document_id)
        return next(one for one in copies if one.id == copy_id)


@shelves.route("DELETE", "/{document_id}/copies", responses=errors(409))
async def stop_copies(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> Stopped:
    """Stops what is still held back for the client; what has left stays with him."""
    async with desk.open() as office:
        await drafting.take(office, shelf, document_id)
        return Stopped(stopped=await outbox.cancel_held(office.session, office.id, document_id))
