"""Workflow runs: where an artisan's conversation stands, what was understood and done, taking it over (EP33–EP41)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi import Body as Example
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import FlatTenantDep, PrincipalDep, allowed
from api.v1.bodies import Body, Flag, Moment, Tag, Words
from api.v1.concurrency import IfMatchDep, etag
from api.v1.idempotency import idempotent
from api.v1.inbox_filters import MessageFilterDep
from api.v1.messages import base_of
from api.v1.paging import Page, page_of, paging
from db.paging import Wanted
from db.repositories.inbox import MESSAGES_BY
from db.repositories.runs import SORTABLE, RunFilter
from services.conversations import control, messages, office, reading
from services.conversations.message_schemas import MessageView, SingleMessage
from services.conversations.schemas import Note, Run, RunDetail, Status, Workflow
from services.identity.principals import Principal

router = APIRouter(
    prefix="/api/v1/conversations",
    tags=["conversations"],
    dependencies=[allowed("conversations:read")],
    responses=errors(404),
)
_WRITE: dict[str, Any] = {
    "dependencies": [allowed("conversations:write")],
    "responses": errors(409),
}
_CREATE = [allowed("conversations:write"), idempotent]
_CHANGE: dict[str, Any] = {
    "assign": {"summary": "Claire looks after it", "value": {"assigned_to": "0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"}},
    "tags": {"summary": "Other tags", "value": {"tags": ["TVA", "à rappeler"]}},
}
_WORDS: dict[str, Any] = {
    "word": {
        "summary": "A word from the office",
        "value": {"text": "Bonjour Karim, le dossier de Mme Klein est complet, on l'envoie demain."},
    },
    "aside": {
        "summary": "An announcement that leaves the assistant at work",
        "value": {"text": "Le bureau est fermé vendredi.", "take_over": False},
    },
}
Tags = Annotated[list[Tag], Field(max_length=office.MOST_TAGS, examples=[["TVA"]])]


class RunChange(Body):
    """What is given is written; ``assigned_to`` null means nobody, ``tags`` replaces all."""

    assigned_to: UUID | None = None
    tags: Tags = Field(default_factory=list)


class Assignment(Body):
    """Who is to look after the run: a member of the company, null for nobody."""

    user_id: UUID | None = Field(examples=["0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e"])


class MoreTags(Body):
    """Tags to give besides those that are there."""

    tags: Tags


class NewNote(Body):
    """A note that the artisan never sees."""

    text: Words = Field(examples=["Rappeler avant midi"])


class Letter(Body):
    """Words to the artisan. ``take_over`` false leaves the assistant at work, which it must not wait for an answer for."""

    text: Words
    take_over: Flag = True


@router.get("")
async def list_conversations(
    tenant: FlatTenantDep,
    place: Annotated[Wanted, paging(SORTABLE)],
    workflow: Workflow | None = None,
    status: Status | None = None,
    step: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$", description="A step of R096–R098.")] = None,
    awaiting: Annotated[str | None, Query(pattern="^[a-z_]+:[a-z_.]+$", max_length=60)] = None,
    client_id: UUID | None = None,
    user_id: Annotated[UUID | None, Query(description="The artisan.")] = None,
    chat_id: UUID | None = None,
    document_id: Annotated[UUID | None, Query(description="The quote or invoice that it is about.")] = None,
    assigned_to: UUID | None = None,
    tagged: Annotated[Tag | None, Query(alias="tag")] = None,
    active_from: Annotated[Moment | None, Query(description="Last activity from then on.")] = None,
    active_until: Annotated[Moment | None, Query(description="Last activity before then.")] = None,
) -> Page[Run]:
    """EP33. The company's workflow runs, the last touched first."""
    wanted = RunFilter(
        workflow, status, step, awaiting, client_id, user_id, chat_id, document_id, assigned_to, tagged, active_from,
        active_until,
    )  # fmt: skip
    async with tenant.session() as session:
        return page_of(await reading.page(session, tenant.id, wanted, place), lambda run: run)


@router.get("/{conversation_id}")
async def read_conversation(tenant: FlatTenantDep, response: Response, conversation_id: UUID) -> RunDetail:
    """EP34. Where a run stands, its document, and turn by turn what was heard, understood, done and answered."""
    async with tenant.session() as session, _answering():
        return await _detail(session, tenant.id, conversation_id, response)


@router.patch("/{conversation_id}", dependencies=_WRITE["dependencies"], responses=errors(412))
async def change_conversation(
    tenant: FlatTenantDep,
    principal: PrincipalDep,
    response: Response,
    if_match: IfMatchDep,
    conversation_id: UUID,
    change: Annotated[RunChange, Example(openapi_examples=_CHANGE)],
) -> RunDetail:
    """EP35. Changes who looks after a run, and its tags. Its state moves by resume, abandon and hand-over."""
    given = change.model_dump(exclude_unset=True)
    async with tenant.session() as session, _answering():
        run, _ = await control.locked(session, tenant.id, conversation_id)
        await if_match.check(session, run)
        if "assigned_to" in given:
            await office.assign(session, principal, tenant.id, conversation_id, given["assigned_to"])
        if "tags" in given:
            await office.set_tags(session, principal, tenant.id, conversation_id, given["tags"])
        return await _detail(session, tenant.id, conversation_id, response)


@router.post("/{conversation_id}/resume", **_WRITE)
async def resume_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, response: Response, conversation_id: UUID
) -> RunDetail:
    """Gives the chat back to the assistant and takes the run up where it was left. 409 for a completed run."""
    return await _step(control.resume, tenant, principal, response, conversation_id)


@router.post("/{conversation_id}/abandon", **_WRITE)
async def abandon_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, response: Response, conversation_id: UUID
) -> RunDetail:
    """Leaves the run where it is; its draft stays. 409 for a completed run."""
    return await _step(control.abandon, tenant, principal, response, conversation_id)


@router.post("/{conversation_id}/hand-over", **_WRITE)
async def hand_over_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, response: Response, conversation_id: UUID
) -> RunDetail:
    """Takes the chat from the assistant: what the artisan writes is kept, and nothing answers it. 409 for a completed run."""
    return await _step(control.hand_over_by_office, tenant, principal, response, conversation_id)


@router.post("/{conversation_id}/assign", dependencies=_WRITE["dependencies"])
async def assign_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, response: Response, conversation_id: UUID, body: Assignment
) -> RunDetail:
    """EP36. Says who looks after a run."""
    async with tenant.session() as session, _answering():
        await office.assign(session, principal, tenant.id, conversation_id, body.user_id)
        return await _detail(session, tenant.id, conversation_id, response)


@router.post("/{conversation_id}/notes", status_code=201, dependencies=_CREATE, responses=errors(409))
async def note_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, conversation_id: UUID, body: NewNote
) -> Note:
    """EP37. Notes something beside a run; the artisan never sees it."""
    async with tenant.session() as session, _answering():
        return Note.model_validate(await office.add_note(session, principal, tenant.id, conversation_id, body.text))


@router.post("/{conversation_id}/tags", dependencies=_WRITE["dependencies"])
async def tag_conversation(
    tenant: FlatTenantDep, principal: PrincipalDep, response: Response, conversation_id: UUID, body: MoreTags
) -> RunDetail:
    """EP38. Gives a run tags besides those that it has, twenty at most."""
    async with tenant.session() as session, _answering():
        await office.add_tags(session, principal, tenant.id, conversation_id, body.tags)
        return await _detail(session, tenant.id, conversation_id, response)


@router.get("/{conversation_id}/messages")
async def list_messages(
    tenant: FlatTenantDep,
    conversation_id: UUID,
    wanted: MessageFilterDep,
    place: Annotated[Wanted, paging(MESSAGES_BY)],
) -> Page[MessageView]:
    """EP39, EP40. What the turns of a run read, and what was written for it, newest first."""
    async with tenant.session() as session, _answering():
        found = await messages.of_run(session, tenant.id, conversation_id, wanted, place)
        return page_of(found, lambda message: message)


@router.post("/{conversation_id}/messages", status_code=201, dependencies=_CREATE, responses=errors(409))
async def write_message(
    request: Request,
    tenant: FlatTenantDep,
    principal: PrincipalDep,
    conversation_id: UUID,
    body: Annotated[Letter, Example(openapi_examples=_WORDS)],
) -> SingleMessage:
    """EP41. Writes to the artisan as the office, marked as such. The assistant falls silent; "resume" brings it back.

    It goes to the artisan's own chat alone: what goes to a client needs the artisan's approval.
    """
    async with tenant.session() as session, _answering():
        written = await office.write(
            session, principal, tenant.id, conversation_id, body.text, take_over=body.take_over
        )
        return await messages.single(session, tenant.id, written, base_of(request))


_Step = Callable[[AsyncSession, Principal, UUID, UUID], Awaitable[None]]


async def _step(
    step: _Step, tenant: FlatTenantDep, principal: Principal, response: Response, conversation_id: UUID
) -> RunDetail:
    async with tenant.session() as session, _answering():
        await step(session, principal, tenant.id, conversation_id)
        return await _detail(session, tenant.id, conversation_id, response)


async def _detail(session: AsyncSession, organization_id: UUID, conversation_id: UUID, response: Response) -> RunDetail:
    found = await reading.detail(session, organization_id, conversation_id)
    response.headers["ETag"] = etag(found)
    return found


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """What the rules of runs answer with."""
    try:
        yield
    except control.UnknownConversation as error:
        raise ApiError(404, "There is no such conversation.") from error
    except control.NotNow as error:
        raise ApiError(409, str(error)) from error
    except office.UnknownMember as error:
        detail = ErrorDetail(field="assigned_to", message="is no active member of the company")
        raise ApiError(422, "Nothing was changed.", [detail]) from error
    except office.TooManyTags as error:
        detail = ErrorDetail(field="tags", message=f"at most {office.MOST_TAGS}")
        raise ApiError(422, "Nothing was changed.", [detail]) from error
