"""What a company chose of the table of data classes: read, checked, kept version by version (R247)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RetentionChoice
from db.repositories import privacy_retention as repository
from services.identity.journal import note_by
from services.identity.principals import Principal
from services.privacy.data_classes import BY_NAME, CLASSES, DataClass, checked, days_of


class ChangedMeanwhile(Exception):
    """Somebody else chose at the same moment; read again and decide anew."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A class and for how many days it is kept."""

    data_class: DataClass
    days: int


async def in_force(session: AsyncSession, organization_id: UUID) -> tuple[RetentionChoice | None, list[Kept]]:
    """The last choice of a company, and the whole table with it."""
    row = await repository.choice(session, organization_id)
    days = row.days if row else {}
    return row, [Kept(each, days_of(days, each.name)) for each in CLASSES]


async def choose(
    session: AsyncSession, by: Principal, organization_id: UUID, days: Mapping[str, int]
) -> RetentionChoice:
    """Stores the next version of a company's choices: what is not named is kept for the default.

    Raises ``OutOfBounds`` (data_classes) and ``ChangedMeanwhile``.
    """
    chosen = checked(days)
    last = await repository.choice(session, organization_id)
    row = RetentionChoice(
        organization_id=organization_id,
        version=(last.version if last else 0) + 1,
        days=chosen,
        author_kind=by.kind,
        author_id=by.id,
    )
    try:
        async with session.begin_nested():
            await repository.add_choice(session, row)
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    text = ", ".join(f"{name}: {chosen.get(name, BY_NAME[name].default)} days" for name in sorted(days)) or "defaults"
    note_by(session, by, organization_id, "retention.changed", text, version=row.version)
    await session.flush()
    return row
