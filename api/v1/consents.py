"""What clients and members allowed and took back: read, and written down as somebody of the company heard it (R250)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import CallerDep, PrincipalDep, TenantDep, allowed
from api.v1.bodies import Body, Flag, Moment, Words
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories import consents as repository
from services.privacy import consents
from services.privacy.consents import Channel, Purpose, Said, SubjectKind

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/consents",
    tags=["privacy"],
    dependencies=[allowed("consents:read")],
    responses=errors(401, 403, 404, 422),
)
CLOCKS_DIFFER = timedelta(minutes=5)
_SAID: dict[str, Any] = {
    "stop": {
        "summary": "A client wants no more WhatsApp",
        "value": {
            "subject_kind": "client",
            "subject_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e",
            "purpose": "messages",
            "given": False,
            "channel": "phone",
            "words": "Ne m'écrivez plus sur WhatsApp, appelez-moi.",
        },
    },
    "photos": {
        "summary": "A client allows pictures of his site",
        "value": {
            "subject_kind": "client",
            "subject_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e",
            "purpose": "photos",
            "given": True,
            "version": "2026-11",
            "at": "2026-11-28T09:30:00+01:00",
            "channel": "paper",
        },
    },
}


class ConsentBody(Body):
    """What somebody said. ``at`` defaults to now; ``message_id`` or ``words`` say what proves it."""

    subject_kind: SubjectKind
    subject_id: UUID = Field(description="The client or the member.")
    purpose: Purpose
    given: Flag = Field(description="false: refused, or taken back.")
    channel: Channel
    version: str | None = Field(default=None, min_length=1, max_length=40, description="Of the text that was accepted.")
    at: Moment | None = None
    message_id: UUID | None = Field(default=None, description="The message that proves it.")
    words: Words | None = None


class ConsentAnswer(BaseModel):
    """One word of somebody. It is never changed: what was said later is another one."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "example": {
                "id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d91",
                "subject_kind": "client",
                "subject_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e",
                "purpose": "messages",
                "given": False,
                "version": None,
                "at": "2026-11-28T09:30:00Z",
                "channel": "whatsapp",
                "message_id": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d92",
                "request_id": None,
                "words": None,
                "recorded_by_kind": "system",
                "recorded_by": None,
                "created_at": "2026-11-28T09:30:01Z",
            }
        },
    )

    id: UUID
    subject_kind: SubjectKind
    subject_id: UUID
    purpose: Purpose
    given: bool
    version: str | None
    at: datetime
    channel: Channel | Literal["registration"]
    message_id: UUID | None
    request_id: str | None
    words: str | None
    recorded_by_kind: Literal["user", "key", "platform", "system"]
    recorded_by: UUID | None
    created_at: datetime


@router.get("")
async def list_consents(
    tenant: TenantDep,
    wanted: Annotated[Wanted, paging(repository.SORTABLE)],
    subject_id: Annotated[UUID | None, Query(description="Of this client or member.")] = None,
    purpose: Purpose | None = None,
    in_force: Annotated[bool, Query(description="Only the last word of each person about each purpose.")] = False,
) -> Page[ConsentAnswer]:
    """Consents given and taken back, the newest first."""
    async with tenant.session() as session:
        found = await repository.page(
            session, tenant.id, wanted, subject_id=subject_id, purpose=purpose, in_force=in_force
        )
        return page_of(found, ConsentAnswer.model_validate)


@router.post("", status_code=201, dependencies=[allowed("consents:write"), idempotent])
async def record_consent(
    tenant: TenantDep,
    principal: PrincipalDep,
    caller: CallerDep,
    body: Annotated[ConsentBody, Example(openapi_examples=_SAID)],
) -> ConsentAnswer:
    """Writes down that somebody allowed something or took it back. What is taken back by ``messages`` counts at once."""
    now = datetime.now(UTC)
    at = body.at or now
    if at > now + CLOCKS_DIFFER:
        raise _refused("at", "lies in the future")
    said = Said(**body.model_dump(exclude={"at"}), at=at)
    async with tenant.session() as session:
        try:
            row = await consents.record(session, principal, tenant.id, said, caller.request_id)
        except consents.SubjectUnknown as error:
            raise _refused("subject_id", f"is no {body.subject_kind} of the company") from error
        except consents.EvidenceUnknown as error:
            raise _refused("message_id", "is no message of the company") from error
        return ConsentAnswer.model_validate(row)


def _refused(field: str, message: str) -> ApiError:
    return ApiError(422, "The consent was not written.", [ErrorDetail(field=field, message=message)])
