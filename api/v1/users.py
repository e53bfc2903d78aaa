"""The people of a company and their invitations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as Example
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import KeysDep, PrincipalDep, TenantDep, allowed
from api.v1.bodies import Body, Email, Flag, Name, Phone
from api.v1.concurrency import IfMatchDep, tag
from api.v1.idempotency import idempotent
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.members import MEMBERS_BY
from services.identity import members
from services.identity.members import Member
from services.identity.registration import Taken

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/users",
    tags=["users"],
    dependencies=[allowed("users:read")],
    responses=errors(404, 409),
)
MemberRole = Literal["OWNER", "ADMIN", "MANAGER", "AGENT", "VIEWER"]
_WRITE = [allowed("users:write")]
_NEW: dict[str, Any] = {
    "accountant": {
        "summary": "Accountant, reads only",
        "value": {"email": "compta@example.com", "first_name": "Claire", "role": "VIEWER"},
    },
    "worker": {
        "summary": "Colleague who gives orders by WhatsApp",
        "value": {"email": "ali@example.com", "role": "AGENT", "preferred_language": "tr", "phone": "+33698765432"},
    },
}
_CHANGE: dict[str, Any] = {
    "role": {"summary": "Another role", "value": {"role": "MANAGER"}},
    "suspend": {"summary": "Suspend", "value": {"is_active": False}},
}


class UserAnswer(BaseModel):
    """A member. INVITED: he has not set a password yet. Only a verified phone gives orders."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str | None
    first_name: str | None
    last_name: str | None
    role: MemberRole
    status: members.Status
    preferred_language: Literal["fr", "tr"]
    whatsapp_phone: str | None
    phone_verified: bool
    second_factor: bool
    last_login_at: datetime | None
    created_at: datetime


class NewUser(Body):
    """Who is to be invited."""

    email: Email
    role: MemberRole = "AGENT"
    first_name: Name | None = None
    last_name: Name | None = None
    preferred_language: Literal["fr", "tr"] = "fr"
    phone: Phone | None = None


class UserChange(Body):
    """What is given is written; null takes a name or phone away. ``is_active`` false suspends and signs out."""

    role: MemberRole | None = None
    first_name: Name | None = None
    last_name: Name | None = None
    preferred_language: Literal["fr", "tr"] | None = None
    phone: Phone | None = None
    is_active: Flag | None = None


class Invited(BaseModel):
    """The member and the link to give him: it lets him set his password, once, and is not shown again."""

    user: UserAnswer
    link: str
    token: str


@router.get("")
async def list_users(
    tenant: TenantDep,
    wanted: Annotated[Wanted, paging(MEMBERS_BY)],
    role: MemberRole | None = None,
    name: Annotated[str | None, Query(max_length=200, description="Part of a name or an e-mail.")] = None,
) -> Page[UserAnswer]:
    """Members in the order they came; those who left are not among them."""
    async with tenant.session() as session:
        return page_of(await members.page(session, tenant.id, wanted, role=role, name=name), _answer)


@router.post("", status_code=201, dependencies=[*_WRITE, idempotent])
async def invite_user(
    request: Request,
    response: Response,
    tenant: TenantDep,
    keys: KeysDep,
    principal: PrincipalDep,
    body: Annotated[NewUser, Example(openapi_examples=_NEW)],
) -> Invited:
    """Invites a member, of one's own role at most (R014). 409 when somebody has the e-mail or phone already."""
    values = body.model_dump(exclude={"email", "role", "phone"}) | {"whatsapp_phone": body.phone}
    async with tenant.session() as session:
        try:
            member, token = await members.invite(
                session, keys, principal, tenant.id, email=body.email, role=body.role, now=datetime.now(UTC), **values
            )
        except (members.NotYours, Taken) as error:
            raise refused(error) from error
        await tag(response, session, member.user)
        return _invited(request, member, token)


@router.get("/{user_id}")
async def read_user(tenant: TenantDep, response: Response, user_id: UUID) -> UserAnswer:
    """One member."""
    async with tenant.session() as session:
        member = await _found(session, tenant.id, user_id)
        await tag(response, session, member.user)
        return _answer(member)


@router.patch("/{user_id}", dependencies=_WRITE)
async def change_user(
    tenant: TenantDep,
    response: Response,
    if_match: IfMatchDep,
    principal: PrincipalDep,
    user_id: UUID,
    body: Annotated[UserChange, Example(openapi_examples=_CHANGE)],
) -> UserAnswer:
    """Changes a member. Nobody touches a role above his own, nor his own; the last owner stays one (409)."""
    values = body.model_dump(exclude_unset=True)
    for name in ("role", "preferred_language", "is_active"):
        if name in values and values[name] is None:
            raise ApiError(422, "Nothing was changed.", [ErrorDetail(field=name, message="cannot be empty")])
    if "phone" in values:
        values["whatsapp_phone"] = values.pop("phone")
    async with tenant.session() as session:
        await if_match.check(session, (await _found(session, tenant.id, user_id)).user)
        try:
            changed = await members.change(session, principal, tenant.id, user_id, values)
        except (members.MemberUnknown, members.NotYours, members.LastOwner, Taken) as error:
            raise refused(error) from error
        await tag(response, session, changed.user)
        return _answer(changed)


@router.delete("/{user_id}", status_code=204, response_class=Response, dependencies=_WRITE)
async def remove_user(tenant: TenantDep, if_match: IfMatchDep, principal: PrincipalDep, user_id: UUID) -> None:
    """The member leaves: signed out at once, e-mail and phone free again; his name stays on what he did."""
    async with tenant.session() as session:
        await if_match.check(session, (await _found(session, tenant.id, user_id)).user)
        try:
            await members.remove(session, principal, tenant.id, user_id, datetime.now(UTC))
        except (members.MemberUnknown, members.NotYours, members.LastOwner) as error:
            raise refused(error) from error


@router.post("/{user_id}/invitation", status_code=201, dependencies=[*_WRITE, idempotent])
async def invite_again(
    request: Request, tenant: TenantDep, keys: KeysDep, principal: PrincipalDep, user_id: UUID
) -> Invited:
    """A new link for a member who lost his, or his password; earlier links open nothing any more."""
    async with tenant.session() as session:
        try:
            token = await members.invite_again(session, keys, principal, tenant.id, user_id, datetime.now(UTC))
            return _invited(request, await members.get(session, tenant.id, user_id), token)
        except (members.MemberUnknown, members.NotYours, members.NoEmail) as error:
            raise refused(error) from error


@router.delete("/{user_id}/invitation", status_code=204, response_class=Response, dependencies=_WRITE)
async def revoke_invitation(tenant: TenantDep, principal: PrincipalDep, user_id: UUID) -> None:
    """Takes a member's open link back."""
    async with tenant.session() as session:
        try:
            await members.revoke_invitation(session, principal, tenant.id, user_id, datetime.now(UTC))
        except (members.MemberUnknown, members.NotYours) as error:
            raise refused(error) from error


async def _found(session: AsyncSession, organization_id: UUID, user_id: UUID) -> Member:
    try:
        return await members.get(session, organization_id, user_id)
    except members.MemberUnknown as error:
        raise refused(error) from error


def refused(error: Exception) -> ApiError:
    """What a rule about members answers with."""
    match error:
        case members.NotYours():
            return ApiError(403, "This member, or this role, is not yours to give or change.")
        case members.NoEmail():
            return ApiError(409, "The member has no e-mail to sign in with.")
        case members.LastOwner():
            return ApiError(409, "A company keeps one owner: make somebody else owner first.")
        case Taken():
            detail = ErrorDetail(field=error.field, message="somebody has it already")
            return ApiError(409, "Nothing was changed.", [detail])
        case _:
            return ApiError(404, "There is no such member.")


def _invited(request: Request, member: Member, token: str) -> Invited:
    base = request.app.state.settings.public_url or str(request.base_url)
    link = f"{base.rstrip('/')}/api/v1/auth/invitation?token={quote(token)}"
    return Invited(user=_answer(member), link=link, token=token)


def _answer(member: Member) -> UserAnswer:
    user = member.user
    return UserAnswer.model_validate(
        {name: getattr(user, name) for name in UserAnswer.model_fields if hasattr(user, name)}
        | {
            "status": member.status,
            "phone_verified": user.phone_verified_at is not None,
            "second_factor": member.second_factor,
            "last_login_at": member.last_login_at,
        }
    )
