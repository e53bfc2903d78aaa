"""What a company is told without asking, and the notes it keeps (R184, U15)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.errors import errors
from api.v1.access import TenantDep, allowed
from api.v1.bodies import Flag
from services.documents import ready_notices
from services.documents.ready_notices import NoticeChoices
from services.notes import service as notes

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}",
    tags=["company"],
    responses=errors(404),
)


class ChoicesBody(BaseModel):
    """The company's choices, whole."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ready": True}]})

    ready: Flag = Field(description="Tell the artisan when a client has opened his document.")


class NoteAnswer(BaseModel):
    """A silent note. ``author_kind``: the artisan, or somebody of the team of a shared inbox."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    client_id: UUID | None
    author_kind: str
    author: str | None
    text: str
    noted_at: datetime
    used_at: datetime | None


@router.get("/notices", dependencies=[allowed("profile:read")])
async def read_choices(tenant: TenantDep) -> NoticeChoices:
    """What the company wants to be told."""
    async with tenant.session() as session:
        return await ready_notices.read(session, tenant.id)


@router.put("/notices", dependencies=[allowed("profile:write")])
async def set_choices(tenant: TenantDep, body: ChoicesBody) -> NoticeChoices:
    """Changes what the company wants to be told; nothing is on until it says so."""
    async with tenant.session() as session:
        return await ready_notices.choose(session, tenant.id, NoticeChoices(ready=body.ready))


@router.get("/notes", dependencies=[allowed("clients:read")])
async def list_notes(tenant: TenantDep, client_id: UUID | None = None) -> list[NoteAnswer]:
    """The company's silent notes, of one client or all, newest first."""
    async with tenant.session() as session:
        return [NoteAnswer.model_validate(note) for note in await notes.notes_of(session, tenant.id, client_id)]
