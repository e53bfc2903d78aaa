"""Takes away what has been kept long enough, company by company, in small transactions (C25, R247).

A run that breaks off has done a part of the work; the next one does the rest. What was taken is in the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from db.repositories import operations
from db.repositories import privacy_retention as repository
from db.repositories.accounts import add_log, get_organization
from db.repositories.privacy_erasing import erase
from db.session import Database
from services.documents import hold
from services.privacy.data_classes import BY_NAME, days_of
from services.storage.jobs import clean, old_files
from services.storage.service import Storage

BATCH = 1000
NOBODYS = ("strangers", "webhooks", "session_log", "technical_logs", "audit_trail", "access_log")
"""Classes of which there are rows that belong to no company."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What went, or would go: of whom (None: of no company), of which class, which table or folder, what became of it."""

    organization_id: UUID | None
    data_class: str
    where: str
    then: str
    count: int


async def sweep(
    database: Database, files: Storage, now: datetime, *, dry_run: bool = False, only: UUID | None = None
) -> list[Swept]:
    """One round over everything, or over ``only`` one company. ``dry_run`` counts and changes nothing."""
    async with database.system() as session:
        organizations = [only] if only else await operations.organization_ids(session)
    found: list[Swept] = []
    for organization_id in organizations:
        async with database.system() as session:
            choice = await repository.choice(session, organization_id)
        days = choice.days if choice else {}
        mine = await _documents(database, files, organization_id, days, now, dry_run)
        mine += await _rows(database, organization_id, [*repository.RULES], days, now, dry_run)
        mine += await _files(files, organization_id, days, now, dry_run)
        await _note(database, organization_id, mine, dry_run)
        found += mine
    if only is None:
        nobodys = await _rows(database, None, NOBODYS, {}, now, dry_run)
        await _note(database, None, nobodys, dry_run)
        found += nobodys
    return found


async def _documents(
    database: Database, files: Storage, organization_id: UUID, days: Mapping[str, int], now: datetime, dry_run: bool
) -> list[Swept]:
    """What was issued and whose hold is over; of an erased company then also what it was kept for (C27)."""
    try:
        gone = await hold.end(database, files, organization_id, now, days_of(days, "documents"), dry_run=dry_run)
    except OSError as error:  # its files go with it or not at all: another night
        log.warning("privacy.hold_not_ended", organization=str(organization_id), error=str(error)[:300])
        return []
    if gone and not dry_run:
        async with database.system() as session:
            if (await get_organization(session, organization_id)).status == "erased":
                for table, count in (await erase(session, organization_id, "tenant", None))[0].items():
                    gone[table] = gone.get(table, 0) + count
    return [Swept(organization_id, "documents", table, "delete", count) for table, count in gone.items()]


async def _rows(
    database: Database,
    organization_id: UUID | None,
    classes: Sequence[str],
    days: Mapping[str, int],
    now: datetime,
    dry_run: bool,
) -> list[Swept]:
    found = []
    for name in classes:
        if organization_id and BY_NAME[name].name in ("strangers", "webhooks"):
            continue
        before = now - timedelta(days=days_of(days, name))
        for rule in repository.RULES[name]:
            count = await _apply(database, organization_id, rule, before, dry_run)
            if count:
                then = "delete" if rule.values is None else "archive" if name == "quiet_chats" else "anonymise"
                found.append(Swept(organization_id, name, rule.model.__tablename__, then, count))
    return found


async def _apply(
    database: Database, organization_id: UUID | None, rule: repository.Rule, before: datetime, dry_run: bool
) -> int:
    if dry_run:
        async with database.system() as session:
            return await repository.count(session, organization_id, rule, before)
    total = 0
    while True:
        async with database.system() as session:
            done = await repository.apply(session, organization_id, rule, before, BATCH)
        total += done
        if done < BATCH:
            return total


async def _files(
    files: Storage, organization_id: UUID, days: Mapping[str, int], now: datetime, dry_run: bool
) -> list[Swept]:
    found = []
    for each in BY_NAME.values():
        if each.folder is None:
            continue
        keep = {each.folder: timedelta(days=days_of(days, each.name))}
        try:
            if dry_run:
                count = len(await old_files(files, organization_id, now, keep))
            else:
                count = await clean(files, [organization_id], now, keep)
        except OSError as error:  # a store that is down does not save the rows of the other companies
            log.warning("privacy.files_not_swept", organization=str(organization_id), error=str(error)[:300])
            break
        if count:
            found.append(Swept(organization_id, each.name, f"files: {each.folder}", "delete", count))
    return found


async def _note(database: Database, organization_id: UUID | None, swept: Sequence[Swept], dry_run: bool) -> None:
    if dry_run or not swept:
        return
    text = ", ".join(f"{each.count} {each.where} ({each.then})" for each in swept)
    counts = [{"class": each.data_class, "where": each.where, "then": each.then, "count": each.count} for each in swept]
    async with database.system() as session:
        add_log(session, organization_id, "privacy.swept", text, type="audit", swept=counts)
