"""Contacts of the shared inbox: who is not known yet, and who he is (R263)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, errors
from api.v1.access import admin
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.chatwoot import CONTACTS_BY
from services.chatwoot import contacts
from services.chatwoot.contacts import BelongsElsewhere, ContactUnknown, NotAnArtisan

router = APIRouter(
    prefix="/api/v1/chatwoot/contacts",
    tags=["shared inbox"],
    dependencies=[admin],
    responses=errors(404, 409),
)
_EXAMPLES: dict[str, Any] = {
    "phone": {"summary": "By the artisan's command phone", "value": {"phone": "+33612345678"}},
    "user": {"summary": "By the user's id", "value": {"user_id": "0199a0c1-7c3e-7b43-9d5e-6f1f6f0f2a11"}},
}


class ContactAnswer(BaseModel):
    """A contact. ``phone`` is vouched for by WhatsApp; ``told_phone`` stands on the card and may be anybody's."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    contact_ref: str = Field(description="The contact's number in Chatwoot: contact:88.")
    name: str | None
    phone: str | None
    told_phone: str | None
    channel: str | None
    status: Literal["unmapped", "mapped", "ignored"]
    organization_id: UUID | None
    company: str | None
    user_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime
    kept_messages: int = Field(description="Messages kept without an owner.")
    last_text: str | None


class MappingBody(BaseModel):
    """The artisan, by exactly one of user id and command phone; his phone must be verified."""

    model_config = ConfigDict(extra="forbid")

    user_id: UUID | None = None
    phone: str | None = Field(default=None, max_length=40)

    @model_validator(mode="after")
    def one_of_them(self) -> MappingBody:
        if (self.user_id is None) == (self.phone is None):
            raise ValueError("give user_id or phone")
        return self


class MappingAnswer(BaseModel):
    """How many conversations are answered now, because something was written in the last day."""

    answered_conversations: int


@router.get("")
async def list_contacts(
    request: Request,
    wanted: Annotated[Wanted, paging(CONTACTS_BY)],
    status: Literal["unmapped", "mapped", "ignored"] = "unmapped",
) -> Page[ContactAnswer]:
    """Contacts of a status, the last heard first. Artisans known by their WhatsApp phone need no mapping."""
    async with _system(request) as session:
        return page_of(await contacts.listed(session, status, wanted), ContactAnswer.model_validate)


@router.post("/{contact_id}/mapping")
async def map_contact(
    request: Request, contact_id: UUID, body: Annotated[MappingBody, Body(openapi_examples=_EXAMPLES)]
) -> MappingAnswer:
    """The contact is this artisan: from now on he gives orders, and what he wrote in the last day is answered."""
    async with _system(request) as session:
        try:
            count = await contacts.map_contact(session, contact_id, user_id=body.user_id, phone=body.phone)
        except ContactUnknown as error:
            raise ApiError(404, "There is no such contact.") from error
        except NotAnArtisan as error:
            raise ApiError(422, "No active user with a verified phone is meant.") from error
        except BelongsElsewhere as error:
            raise ApiError(409, "The contact's conversations belong to another company.") from error
    return MappingAnswer(answered_conversations=count)


@router.delete("/{contact_id}/mapping", status_code=204)
async def unmap_contact(request: Request, contact_id: UUID) -> None:
    """The contact is nobody we know: he gives no orders any more."""
    await _set_aside(request, contact_id, "unmapped")


@router.post("/{contact_id}/ignore", status_code=204)
async def ignore_contact(request: Request, contact_id: UUID) -> None:
    """The contact is set aside: he gives no orders, whatever his phone, and leaves the list."""
    await _set_aside(request, contact_id, "ignored")


async def _set_aside(request: Request, contact_id: UUID, status: Literal["unmapped", "ignored"]) -> None:
    async with _system(request) as session:
        try:
            await contacts.set_aside(session, contact_id, status)
        except ContactUnknown as error:
            raise ApiError(404, "There is no such contact.") from error


@asynccontextmanager
async def _system(request: Request) -> AsyncIterator[AsyncSession]:
    """Contacts belong to no company before they are mapped, so this looks across all."""
    async with request.app.state.database.system() as session:
        yield session
