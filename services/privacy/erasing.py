"""Erasing a company, a client or a member: planned, waited with, done by a job, certified (R249, C27)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.checkpoints import delete_threads
from db.models import Erasure
from db.models.base import new_id
from db.queue import defer
from db.repositories import erasures, members, privacy_retention, privacy_subjects
from db.repositories import privacy_erasing as repository
from db.repositories.accounts import add_log
from db.repositories.privacy_subjects import Scope
from db.session import Database, raw_connection
from services.attachments.schemas import seen_of
from services.documents.hold import hold_ends
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.privacy.certificate import certificate, text
from services.privacy.data_classes import days_of
from services.storage.keys import is_issued
from services.storage.service import Storage

ERASE = "erase"
FOLDERS = ("attachments", "audio", "photos", "previews", "company", "exports")
Disconnect = Callable[[UUID], Awaitable[None]]
"""Ends the connection of one WhatsApp number at its provider; raises while the provider cannot be reached."""


class SubjectUnknown(LookupError):
    """The company has no such client or member."""


class OwnerStays(Exception):
    """The owner goes with his company."""


class Waiting(Exception):
    """The same erasure waits already."""


class TooLate(Exception):
    """It is being done, is done or was cancelled."""


async def plan(
    session: AsyncSession, organization_id: UUID, scope: Scope, subject_id: UUID | None, now: datetime
) -> dict[str, Any]:
    """What would be deleted and what would stay, with reasons; nothing is changed. Raises ``SubjectUnknown``."""
    if not await privacy_subjects.exists(session, organization_id, scope, subject_id):
        raise SubjectUnknown(str(subject_id))
    deleted, reduced = await repository.counts(session, organization_id, scope, subject_id)
    return await _certificate(session, organization_id, scope, subject_id, deleted, reduced, now)


async def ask(
    session: AsyncSession,
    by: Principal,
    organization_id: UUID,
    scope: Scope,
    subject_id: UUID | None,
    due_at: datetime,
) -> Erasure:
    """Sets an erasure up for ``due_at``. Raises ``SubjectUnknown``, ``OwnerStays`` and ``Waiting``."""
    if not await privacy_subjects.exists(session, organization_id, scope, subject_id):
        raise SubjectUnknown(str(subject_id))
    if scope == "member" and subject_id in await members.lock_owners(session, organization_id):
        raise OwnerStays
    erasure = Erasure(
        id=new_id(),
        organization_id=organization_id,
        scope=scope,
        subject_id=subject_id,
        requested_by_kind=by.kind,
        requested_by=by.id,
        due_at=due_at,
    )
    try:
        async with session.begin_nested():
            session.add(erasure)
    except IntegrityError as error:
        raise Waiting from error
    await defer(
        session, ERASE, lock=f"erase:{organization_id}", schedule_at=due_at, organization_id=str(organization_id),
        erasure_id=str(erasure.id),
    )  # fmt: skip
    note_by(session, by, organization_id, "erasure.asked", f"Erasure: {scope}.", erasure_id=str(erasure.id))
    await session.flush()
    await session.refresh(erasure)
    return erasure


async def cancel(session: AsyncSession, by: Principal, erasure: Erasure) -> None:
    """Takes it back, as long as it waits. Raises ``TooLate``. ``erasure`` is locked."""
    if erasure.status != "scheduled":
        raise TooLate
    erasure.status, erasure.finished_at = "cancelled", datetime.now(UTC)
    note_by(session, by, erasure.organization_id, "erasure.cancelled", "Erasure cancelled.", erasure_id=str(erasure.id))


async def carry_out(
    database: Database, files: Storage, disconnect: Disconnect, organization_id: UUID, erasure_id: UUID, now: datetime
) -> None:
    """Does what is due. Every step may be done again: a run that breaks off is repeated from its beginning.

    First the doors are closed and the numbers disconnected, then the rows go in one transaction, then the files.
    """
    async with database.system() as session:
        erasure = await erasures.get(session, organization_id, erasure_id, lock=True)
        if erasure is None or erasure.status not in ("scheduled", "running") or erasure.due_at > now:
            return
        erasure.status = "running"
        scope: Scope = erasure.scope  # type: ignore[assignment]
        who = erasure.subject_id
        await _close_doors(session, organization_id, scope, who, now)
        numbers = await repository.numbers(session, organization_id, who) if scope != "client" else []
    for account_id in numbers:
        await disconnect(account_id)
    if not erasure.certificate:
        async with database.system() as session:
            erasure = await erasures.get(session, organization_id, erasure_id, lock=True)
            assert erasure is not None
            erasure.certificate = await _erase_rows(session, organization_id, scope, who, now)
    removed = await _erase_files(files, organization_id, scope, erasure.certificate.get("keys", []))
    async with database.system() as session:
        erasure = await erasures.get(session, organization_id, erasure_id, lock=True)
        assert erasure is not None
        done = {name: value for name, value in erasure.certificate.items() if name not in ("keys", "text")}
        if removed:
            done["deleted"] = done["deleted"] | {"files": removed}
        erasure.certificate = done | {"text": text(done)}
        erasure.status, erasure.finished_at = "done", datetime.now(UTC)
        summary = f"Erased: {scope}; {sum(done['deleted'].values())} rows and files."
        add_log(session, organization_id, "erasure.done", summary, type="audit", erasure_id=str(erasure_id))


async def fail(database: Database, organization_id: UUID, erasure_id: UUID) -> None:
    """Says that it did not succeed, for somebody to look at; it can be asked for again."""
    async with database.system() as session:
        erasure = await erasures.get(session, organization_id, erasure_id, lock=True)
        if erasure is not None and erasure.status == "running":
            erasure.status, erasure.finished_at = "failed", datetime.now(UTC)
            what = f"An erasure ({erasure.scope}) was tried for days and given up: look at the worker's log, then ask again."
            add_log(session, organization_id, "erasure.failed", what, type="error", erasure_id=str(erasure_id))


async def _close_doors(
    session: AsyncSession, organization_id: UUID, scope: Scope, who: UUID | None, now: datetime
) -> None:
    """Nobody concerned signs in or gives orders from here on."""
    if scope == "tenant":
        await members.revoke_sessions(session, organization_id, None, "erased")
        await members.suspend_all(session, organization_id)
        await members.revoke_keys(session, organization_id, now)
    elif scope == "member":
        await members.revoke_sessions(session, organization_id, who, "erased")


async def _erase_rows(
    session: AsyncSession, organization_id: UUID, scope: Scope, who: UUID | None, now: datetime
) -> dict[str, Any]:
    keys = _keys(await repository.files_of(session, organization_id, scope, who))
    runs = await repository.runs(session, organization_id, scope, who)
    await delete_threads(await raw_connection(session), [f"{organization_id}:{run}" for run in runs])
    deleted, reduced = await repository.erase(session, organization_id, scope, who)
    found = await _certificate(session, organization_id, scope, who, deleted, reduced, now)
    return found | {"keys": keys}


async def _certificate(
    session: AsyncSession,
    organization_id: UUID,
    scope: Scope,
    who: UUID | None,
    deleted: dict[str, int],
    reduced: dict[str, int],
    now: datetime,
) -> dict[str, Any]:
    kept = await repository.kept(session, organization_id, scope, who)
    youngest = await repository.last_issued(session, organization_id, scope, who) if kept else None
    choice = await privacy_retention.choice(session, organization_id)
    until = hold_ends(youngest, days_of(choice.days if choice else {}, "documents")) if youngest else None
    return certificate(scope, deleted=deleted, reduced=reduced, kept=kept, until=until, at=now)


def _keys(found: Sequence[tuple[dict[str, Any], str | None]]) -> list[str]:
    keys = {audio for _, audio in found if audio}
    for details, _ in found:
        seen = seen_of(details)
        keys |= set(seen.keys) if seen else set()
    return sorted(key for key in keys if not is_issued(key))


async def _erase_files(files: Storage, organization_id: UUID, scope: Scope, keys: list[str]) -> int:
    """Removes the company's files but those of issued documents, or the files of a person's messages; how many."""
    gone = list(keys)
    if scope == "tenant":
        for folder in FOLDERS:
            gone += [entry.path for entry in await files.files(organization_id, folder)]
    for key in gone:
        await files.delete(key)
    return len(gone)
