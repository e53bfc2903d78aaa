"""The log as people read it: who did what to which thing, from where (R254), and what the house noted (R253)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SystemLog
from db.paging import Rows, Wanted
from db.repositories import logs as repository
from db.repositories.logs import LogFilter

_WHO = ("key_id", "platform_id")


class Performer(BaseModel):
    """Who did it: a member, a program with a key, an admin of the installation, or the house's own jobs."""

    kind: Literal["member", "key", "platform", "system"]
    id: UUID | None = None
    name: str | None = None


class LogLine(BaseModel):
    """A line of the log. ``action`` is the event, ``resource`` its first word, ``resource_id`` what it is about.

    From where an admin of the installation came is not shown to a company.
    """

    id: UUID
    organization_id: UUID | None
    type: Literal["info", "warning", "error", "audit"]
    action: str
    resource: str
    resource_id: UUID | None
    performer: Performer
    description: str | None
    details: dict[str, Any]
    ip_address: str | None
    user_agent: str | None
    created_at: datetime


async def page(
    session: AsyncSession, organization_id: UUID | None, wanted: LogFilter, place: Wanted, *, to_company: bool
) -> Rows[LogLine]:
    """One page of a company's log, or of the whole installation's when None; ``to_company``: its people read it."""
    found = await repository.page(session, organization_id, wanted, place)
    who = {each for row in found.rows if (each := _performer_id(row)) is not None}
    names = await repository.names_of(session, organization_id, who)
    return Rows([_line(row, names, to_company=to_company) for row in found.rows], found.next)


def _line(row: SystemLog, names: dict[UUID, str | None], *, to_company: bool) -> LogLine:
    performer = _performer(row, names)
    hidden = to_company and performer.kind == "platform"
    return LogLine(
        id=row.id,
        organization_id=row.organization_id,
        type=row.type,
        action=row.event,
        resource=row.event.partition(".")[0],
        resource_id=row.about,
        performer=performer,
        description=row.description,
        details={name: value for name, value in row.details.items() if name not in _WHO},
        ip_address=None if hidden else row.ip_address,
        user_agent=None if hidden else row.user_agent,
        created_at=row.created_at,
    )


def _performer_id(row: SystemLog) -> UUID | None:
    given = row.user_id or next((row.details[name] for name in _WHO if row.details.get(name)), None)
    return UUID(str(given)) if given else None


def _performer(row: SystemLog, names: dict[UUID, str | None]) -> Performer:
    who = _performer_id(row)
    if who is None:
        return Performer(kind="system")
    if row.user_id is None and row.details.get("platform_id"):
        return Performer(kind="platform", id=who)
    return Performer(kind="member" if row.user_id else "key", id=who, name=names.get(who))
