"""Jobs of storage: waiting files go back to the store, an admin is told when it is down, a full disk is relieved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from db.queue import database, queue
from db.repositories import operations as repository
from db.repositories.accounts import add_log
from services.storage.disk import disk_share
from services.storage.retention import FULL, KEEP_WHEN_FULL
from services.storage.service import Storage, storage

log = structlog.get_logger()


@queue.periodic(cron="* * * * *")
@queue.task(name="watch_storage", queueing_lock="watch_storage")
async def watch_storage(timestamp: int) -> None:
    """Once a minute: files that waited go to the store; its going and coming back are written in the system log."""
    await watch(storage())


async def watch(files: Storage) -> None:
    """One look at the store. A local folder has no such troubles."""
    if not files.may_be_down:
        return
    answers = await files.answers()
    moved = await files.move_back() if answers else 0
    backlog = await files.backlog()
    async with database().system() as session:
        was_down = await repository.last_event(session, ("storage.down", "storage.back")) == "storage.down"
        if not answers and not was_down:
            text = f"The object store does not answer; {backlog.files} files wait on this machine."
            add_log(session, None, "storage.down", text, type="error", store=files.url)
        elif answers and was_down:
            add_log(session, None, "storage.back", "The object store answers again.", store=files.url)
        if moved:
            text = f"{moved} files that had waited are in the object store."
            add_log(session, None, "storage.moved_back", text, files=moved, still_waiting=backlog.files)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="relieve_disk", queueing_lock="relieve_disk")
async def relieve_disk(timestamp: int) -> None:
    """When the disk of the local folder is nearly full, media of yesterday and before go now, and an admin is told."""
    files = storage()
    if files.may_be_down or (share := await asyncio.to_thread(disk_share, Path(files.url))) < FULL:
        return
    async with database().system() as session:
        organizations = await repository.organization_ids(session)
    removed = await clean(files, organizations, datetime.now(UTC), KEEP_WHEN_FULL)
    async with database().system() as session:
        text = f"The disk of {files.url} is {share:.0%} full; {removed} old media files were removed."
        add_log(session, None, "storage.disk_full", text, type="error", share=round(share, 3), removed=removed)


async def old_files(files: Storage, organization: UUID, now: datetime, keep: dict[str, timedelta]) -> list[str]:
    """The keys of an organization's files that are older than their folder's time."""
    return [
        entry.path
        for folder, time in keep.items()
        for entry in await files.files(organization, folder)
        if now - entry.modified > time
    ]


async def clean(files: Storage, organizations: list[UUID], now: datetime, keep: dict[str, timedelta]) -> int:
    """Removes files older than their folder's time; how many. One that cannot be removed does not save the others."""
    removed = 0
    for organization in organizations:
        for key in await old_files(files, organization, now, keep):
            try:
                await files.delete(key)
                removed += 1
            except OSError as error:
                log.warning("storage.not_removed", key=key, error=str(error))
    log.info("storage.cleaned", files=removed)
    return removed
