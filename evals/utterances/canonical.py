"""One form for commands that mean the same: a line pointed at by its number or its words, a rate set either way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.line_matching import amount
from services.documents.word_forms import turkish_stems
from tools.commands import DialogueContext, LineView

_POINTING = frozenset({"update_line_item", "remove_line_item", "set_vat", "set_progress", "issue_credit_note"})
_TARGET = ("line", "match", "match_value")
_SAME_LINE = 85
"""rapidfuzz partial ratio (0 to 100) from which words point at a designation."""


def canonical(name: str, args: Mapping[str, Any], context: DialogueContext) -> tuple[str, dict[str, Any]]:
    """The command in the form that is compared."""
    found = dict(args)
    if name in ("add_line_item", "update_line_item"):
        found = _price_of_one(found)
    if name == "update_line_item" and set(found) - set(_TARGET) == {"vat_rate"}:
        name = "set_vat"
        found["rate"] = found.pop("vat_rate")
    if name in _POINTING:
        found = _pointing_by_number(name, found, context)
    if name == "confirm" and found.get("gate") == _open_gate(context):
        found.pop("gate", None)
    if name == "cancel_document" and found.get("scope") == "draft":
        found.pop("scope")
    client = context.draft.client if context.draft else None
    if name == "update_client" and client and found.get("name") and fold(str(found["name"])) in fold(client):
        found.pop("name")
    return name, found


def _price_of_one(args: dict[str, Any]) -> dict[str, Any]:
    """The total of one thing is its unit price."""
    if "total" in args and "unit_price" not in args and str(args.get("quantity") or "1") == "1":
        return {"unit_price" if slot == "total" else slot: value for slot, value in args.items()}
    return args


def _pointing_by_number(name: str, args: dict[str, Any], context: DialogueContext) -> dict[str, Any]:
    """The line's number in place of the words or the value that point at it, where they can mean one line only."""
    lines = context.draft.lines if context.draft else []
    if args.get("line") is not None:
        position = int(args["line"])
    elif args.get("match") is not None:
        texts = {line.position: f"{line.description} {line.said or ''}".replace("-", " ") for line in lines}
        meant: list[int] = []
        for words in _without_ending(fold(str(args["match"]))):
            meant = meant or [at for at, text in texts.items() if fuzz.partial_ratio(words, fold(text)) >= _SAME_LINE]
        said = set(fold(str(args["match"])).split())
        meant = meant if len(meant) == 1 else [at for at, text in texts.items() if said <= set(fold(text).split())]
        position = meant[0] if len(meant) == 1 else 0
    elif args.get("match_value") is not None:
        position = _carrier(str(args["match_value"]), lines)
    elif name == "update_line_item" and args.get("match_value") is None:
        position = context.awaiting_line or (lines[0].position if len(lines) == 1 else 0)
    else:
        position = 0
    if not position:
        return args
    held = next((line.unit for line in lines if line.position == position), None)
    said_again = {"unit"} if name == "update_line_item" and held and args.get("unit") == held else set()
    return {**{slot: value for slot, value in args.items() if slot not in {*_TARGET, *said_again}}, "line": position}


def _without_ending(words: str) -> list[str]:
    """The words as said, then without a Turkish ending on the last one: "mahyayı" is "mahya"."""
    *before, last = words.replace("-", " ").split() or [""]
    return [" ".join([*before, stem]) for stem in turkish_stems(last)]


def _carrier(value: str, lines: Sequence[LineView]) -> int:
    """The only line that carries this number now; 0 when there is none or more than one."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return 0
    meant = [
        line.position
        for line in lines
        if number in {amount(line.quantity), amount(line.unit_price), amount(line.total)}
    ]
    return meant[0] if len(meant) == 1 else 0


def _open_gate(context: DialogueContext) -> str | None:
    return {"confirm:issue": "issue", "confirm:send_to_client": "send"}.get(context.awaiting or "")
