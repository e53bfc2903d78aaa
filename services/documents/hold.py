"""The end of the hold: what was issued ten years ago goes with its file, and the chain still proves that nothing else did.

Documents that belong together (a quote, its amendments, its invoices, their credit notes) go together, when the youngest
may: a payment or a status counts as well as an issue. An event of the chain loses its words and keeps its hashes; a new
one, ``hold_ended``, names the number that ended.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import document_hold as repository
from db.repositories.events import last_event
from db.session import Database
from services.documents import events
from services.storage.keys import is_issued
from services.storage.service import Storage

LEAST_DAYS = 3653
"""Ten years, whatever leap years lie in them (C. com. L123-22)."""
log = structlog.get_logger(__name__)


def hold_ends(last: date, days: int = LEAST_DAYS) -> date:
    """The first day on which a document may go: so many days from the end of the year of what happened last to it."""
    return date(last.year + 1, 1, 1) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Ended:
    """Documents that belong together and whose hold is over."""

    documents: tuple[Any, ...]

    @property
    def ids(self) -> list[UUID]:
        return [row.id for row in self.documents]


async def ended(session: AsyncSession, organization_id: UUID, today: date, days: int) -> list[Ended]:
    """The groups of documents whose hold of ``days`` is over, the oldest first."""
    if not await repository.issued_before(session, organization_id, today - timedelta(days=days)):
        return []
    groups = _together(await repository.dated(session, organization_id))
    return [
        Ended(tuple(group))
        for group in groups
        if any(row.number for row in group) and hold_ends(max(row.last for row in group), days) <= today
    ]


async def end(
    database: Database, files: Storage, organization_id: UUID, now: datetime, days: int, *, dry_run: bool = False
) -> dict[str, int]:
    """Lets go what is ready, one group in one transaction; what went by table, with ``files``. Raises ``StoreDown``.

    Files go last in the transaction: when it breaks off, the rows are there and the next night does it again.
    """
    async with database.system() as session:
        ready = await ended(session, organization_id, now.date(), days)
    counts: dict[str, int] = defaultdict(int)
    for group in ready:
        if dry_run:
            for row in group.documents:
                counts[row.shelf] += 1
            continue
        try:
            async with database.system() as session:
                gone = await _end_group(session, files, organization_id, group, now)
        except IntegrityError as error:  # somebody made a draft that follows it just now, or the database counts longer
            log.warning("documents.hold_not_ended", organization=str(organization_id), error=str(error.orig)[:300])
            continue
        for table, number in gone.items():
            counts[table] += number
    return dict(counts)


async def _end_group(
    session: AsyncSession, files: Storage, organization_id: UUID, group: Ended, now: datetime
) -> dict[str, int]:
    await last_event(session, organization_id)
    told = await repository.events_about(session, organization_id, group.ids)
    keys = await repository.pdf_keys(session, organization_id, group.ids)
    keys |= {key for event in told if (key := _key_of(event))}
    for row in group.documents:
        if row.number:
            facts = {
                "number": row.number,
                "last": row.last.isoformat(),
                "events": [event.sequence for event in told if event.document_id == row.id],
            }
            await events.append(
                session, organization_id, "hold_ended", kind=row.kind, document_id=row.id, facts=facts, now=now
            )
    counts = await repository.remove(session, organization_id, group.ids)
    for key in sorted(keys):
        await files.delete(key, hold_is_over=True)
    return counts | ({"files": len(keys)} if keys else {})


def _key_of(event: Any) -> str | None:
    if event.event != "pdf_stored" or not event.payload:
        return None
    key = json.loads(event.payload).get("key")
    return key if isinstance(key, str) and is_issued(key) else None


def _together(rows: Sequence[Any]) -> list[list[Any]]:
    """Groups of documents that follow or correct one another."""
    head = {row.id: row.id for row in rows}

    def top(one: UUID) -> UUID:
        while head[one] != one:
            head[one] = head[head[one]]
            one = head[one]
        return one

    for row in rows:
        for other in (row.follows, row.corrects):
            if other in head:
                head[top(row.id)] = top(other)
    groups: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        groups[top(row.id)].append(row)
    return list(groups.values())
