"""set_note: a remark printed on the document, in French."""

from __future__ import annotations

from services.documents.designations import note_in_french
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetNoteArgs(Args):
    """``text`` of the remark as said."""

    text: str


async def set_note(context: TurnContext, args: SetNoteArgs) -> str:
    document = context.editable()
    kept = {line.key for line in document.lines}
    removed = [line.said for line in context.desk.start.lines if line.key not in kept] if context.desk.start else []
    note = note_in_french(args.text, context.language, about=removed[-1] if removed else None)  # type: ignore[arg-type]
    document.notes.append(note.french)
    context.report("note_added", text=note.french, known=note.known)
    return "note added"


TOOL = define("set_note", "Add a remark to the document.", SetNoteArgs, Effect.DRAFT, set_note)
