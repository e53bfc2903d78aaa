"""How long a company keeps what: the table, and what it may choose of it (R247, C25)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Body as Example
from pydantic import BaseModel, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import PrincipalDep, TenantDep, allowed
from api.v1.bodies import Body
from api.v1.concurrency import IfMatchDep, etag
from db.models import RetentionChoice
from services.privacy import retention
from services.privacy.data_classes import OutOfBounds, Then, Whose

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/retention",
    tags=["privacy"],
    dependencies=[allowed("privacy:read")],
    responses=errors(401, 403, 404, 422),
)
_CHOICE: dict[str, Any] = {
    "shorter": {"summary": "Half a year of messages", "value": {"days": {"messages": 180, "transcripts": 180}}},
    "defaults": {"summary": "The defaults again", "value": {"days": {}}},
}
ClassName = Annotated[str, Field(max_length=40)]
Days = Annotated[int, Field(ge=0, le=100_000)]


class Choice(Body):
    """Days by class. What is not named is kept for the default."""

    days: dict[ClassName, Days] = Field(max_length=50)


class ClassAnswer(BaseModel):
    """One class of data. ``least`` and ``most`` are the bounds; equal ones cannot be chosen."""

    name: str
    whose: Whose = Field(description="`installation`: the same for everybody.")
    days: int
    default: int
    least: int
    most: int
    then: Then
    what: str
    why: str


class RetentionAnswer(BaseModel):
    """The whole table. ``version`` counts the company's choices; 0 while it has made none."""

    version: int
    changed_at: datetime | None
    classes: list[ClassAnswer]


@router.get("")
async def read_retention(tenant: TenantDep, response: Response) -> RetentionAnswer:
    """How long each class of data is kept, within which bounds, what happens then and why."""
    async with tenant.session() as session:
        return _answer(response, *await retention.in_force(session, tenant.id))


@router.put("", dependencies=[allowed("privacy:write")], responses=errors(409, 412))
async def choose_retention(
    tenant: TenantDep,
    principal: PrincipalDep,
    response: Response,
    if_match: IfMatchDep,
    body: Annotated[Choice, Example(openapi_examples=_CHOICE)],
) -> RetentionAnswer:
    """Chooses anew. What becomes too old by it goes in the next night."""
    async with tenant.session() as session:
        last, _ = await retention.in_force(session, tenant.id)
        if last is not None:
            if_match.compare(last)
        try:
            await retention.choose(session, principal, tenant.id, body.days)
        except OutOfBounds as error:
            detail = ErrorDetail(field=f"days.{error.name}", message=error.message)
            raise ApiError(422, "Nothing was changed.", [detail]) from error
        except retention.ChangedMeanwhile as error:
            raise ApiError(409, "Somebody else has just chosen: read it again.") from error
        return _answer(response, *await retention.in_force(session, tenant.id))


def _answer(response: Response, row: RetentionChoice | None, kept: list[retention.Kept]) -> RetentionAnswer:
    if row is not None:
        response.headers["ETag"] = etag(row)
    classes = [
        ClassAnswer(
            name=each.data_class.name,
            whose=each.data_class.whose,
            days=each.days,
            default=each.data_class.default,
            least=each.data_class.least,
            most=each.data_class.most,
            then=each.data_class.then,
            what=each.data_class.what,
            why=each.data_class.why,
        )
        for each in kept
    ]
    return RetentionAnswer(
        version=row.version if row else 0, changed_at=row.created_at if row else None, classes=classes
    )
