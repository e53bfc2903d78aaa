"""One burst, several tasks: which run comes next, and which documents wait until the first is done (UX-32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.gathering import Run
from agent.remarks import speak
from db.checkpoints import TurnCheckpointer
from db.models.base import new_id
from graphs.shared.routing import workflow_of
from services.documents.schemas import Document
from tools.commands import Command
from tools.context import TurnContext

if TYPE_CHECKING:
    from agent.turn import Turn
    from agent.writing import TurnRecord


def new_run(workflow: str) -> Run:
    """A run that begins now."""
    return Run(new_id(), workflow, TurnCheckpointer(None))


def next_run(rest: list[Command], context: TurnContext) -> Run:
    """The run of the next commands. "Facture" said right after a quote was issued means the invoice of that quote."""
    first = rest[0]
    document = context.desk.document
    if (
        first.name == "start_document"
        and first.args.get("kind") in ("invoice", "deposit", "progress", "balance")
        and document is not None
        and (number := document.number if document.kind == "quote" else _same_works(first, document))
        and not any(command.name in ("select_client", "link_quote", "add_line_item") for command in rest)
    ):
        rest.insert(1, Command(name="link_quote", args={"reference": number}))
    return new_run(workflow_of(first))


def _same_works(order: Command, document: Document) -> str | None:
    """ "facture 60 %" said after the deposit was issued: another invoice of the same quote."""
    follows = order.args.get("kind") in ("deposit", "progress", "balance")
    return document.quote_number if follows and document.number else None


def is_parked(turn: Turn, run: Run) -> bool:
    """A second document of the same burst is prepared and waits until the first is done."""
    return run.workflow in ("quote", "invoice") and any(
        record.run.workflow in ("quote", "invoice") and not record.finished for record in turn.records
    )


def replies_of(turn: Turn, record: TurnRecord) -> list[str]:
    """What a run says; of a parked one only that it comes next."""
    document = record.context.desk.document
    if not record.parked or document is None:
        return record.context.replies
    client = document.buyer.name if document.buyer else None
    return [speak(turn.gathered, "answers.next_task", record.context.language, kind=document.kind, client=client)]
