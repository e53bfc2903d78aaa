"""set_progress: how far the works have come on a situation, cumulated, for all lines or for one (legal.md 55)."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from services.documents import drafts, editing
from tools.context import TurnContext
from tools.definition import Args, Effect, define
from tools.lines import find_lines


class SetProgressArgs(Args):
    """``percent`` done since the beginning, 0 to 100; ``line`` or ``match`` for one line, none for all."""

    percent: Decimal = Field(ge=0, le=100)
    line: int | None = None
    match: str | None = None


async def set_progress(context: TurnContext, args: SetProgressArgs) -> str:
    document = context.editable("progress")
    if args.line is None and args.match is None:
        editing.set_progress(document, args.percent)
        return f"{args.percent} % of the works"
    target = drafts.LineTarget(line=args.line, match=args.match)
    editing.set_progress(document, args.percent, find_lines(document, target) if document.kind == "progress" else [])
    return f"{args.percent} % of the line"


TOOL = define(
    "set_progress",
    "Say how far the works have come, in percent since the beginning (situation de travaux). Only when said.",
    SetProgressArgs,
    Effect.DRAFT,
    set_progress,
)
