"""REST routes of the simulated provider: chats, attendees, messages, files (unipile.md §5, §6)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from services.messaging.addresses import phone_of_wire_id
from services.messaging.simulator.representation import (
    attendee_id,
    attendee_resource,
    chat_resource,
    message_resource,
)
from services.messaging.simulator.rest import Provider, ProviderDep, filter_of, page, read_json
from services.messaging.simulator.state import Account, Chat, File, Message
from services.messaging.simulator.wire import ProviderError, new_wire_id

router = APIRouter()
REVOCABLE = timedelta(hours=60)
"""WhatsApp deletes a message for everybody up to about two and a half days after it was sent."""
PATCHES = {"setArchiveStatus": "archived", "setPinnedStatus": "pinned", "setMuteStatus": "muted_until"}


@router.get("/chats")
async def list_chats(request: Request, provider: ProviderDep) -> dict[str, Any]:
    accounts, unread = filter_of(request, "account_id"), filter_of(request, "unread")
    wanted = set(accounts.split(",")) if accounts else set(provider.state.accounts)
    rows = [
        (chat.last_at, chat.id, chat_resource(chat))
        for chat in provider.state.chats.values()
        if chat.last_at
        and chat.account_id in wanted
        and chat.account_id in provider.state.accounts
        and (unread is None or (chat.unread > 0) == (unread == "true"))
    ]
    return page(request, rows, "ChatList")


@router.post("/chats", status_code=201)
async def start_chat(request: Request, provider: ProviderDep) -> dict[str, Any]:
    form = await _form(request)
    account_id, addresses = form.get("account_id"), [str(value) for value in form.getlist("attendees_ids")]
    if not isinstance(account_id, str) or not addresses:
        raise ProviderError(400, "missing_parameters", "account_id and attendees_ids are required")
    account = provider.state.account(account_id)
    phone = phone_of_wire_id(addresses[0])
    if len(addresses) != 1 or phone is None:
        raise ProviderError(422, "invalid_recipient", f"{addresses[0]} is not a WhatsApp address.")
    await provider.faults.apply("start_chat", "before", phone)
    message_id, chat = await _send(provider, account, provider.state.chat_with(account, phone), form, "start_chat")
    return {"object": "ChatStarted", "chat_id": chat.id, "message_id": message_id}


@router.get("/chats/{chat_id}")
async def get_chat(chat_id: str, provider: ProviderDep, account_id: str | None = None) -> dict[str, Any]:
    chat = provider.state.chat(chat_id, account_id)
    messages = list(provider.state.messages_of(chat))
    last = message_resource(messages[-1], chat) if messages else None
    return {**chat_resource(chat), "lastMessage": last}


@router.patch("/chats/{chat_id}")
async def patch_chat(chat_id: str, request: Request, provider: ProviderDep) -> dict[str, Any]:
    chat = provider.state.chat(chat_id)
    data = await read_json(request, "action")
    if data["action"] == "setReadStatus":
        chat.unread = 0 if data.get("value") else max(chat.unread, 1)
        for message in provider.state.messages_of(chat):
            if data.get("value") and not message.from_account and not message.seen:
                message.seen = True
                provider.feed.set_status(message.id, "read")
    elif data["action"] in PATCHES:
        chat.flags[PATCHES[data["action"]]] = data.get("value")
    else:
        raise ProviderError(400, "invalid_action", str(data["action"]))
    return {"object": "ChatPatched"}


@router.get("/chats/{chat_id}/sync")
async def sync_chat(chat_id: str, provider: ProviderDep) -> dict[str, Any]:
    return {"object": "ChatHistorySync", "chat_id": provider.state.chat(chat_id).id, "status": "SYNC_DONE"}


@router.get("/chats/{chat_id}/attendees")
async def chat_attendees(chat_id: str, provider: ProviderDep) -> dict[str, Any]:
    chat = provider.state.chat(chat_id)
    return {"object": "ChatAttendeeList", "items": _attendees(provider, chat)}


@router.get("/chat_attendees")
async def list_attendees(request: Request, provider: ProviderDep) -> dict[str, Any]:
    account_id = filter_of(request, "account_id")
    rows = [
        (provider.state.accounts[chat.account_id].created_at, attendee["id"], attendee)
        for chat in provider.state.chats.values()
        if chat.account_id in provider.state.accounts and account_id in (None, chat.account_id)
        for attendee in _attendees(provider, chat)
    ]
    return page(request, rows, "ChatAttendeeList")


@router.get("/chat_attendees/{attendee}")
async def get_attendee(attendee: str, provider: ProviderDep) -> dict[str, Any]:
    for chat in provider.state.chats.values():
        for resource in _attendees(provider, chat):
            if resource["id"] == attendee:
                return resource
    raise ProviderError(404, "resource_not_found", "Attendee not found.")


@router.get("/chats/{chat_id}/messages")
async def chat_messages(chat_id: str, request: Request, provider: ProviderDep) -> dict[str, Any]:
    chat, sender = provider.state.chat(chat_id, filter_of(request, "account_id")), filter_of(request, "sender_id")
    rows = [
        (message.sent_at, message.id, message_resource(message, chat))
        for message in provider.state.messages_of(chat)
        if sender in (None, attendee_id(message.account_id, message.sender_phone))
    ]
    return page(request, rows, "MessageList")


@router.post("/chats/{chat_id}/messages", status_code=201)
async def send_message(chat_id: str, request: Request, provider: ProviderDep) -> dict[str, Any]:
    form = await _form(request)
    account_id = form.get("account_id")
    chat = provider.state.chat(chat_id, account_id if isinstance(account_id, str) else None)
    if account_id is not None and account_id != chat.account_id:
        raise ProviderError(401, "wrong_account", "The chat is not of this account.")
    message_id, _ = await _send(provider, provider.state.account(chat.account_id), chat, form, "send_message")
    return {"object": "MessageSent", "message_id": message_id}


@router.get("/messages")
async def list_messages(request: Request, provider: ProviderDep) -> dict[str, Any]:
    account_id = filter_of(request, "account_id")
    rows = [
        (message.sent_at, message.id, message_resource(message, provider.state.chats[message.chat_id]))
        for message in provider.state.messages.values()
        if message.account_id in provider.state.accounts and account_id in (None, message.account_id)
    ]
    return page(request, rows, "MessageList")


@router.get("/messages/{message_id}")
async def get_message(message_id: str, provider: ProviderDep) -> dict[str, Any]:
    message = provider.state.message(message_id)
    return message_resource(message, provider.state.chats[message.chat_id])


@router.delete("/messages/{message_id}")
async def delete_message(message_id: str, provider: ProviderDep) -> dict[str, Any]:
    message = provider.state.message(message_id)
    if not message.from_account or datetime.now(UTC) - message.sent_at > REVOCABLE:
        raise ProviderError(422, "unprocessable_entity", "The message cannot be deleted for everybody any more.")
    message.deleted = True
    provider.feed.withdraw(message.id)
    provider.network.sender.message_event("message_deleted", message)
    return {"object": "MessageDeleted"}


@router.get("/messages/{message_id}/attachments/{attachment_id}")
async def attachment(message_id: str, attachment_id: str, provider: ProviderDep) -> Response:
    message = provider.state.message(message_id)
    file = next((file for file in message.files if file.id == attachment_id), None)
    if file is None:
        raise ProviderError(404, "resource_not_found", "Attachment not found.")
    disposition = f"attachment; filename*=UTF-8''{quote(file.filename)}"
    return Response(file.content, media_type=file.mimetype, headers={"content-disposition": disposition})


async def _form(request: Request) -> FormData:
    """The multipart body; JSON is refused, since version 1 documents multipart only."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise ProviderError(415, "unsupported_media_type", "Send multipart/form-data.")
    return await request.form(max_part_size=32 * 1024 * 1024)


async def _send(
    provider: Provider, account: Account, chat: Chat, form: FormData, route: str
) -> tuple[str | None, Chat]:
    text = form.get("text")
    files = [await _file(part) for part in form.getlist("attachments") if isinstance(part, UploadFile)]
    voice = form.get("voice_message")
    if isinstance(voice, UploadFile):
        files.append(await _file(voice, voice_note=True))
    if not files and not (isinstance(text, str) and text.strip()):
        raise ProviderError(400, "missing_parameters", "text or attachments are required")
    quote_id = form.get("quote_id")
    quoted: Message | None = provider.state.message(quote_id) if isinstance(quote_id, str) else None
    words = text if isinstance(text, str) and text else None
    await _type(provider, account, chat, form.get("typing_duration"))
    with provider.feed.busy(chat.address):
        message = provider.network.from_api(account, chat, words, files, quoted)
        await provider.faults.apply(route, "after", chat.address)
    return (None if provider.state.behaviour.null_message_ids else message.id), chat


async def _type(provider: Provider, account: Account, chat: Chat, duration: object) -> None:
    """Shows "is typing" on the phone before the message leaves; the call lasts as long (unipile.md §6.3)."""
    if duration is None:
        return
    if not (isinstance(duration, str) and duration.isdigit()):
        raise ProviderError(400, "invalid_parameters", "typing_duration is a number of milliseconds")
    provider.feed.add("typing", account.phone or account.id, chat.address)
    await asyncio.sleep(int(duration) / 1000)


async def _file(part: UploadFile, voice_note: bool = False) -> File:
    return File(
        id=new_wire_id(),
        content=await part.read(),
        mimetype=part.content_type or "application/octet-stream",
        filename=part.filename or "file",
        voice_note=voice_note,
    )


def _attendees(provider: Provider, chat: Chat) -> list[dict[str, Any]]:
    account = provider.state.accounts.get(chat.account_id)
    if account is None:
        return []
    people = {message.sender_phone: message.sender_name for message in provider.state.messages_of(chat)}
    if not chat.is_group:
        people.setdefault(chat.address, chat.name or chat.address)
    if account.phone:
        people[account.phone] = "You"
    return [attendee_resource(account, phone, name) for phone, name in people.items()]
