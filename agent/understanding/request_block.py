"""The compact JSON block that tells a model where the conversation stands; it comes after the stable prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rapidfuzz import fuzz, process

from agent.understanding.grammar.folding import fold
from tools.commands import DraftView, Language, UnderstandingRequest

_MOST_CLIENTS = 8
_LIKE = 60
"""rapidfuzz partial ratio (0 to 100) from which a client's name is worth showing for a message."""


def request_block(request: UnderstandingRequest, language: Language, glossary: Mapping[str, str]) -> str:
    """One line of JSON without nulls: language, workflow, step, draft, choices, names, glossary hits, today."""
    context = request.context
    block: dict[str, Any] = {
        "language": language,
        "voice": request.kind == "voice" or None,
        "workflow": context.workflow,
        "awaiting": context.awaiting,
        "awaiting_line": context.awaiting_line,
        "draft": _draft(context.draft) if context.draft else None,
        "choices": [[choice.number, choice.label] for choice in context.choices],
        "clients": _near(context.clients, request.text),
        "open_drafts": context.open_drafts,
        "glossary": dict(glossary),
        "today": context.today.isoformat() if context.today else None,
    }
    kept = {key: value for key, value in block.items() if value not in (None, [], {})}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _draft(draft: DraftView) -> dict[str, Any]:
    lines = [[n.position, n.description, n.quantity, n.unit, n.unit_price or n.total] for n in draft.lines]
    shown = {"kind": draft.kind, "client": draft.client, "number": draft.number, "lines": lines}
    return {key: value for key, value in shown.items() if value is not None}


def _near(clients: list[str], text: str) -> list[str]:
    """Only the names that the message may mean: the others are nobody's business, and cost tokens."""
    folded = fold(text)
    scored = process.extract(
        folded, [fold(name) for name in clients], scorer=fuzz.partial_ratio, score_cutoff=_LIKE, limit=_MOST_CLIENTS
    )
    return [clients[index] for _, _, index in scored]
