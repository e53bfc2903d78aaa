"""What sealing costs, the least of many rounds each: one message alone, and a chat read sealed and in the clear."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select

from db.encryption import Keyring
from db.models import WhatsappMessage
from db.models.base import new_id
from db.session import Database
from evals.bench.many_companies import MESSAGES, make_model_company, unseal
from evals.installation import Installation

WORDS = "Ajoute douze mètres carrés de placo à 35 chez Mme Garance, pose comprise"
CELL = "whatsapp_messages.text"


def measure(*, seconds: float) -> Iterable[dict[str, Any]]:
    """Microseconds of one message, milliseconds of a chat, each beside the same without sealing."""
    return asyncio.run(_measure(seconds))


async def _measure(seconds: float) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="usta-bench-", ignore_cleanup_errors=True) as folder:
        async with Installation(Path(folder), workers=0, settings={"LOG_LEVEL": "ERROR"}) as installation:
            database = Database(installation.url, pool_size=2, keyring=installation.keyring)
            try:
                model = await make_model_company(database)
                sealed = await _reading(database, model, seconds / 3)
                with psycopg.connect(installation.url, autocommit=True) as connection:
                    unseal(connection, database.keyring(), model)
                plain = await _reading(database, model, seconds / 3)
                return [*_alone(database.keyring(), seconds / 9), _chat(sealed, plain)]
            finally:
                await database.close()


async def _reading(database: Database, organization_id: UUID, seconds: float) -> float:
    """Least milliseconds to read the company's messages through the models."""
    query = select(WhatsappMessage).where(WhatsappMessage.organization_id == organization_id)
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not taken:
        async with database.tenant(organization_id) as session:
            began = time.perf_counter()
            (await session.scalars(query)).all()
            taken.append(time.perf_counter() - began)
    return min(taken) * 1000


def _alone(keys: Keyring, seconds: float) -> list[dict[str, Any]]:
    row = new_id()
    sealed, encoded = keys.seal(WORDS, CELL, row), json.dumps(WORDS)
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object], str]] = {
        "sealing a message": (lambda: keys.seal(WORDS, CELL, row), lambda: json.dumps(WORDS), "writing it as JSON"),
        "opening a message": (
            lambda: keys.open(sealed, CELL, row),
            lambda: json.loads(encoded),
            "reading it from JSON",
        ),
    }
    figures = []
    for name, (work, beside, what) in pairs.items():
        own, baseline = _microseconds(work, seconds), _microseconds(beside, seconds)
        figures.append(
            {
                "figure": name,
                "unit": "µs",
                "value": round(own, 2),
                "baseline": round(baseline, 2),
                "ratio": round(own / baseline, 2),
                "baseline_is": what,
                "characters": len(WORDS),
                "stored_characters": len(sealed),
            }
        )
    return figures


def _microseconds(work: Callable[[], object], seconds: float) -> float:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not taken:
        began = time.perf_counter()
        for _ in range(100):
            work()
        taken.append((time.perf_counter() - began) / 100)
    return min(taken) * 1_000_000


def _chat(sealed: float, plain: float) -> dict[str, Any]:
    return {
        "figure": "reading the messages of a company",
        "unit": "ms",
        "value": round(sealed, 2),
        "baseline": round(plain, 2),
        "ratio": round(sealed / plain, 2),
        "baseline_is": "the same rows in the clear",
        "messages": MESSAGES,
    }
