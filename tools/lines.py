"""Finding the line that an edit is about, with the refusal that asks which one when it is not clear."""

from __future__ import annotations

from services.documents import drafts
from services.documents.schemas import Document, Line
from tools.context import ToolRefusal


def find_lines(document: Document, target: drafts.LineTarget, change: drafts.LineChange | None = None) -> list[Line]:
    """The lines meant. Refuses with the lines it could be."""
    try:
        return drafts.find_lines(document, target, change)
    except drafts.LineNotFound as error:
        if not document.lines:
            raise ToolRefusal("no_lines") from error
        raise ToolRefusal(
            "which_line",
            said=target.match or target.line or target.match_value,
            lines=[(line.position, line.chat_label) for line in error.candidates[:5]],
        ) from error
