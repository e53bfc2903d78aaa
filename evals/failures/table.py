"""Runs the rows of the failure table on a running Usta and prints the table as Markdown."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from evals.failures import elsewhere, receiving, sending
from evals.failures.row import Row, Seen
from evals.failures.stage import Stage
from evals.installation import Installation

ROWS: tuple[Row, ...] = (*sending.ROWS, *receiving.ROWS, *elsewhere.ROWS)
AT_ONCE = 12
"""Rows that run side by side; each has artisans of its own and faults that concern only them."""
SETTINGS = {"RATE_LIMITS": "false", "DEBOUNCE_SCALE": "0", "CLIENT_SEND_HOLD_SECONDS": "0.2", "HEARTBEAT_SECONDS": "5"}

Outcomes = Mapping[str, Seen | BaseException]


async def run(stage: Stage, rows: Sequence[Row] = ROWS) -> Outcomes:
    """Injects the failure of every row that can be injected here; rows that concern everybody run last, alone."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> Seen:
        assert row.act is not None
        async with gate:
            return await row.act(stage)

    together = [row for row in rows if row.act and not row.alone]
    found = await asyncio.gather(*(one(row) for row in together), return_exceptions=True)
    outcomes: dict[str, Seen | BaseException] = {row.name: seen for row, seen in zip(together, found, strict=True)}
    for row in rows:
        if row.act and row.alone:
            (outcomes[row.name],) = await asyncio.gather(one(row), return_exceptions=True)
    return outcomes


async def run_alone() -> Outcomes:
    """The same on a throw-away installation with one worker."""
    with tempfile.TemporaryDirectory(prefix="usta-failures-", ignore_cleanup_errors=True) as folder:
        async with (
            Installation(Path(folder), 1, SETTINGS) as installation,
            httpx.AsyncClient(base_url=installation.address, timeout=60, trust_env=False) as http,
        ):
            return await run(Stage(http, installation.url, Path(folder)))


def objections(row: Row, outcomes: Outcomes) -> list[str]:
    """What was not as the row says; nothing for a row that is proved elsewhere."""
    if row.act is None:
        return []
    seen = outcomes[row.name]
    return row.objections(seen) if isinstance(seen, Seen) else [repr(seen)]


def markdown(rows: Sequence[Row] = ROWS) -> str:
    """The table, as docs/failures.md holds it: what each row says, which the run or the named test checks."""
    lines = [
        "| failure | register | the artisan sees | the admin sees | tried again | lost | doubled | proved by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        proof = f"`{row.proof.rpartition('/')[2]}`" if row.proof else "`usta chaos --table`"
        cells = (row.failure, row.register, row.artisan, row.admin, row.retried, "0", "0", proof)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", "Without a row:", ""]
    lines += [f"- {failure}: {why}." for failure, why in elsewhere.NOT_HERE]
    return "\n".join(lines) + "\n"
