"""The state and the turns become what the panel shows: steps, sheet, commands, calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from api.demo.panel import panel
from api.demo.schemas import TurnRecord
from api.demo.steps import STEPS, progress
from prompts.demo import LANGUAGES, words

DRAFT: dict[str, Any] = {
    "kind": "quote",
    "number": None,
    "status": "draft",
    "client": {"name": "Lefebvre", "address": "Bron", "siret": None, "phone": "+33612343109", "email": None},
    "lines": [
        {
            "position": 1,
            "description": "Pose",
            "quantity": "3.2",
            "unit": "ml",
            "unit_price": "145.00",
            "vat_rate": "5.5",
            "total": "464.00",
        },
        {
            "position": 2,
            "description": "Gouttière",
            "quantity": None,
            "unit": None,
            "unit_price": None,
            "vat_rate": None,
            "total": None,
        },
    ],
    "discount": "0.00",
    "subtotal": "464.00",
    "vat": "25.52",
    "total": "1489.52",
    "version": 3,
}


def _state(**changes: Any) -> dict[str, Any]:
    return {
        "idle": True,
        "workflow": "quote",
        "current_step": "review_total",
        "awaiting": "confirm:issue",
        "draft": DRAFT,
        "documents": [],
        **changes,
    }


def _turn(**changes: Any) -> TurnRecord:
    values: dict[str, Any] = {
        "id": uuid4(),
        "conversation_id": uuid4(),
        "workflow": "quote",
        "at": datetime(2026, 11, 21, 13, 5, tzinfo=UTC),
        "text": "pose 420",
        "language": "fr",
        "understander": "grammar",
        "reading": {},
        "tool_calls": [],
        "awaiting_before": None,
        "awaiting_after": None,
        "ungrounded_numbers": 0,
        "understand_ms": 3,
        "total_ms": 40,
    }
    return TurnRecord(**{**values, **changes})


def test_the_sheet_is_written_the_french_way() -> None:
    sheet = panel(_state(), [], "fr").sheet
    assert sheet is not None
    assert sheet.about == "Bron · 06 12 34 31 09"
    first, second = sheet.lines
    assert (first.quantity, first.unit_price, first.vat_rate, first.total) == ("3,2 ml", "145,00", "5,5 %", "464,00")
    assert (second.quantity, second.unit_price, second.total) == ("?", "?", "?")
    assert (sheet.discount, sheet.total) == (None, "1 489,52")


def test_rates_follow_the_language_of_the_chat() -> None:
    sheet = panel(_state(), [], "tr").sheet
    assert sheet is not None
    assert sheet.lines[0].vat_rate == "%5,5"


def test_without_a_draft_the_last_issued_document_is_at_hand() -> None:
    issued = [{**DRAFT, "number": "DEVIS-2026-0002"}, {**DRAFT, "number": "DEVIS-2026-0001"}]
    shown = panel(_state(draft=None, documents=issued), [], "fr")
    assert shown.sheet is not None and shown.sheet.number == "DEVIS-2026-0002"
    assert [document.number for document in shown.archive] == ["DEVIS-2026-0001"]


def test_an_empty_state() -> None:
    shown = panel(_state(workflow=None, current_step=None, awaiting=None, draft=None), [], "fr")
    assert (shown.steps, shown.sheet, shown.turns) == ([], None, [])


def test_a_turn_with_its_calls() -> None:
    reading = {
        "confidence": 0.974,
        "unexplained": ["euh"],
        "commands": [
            {
                "name": "add_line_item",
                "args": {"description": "pose", "unit_price": "420", "unit": None},
                "evidence": "pose 420",
                "start": 0,
                "end": 8,
            },
            {"name": "confirm", "args": {}},
        ],
    }
    calls = [
        {"name": "add_line_item", "args": {}, "effect": "DRAFT", "status": "success", "result": "added", "ms": 1.6},
        {"name": "send_whatsapp", "effect": "SEND", "status": "error", "result": "refused"},
    ]
    (turn,) = panel(_state(), [_turn(reading=reading, tool_calls=calls)], "fr").turns
    assert (turn.time, turn.confidence, turn.unexplained) == ("14:05", 97, ["euh"])
    assert turn.commands[0].args == [("description", "pose"), ("unit_price", "420")]
    assert [command.colour for command in turn.commands] == [1, None]
    assert [(call.effect, call.failed, call.ms) for call in turn.calls] == [
        ("DRAFT", False, "2 ms"),
        ("SEND", True, ""),
    ]


@pytest.mark.parametrize("workflow", sorted(STEPS))
def test_progress_along_the_steps(workflow: str) -> None:
    names = STEPS[workflow]
    states = [step.state for step in progress(workflow, names[4])]
    assert states == ["done"] * 4 + ["current"] + ["ahead"] * (len(names) - 5)
    assert {step.state for step in progress(workflow, "completed")} == {"done"}


def test_a_question_has_no_steps() -> None:
    assert progress("ask", "initiated") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_a_name(language: str) -> None:
    names = words(language)["steps"]
    assert all(names[step] for steps in STEPS.values() for step in steps)
