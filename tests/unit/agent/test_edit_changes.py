"""What differs between two readings of a message, said as corrections of the draft (UX-16)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from agent.edit_changes import corrections, withdrawal
from services.documents.schemas import Document, Line
from tools.commands import Command


def line(description: str, **args: Any) -> Command:
    return Command(name="add_line_item", args={"description": description, **args})


def command(name: str, /, **args: Any) -> Command:
    return Command(name=name, args=args)


def document(*said: str) -> Document:
    lines = [
        Line(position=position, description=words.title(), chat_label=words, said=words)
        for position, words in enumerate(said, start=1)
    ]
    return Document(id=UUID(int=7), kind="quote", lines=lines)


START = command("start_document", kind="quote")
PETIT = command("select_client", name="Petit")
PLACO = line("placo", quantity="12", unit="m²", unit_price="35")
PAINT = line("peinture", quantity="30", unit="m²", unit_price="18")


def told(commands: list[Command] | None) -> list[tuple[str, dict[str, Any]]] | None:
    return None if commands is None else [(each.name, each.args) for each in commands]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([START, PETIT, PLACO, PAINT], []),
        (
            [START, PETIT, line("placo", quantity="14", unit="m²", unit_price="35"), PAINT],
            [("update_line_item", {"line": 1, "quantity": "14"})],
        ),
        (
            [START, PETIT, PLACO, line("peinture blanche", quantity="30", unit="m²", unit_price="20")],
            [("update_line_item", {"line": 2, "description": "peinture blanche", "unit_price": "20"})],
        ),
        ([START, PETIT, PLACO], [("remove_line_item", {"line": 2})]),
        ([START, PETIT, PAINT], [("remove_line_item", {"line": 1})]),
        (
            [START, PETIT, PLACO, PAINT, line("plinthes", total="80")],
            [("add_line_item", {"description": "plinthes", "total": "80"})],
        ),
        (
            [START, PETIT, PLACO, line("peinture", quantity="30", unit="m²")],
            [("remove_line_item", {"line": 2}), ("add_line_item", {"description": "peinture", "quantity": "30", "unit": "m²"})],
        ),
        ([START, command("select_client", name="Noé"), PLACO, PAINT], [("select_client", {"name": "Noé"})]),
        ([START, PETIT, PLACO, PAINT, command("set_vat", rate="20")], [("set_vat", {"rate": "20"})]),
        ([command("start_document", kind="invoice"), PETIT, PLACO, PAINT], None),
        ([START, PLACO, PAINT], None),
        ([START, PETIT, PLACO, PAINT, command("confirm")], None),
        ([START, PETIT, PLACO, PAINT, command("send_whatsapp")], None),
        ([START, PETIT, PLACO, PAINT, command("issue_document")], None),
    ],
)  # fmt: skip
def test_corrections(after: list[Command], expected: list[tuple[str, dict[str, Any]]] | None) -> None:
    assert told(corrections([START, PETIT, PLACO, PAINT], after, document("placo", "peinture"))) == expected


def test_a_line_that_was_reworded_since_is_found_by_its_words() -> None:
    changed = line("placo", quantity="14", unit="m²", unit_price="35")
    assert told(corrections([PLACO], [changed], document("cloison", "peinture"))) == [
        ("update_line_item", {"match": "placo", "quantity": "14"})
    ]


@pytest.mark.parametrize(
    ("before", "said", "expected"),
    [
        ([START, PETIT, PLACO], ["placo"], [("cancel_document", {})]),
        ([START, PETIT, PLACO], ["placo", "peinture"], [("remove_line_item", {"line": 1})]),
        ([PAINT], ["placo", "peinture"], [("remove_line_item", {"line": 2})]),
        ([command("set_vat", rate="20")], ["placo"], None),
        ([START, PETIT], ["placo"], None),
    ],
)
def test_withdrawal(before: list[Command], said: list[str], expected: Any) -> None:
    assert told(withdrawal(before, document(*said))) == expected
