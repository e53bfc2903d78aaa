"""Which workflow a command belongs to, and where one turn's commands are cut into runs (UX-32)."""

from __future__ import annotations

from tools.commands import Command

_DOCUMENT_COMMANDS = {
    "select_client", "add_line_item", "update_line_item", "remove_line_item", "move_line_item", "set_vat", "set_site",
    "set_subcontracting", "set_discount", "set_deposit", "set_progress", "set_retention", "set_circumstances", "set_waste",
    "set_dates", "set_note", "copy_document", "amend_quote", "preview_document", "switch_draft",
    "undo", "cancel_document", "send_whatsapp", "show_recap",
}  # fmt: skip
_CLIENT_COMMANDS = {"create_client", "update_client", "lookup_siret"}
_STARTS = ("start_document", "link_quote", "amend_quote", "issue_credit_note", "correct_invoice")
_INVOICES = ("link_quote", "issue_credit_note", "correct_invoice")
_QUESTIONS = {"get_document", "list_documents", "find_client", "price_history", "get_company"}
_INSIDE = {"client": ("quote", "invoice"), "company": ()}
"""Workflows of their own, and those in which their commands are said along the way."""
_CONTENT = {"select_client", "add_line_item", "set_site", "set_dates", "set_discount", "set_vat", "set_subcontracting"}


def workflow_of(command: Command) -> str:
    """The workflow that a command opens when no run is active."""
    if command.name == "start_document":
        return "quote" if command.args.get("kind", "quote") == "quote" else "invoice"
    if command.name in _INVOICES:
        return "invoice"
    if command.name in _DOCUMENT_COMMANDS:
        return "quote"
    if command.name == "set_up_company":
        return "company"
    return "client" if command.name in _CLIENT_COMMANDS else "ask"


def in_order(commands: list[Command], *, nothing_open: bool) -> list[Command]:
    """The commands with the order for a document in front of what it is about.

    Turkish says the client first ("Petit'ye devis"); with no draft open, lines may come first too.
    """
    at = next((index for index, command in enumerate(commands) if command.name in _STARTS), 0)
    front = at
    while front > 0 and (
        commands[front - 1].name == "select_client" or (nothing_open and commands[front - 1].name in _CONTENT)
    ):
        front -= 1
    return _behind_orders(_moved(commands, at, front) if front < at else commands, at)


def _moved(commands: list[Command], at: int, front: int) -> list[Command]:
    return [*commands[:front], commands[at], *commands[front:at], *commands[at + 1 :]]


def _behind_orders(commands: list[Command], at: int) -> list[Command]:
    """The same for the orders after the first: "Arnaud'ya devis …, Chevalier'ye devis …".

    A client right before an order belongs to it when the order before has its own already.
    """
    last = at
    for position in range(at + 1, len(commands)):
        if commands[position].name not in _STARTS or commands[position].name == "link_quote":
            continue
        clients = [index for index in range(last, position) if commands[index].name == "select_client"]
        if len(clients) > 1 and clients[-1] == position - 1:
            commands = _moved(commands, position, position - 1)
        last = position
    return commands


def split(
    commands: list[Command], *, workflow: str, run_is_fresh: bool, closed: bool = False, draft: str | None = None
) -> tuple[list[Command], list[Command]]:
    """The commands of this run and those of the following ones.

    A run takes one order for a document; ``link_quote`` belongs to the order before it. On a ``closed`` run (document
    finished earlier) a client or a new line begins a new document instead of changing the finished one. ``draft`` is the
    kind of the unfinished document at hand: an order that only completes it begins nothing.
    """
    commands = in_order(_as_meant(commands, workflow), nothing_open=run_is_fresh or closed)
    started = False
    for position, command in enumerate(commands):
        if closed and command.name in ("select_client", "add_line_item", "copy_document"):
            return commands[:position], commands[position:]
        if command.name in _STARTS:
            if (started and command.name == "link_quote") or _completes(command, draft):
                continue
            if started or not run_is_fresh or workflow != workflow_of(command):
                return commands[:position], commands[position:]
            started = True
        elif workflow in ("ask", "client", "company") and workflow_of(command) in ("quote", "invoice"):
            if workflow == "client" and command.name == "select_client":
                continue
            return commands[:position], commands[position:]
        elif _is_elsewhere(command, workflow):
            return commands[:position], commands[position:]
    return commands, []


def _is_only_digits(command: Command) -> bool:
    """A number with a digit too few, said while the company is set up, looks like a line without words."""
    words = str(command.args.get("description") or "")
    return command.name == "add_line_item" and sum(character.isalpha() for character in words) < 3


def _is_elsewhere(command: Command, workflow: str) -> bool:
    """A card or the company is set up in a run of its own, except where it is said along the way."""
    own = workflow_of(command)
    return own in _INSIDE and workflow != own and workflow not in _INSIDE[own]


def _as_meant(commands: list[Command], workflow: str) -> list[Command]:
    """A name beside nothing but questions starts no document; one beside an order for a card is another card."""
    if workflow == "company":
        commands = [command for command in commands if not _is_only_digits(command)]
    names = {command.name for command in commands}
    if names & _QUESTIONS and names <= _QUESTIONS | {"select_client"}:
        return [command for command in commands if command.name != "select_client"]
    if workflow == "client" and names == {"select_client", "update_client"}:
        return _facts_of_named(commands)
    if (
        workflow in ("ask", "client")
        and names <= {"create_client", "select_client", "update_client"}
        and "create_client" in names
    ):
        return [
            command.model_copy(update={"name": "create_client"}) if command.name == "select_client" else command
            for command in commands
        ]
    return commands


def _facts_of_named(commands: list[Command]) -> list[Command]:
    """ "le SIRET de Boréal c'est …" while a card is written: whose card it is, not whom a document is for."""
    facts, name = [], None
    for command in commands:
        if command.name == "select_client":
            name = command.args.get("name")
        else:
            facts.append(command.model_copy(update={"args": {"name": name, **command.args}}))
    return facts


def _completes(command: Command, draft: str | None) -> bool:
    """ "avoir de 200 € seulement", "akontu düş": said about the draft at hand, without naming another document."""
    if command.args.get("reference") or command.args.get("client_name"):
        return False
    kinds = {
        "issue_credit_note": ("credit_note",),
        "amend_quote": ("quote",),
        "link_quote": ("invoice", "deposit", "progress", "balance"),
    }
    return draft in kinds.get(command.name, ())
