"""Proof that nothing issued was changed or taken away: the chain of events against the rows and the stored files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DocumentCounter, DocumentEvent, Invoice, Payment
from db.repositories import events as repository
from db.repositories.documents import DocumentRow
from services.documents import events
from services.documents.discounts import ZERO, sum_cents
from services.documents.events import FIRST
from services.documents.hold import hold_ends
from services.storage.service import BadKey, NotStored, Storage

_NUMBER = re.compile(r"^(?P<series>[A-Z]+)-(?P<year>\d{4})-(?P<number>\d+)$")
HOLD_ENDED = "hold_ended"
_GAPLESS = ("FACT", "AVOIR")
"""Series of invoices, whose numbers follow one another (AII 242 nonies A I 7°); those of quotes need not."""


@dataclass(frozen=True)
class Break:
    """Something that does not hold. ``at`` is the event's place in the chain, None for what has no event."""

    code: str
    meaning: str
    number: str | None = None
    at: int | None = None


@dataclass
class Report:
    """What was walked, and every break, the first in the chain first. ``head`` is the hash to keep elsewhere."""

    organization_id: UUID
    name: str
    events: int = 0
    documents: int = 0
    payments: int = 0
    files: int = 0
    ended: int = 0
    """Documents that went after their hold: their hashes are checked, their words are gone."""
    head: str = FIRST
    breaks: list[Break] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        found = [{"code": one.code, "at": one.at, "number": one.number, "meaning": one.meaning} for one in self.breaks]
        return {
            "organization": str(self.organization_id),
            "name": self.name,
            "events": self.events,
            "documents": self.documents,
            "payments": self.payments,
            "files": self.files,
            "purged_after_hold": self.ended,
            "head": self.head,
            "breaks": found,
        }


async def verify(session: AsyncSession, storage: Storage, wanted: str | None = None) -> list[Report]:
    """Checks the chain of every organization, or of the one with this id, slug or name."""
    return [
        await verify_one(session, storage, organization_id, name)
        for organization_id, name in await repository.organizations(session, wanted)
    ]


async def verify_one(session: AsyncSession, storage: Storage, organization_id: UUID, name: str) -> Report:
    """Checks one organization: links, documents, numbers, payments, files."""
    chain = await repository.events_of(session, organization_id)
    rows: list[DocumentRow] = [
        *await repository.issued_quotes(session, organization_id),
        *await repository.issued_invoices(session, organization_id),
    ]
    payments = await repository.payments_of(session, organization_id)
    report = Report(organization_id, name, len(chain), len(rows), len(payments))
    report.head = chain[-1].hash if chain else FIRST
    over = {event.document_id: event for event in chain if event.event == HOLD_ENDED}
    report.ended = len(over)
    report.breaks += _links(chain, over)
    report.breaks += _holds(chain, over, rows)
    told = [event for event in chain if event.document_id not in over]
    report.breaks += _documents(told, rows)
    ended = [str(_facts(event).get("number")) for event in over.values()]
    report.breaks += _numbers(rows, ended, await repository.counters(session, organization_id))
    report.breaks += _payments(told, [row for row in rows if isinstance(row, Invoice)], payments)
    async for found in _files(told, rows, storage):
        report.files += 1
        report.breaks += found
    report.breaks.sort(key=lambda one: (one.at is None, one.at or 0))
    return report


def _links(chain: Sequence[DocumentEvent], over: Mapping[UUID, DocumentEvent]) -> Iterator[Break]:
    previous, expected = FIRST, 1
    for event in chain:
        if event.sequence != expected:
            yield Break("event_missing", f"events {expected} to {event.sequence - 1} are missing", at=expected)
        elif event.previous_hash != previous:
            yield Break("link_broken", "the event before it was changed or exchanged", at=event.sequence)
        emptied = event.payload == "" and event.document_id in over
        if not emptied and events.link(event.previous_hash, event.payload) != event.hash:
            yield Break("payload_changed", "what the event says was changed after it was written", at=event.sequence)
        previous, expected = event.hash, event.sequence + 1


def _holds(
    chain: Sequence[DocumentEvent], over: Mapping[UUID, DocumentEvent], rows: Sequence[DocumentRow]
) -> Iterator[Break]:
    """What went after its hold really was old enough, was named, and is gone whole."""
    for event in chain:
        end = over.get(event.document_id)
        if end is None or event is end:
            continue
        facts, number = _facts(end), _facts(end).get("number")
        at = datetime.fromisoformat(facts["at"]).date() if "at" in facts else event.created_at.date()
        if event.sequence not in facts.get("events", ()) or event.sequence > end.sequence:
            yield Break("hold_unfounded", "its end names other events of the document", number, event.sequence)
        elif hold_ends(event.created_at.date()) > at:
            yield Break("hold_unfounded", "it went before its ten years were over", number, event.sequence)
        elif event.payload:
            yield Break(
                "hold_unfinished", "the document went, its words are in the chain still", number, event.sequence
            )
    for row in rows:
        if row.id in over:
            yield Break("hold_unfinished", "its hold ended and it is there still", row.number, over[row.id].sequence)


def _facts(event: DocumentEvent) -> dict[str, Any]:
    """What an event says; nothing when its text was destroyed, which its hash tells already."""
    try:
        found: dict[str, Any] = json.loads(event.payload)
    except ValueError:
        return {}
    return found


def _documents(chain: Sequence[DocumentEvent], rows: Sequence[DocumentRow]) -> Iterator[Break]:
    """Every issued document has its event, every event its document, and the last event says what the row says."""
    last = {event.document_id: event for event in chain if event.event in ("quote_issued", "invoice_issued")}
    known = {row.id: row for row in rows}
    for document_id, event in last.items():
        row, facts = known.get(document_id), _facts(event)
        number = facts.get("number")
        if row is None:
            yield Break("document_missing", "it was issued and is not there any more", number, event.sequence)
            continue
        if row.snapshot is None or events.fingerprint(row.snapshot) != facts.get("snapshot_sha256"):
            yield Break("content_changed", "its frozen content is not the one that was issued", number, event.sequence)
        said = {**events.issue_facts(row), "snapshot_sha256": None} if row.snapshot is not None else {}
        changed = [name for name, value in said.items() if name != "snapshot_sha256" and facts.get(name) != value]
        if changed:
            meaning = f"{', '.join(sorted(changed))} in the row differ from what was issued"
            yield Break("row_changed", meaning, row.number, event.sequence)
        elif row.snapshot is not None and not _totals_agree(row):
            yield Break("totals_differ", "its row and its frozen totals differ", row.number, event.sequence)
    for row in rows:
        if row.id not in last:
            yield Break("event_missing", "it is numbered, and no event says that it was issued", row.number)


def _totals_agree(row: DocumentRow) -> bool:
    assert row.snapshot is not None
    totals = row.snapshot["totals"]
    return Decimal(totals["total"]) == row.total and Decimal(totals["vat_total"]) == row.vat_amount


def _numbers(rows: Sequence[DocumentRow], ended: Sequence[str], counters: Sequence[DocumentCounter]) -> Iterator[Break]:
    """The numbers of a series and year follow one another up to the last one given; those that ``ended`` count."""
    series: dict[tuple[str, int], set[int]] = {}
    for given_number in [*(row.number or "" for row in rows), *ended]:
        if found := _NUMBER.match(given_number):
            series.setdefault((found["series"], int(found["year"])), set()).add(int(found["number"]))
    given = {(counter.series, counter.year): counter.last_number for counter in counters}
    for key in sorted({*series, *given}):
        name, year = key
        numbers = series.get(key, set())
        if name not in _GAPLESS:
            continue
        end = max(given.get(key, 0), max(numbers, default=0))
        for number in range(min(numbers, default=1), end + 1):
            if number not in numbers:
                label = f"{name}-{year}-{number:04d}"
                yield Break("number_missing", "the series has a gap here: the document was taken away", label)


def _payments(
    chain: Sequence[DocumentEvent], invoices: Sequence[Invoice], payments: Sequence[Payment]
) -> Iterator[Break]:
    """Every payment has its event and says the same; what invoices count as paid and credited is what there is."""
    said = {_facts(event).get("payment"): event for event in chain if event.event.startswith("payment_")}
    by_id = {invoice.id: invoice for invoice in invoices}
    for payment in payments:
        invoice, event = by_id.get(payment.invoice_id), said.pop(str(payment.id), None)
        number = invoice.number if invoice else None
        if event is None or invoice is None:
            yield Break("event_missing", f"no event tells of the payment of {payment.amount}", number)
            continue
        facts = _facts(event)
        if any(facts.get(name) != value for name, value in events.payment_facts(invoice, payment).items()):
            yield Break("payment_changed", "the payment is not the one that was noted", number, event.sequence)
    for event in said.values():
        meaning = "the payment it tells of is not there any more"
        yield Break("payment_missing", meaning, _facts(event).get("number"), event.sequence)
    for invoice in invoices:
        paid = sum_cents(payment.amount for payment in payments if payment.invoice_id == invoice.id)
        credits = (one for one in invoices if one.type == "credit_note" and one.corrects_id == invoice.id)
        credited = sum((one.amount_due for one in credits), ZERO)
        if paid != invoice.paid_amount or (invoice.type != "credit_note" and credited != invoice.credited_amount):
            yield Break(
                "settlement_differs", "paid or credited amount is not the sum of what was noted", invoice.number
            )


async def _files(
    chain: Sequence[DocumentEvent], rows: Sequence[DocumentRow], storage: Storage
) -> AsyncIterator[list[Break]]:
    """Every stored file, earlier versions of quotes included, still has the bytes that were stored."""
    told: dict[UUID, int] = {}
    for event in chain:
        if event.event != "pdf_stored":
            continue
        facts = _facts(event)
        told[event.document_id] = facts.get("revision", 0)
        yield await _file(event, facts, storage)
    for row in rows:
        if row.pdf_status == "ready" and told.get(row.id) != row.revision:
            yield [Break("event_missing", "its file is stored, and no event says so", row.number)]


async def _file(event: DocumentEvent, facts: dict[str, Any], storage: Storage) -> list[Break]:
    number = facts.get("number")
    try:
        content = await storage.get(str(facts.get("key")))
    except (NotStored, BadKey):
        return [Break("file_missing", "its file is not in the storage any more", number, event.sequence)]
    if hashlib.sha256(content).hexdigest() != facts.get("pdf_sha256"):
        return [Break("file_changed", "its file is not the one that was stored", number, event.sequence)]
    return []
