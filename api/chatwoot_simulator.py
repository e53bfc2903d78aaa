"""Control of the simulated Chatwoot server: /simulator/chatwoot/*, on the loopback interface only, while it stands in.

Tests and the demo write as a phone or a visitor, answer and note as the team, change who has a conversation, and read
what the phones show.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError
from api.simulated_behaviour import with_changes
from api.simulator import only_loopback
from services.chatwoot.credentials import SIMULATED_INBOX
from services.chatwoot.simulator.app import WEBSITE, ChatwootSimulator
from services.chatwoot.simulator.network import AGENT
from services.chatwoot.simulator.state import Behaviour, Contact, Conversation, File, Inbox, ServerError
from services.chatwoot.simulator.whatsapp import Shown
from services.messaging.addresses import phone_of_text

MAXIMUM_WAIT = 60.0


async def _simulator(request: Request) -> ChatwootSimulator:
    simulator: ChatwootSimulator = request.app.state.chatwoot_simulator
    return simulator


SimulatorDep = Annotated[ChatwootSimulator, Depends(_simulator)]
router = APIRouter(prefix="/simulator/chatwoot", tags=["simulator"], dependencies=[Depends(only_loopback)])


class Inbound(BaseModel):
    """A message of a phone, or of a ``visitor`` of the web page, who may claim any phone as ``told_phone``."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    sender: str | None = Field(default=None, alias="from")
    visitor: str | None = None
    told_phone: str | None = None
    text: str | None = None
    name: str | None = None
    timestamp: datetime | None = None
    audio: str | None = None
    file: str | None = None
    filename: str | None = None
    mimetype: str | None = None


class FromTeam(BaseModel):
    """Words of a member of the team, into the conversation of a phone or visitor."""

    model_config = ConfigDict(extra="forbid")

    to: str
    text: str


class Status(BaseModel):
    """The status that the team gives a conversation."""

    model_config = ConfigDict(extra="forbid")

    to: str
    status: str


class Tap(BaseModel):
    """An answer that is tapped under the last message that offered some."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    sender: str = Field(alias="from")
    title: str


@router.post("/inbound")
async def inbound(body: Inbound, simulator: SimulatorDep) -> dict[str, Any]:
    """Sends a message from a phone; answers once our webhook endpoint was called, and says whether it took it."""
    inbox, contact = _contact(simulator, body)
    files = _files(simulator, body)
    if not body.text and not files:
        raise ApiError(422, "A message needs text, audio or a file.")
    at = body.timestamp.replace(tzinfo=body.timestamp.tzinfo or UTC) if body.timestamp else None
    message, taken = await simulator.network.from_contact(inbox, contact, body.text, files=files, at=at)
    return {"message_id": str(message.id), "conversation_id": message.conversation_id, "accepted": taken}


@router.post("/tap")
async def tap(body: Tap, simulator: SimulatorDep) -> dict[str, Any]:
    """Taps an answer: from a phone it comes back as its title, on the web page as a change of the message."""
    conversation = _conversation(simulator, body.sender)
    inbox = simulator.state.inboxes[conversation.inbox_id]
    contact = simulator.state.contacts[conversation.contact_id]
    offered = next((each for each in reversed(conversation.messages) if each.content_attributes.get("items")), None)
    if offered is None:
        raise ApiError(422, "Nothing offers an answer to tap.")
    if inbox.channel_type == "Channel::Whatsapp":
        titles = [item["title"] for item in offered.content_attributes["items"]]
        if body.title not in titles:
            raise ApiError(422, f"There is no such answer: {titles}")
        _, taken = await simulator.network.from_contact(inbox, contact, body.title)
        return {"accepted": taken}
    try:
        return {"accepted": await simulator.network.choose(offered, body.title)}
    except ServerError as error:
        raise ApiError(error.status, str(error)) from error


@router.post("/agent-reply")
async def agent_reply(body: FromTeam, simulator: SimulatorDep) -> dict[str, str]:
    """A member of the team answers in the server's web page."""
    message = simulator.network.outgoing(_conversation(simulator, body.to), body.text, AGENT)
    await simulator.sender.idle()
    return {"message_id": str(message.id)}


@router.post("/note")
async def private_note(body: FromTeam, simulator: SimulatorDep) -> dict[str, str]:
    """A member of the team writes a private note."""
    message = simulator.network.outgoing(_conversation(simulator, body.to), body.text, AGENT, private=True)
    await simulator.sender.idle()
    return {"message_id": str(message.id)}


@router.post("/status")
async def status(body: Status, simulator: SimulatorDep) -> dict[str, Any]:
    """The team opens, resolves or snoozes a conversation, or gives it back to the bot (pending)."""
    conversation = _conversation(simulator, body.to)
    simulator.network.change_status(conversation, body.status)
    await simulator.sender.idle()
    return {"conversation_id": conversation.id, "status": conversation.status}


@router.get("/outbound")
async def outbound(
    request: Request,
    simulator: SimulatorDep,
    to: str,
    after: int = 0,
    wait: Annotated[float, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """What a phone shows of Usta and the team after number ``after``; waits up to ``wait`` seconds for something."""
    phone, deadline = _phone(to), time.monotonic() + min(wait, MAXIMUM_WAIT)
    with simulator.network.phones.watching() as news:
        while not (shown := simulator.network.phones.shown(phone, after)) and time.monotonic() < deadline:
            news.clear()
            try:
                await asyncio.wait_for(news.wait(), deadline - time.monotonic())
            except TimeoutError:
                break
    return {"messages": [_shown(each) for each in shown]}


@router.get("/conversations")
async def conversations(simulator: SimulatorDep, of: str) -> dict[str, Any]:
    """A phone's or visitor's conversation as the team sees it, private notes included."""
    conversation = _conversation(simulator, of)
    messages = [
        {"id": each.id, "content": each.content, "private": each.private, "type": each.message_type,
         "sender": each.sender[0], "status": each.status, "error": each.content_attributes.get("external_error")}
        for each in conversation.messages
    ]  # fmt: skip
    return {"id": conversation.id, "status": conversation.status, "messages": messages}


@router.get("/behaviour")
async def behaviour(simulator: SimulatorDep) -> Behaviour:
    """How the server behaves now."""
    return simulator.state.behaviour


@router.patch("/behaviour")
async def change_behaviour(simulator: SimulatorDep, body: dict[str, Any]) -> Behaviour:
    """Changes some of its habits: lost webhooks, duplicates, a closed window, refusals …"""
    simulator.state.behaviour = with_changes(simulator.state.behaviour, body)
    return simulator.state.behaviour


def _contact(simulator: ChatwootSimulator, body: Inbound) -> tuple[Inbox, Contact]:
    state = simulator.state
    if body.visitor:
        known = next((each for each in state.contacts.values() if each.identifier == body.visitor), None)
        told = _phone(body.told_phone) if body.told_phone else None
        contact = known or state.add_contact(body.name or body.visitor, told, identifier=body.visitor)
        return state.inboxes[WEBSITE], contact
    if not body.sender:
        raise ApiError(422, "A message comes from a phone or a visitor.")
    phone = _phone(body.sender)
    contact = state.contact_of_phone(phone) or state.add_contact(body.name or phone, phone)
    return state.inboxes[SIMULATED_INBOX], contact


def _conversation(simulator: ChatwootSimulator, who: str) -> Conversation:
    state, phone = simulator.state, phone_of_text(who)
    contacts = [each.id for each in state.contacts.values() if who == each.identifier or each.phone_number == phone]
    found = [each for each in state.conversations.values() if each.contact_id in contacts]
    if not found:
        raise ApiError(404, "There is no such conversation.")
    return found[-1]


def _files(simulator: ChatwootSimulator, body: Inbound) -> list[File]:
    files = []
    if body.audio is not None:
        content = _decoded(body.audio, "audio")
        files.append(simulator.state.add_file(content, body.filename or "voice.oga", body.mimetype or "audio/ogg"))
    if body.file is not None:
        mimetype = (body.mimetype if body.audio is None else None) or "application/octet-stream"
        files.append(simulator.state.add_file(_decoded(body.file, "file"), body.filename or "file", mimetype))
    return files


def _decoded(value: str, field: str) -> bytes:
    try:
        return base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except binascii.Error as error:
        raise ApiError(422, f"{field} is not base64.") from error


def _shown(shown: Shown) -> dict[str, Any]:
    keys = ("seq", "kind", "text", "filename", "media_type", "url", "buttons", "template")
    return {"message_id": str(shown.message_id), **{key: getattr(shown, key) for key in keys}}


def _phone(value: str) -> str:
    phone = phone_of_text(value)
    if phone is None:
        raise ApiError(422, f"{value} is not a phone number.")
    return phone
