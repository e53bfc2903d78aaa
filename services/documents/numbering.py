"""Document numbers: DEVIS-YYYY-NNNN and FACT-YYYY-NNNN, given at issue and never before (R126, R127, C06, C07)."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import documents as repository
from services.documents.schemas import DocumentKind

SERIES: dict[DocumentKind, str] = {
    "quote": "DEVIS",
    "invoice": "FACT",
    "deposit": "FACT",
    "progress": "FACT",
    "balance": "FACT",
    "corrective": "FACT",
    "credit_note": "AVOIR",
}
_NUMBER = re.compile(r"^(?P<series>[A-Z]+)-(?P<year>\d{4})-(?P<number>\d+)$")


async def allocate(session: AsyncSession, organization_id: UUID, kind: DocumentKind, issued_on: date) -> str:
    """The next number of the series of ``kind``; gapless because the counter rolls back with the transaction."""
    series = SERIES[kind]
    number = await repository.next_number(session, organization_id, series, issued_on.year)
    return f"{series}-{issued_on.year}-{number:04d}"


async def continue_after(session: AsyncSession, organization_id: UUID, number: str) -> None:
    """Lets the series go on after ``number``, a document brought from elsewhere; other forms are left alone."""
    if found := _NUMBER.match(number):
        await repository.raise_counter(
            session, organization_id, found["series"], int(found["year"]), int(found["number"])
        )
