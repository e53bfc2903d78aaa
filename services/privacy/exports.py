"""Everything about a company, a client or a member as ZIP files: asked for, made by a job, fetched, gone (R248).

Rows are read in a transaction of the company alone, under row-level security: nothing of another one can slip in.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DataExport
from db.models.base import new_id
from db.queue import defer
from db.repositories import privacy_exports as repository
from db.repositories import privacy_retention, privacy_subjects
from db.repositories.accounts import get_organization
from db.repositories.privacy_subjects import MODELS, Scope
from db.session import Database
from services.attachments.schemas import seen_of
from services.documents.issued import NotIssued, xml_of
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.privacy.archive import Archive
from services.privacy.contents import LEFT_OUT, file_name, schema, shown
from services.privacy.data_classes import days_of
from services.storage.links import Link, link_to
from services.storage.service import NotStored, Storage, StoreDown

MAKE = "make_export"
ATTEMPTS = 4
BATCH = 500
GIVEN_UP_AFTER = timedelta(hours=6)
"""An export that is not done by then does not stand in the way of the next."""
FOLDERS = ("quotes", "invoices", "photos", "attachments", "audio", "company", "previews")
_README = """Export de données personnelles, produit par Usta (RGPD, articles 15 et 20).

manifest.json  liste des fichiers, nombre de lignes, empreintes SHA-256 ; ce qui n'y est pas et pourquoi
schema.json    signification des fichiers JSON et de leurs champs
*.json         les données, un fichier par sorte
documents/     devis et factures (PDF), factures électroniques (XML)
media/         photos, fichiers et notes vocales
"""


class SubjectUnknown(LookupError):
    """The company has no such client or member."""


class UnderWay(Exception):
    """Another export of the company is being made."""


async def ask(
    session: AsyncSession, by: Principal, organization_id: UUID, scope: Scope, subject_id: UUID | None
) -> DataExport:
    """Asks for an export; a job makes it. Raises ``SubjectUnknown`` and ``UnderWay``."""
    await get_organization(session, organization_id)
    if not await privacy_subjects.exists(session, organization_id, scope, subject_id):
        raise SubjectUnknown(str(subject_id))
    if await repository.under_way(session, organization_id, datetime.now(UTC) - GIVEN_UP_AFTER):
        raise UnderWay
    export = DataExport(
        id=new_id(),
        organization_id=organization_id,
        scope=scope,
        subject_id=subject_id,
        requested_by_kind=by.kind,
        requested_by=by.id,
    )
    session.add(export)
    await session.flush()
    await defer(
        session, MAKE, lock=f"export:{organization_id}", organization_id=str(organization_id), export_id=str(export.id)
    )
    note_by(session, by, organization_id, "export.asked", f"Export: {scope}.", export_id=str(export.id))
    await session.flush()
    await session.refresh(export)
    return export


async def links(files: Storage, export: DataExport, base_url: str, now: datetime) -> list[Link]:
    """Links to the parts, good for 24 hours; none before it is done or after it has gone."""
    if export.status != "done" or export.expires_at is None or export.expires_at <= now:
        return []
    names = [f"export-{export.scope}-{export.created_at:%Y-%m-%d}-{n}.zip" for n in range(1, len(export.parts) + 1)]
    return [await link_to(files, part["key"], name, base_url) for part, name in zip(export.parts, names, strict=True)]


async def make(database: Database, files: Storage, organization_id: UUID, export_id: UUID) -> None:
    """Writes the archives and stores them. Begins anew when it is called again before it was done."""
    async with database.tenant(organization_id) as session:
        export = await repository.get(session, organization_id, export_id)
        choice = await privacy_retention.choice(session, organization_id)
    if export is None or export.status == "done":
        return
    with tempfile.TemporaryDirectory(prefix="usta-export-") as folder:
        making = _Making(database, files, export, Archive(Path(folder)))
        await making.run()
        parts = []
        for number, path in enumerate(making.archive.paths, 1):
            content = path.read_bytes()
            key = f"org/{organization_id}/exports/{export_id}-{number}.zip"
            await files.put(key, content, "application/zip")
            parts.append({"key": key, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    now = datetime.now(UTC)
    kept = timedelta(days=days_of(choice.days if choice else {}, "exports"))
    await _write(
        database, export, status="done", parts=parts, counts=making.counts, rows_done=making.done, finished_at=now,
        expires_at=now + kept, error=None,
    )  # fmt: skip


async def give_up(database: Database, organization_id: UUID, export_id: UUID, error: Exception) -> None:
    """Says that an export will not come."""
    async with database.tenant(organization_id) as session:
        await repository.write(
            session,
            organization_id,
            export_id,
            status="failed",
            error=type(error).__name__,
            finished_at=datetime.now(UTC),
        )


async def _write(database: Database, export: DataExport, **values: Any) -> None:
    async with database.tenant(export.organization_id) as session:
        await repository.write(session, export.organization_id, export.id, **values)


class _Making:
    """One export under way."""

    def __init__(self, database: Database, files: Storage, export: DataExport, archive: Archive) -> None:
        self.database, self.files, self.export, self.archive = database, files, export, archive
        self.organization_id, self.subject_id = export.organization_id, export.subject_id
        self.scope: Scope = export.scope  # type: ignore[assignment]
        self.done = 0
        self.counts: dict[str, int] = {}
        self.left_out = dict(LEFT_OUT)
        self.keys: dict[str, str] = {}

    async def run(self) -> None:
        async with self.database.tenant(self.organization_id) as session:
            tables = await self._tables(session)
            self.counts = {table: await self._count(session, table) for table in tables}
        self.counts = {table: count for table, count in self.counts.items() if count}
        await _write(
            self.database, self.export, status="running", rows_total=sum(self.counts.values()), rows_done=0, error=None
        )
        async with self.database.tenant(self.organization_id) as session:
            if self.scope == "tenant":
                organization = await get_organization(session, self.organization_id)
                columns = {column.key: getattr(organization, column.key) for column in organization.__table__.columns}
                await self.archive.add_rows("company", "organizations", [columns])
                await self.archive.end_rows()
            for table in self.counts:
                await self._rows(session, table)
            await self._electronic(session)
        if self.scope == "tenant":
            await self._folders()
        await self._media()
        counts = {file_name(table): count for table, count in self.counts.items()}
        await self.archive.add_file("schema.json", "schema", _json(schema(list(self.counts))))
        await self.archive.add_file("LISEZ-MOI.txt", "readme", _README.encode())
        manifest = {
            "scope": self.scope,
            "subject_id": self.subject_id and str(self.subject_id),
            "organization_id": str(self.organization_id),
            "made_at": datetime.now(UTC).isoformat(),
            "counts": counts,
            "files": self.archive.files,
            "left_out": self.left_out,
        }
        await self.archive.add_file("manifest.json", "manifest", _json(manifest))
        await self.archive.close()
        self.counts = counts

    async def _tables(self, session: AsyncSession) -> list[str]:
        readable = await privacy_subjects.readable_tables(session)
        for table in sorted(MODELS.keys() - readable - self.left_out.keys()):
            self.left_out[table] = "of the installation's own work: a company's transaction cannot read it"
        return sorted(MODELS.keys() - self.left_out.keys())

    async def _count(self, session: AsyncSession, table: str) -> int:
        return await privacy_subjects.count(session, self.organization_id, self.scope, self.subject_id, table)

    async def _rows(self, session: AsyncSession, table: str) -> None:
        rows = await session.stream_scalars(self._selected(table))
        async for batch in rows.partitions(BATCH):
            await self.archive.add_rows(file_name(table), table, [shown(table, row) for row in batch])
            for row in batch:
                self._remember(table, row)
                session.expunge(row)
            self.done += len(batch)
            await _write(self.database, self.export, rows_done=self.done)
        await self.archive.end_rows()

    def _selected(self, table: str) -> Any:
        return privacy_subjects.selected(self.organization_id, self.scope, self.subject_id, table)

    def _remember(self, table: str, row: Any) -> None:
        """The files that belong to a row."""
        if table in ("quotes", "invoices") and row.pdf_key and row.pdf_status == "ready":
            self.keys[row.pdf_key] = f"documents/{row.pdf_key.rsplit('/', 1)[-1]}"
        if table == "whatsapp_messages" and (seen := seen_of(row.details)):
            self.keys |= {key: f"media/{'-'.join(key.split('/')[3:])}" for key in seen.keys}
        if table == "voice_transcriptions" and row.audio_key:
            self.keys[row.audio_key] = f"media/{'-'.join(row.audio_key.split('/')[3:])}"

    async def _electronic(self, session: AsyncSession) -> None:
        """Electronic invoices, made of what was frozen at issue."""
        rows = await session.stream_scalars(self._selected("invoices"))
        async for row in rows:
            session.expunge(row)
            try:
                found = xml_of(row, "factur-x")
            except NotIssued:
                continue
            await self.archive.add_file(f"documents/{found.name}", "electronic invoices", found.content)

    async def _folders(self) -> None:
        for folder in FOLDERS:
            is_document = folder in ("quotes", "invoices")
            for entry in await self.files.files(self.organization_id, folder):
                inside = entry.path.split("/")[3:]
                name = f"documents/{inside[-1]}" if is_document else f"media/{folder}/{'-'.join(inside)}"
                self.keys.setdefault(entry.path, name)

    async def _media(self) -> None:
        names: set[str] = set()
        for key, name in self.keys.items():
            if name in names:
                name = f"{name.rsplit('/', 1)[0]}/{len(names)}-{name.rsplit('/', 1)[1]}"
            names.add(name)
            try:
                content = await self.files.get(key)
            except StoreDown:
                raise
            except (NotStored, OSError) as error:
                self.left_out[name] = f"not kept any more or not readable: {type(error).__name__}"
                continue
            await self.archive.add_file(name, "files", content)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
