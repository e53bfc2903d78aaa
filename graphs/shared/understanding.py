"""The ``understand`` node: the turn's words become the tool calls of this run (DESIGN §5, §6)."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, ToolCall
from langgraph.runtime import Runtime

from graphs.shared.hearing import CONSENT, doubted
from graphs.shared.looking_up import looked_up
from graphs.shared.routing import split
from graphs.shared.state import WorkflowState, load_memory
from services.clients.matching import SURE, score
from services.documents.schemas import Document
from services.documents.text import fold
from services.documents.totals import compute_totals
from tools.commands import Choice, Command, DialogueContext, DraftView, LineView, UnderstandingRequest
from tools.context import TurnContext

HALF_HEARD = 0.5
"""Share of a message that must be understood for an unknown name in it to make a client."""
REPAIRS = {"start": "start_document", "list": "list_documents", "recap": "show_recap", "handed_over": "hand_over"}
"""Subjects of repair choices and the commands they stand for."""


async def understand(state: WorkflowState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Reads the text, or takes the commands another run handed over, and keeps those that belong to this run."""
    context = runtime.context
    context.memory = load_memory(state.get("memory"))
    given = state.get("given")
    told = [Command(**command) for command in given] if given is not None else None
    commands = told if told is not None else _heard(await _read(state, context), context)
    commands = _welcomed(commands, state, context)
    mine, rest = split(
        _following(_spelled_out(_card_named(commands, state, context), context), context),
        workflow=state.get("workflow", "ask"),
        run_is_fresh=context.desk.document is None,
        closed=context.closed,
        draft=_draft_kind(context),
    )
    mine = await looked_up(mine, state.get("workflow"), context)
    if context.begin is not None and (mine or not rest):
        await context.begin()
    return {
        "messages": [AIMessage("", tool_calls=[tool_call(command) for command in mine])],
        "rest": [command.model_dump() for command in rest],
        "given": None,
    }


def _heard(commands: list[Command], context: TurnContext) -> list[Command]:
    """Without a lone name that nobody knows in a message that was mostly not understood: it makes no client, no draft."""
    reading = context.reading
    if context.desk.document is not None or reading is None or reading.confidence >= HALF_HEARD:
        return commands
    if not commands or any(command.name != "select_client" for command in commands):
        return commands
    return [
        command
        for command in commands
        if any(score(str(command.args.get("name")), name) >= SURE for name in context.client_names)
    ]


def _welcomed(commands: list[Command], state: WorkflowState, context: TurnContext) -> list[Command]:
    """A hello begins the set-up of a company that has told nothing yet, and goes on with one that is under way."""
    names = [(command.name, command.args.get("topic")) for command in commands]
    workflow = state.get("workflow")
    begins = workflow == "ask" and context.newcomer and not context.only_reads
    if names != [("ask_help", "hello")] or not (workflow == "company" or begins):
        return commands
    return [commands[0].model_copy(update={"name": "set_up_company", "args": {}})]


def _card_named(commands: list[Command], state: WorkflowState, context: TurnContext) -> list[Command]:
    """A name said where the card of a client waits for one makes the card; elsewhere it picks whom a document is for."""
    asked = state.get("workflow") == "client" and context.memory.awaiting == "slot:client.name"
    if not asked or any(command.name == "start_document" for command in commands):
        return commands
    return [
        command.model_copy(update={"name": "create_client"}) if command.name == "select_client" else command
        for command in commands
    ]


def _spelled_out(commands: list[Command], context: TurnContext) -> list[Command]:
    """Choices of a repair as the commands they stand for, so that they reach the workflow they belong to (UX-79)."""
    meant = {choice.number: choice.value or "" for choice in context.memory.choices}
    edit = context.memory.pending_edit
    if edit and edit["name"] == "update_client" and (named := _only_name(commands)):
        return [
            named.model_copy(update={"name": "update_client", "args": {**edit["args"], "name": named.args["name"]}})
        ]
    spelled = []
    for command in commands:
        subject, _, value = meant.get(command.args.get("option", 0), "").partition(":")
        if command.name == "choose" and subject == "restart" and context.desk.document is None:
            subject, value = "start", "quote"
        if command.name == "choose" and subject == "line" and edit:
            command = _edit_of_line(edit, int(value), command)
        elif command.name == "choose" and subject == "vat_regime":
            command = command.model_copy(update={"name": "update_company", "args": {subject: value}})
        elif command.name == "choose" and subject in REPAIRS:
            name = REPAIRS[subject]
            command = command.model_copy(update={"name": name, "args": {"kind": value} if value else {}})
        spelled.append(command)
    return spelled


def _only_name(commands: list[Command]) -> Command | None:
    """The command of a message that says nothing but a client's name."""
    named = [command for command in commands if command.name in ("select_client", "create_client", "find_client")]
    if len(named) != 1 or len(commands) != 1:
        return None
    name = named[0].args.get("name") or named[0].args.get("query")
    return named[0].model_copy(update={"args": {"name": name}}) if name else None


def _edit_of_line(edit: dict[str, Any], position: int, chosen: Command) -> Command:
    """The change that was said before, now with the line that he has picked."""
    args = {name: value for name, value in edit["args"].items() if name not in ("match", "match_value")}
    return chosen.model_copy(update={"name": edit["name"], "args": {**args, "line": position}})


FOLLOWED = {"set_deposit": "deposit", "set_progress": "progress"}
"""Shares of a quote, and the invoice they make when no draft of their own is at hand."""


def _draft_kind(context: TurnContext) -> str | None:
    document = context.desk.document
    return document.kind if document is not None and document.number is None else None


def _following(commands: list[Command], context: TurnContext) -> list[Command]:
    """ "acompte 30 %" after a quote was issued or signed: a deposit invoice of that quote."""
    signed = context.memory.awaiting == "slot:deposit" and context.memory.follows
    names = [command.name for command in commands]
    if signed and "confirm" in names and not any(name in (*FOLLOWED, "start_document") for name in names):
        at = names.index("confirm")
        return [*commands[:at], *_begun("deposit", context.memory.follows), *commands[at + 1 :]]
    if "start_document" in names or (_draft_kind(context) is not None and not signed):
        return commands
    first = next((at for at, name in enumerate(names) if name in FOLLOWED), None)
    if first is None:
        return commands
    document = context.desk.document
    number = document.number if document is not None and document.kind == "quote" else None
    named = any(name in ("select_client", "link_quote") for name in names)
    begun = _begun(FOLLOWED[names[first]], None if named else context.memory.follows if signed else number)
    return [*begun, *(command for command in commands if not (signed and command.name == "confirm"))]


def _begun(kind: str, reference: str | None) -> list[Command]:
    link = [Command(name="link_quote", args={"reference": reference})] if reference else []
    return [Command(name="start_document", args={"kind": kind}), *link]


async def _read(state: WorkflowState, context: TurnContext) -> list[Command]:
    if context.reading is None:
        assert context.understander is not None
        request = UnderstandingRequest(
            text=state.get("text", ""),
            language_hint=context.language,
            kind=state.get("kind", "typed"),
            context=dialogue_context(state.get("workflow"), context),
            models_allowed=context.models_allowed,
        )
        started = time.perf_counter()
        context.reading = await context.understander.understand(request)
        context.understand_ms = round((time.perf_counter() - started) * 1000)
        context.reading = doubted(context.reading, request.text, context)
    context.language = context.reading.language
    if chosen := _label_said(state.get("text", ""), context.memory.choices):
        context.reading = context.reading.model_copy(
            update={"commands": [chosen], "confidence": 1.0, "unexplained": []}
        )
    consent = [command.start for command in context.reading.commands if command.name in CONSENT]
    if consent:
        context.message_id = context.message_at(min(consent))
    return context.reading.commands


def _label_said(text: str, choices: list[Choice]) -> Command | None:
    """A message that repeats one label word for word picks it, whatever else the words might mean (UX-54)."""
    words = fold(text).strip(" .!*")
    found = [choice for choice in choices if choice.label and fold(choice.label) == words]
    if len(found) != 1:
        return None
    return Command(name="choose", args={"option": found[0].number}, evidence=text, start=0, end=len(text))


def tool_call(command: Command) -> ToolCall:
    """A command as the tool call of a message."""
    return ToolCall(name=command.name, args=command.args, id=uuid4().hex, type="tool_call")


def dialogue_context(workflow: str | None, context: TurnContext) -> DialogueContext:
    """What an understander may know of the conversation."""
    memory = context.memory
    return DialogueContext(
        workflow=workflow,
        awaiting=memory.awaiting,
        awaiting_line=memory.awaiting_line,
        draft=draft_view(context.desk.document) if context.desk.document else None,
        choices=memory.choices,
        clients=context.client_names,
        today=context.now.date(),
    )


def draft_view(document: Document) -> DraftView:
    """The document as an understander may see it; numbers as strings with a dot."""
    totals = compute_totals(document)
    amounts = {line.position: line.total_ht for line in totals.lines}
    return DraftView(
        kind=document.kind,
        client=document.buyer.name if document.buyer else None,
        number=document.number,
        status=document.status,
        total=str(totals.total),
        lines=[
            LineView(
                position=line.position,
                description=line.description,
                said=line.said,
                quantity=_plain(line.quantity),
                unit=line.unit,
                unit_price=_plain(line.unit_price),
                vat_rate=_plain(line.vat_rate),
                total=_plain(amounts.get(line.position)),
            )
            for line in document.lines
        ],
    )


def _plain(value: Any) -> str | None:
    return None if value is None else format(value.normalize(), "f")
