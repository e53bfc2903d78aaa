"""Drafts of quotes and invoices: written, changed line by line, undone, looked at, given up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.errors import errors
from api.v1.access import costly
from api.v1.concurrency import IfMatch, IfMatchDep, etag
from api.v1.idempotency import idempotent
from api.v1.shelves import Desk, DeskDep, ShelfDep, Shelves
from services.documents.schemas import Document
from services.office import dossier, drafting, gates
from services.office.dossier import Dossier
from services.office.drafting import Office, Shelf
from services.office.schemas import DraftFacts, LineFacts, LineFactsChange, NewDraft

shelves = Shelves("documents:write")
router = shelves.router
_CHANGED = errors(409)
LineKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="`key` of the line.")]
_EXAMPLES: dict[str, Any] = {
    "bathroom": {
        "summary": "A bathroom in an old flat",
        "value": {
            "client_id": "0197a0e2-0000-7000-8000-000000000001",
            "site": {"address": "3 rue Pasteur, 69003 Lyon", "premises": "dwelling", "age_years": 40},
            "lines": [
                {"description": "Dépose de l'ancien carrelage", "quantity": "12", "unit": "m²", "unit_price": "18"},
                {"description": "Pose de carrelage 60 × 60", "quantity": "12", "unit": "m²", "unit_price": "45"},
            ],
            "discount": {"percent": "5"},
            "deposit": {"percent": "30"},
            "notes": ["Carrelage fourni par le client."],
        },
    }
}
_LINE: dict[str, Any] = {
    "line": {
        "summary": "A line",
        "value": [{"description": "Pose de plinthes", "quantity": "14", "unit": "ml", "unit_price": "9.50"}],
    }
}
_HEAD: dict[str, Any] = {
    "discount": {"summary": "A total to reach, incl. VAT", "value": {"discount": {"target_total": "1100.00"}}},
    "dates": {"summary": "When, and until when it holds", "value": {"start_date": "2027-01-11", "validity_days": 60}},
    "nothing": {"summary": "No discount, no deposit", "value": {"discount": None, "deposit": None}},
}
_ONE: dict[str, Any] = {
    "price": {"summary": "Another price", "value": {"unit_price": "48.00"}},
    "place": {"summary": "To the top", "value": {"position": 1}},
}
_UNDO: dict[str, Any] = {
    "last": {"summary": "The last change", "value": {}},
    "version": {"summary": "Back to version 2", "value": {"to": 2}},
}
Head = Annotated[DraftFacts, Body(openapi_examples=_HEAD)]
OneLine = Annotated[LineFactsChange, Body(openapi_examples=_ONE)]
Lines = Annotated[list[LineFacts], Body(min_length=1, max_length=500, openapi_examples=_LINE)]


class UndoBody(BaseModel):
    """``to`` = the version whose content is wanted back; null = the state before the last change."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = None


Wanted = Annotated[UndoBody, Body(openapi_examples=_UNDO)]


class Change:
    """A change of one document: refused (412) when the caller has read another version, answered with the new one."""

    def __init__(self, desk: Desk, shelf: Shelf, document_id: UUID, if_match: IfMatch, response: Response) -> None:
        self.desk, self.shelf, self.document_id = desk, shelf, document_id
        self._if_match, self._response = if_match, response

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        """The office in a transaction, the document locked as the caller has read it."""
        async with self.desk.open() as office:
            await self.desk.unchanged(office, self.shelf, self.document_id, self._if_match)
            yield office

    async def answer(self, office: Office, document: Document) -> Dossier:
        """The document after the change, with its tag."""
        return await answer(office, self.shelf, document, self._response)


async def _change(
    desk: DeskDep, shelf: ShelfDep, document_id: UUID, if_match: IfMatchDep, response: Response
) -> Change:
    return Change(desk, shelf, document_id, if_match, response)


ChangeDep = Annotated[Change, Depends(_change)]


@shelves.route("POST", "", status_code=201, dependencies=[idempotent], responses=errors(409))
async def create_document(
    desk: DeskDep,
    shelf: ShelfDep,
    facts: Annotated[NewDraft, Body(openapi_examples=_EXAMPLES)],
    response: Response,
) -> Dossier:
    """A new draft: a quote, or an invoice without a quote. What is missing can be added until it is issued."""
    async with desk.open() as office:
        return await answer(office, shelf, await drafting.create(office, shelf, facts), response)


@shelves.route("PATCH", "/{document_id}", responses=_CHANGED)
async def change_document(change: ChangeDep, facts: Head) -> Dossier:
    """Writes the facts that are given, null takes one away. An issued quote gets a new version, to be issued again."""
    async with change.open() as office:
        document = await drafting.change(office, change.shelf, change.document_id, facts)
        return await change.answer(office, document)


@shelves.route("POST", "/{document_id}/lines", status_code=201, dependencies=[idempotent], responses=_CHANGED)
async def add_lines(change: ChangeDep, lines: Lines) -> Dossier:
    """Adds lines at the end."""
    async with change.open() as office:
        document = await drafting.add_lines(office, change.shelf, change.document_id, lines)
        return await change.answer(office, document)


@shelves.route("PUT", "/{document_id}/lines", responses=_CHANGED)
async def replace_lines(change: ChangeDep, lines: Lines) -> Dossier:
    """Writes all lines anew."""
    async with change.open() as office:
        document = await drafting.replace_lines(office, change.shelf, change.document_id, lines)
        return await change.answer(office, document)


@shelves.route("PATCH", "/{document_id}/lines/{key}", responses=_CHANGED)
async def change_line(change: ChangeDep, key: LineKey, facts: OneLine) -> Dossier:
    """Changes one line, or moves it to ``position``."""
    async with change.open() as office:
        document = await drafting.change_line(office, change.shelf, change.document_id, key, facts)
        return await change.answer(office, document)


@shelves.route("DELETE", "/{document_id}/lines/{key}", responses=_CHANGED)
async def remove_line(change: ChangeDep, key: LineKey) -> Dossier:
    """Takes a line away."""
    async with change.open() as office:
        document = await drafting.remove_line(office, change.shelf, change.document_id, key)
        return await change.answer(office, document)


@shelves.route("POST", "/{document_id}/undo", responses=_CHANGED)
async def undo(change: ChangeDep, body: Wanted) -> Dossier:
    """Goes back to an earlier state of a draft; that is a change itself and can be undone."""
    async with change.open() as office:
        document = await drafting.restore(office, change.shelf, change.document_id, body.to)
        return await change.answer(office, document)


@shelves.route("POST", "/{document_id}/preview", status_code=202, dependencies=[costly], responses=errors(409))
async def ask_for_preview(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> None:
    """Has the draft drawn as a PDF marked BROUILLON; ``GET`` fetches it a moment later."""
    async with desk.open() as office:
        await gates.preview(office, shelf, document_id)


@shelves.route("POST", "/{document_id}/pdf", status_code=202, dependencies=[costly], responses=errors(409))
async def make_pdf_again(desk: DeskDep, shelf: ShelfDep, document_id: UUID) -> None:
    """Has the PDF of an issued document made again whose `pdf_status` is `failed`."""
    async with desk.open() as office:
        await gates.render_again(office, shelf, document_id)


@shelves.route("DELETE", "/{document_id}", status_code=204, responses=_CHANGED)
async def discard(change: ChangeDep) -> None:
    """Gives a draft up; its content stays stored. What is issued cannot be deleted."""
    async with change.open() as office:
        await drafting.discard(office, change.shelf, change.document_id)
        change.desk.note(
            office, "document.discarded", f"A draft of {change.shelf}s", document_id=str(change.document_id)
        )


async def answer(office: Office, shelf: Shelf, document: Document, response: Response) -> Dossier:
    """The document as it stands now, with its tag."""
    found = await dossier.read(office, shelf, document.id)
    response.headers["ETag"] = etag(found)
    return found
