"""The routes of the server's REST API that the product uses, with their forms, limits and errors (chatwoot.md §4, §5)."""

from __future__ import annotations

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import UploadFile

from services.chatwoot.simulator.network import AGENT, Network
from services.chatwoot.simulator.state import Bot, Conversation, ServerError, State, Webhook
from services.chatwoot.simulator.wire import contact_resource, conversation_body, message_resource

MOST_ATTACHMENTS = 15
LONGEST_CONTENT = 150_000
PAGE, NEWER = 20, 100
CONVERSATIONS_PAGE = 25


class Caller:
    """Who calls: an administrator of the account, or a bot."""

    def __init__(self, network: Network, bot: Bot | None) -> None:
        self.network, self.state, self.bot = network, network.state, bot

    @property
    def sender(self) -> tuple[str, int, str]:
        return ("agent_bot", self.bot.id, self.bot.name) if self.bot else AGENT


def _network(request: Request) -> Network:
    network: Network = request.app.state.network
    return network


async def _any(
    request: Request, account: int, api_access_token: Annotated[str | None, Header(convert_underscores=False)] = None
) -> Caller:
    """A member's or a bot's token."""
    network = _network(request)
    if not api_access_token:
        raise ServerError(401, "", errors=["You need to sign in or sign up before continuing."])
    bot = next((bot for bot in network.state.bots.values() if bot.access_token == api_access_token), None)
    if account != network.state.account or (bot is None and api_access_token != network.state.token):
        raise ServerError(401, "Invalid Access Token")
    return Caller(network, bot)


async def _member(caller: Annotated[Caller, Depends(_any)]) -> Caller:
    """A bot may call only what is made for bots (§4.9)."""
    if caller.bot:
        raise ServerError(401, "Access to this endpoint is not authorized for bots")
    return caller


AnyCaller = Annotated[Caller, Depends(_any)]
Member = Annotated[Caller, Depends(_member)]
router = APIRouter(prefix="/api/v1/accounts/{account}")
files = APIRouter(prefix="/rails/active_storage")


@router.post("/conversations/{number}/messages")
async def create_message(number: int, request: Request, caller: AnyCaller) -> dict[str, Any]:
    state = caller.state
    conversation = state.conversation(number)
    fields, uploads = await _fields(request)
    if state.behaviour.failures and not state.behaviour.after_storing:
        _fail(state)
    attributes = fields.get("content_attributes") or {}
    attributes = json.loads(attributes) if isinstance(attributes, str) else attributes
    template = fields.get("template_params") or None
    template = json.loads(template) if isinstance(template, str) else template
    content, kind = fields.get("content"), str(fields.get("content_type") or "text")
    if len(content or "") > LONGEST_CONTENT or len(uploads) > MOST_ATTACHMENTS:
        raise ServerError(422, "Validation failed")
    items = attributes.get("items")
    wrong = kind == "input_select" and (not items or any(set(item) - {"title", "value"} for item in items))
    if wrong or fields.get("message_type") not in (None, "outgoing"):
        raise ServerError(422, "Validation failed")
    stored = [
        state.add_file(await each.read(), each.filename or "file", each.content_type or "application/octet-stream")
        for each in uploads
    ]
    message = caller.network.outgoing(
        conversation,
        content or None,
        caller.sender,
        private=str(fields.get("private")).lower() == "true",
        content_type=kind,
        content_attributes=attributes,
        additional_attributes={"template_params": template} if template else {},
        files=stored,
    )
    if state.behaviour.failures:
        _fail(state)
    return message_resource(state, message) | {"status": "sent"}


@router.get("/conversations/{number}/messages")
async def messages(number: int, caller: Member, after: int | None = None, before: int | None = None) -> dict[str, Any]:
    found = caller.state.conversation(number).messages
    if after is not None:
        chosen = [message for message in found if message.id > after][:NEWER]
    else:
        chosen = [message for message in found if before is None or message.id < before][-PAGE:]
    return {"meta": {}, "payload": [message_resource(caller.state, message) for message in chosen]}


@router.get("/conversations")
async def conversations(
    caller: Member, inbox_id: int | None = None, status: str = "open", page: Annotated[int, Query(ge=1)] = 1
) -> dict[str, Any]:
    found = [
        each
        for each in caller.state.conversations.values()
        if inbox_id in (None, each.inbox_id) and status in ("all", each.status)
    ]
    found.sort(key=lambda each: each.last_activity_at, reverse=True)
    shown = found[(page - 1) * CONVERSATIONS_PAGE : page * CONVERSATIONS_PAGE]
    return {"data": {"meta": {"all_count": len(found)}, "payload": [_body(caller.state, each) for each in shown]}}


@router.post("/conversations")
async def create_conversation(request: Request, caller: Member) -> dict[str, Any]:
    body, state = await request.json(), caller.state
    inbox, contact = state.inbox(int(body["inbox_id"])), state.contact(int(body["contact_id"]))
    source = str(body.get("source_id") or (contact.phone_number or "").removeprefix("+"))
    conversation = state.add_conversation(inbox, contact, source)
    return {"id": conversation.id, "account_id": state.account, "inbox_id": inbox.id}


@router.get("/conversations/{number}")
async def conversation(number: int, caller: AnyCaller) -> dict[str, Any]:
    return _body(caller.state, caller.state.conversation(number))


@router.post("/conversations/{number}/toggle_status")
async def toggle_status(number: int, request: Request, caller: AnyCaller) -> dict[str, Any]:
    status, found = (await request.json()).get("status"), caller.state.conversation(number)
    if status not in ("open", "resolved", "pending", "snoozed"):
        raise ServerError(422, "Invalid status")
    handoff = caller.bot is not None and found.status == "pending" and status == "open"
    caller.network.change_status(found, status)
    payload = {"success": None if handoff else True, "conversation_id": number, "current_status": status}
    return {"meta": {}, "payload": {**payload, "snoozed_until": None}}


@router.post("/conversations/{number}/toggle_typing_status")
async def toggle_typing(number: int, caller: AnyCaller) -> Response:
    caller.state.conversation(number)
    return Response(status_code=200)


@router.get("/contacts/search")
async def search_contacts(caller: Member, q: str) -> dict[str, Any]:
    words = q.lower()
    found = [
        each
        for each in caller.state.contacts.values()
        if any(words in (value or "").lower() for value in (each.name, each.phone_number, each.email, each.identifier))
    ]
    payload = [contact_resource(caller.state, each) for each in found[:15]]
    return {"meta": {"count": len(found), "current_page": 1, "has_more": len(found) > 15}, "payload": payload}


@router.get("/contacts/{number}")
async def contact(number: int, caller: Member) -> dict[str, Any]:
    found, state = caller.state.contact(number), caller.state
    inboxes = [
        {"source_id": each.source_id, "inbox": {"id": each.inbox_id, "name": state.inboxes[each.inbox_id].name}}
        for each in state.conversations.values()
        if each.contact_id == number
    ]
    return {"payload": {**contact_resource(state, found), "contact_inboxes": inboxes}}


@router.post("/contacts")
async def create_contact(request: Request, caller: Member) -> dict[str, Any]:
    body, state = await request.json(), caller.state
    phone = body.get("phone_number")
    if phone and state.contact_of_phone(phone):
        raise ServerError(
            422, "", message="Phone number has already been taken", attributes=["phone_number"]
        )  # fmt: skip
    contact = state.add_contact(str(body.get("name") or phone), phone)
    contact_inbox = {"inbox": {"id": body.get("inbox_id")}, "source_id": (phone or "").removeprefix("+")}
    return {"payload": {"contact": contact_resource(state, contact), "contact_inbox": contact_inbox}}


@router.get("/contacts/{number}/conversations")
async def contact_conversations(number: int, caller: Member) -> dict[str, Any]:
    caller.state.contact(number)
    found = [each for each in caller.state.conversations.values() if each.contact_id == number]
    return {"payload": [_body(caller.state, each) for each in found]}


@router.get("/webhooks")
async def webhooks(caller: Member) -> dict[str, Any]:
    return {"payload": {"webhooks": [_webhook(caller.state, each) for each in caller.state.webhooks.values()]}}


@router.post("/webhooks")
async def create_webhook(request: Request, caller: Member) -> dict[str, Any]:
    body = await request.json()
    given, state = body.get("webhook") or body, caller.state
    if any(each.url == given.get("url") for each in state.webhooks.values()):
        raise ServerError(422, "", message="Url has already been taken", attributes=["url"])
    webhook = Webhook(state.new_id(), given["url"], given.get("name") or "", given["subscriptions"], _secret())
    state.webhooks[webhook.id] = webhook
    return {"payload": {"webhook": _webhook(state, webhook)}}


@router.patch("/webhooks/{number}")
async def update_webhook(number: int, request: Request, caller: Member) -> dict[str, Any]:
    body, webhook = await request.json(), caller.state.webhooks.get(number)
    if webhook is None:
        raise ServerError(404, "Resource could not be found")
    webhook.subscriptions = (body.get("webhook") or body).get("subscriptions", webhook.subscriptions)
    return {"payload": {"webhook": _webhook(caller.state, webhook)}}


@router.get("/agent_bots")
async def agent_bots(caller: Member) -> list[dict[str, Any]]:
    return [_bot(each) for each in caller.state.bots.values()]


@router.post("/agent_bots")
async def create_agent_bot(request: Request, caller: Member) -> dict[str, Any]:
    body, state = await request.json(), caller.state
    bot = Bot(state.new_id(), body["name"], body["outgoing_url"], _secret(), _secret())
    state.bots[bot.id] = bot
    return _bot(bot)


@router.get("/inboxes/{number}")
async def inbox(number: int, caller: Member) -> dict[str, Any]:
    found = caller.state.inbox(number)
    phone = {"phone_number": found.phone_number}
    return {"id": found.id, "name": found.name, "channel_type": found.channel_type, **phone}


@router.get("/inboxes/{number}/agent_bot")
async def inbox_bot(number: int, caller: Member) -> dict[str, Any]:
    bot = caller.state.bots.get(caller.state.inbox(number).bot_id or 0)
    return {"agent_bot": _bot(bot) if bot else {}}


@router.post("/inboxes/{number}/set_agent_bot")
async def set_agent_bot(number: int, request: Request, caller: Member) -> Response:
    wanted = (await request.json()).get("agent_bot")
    if wanted is not None and wanted not in caller.state.bots:
        raise ServerError(404, "Resource could not be found")
    caller.state.inbox(number).bot_id = wanted
    return Response(status_code=200)


@files.get("/blobs/redirect/{key}/{name}")
async def blob(key: str, name: str, request: Request) -> RedirectResponse:
    """A file's lasting address leads to one that does not last (§3.3)."""
    state = _network(request).state
    if key not in state.files:
        raise ServerError(404, "Resource could not be found")
    return RedirectResponse(f"{state.frontend_url}/rails/active_storage/disk/{key}/{name}", 302)


@files.get("/disk/{key}/{name}")
async def disk(key: str, name: str, request: Request) -> Response:
    file = _network(request).state.files.get(key)
    if file is None:
        raise ServerError(404, "Resource could not be found")
    return Response(file.content, media_type=file.content_type)


def install_errors(app: FastAPI) -> None:
    """Every error has the server's body."""

    @app.exception_handler(ServerError)
    async def answer(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ServerError)
        return JSONResponse({key: value for key, value in error.body.items() if value}, error.status)


async def _fields(request: Request) -> tuple[dict[str, Any], list[UploadFile]]:
    if "multipart" in request.headers.get("content-type", ""):
        form = await request.form()
        uploads = [each for each in form.getlist("attachments[]") if isinstance(each, UploadFile)]
        return {key: value for key, value in form.items() if isinstance(value, str)}, uploads
    body = await request.json()
    return (body if isinstance(body, dict) else {}), []


def _fail(state: State) -> None:
    state.behaviour = state.behaviour.model_copy(update={"failures": state.behaviour.failures - 1})
    raise ServerError(state.behaviour.failure_status, "Internal server error")


def _body(state: State, conversation: Conversation) -> dict[str, Any]:
    """A conversation as REST tells it: the channel among the ``meta``, nothing of the contact's address."""
    body = conversation_body(state, conversation, conversation.messages[-1:])
    body["meta"] = {**body["meta"], "channel": body.pop("channel")}
    del body["contact_inbox"]
    return {**body, "account_id": state.account}


def _webhook(state: State, webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "account_id": state.account,
        "subscriptions": webhook.subscriptions,
        "secret": webhook.secret,
    }


def _bot(bot: Bot) -> dict[str, Any]:
    return {
        "id": bot.id,
        "name": bot.name,
        "outgoing_url": bot.outgoing_url,
        "bot_type": "webhook",
        "access_token": bot.access_token,
        "secret": bot.secret,
    }


def _secret() -> str:
    return secrets.token_urlsafe(24)
