"""The inbox: threads with artisans and with their clients, and what was written in them (C02)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from api.errors import ApiError, errors
from api.v1.access import FlatTenantDep, allowed
from api.v1.inbox_filters import MessageFilterDep
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.inbox import CHATS_BY, MESSAGES_BY, ChatFilter
from services.conversations import messages
from services.conversations.message_schemas import Chat, MessageView, Purpose

router = APIRouter(
    prefix="/api/v1/chats",
    tags=["chats"],
    dependencies=[allowed("conversations:read")],
    responses=errors(404),
)


@router.get("")
async def list_chats(
    tenant: FlatTenantDep,
    place: Annotated[Wanted, paging(CHATS_BY)],
    purpose: Purpose | None = None,
    inbox_status: Literal["open", "pending", "resolved"] | None = None,
    number_id: Annotated[UUID | None, Query(description="Chats on this number of the company.")] = None,
    client_id: UUID | None = None,
    user_id: Annotated[UUID | None, Query(description="The artisan on the other side, or whose number it is.")] = None,
    unread: bool | None = None,
    assistant_silent: bool | None = None,
    archived: bool = False,
) -> Page[Chat]:
    """The company's chats, the last written in first, each with its last message.

    Those of its own linked numbers, with their clients, and those of its artisans with the assistant.
    """
    wanted = ChatFilter(purpose, inbox_status, number_id, client_id, user_id, unread, assistant_silent, archived)
    async with tenant.session() as session:
        return page_of(await messages.chats(session, tenant.id, wanted, place), lambda chat: chat)


@router.get("/{chat_id}")
async def read_chat(tenant: FlatTenantDep, chat_id: UUID) -> Chat:
    """One chat."""
    async with tenant.session() as session:
        try:
            return await messages.chat(session, tenant.id, chat_id)
        except messages.UnknownChat as error:
            raise ApiError(404, "There is no such chat.") from error


@router.get("/{chat_id}/messages")
async def list_chat_messages(
    tenant: FlatTenantDep, chat_id: UUID, wanted: MessageFilterDep, place: Annotated[Wanted, paging(MESSAGES_BY)]
) -> Page[MessageView]:
    """What was written in a chat, by whom, with its delivery, newest first."""
    async with tenant.session() as session:
        try:
            found = await messages.of_chat(session, tenant.id, chat_id, wanted, place)
        except messages.UnknownChat as error:
            raise ApiError(404, "There is no such chat.") from error
        return page_of(found, lambda message: message)
