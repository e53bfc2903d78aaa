"""The failure table: every row's failure injected, what was seen, zero lost and zero doubled; the printed table is current."""

from __future__ import annotations

import ast
import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from evals.failures.row import Expected, Row, Seen
from evals.failures.stage import Stage
from evals.failures.table import ROWS, Outcomes, markdown, objections, run
from tests.acceptance.stack import ROOT, Stack

INJECTED = [row for row in ROWS if row.act]
ELSEWHERE = [row for row in ROWS if not row.act]


@pytest.fixture(scope="module")
def outcomes(stack: Stack) -> Outcomes:
    """All rows, side by side on the running stack."""

    async def play() -> Outcomes:
        async with httpx.AsyncClient(base_url=stack.url, timeout=60, trust_env=False) as http:
            assert stack.home is not None
            return await run(Stage(http, stack.database_url, stack.home))

    return asyncio.run(play())


@pytest.mark.parametrize("row", INJECTED, ids=lambda row: row.name)
def test_failure_is_seen_told_and_survived(row: Row, outcomes: Outcomes) -> None:
    assert objections(row, outcomes) == [], outcomes[row.name]


@pytest.mark.parametrize("row", ELSEWHERE, ids=lambda row: row.name)
def test_test_that_a_row_names_exists(row: Row) -> None:
    path, _, name = row.proof.partition("::")
    tree = ast.parse((ROOT / path).read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not name or name in names


def test_names_are_unique() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_documentation_holds_the_table() -> None:
    text = (Path(ROOT) / "docs" / "failures.md").read_text()
    assert markdown() in text, "usta chaos --table prints it anew"


SAW = Seen(
    texts=("Devis pour Garance",), errors=("503 away",), events=("message.failed: x",), attempts=2, statuses=("sent",)
)
ROW = replace(INJECTED[0], expected=Expected(2, "Garance", "503", "message.failed"))


def test_claim_given_back_by_a_busy_worker_is_no_attempt_of_the_provider() -> None:
    held_up = (*SAW.errors, "this worker was held up between claiming and sending")
    assert ROW.objections(replace(SAW, attempts=3, errors=held_up)) == []
    assert ROW.objections(replace(SAW, attempts=1, errors=held_up))


@pytest.mark.parametrize(
    "seen",
    [
        replace(SAW, lost=1),
        replace(SAW, doubled=1),
        replace(SAW, attempts=3),
        replace(SAW, texts=()),
        replace(SAW, errors=("504",)),
        replace(SAW, events=()),
        replace(SAW, statuses=("failed",)),
    ],
)
def test_row_objects_to_what_is_not_as_it_says(seen: Seen) -> None:
    assert ROW.objections(SAW) == [] and ROW.objections(seen)
