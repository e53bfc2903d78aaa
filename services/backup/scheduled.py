"""A backup as this installation is configured, by command or by the nightly job; what became of it is in the system log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from db.repositories.accounts import add_log
from db.server import database_url
from db.session import Database
from db.settings import Settings
from services.backup import service
from services.backup.archive import recipients_of
from services.backup.destination import Destination
from services.backup.schemas import Tell, quiet
from services.backup.service import Installation, Made
from services.storage.service import storage

DONE, FAILED = "backup.done", "backup.failed"


def installation_of(settings: Settings) -> Installation:
    """Database, storage and home as configured; the embedded server is started if needed."""
    return Installation(database_url(settings), storage(), settings.home.absolute())


async def back_up(
    settings: Settings, where: str, recipients: Sequence[str], keep: int | None = None, tell: Tell = quiet
) -> Made:
    """Makes a backup and notes it in the system log, also when it failed (R258). Raises ``BackupError``."""
    installation = await asyncio.to_thread(installation_of, settings)
    database = Database(installation.url, pool_size=1)
    now = datetime.now(UTC)
    try:
        try:
            keys = recipients_of(recipients)
            destination = Destination.at(where, settings.storage_options, now)
            count = settings.backup_keep if keep is None else keep
            made = await service.create(installation, destination, keys, now=now, keep=count, tell=tell)
        except Exception as error:
            async with database.system() as session:
                add_log(session, None, FAILED, f"The backup failed: {error}"[:500], type="error")
            raise
        async with database.system() as session:
            incomplete = len(made.manifest.damaged) + len(made.manifest.missing)
            text = f"{made.path}: {made.size} bytes" + (f", {incomplete} files are not in it" if incomplete else "")
            type_ = "warning" if incomplete else "info"
            add_log(session, None, DONE, text, type=type_, size=made.size, files=made.manifest.files.entries)
        return made
    finally:
        await database.close()
