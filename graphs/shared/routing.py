"""Which workflow a command belongs to, and where one turn's commands are cut into runs (UX-32)."""

from __future__ import annotations

from tools.commands import Command

_DOCUMENT_COMMANDS = {
    "select_client", "add_line_item", "update_line_item", "remove_line_item", "move_line_item", "set_vat", "set_site",
    "set_subcontracting", "set_discount", "set_deposit", "set_dates", "set_note", "copy_document", "switch_draft",
    "undo", "cancel_document", "send_whatsapp", "show_recap",
}  # fmt: skip
_CLIENT_COMMANDS = {"create_client", "update_client", "lookup_siret"}
_EDITS = _DOCUMENT_COMMANDS - {"select_client", "add_line_item", "copy_document", "switch_draft", "set_deposit"}


def workflow_of(command: Command) -> str:
    """The workflow that a command opens when no run is active."""
    if command.name == "start_document":
        return "quote" if command.args.get("kind", "quote") == "quote" else "invoice"
    if command.name == "link_quote":
        return "invoice"
    if command.name in _DOCUMENT_COMMANDS:
        return "quote"
    return "client" if command.name in _CLIENT_COMMANDS else "ask"


def is_edit(command: Command) -> bool:
    """True for a command that changes a document that already exists rather than beginning one."""
    return command.name in _EDITS or command.name in ("update_client", "show_recap")


def begins_run(command: Command, *, run_is_fresh: bool, position: int) -> bool:
    """True where a new run starts: at every order for a document, except the one that opens a fresh run."""
    if command.name not in ("start_document", "link_quote"):
        return False
    return not (run_is_fresh and position == 0)


def split(
    commands: list[Command], *, workflow: str, run_is_fresh: bool, closed: bool = False
) -> tuple[list[Command], list[Command]]:
    """The commands of this run and those of the following ones.

    ``link_quote`` right after ``start_document`` belongs to the same document. On a ``closed`` run (document finished
    earlier) a client or a new line begins a new document instead of changing the finished one.
    """
    for position, command in enumerate(commands):
        if closed and command.name in ("select_client", "add_line_item", "copy_document"):
            return commands[:position], commands[position:]
        after_start = position > 0 and any(one.name == "start_document" for one in commands[:position])
        if command.name == "link_quote" and (after_start or (workflow == "invoice" and run_is_fresh)):
            continue
        if begins_run(command, run_is_fresh=run_is_fresh, position=position):
            if position > 0 and run_is_fresh and not _about_document(commands[:position]):
                continue
            return commands[:position], commands[position:]
        if workflow in ("ask", "client") and workflow_of(command) in ("quote", "invoice"):
            if workflow == "client" and command.name == "select_client":
                continue
            return commands[:position], commands[position:]
        if workflow == "ask" and workflow_of(command) == "client":
            return commands[:position], commands[position:]
    return commands, []


def _about_document(commands: list[Command]) -> bool:
    return any(command.name in _DOCUMENT_COMMANDS or command.name == "start_document" for command in commands)
