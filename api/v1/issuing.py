"""What binds: issuing a document, and what the client answers to a quote.

Issue and send are gates. The member who opens one says back the ``version`` and the ``recap`` that he read; that word is
kept in ``approvals`` with who, when and by which request, and the database refuses a gate without one.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Response
from pydantic import BaseModel, ConfigDict, Field

from api.errors import errors
from api.v1.drafts import answer
from api.v1.idempotency import idempotent
from api.v1.shelves import DeskDep, ShelfDep, Shelves
from services.documents import service as documents
from services.office import gates
from services.office.dossier import Dossier
from services.office.schemas import Day

shelves = Shelves("documents:issue")
router = shelves.router
_STATE = errors(409)
_WORD: dict[str, Any] = {
    "read": {
        "summary": "What GET answered",
        "value": {"version": 3, "recap": "5f3c0f5b8a1f2d6f1a5c2f8f0c9d7e6b4a3928170f1e2d3c4b5a69788796a5b4"},
    }
}


class WordBody(BaseModel):
    """The version and the recap that the member read and approves."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    recap: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


Word = Annotated[WordBody, Body(openapi_examples=_WORD)]


class AcceptanceBody(BaseModel):
    """``accepted_on`` = the day the client signed; null = today."""

    model_config = ConfigDict(extra="forbid")

    accepted_on: Day | None = None


Acceptance = Annotated[
    AcceptanceBody, Body(openapi_examples={"day": {"summary": "Signed", "value": {"accepted_on": "2026-11-20"}}})
]


@shelves.route("POST", "/{document_id}/issue", dependencies=[idempotent], responses=_STATE)
async def issue(desk: DeskDep, shelf: ShelfDep, document_id: UUID, body: Word, response: Response) -> Dossier:
    """Gives the number, freezes the document and has its PDF made. 422 names what the law still wants on it."""
    async with desk.open() as office:
        document = await gates.issue(office, shelf, document_id, body.version, desk.word(body.recap))
        desk.note(office, "document.issued", str(document.number), document_id=str(document_id), recap=body.recap)
        return await answer(office, shelf, document, response)


@shelves.route("POST", "/{document_id}/acceptance", only="quotes", responses=_STATE)
async def accept(desk: DeskDep, shelf: ShelfDep, document_id: UUID, body: Acceptance, response: Response) -> Dossier:
    """Notes that the client signed: the quote is a contract, and what changes is an amendment."""
    async with desk.open() as office:
        day: date = body.accepted_on or office.today
        document = await documents.accept(office.session, office.id, document_id, accepted_on=day)
        desk.note(office, "quote.accepted", str(document.number), document_id=str(document_id))
        return await answer(office, shelf, document, response)


@shelves.route("POST", "/{document_id}/rejection", only="quotes", responses=_STATE)
async def reject(desk: DeskDep, shelf: ShelfDep, document_id: UUID, response: Response) -> Dossier:
    """Notes that the client does not want the quote; he may still accept it later."""
    async with desk.open() as office:
        document = await documents.reject(office.session, office.id, document_id)
        desk.note(office, "quote.rejected", str(document.number), document_id=str(document_id))
        return await answer(office, shelf, document, response)
