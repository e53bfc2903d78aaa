"""Control of the simulated channel: /simulator/*, on the loopback interface only, only while it is the channel.

The demo page, evals, benchmarks and outside harnesses send as a phone, read what a phone received, and set the scene.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.errors import ApiError, ErrorDetail
from api.simulated_behaviour import with_changes
from services.accounts.scene import create_artisan
from services.clients.identifiers import InvalidIdentifier
from services.clients.schemas import InvalidClientFact
from services.conversations.state import phone_state
from services.messaging.addresses import phone_of_text
from services.messaging.moments import moment
from services.messaging.simulator.app import Simulator
from services.messaging.simulator.faults import Fault
from services.messaging.simulator.feed import Entry
from services.messaging.simulator.network import Draft, entry_json
from services.messaging.simulator.state import Behaviour, File
from services.messaging.simulator.wire import ProviderError, new_wire_id

ACCEPTANCE_SECONDS = 40.0
"""How long ``POST /simulator/inbound`` waits for our own endpoint to take the webhook."""
MAXIMUM_WAIT = 60.0
KEEP_ALIVE_SECONDS = 15.0
LOOPBACK_NAMES = ("localhost", "testserver")


async def only_loopback(request: Request) -> None:
    """Refuses callers from elsewhere, also through a proxy or a web page of another site that a browser has open."""
    host = request.client.host if request.client else ""
    forwarded = request.headers.get("forwarded") or request.headers.get("x-forwarded-for")
    from_browser = request.headers.get("origin") or request.headers.get("sec-fetch-site")
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if not _is_loopback(host) or forwarded or (from_browser and not _is_loopback(name)):
        raise ApiError(403, "The simulator answers on the loopback interface only.")
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise ApiError(403, "The simulator answers its own pages only.")


def _is_loopback(host: str) -> bool:
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _simulator(request: Request) -> Simulator:
    simulator: Simulator = request.app.state.simulator
    return simulator


SimulatorDep = Annotated[Simulator, Depends(_simulator)]
router = APIRouter(prefix="/simulator", tags=["simulator"], dependencies=[Depends(only_loopback)])


class SharedContact(BaseModel):
    """The card of a person that somebody shares."""

    name: str
    phone: str


class SharedPlace(BaseModel):
    """A point on the map; a known place has a name and an address."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Inbound(BaseModel):
    """A message that a person sends from a phone; ``to`` is the assistant's number when missing.

    ``group`` sends it in a group chat of that name, ``lid`` under a privacy id beside the phone, ``hide_phone`` under
    the privacy id alone.
    """

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    sender: str = Field(alias="from")
    to: str | None = None
    text: str | None = None
    name: str | None = None
    timestamp: datetime | None = None
    message_id: str | None = None
    audio: str | None = None
    file: str | None = None
    filename: str | None = None
    mimetype: str | None = None
    group: str | None = None
    forwarded: bool = False
    lid: bool = False
    hide_phone: bool = False
    quoted: dict[str, Any] | None = None
    contact: SharedContact | None = None
    location: SharedPlace | None = None


@router.post("/inbound")
async def inbound(body: Inbound, request: Request, simulator: SimulatorDep) -> dict[str, str]:
    """Sends a message from a phone; answers once our webhook endpoint has taken it."""
    if body.timestamp and body.timestamp.tzinfo is None:
        body.timestamp = body.timestamp.replace(tzinfo=UTC)
    draft = Draft(
        sender=_phone(body.sender, "from"),
        receiver=_phone(body.to or request.app.state.settings.assistant_phone, "to"),
        text=body.text,
        name=body.name,
        sent_at=body.timestamp,
        message_id=body.message_id,
        files=_files(body),
        group=body.group,
        forwarded=body.forwarded,
        use_lid=body.lid,
        hide_phone=body.hide_phone,
        quoted=body.quoted,
        shared=_shared(body),
    )
    if not draft.text and not draft.files and not draft.shared:
        raise ApiError(422, "A message needs text, audio or a file.")
    task = asyncio.create_task(simulator.network.from_phone(draft))
    try:
        message_id, accepted = await asyncio.wait_for(asyncio.shield(task), ACCEPTANCE_SECONDS)
    except ProviderError as error:
        raise ApiError(error.status, error.detail) from error
    except TimeoutError as error:
        raise ApiError(503, "The webhook has not been accepted yet; it is tried again.") from error
    if not accepted:
        raise ApiError(503, "The webhook was not accepted.")
    return {"message_id": message_id}


@router.get("/outbound")
async def outbound(
    request: Request,
    simulator: SimulatorDep,
    to: str | None = None,
    after: int = 0,
    wait: Annotated[float, Query(ge=0)] = 0,
) -> dict[str, Any]:
    """What Usta sent to a phone after number ``after``; waits up to ``wait`` seconds (60 at most) for something new."""
    phone = _phone(to, "to") if to else None
    deadline = time.monotonic() + min(wait, MAXIMUM_WAIT)
    with simulator.feed.watching(phone) as news:
        while not (entries := simulator.feed.sent_by_api(phone, after)) and time.monotonic() < deadline:
            news.clear()
            try:
                await asyncio.wait_for(news.wait(), deadline - time.monotonic())
            except TimeoutError:
                break
    base_url = str(request.base_url).rstrip("/")
    return {"messages": [entry_json(entry, base_url) for entry in entries]}


@router.get("/state")
async def state(request: Request, simulator: SimulatorDep, phone: str) -> dict[str, Any]:
    """Where the conversation with a phone stands; idle once nothing of it waits, is in work or on its way."""
    number = _phone(phone, "phone")
    busy = simulator.feed.is_busy(number)
    async with request.app.state.database.system() as session:
        current = await phone_state(session, number)
    return {**current, "idle": bool(current["idle"]) and not busy and not simulator.feed.is_busy(number)}


@router.post("/artisans")
async def artisans(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Creates a ready-to-work artisan with clients and quotes; the same phone again changes nothing twice."""
    try:
        return await create_artisan(request.app.state.database, body)
    except ValidationError as error:
        details = [ErrorDetail(field=".".join(map(str, item["loc"])), message=item["msg"]) for item in error.errors()]
        raise ApiError(422, "The scene is not valid.", details) from error
    except (InvalidClientFact, InvalidIdentifier) as error:
        raise ApiError(422, f"The scene is not valid: {error}") from error


class Edited(BaseModel):
    """The new words of a message."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1)


@router.put("/messages/{message_id}")
async def edit_message(message_id: str, body: Edited, simulator: SimulatorDep) -> dict[str, bool]:
    """A person changes the words of a message he sent."""
    try:
        return {"accepted": await simulator.network.edit(message_id, body.text)}
    except ProviderError as error:
        raise ApiError(error.status, error.detail) from error


@router.delete("/messages/{message_id}")
async def erase_message(message_id: str, simulator: SimulatorDep) -> dict[str, bool]:
    """A person deletes a message he sent, for everybody."""
    try:
        return {"accepted": await simulator.network.erase(message_id)}
    except ProviderError as error:
        raise ApiError(error.status, error.detail) from error


@router.get("/history")
async def history(
    request: Request, simulator: SimulatorDep, phone: str, after: int = 0, limit: Annotated[int, Query(ge=1)] = 200
) -> dict[str, Any]:
    """The messages that a phone shows, oldest first, and the number to follow its events from."""
    number = _phone(phone, "phone")
    last_seq = simulator.feed.last_seq
    entries = [entry for entry in simulator.feed.entries(number, after) if entry.type == "message"]
    base_url = str(request.base_url).rstrip("/")
    return {"messages": [_shown(entry, number, base_url) for entry in entries[-limit:]], "last_seq": last_seq}


@router.get("/phones/{phone}/events")
async def events(phone: str, request: Request, simulator: SimulatorDep, after: int | None = None) -> StreamingResponse:
    """Server-sent events of a phone: ``message``, ``typing`` and ``status``; ids are sequence numbers.

    Without ``after`` (or ``Last-Event-ID``) only what is new from now on.
    """
    number = _phone(phone, "phone")
    given = request.headers.get("last-event-id", "")
    start = int(given) if given.isdigit() else after if after is not None else simulator.feed.last_seq
    stream = _stream(simulator, number, start, str(request.base_url).rstrip("/"))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/media/{media_id}")
async def media(media_id: str, simulator: SimulatorDep) -> Response:
    """The bytes of a file as a phone received them."""
    file = simulator.feed.media(media_id)
    if file is None:
        raise ApiError(404, "The simulator does not keep this file any more.")
    disposition = f"inline; filename*=UTF-8''{quote(file.filename)}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff", "Cache-Control": "private"}
    return Response(file.content, media_type=file.mimetype, headers=headers)


@router.get("/behaviour")
async def behaviour(simulator: SimulatorDep) -> Behaviour:
    """How the simulated provider behaves now."""
    return simulator.state.behaviour


@router.patch("/behaviour")
async def change_behaviour(simulator: SimulatorDep, body: dict[str, Any]) -> Behaviour:
    """Changes some of its habits: duplicates, disorder, null ids, receipts …"""
    simulator.state.behaviour = with_changes(simulator.state.behaviour, body)
    return simulator.state.behaviour


@router.post("/faults")
async def order_fault(simulator: SimulatorDep, body: Fault) -> dict[str, Any]:
    """Orders a failure of one of the provider's routes."""
    simulator.faults.ordered.append(body)
    return {"ordered": [fault.model_dump() for fault in simulator.faults.ordered]}


@router.delete("/faults")
async def forget_faults(simulator: SimulatorDep) -> dict[str, Any]:
    """Takes back all failures that have not happened yet."""
    simulator.faults.ordered.clear()
    return {"ordered": []}


async def _stream(simulator: Simulator, phone: str, after: int, base_url: str) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    with simulator.feed.watching(phone) as news:
        while True:
            news.clear()
            for entry in simulator.feed.entries(phone, after):
                after = entry.seq
                data = json.dumps(_shown(entry, phone, base_url), ensure_ascii=False)
                yield f"id: {entry.seq}\nevent: {entry.type}\ndata: {data}\n\n"
            try:
                await asyncio.wait_for(news.wait(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"


def _shown(entry: Entry, phone: str, base_url: str) -> dict[str, Any]:
    """An entry from the point of view of ``phone``."""
    from_me = entry.sender == phone
    common = {"seq": entry.seq, "peer": entry.receiver if from_me else entry.sender, "at": moment(entry.at)}
    if entry.type == "typing":
        return {**common, "typing": not from_me}
    common |= {"message_id": entry.message_id, "from_me": from_me, "status": entry.status}
    if entry.type == "status":
        return common
    values = entry_json(entry, base_url)
    return common | {key: values[key] for key in ("kind", "text", "filename", "media_type", "url")}


def _shared(body: Inbound) -> dict[str, Any]:
    """A card or a place in the form of WhatsApp's own message."""
    if card := body.contact:
        digits = card.phone.removeprefix("+").replace(" ", "")
        phone = f"TEL;type=CELL;type=VOICE;waid={digits}:{card.phone}"
        rows = ["BEGIN:VCARD", "VERSION:3.0", f"N:;{card.name};;;", f"FN:{card.name}", phone, "END:VCARD"]
        return {"contactMessage": {"displayName": card.name, "vcard": "\n".join(rows)}}
    if place := body.location:
        point = {"degreesLatitude": place.latitude, "degreesLongitude": place.longitude}
        return {"locationMessage": {**point, "name": place.name, "address": place.address}}
    return {}


def _files(body: Inbound) -> list[File]:
    files = []
    if body.audio is not None:
        content = _decoded(body.audio, "audio")
        mimetype = body.mimetype or "audio/ogg; codecs=opus"
        files.append(File(new_wire_id(), content, mimetype, body.filename or "voice.ogg", voice_note=True))
    if body.file is not None:
        content = _decoded(body.file, "file")
        mimetype = (body.mimetype if body.audio is None else None) or "application/octet-stream"
        files.append(File(new_wire_id(), content, mimetype, body.filename or "file"))
    return files


def _decoded(value: str, field: str) -> bytes:
    try:
        return base64.b64decode(value.partition("base64,")[2] or value, validate=True)
    except binascii.Error as error:
        raise ApiError(422, f"{field} is not base64.") from error


def _phone(value: str, field: str) -> str:
    """E.164, also when a "+" in a query was decoded to a space."""
    phone = phone_of_text(value)
    if phone is None:
        raise ApiError(422, f"{field} is not a phone number.")
    return phone
