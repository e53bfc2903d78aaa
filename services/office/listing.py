"""Lists of quotes and invoices, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from db.paging import Rows, Wanted
from db.repositories import document_lists as repository
from db.repositories.document_lists import Filter
from db.repositories.documents import UNPAID
from services.clients.matching import name_key
from services.documents.lookup import DocumentSummary, summary
from services.office.drafting import Office, Shelf

OWED = frozenset(["unpaid", "overdue"])
"""States of an invoice that are derived from its dates and its money, not written (C11)."""


def narrowed(status: str | None, today: date, text: str | None, **others: Any) -> Filter:
    """The filter that a list was asked for: ``status`` may be a derived one."""
    found = Filter(text=text, name_key=name_key(text) if text else None, **others)
    if status in OWED:
        found = replace(found, statuses=UNPAID)
        return replace(found, overdue_on=today) if status == "overdue" else replace(found, owed_on=today)
    return replace(found, statuses=[status]) if status else found


async def page(office: Office, shelf: Shelf, wanted: Wanted, filter_: Filter) -> Rows[DocumentSummary]:
    """A page of quotes, or of invoices of every kind, as lists show them."""
    found = await repository.page(office.session, office.id, shelf, wanted, filter_)
    clients = await repository.clients_of(office.session, office.id, found.rows)
    shown: Sequence[DocumentSummary] = [
        summary(row, clients.get(row.client_id) if row.client_id else None, office.today) for row in found.rows
    ]
    return Rows(shown, found.next)
