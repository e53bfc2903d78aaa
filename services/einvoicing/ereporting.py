"""E-reporting (legal.md 70): rows of sales and payments that the tax office is told of, and their sums per period.

Sales to consumers and abroad, per day, category and rate; payments of services where VAT is due on payment. Each row is
written in the transaction of the invoice or payment it is about. Credit notes and reversals are negative rows.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import EreportingEntry
from db.repositories import accounts
from db.repositories import einvoicing as repository
from services.documents.discounts import ZERO
from services.documents.quote_account import billed_rows
from services.documents.schemas import Document, Seller, Totals, VatLine
from services.documents.vat_rows import negated
from services.einvoicing.preferences import preferences_of
from services.einvoicing.recipients import is_reported
from services.einvoicing.shares import goods_part, paid_part

Flow = Literal["transactions", "payments"]
Frequency = Literal["decade", "monthly", "bimonthly"]
GOODS, SERVICES, UNTAXED = "TLB1", "TPS1", "TNT1"


class Row(BaseModel):
    """One line of a report: a day, a category and a rate. EUR; ``count`` is the number of documents or payments."""

    day: date
    category: str
    vat_rate: Decimal
    base: Decimal
    vat: Decimal
    count: int


class Period(BaseModel):
    """What is due for one flow over a period, ends included."""

    flow: Flow
    start: date
    end: date
    rows: list[Row]
    base: Decimal
    vat: Decimal


class Report(BaseModel):
    """The periods that touch a month, by how often the company reports."""

    organization_id: UUID
    company: str
    frequency: Frequency
    periods: list[Period]


def sales_entries(document: Document, totals: Totals) -> list[tuple[str, VatLine]]:
    """(category, row) of an invoice to a consumer or abroad; empty for other buyers. Deposits are not counted twice."""
    if not is_reported(document.buyer):
        return []
    rows = billed_rows(document, totals)
    found: list[tuple[str, VatLine]] = []
    for row in negated(rows) if document.kind == "credit_note" else rows:
        if row.category != "S":
            found.append((UNTAXED, row))
            continue
        goods = goods_part(row, document, totals)
        services = row.model_copy(update={"base": row.base - goods.base, "amount": row.amount - goods.amount})
        found += [(category, part) for category, part in ((GOODS, goods), (SERVICES, services)) if part.base]
    return found


def taken_back(document: Document, totals: Totals) -> list[tuple[str, VatLine]]:
    """The entries that undo those of an invoice which a corrective one replaces."""
    entries = sales_entries(document, totals)
    return [(category, row) for category, sale in entries for row in negated([sale])]


def payment_entries(
    document: Document, seller: Seller, totals: Totals, before: Decimal, amount: Decimal
) -> list[tuple[str, VatLine]]:
    """(category, row) of a payment for services to a consumer or abroad.

    None with the option for debits, for goods, nor where the buyer owes the VAT (CGI 290 A).
    """
    if not is_reported(document.buyer) or seller.vat_on_debits:
        return []
    found: list[tuple[str, VatLine]] = []
    for row in paid_part(billed_rows(document, totals), before, amount):
        if row.category == "S":
            goods = goods_part(row, document, totals)
            row = row.model_copy(update={"base": row.base - goods.base, "amount": row.amount - goods.amount})
            found += [(SERVICES, row)] if row.base else []
        elif row.category == "E" and row.base:
            found.append((UNTAXED, row))
    return found


async def record(
    session: AsyncSession,
    organization_id: UUID,
    flow: Flow,
    entries: Iterable[tuple[str, VatLine]],
    *,
    day: date,
    document_id: UUID,
    payment_id: UUID | None = None,
) -> None:
    """Writes the rows of one document or payment."""
    rows = [
        EreportingEntry(
            organization_id=organization_id,
            flow=flow,
            day=day,
            document_id=document_id,
            payment_id=payment_id,
            category=category,
            vat_rate=row.rate,
            base=row.base,
            vat=row.amount,
        )
        for category, row in entries
    ]
    await repository.add_entries(session, rows)


async def report(session: AsyncSession, organization_id: UUID, month: date) -> Report:
    """The periods of the month: three decades, the month, or the two months it belongs to, and its payments."""
    organization = await accounts.get_organization(session, organization_id)
    frequency: Frequency = (
        "bimonthly" if organization.vat_regime == "franchise" else preferences_of(organization).reporting
    )
    periods = []
    for flow, spans in (
        ("transactions", periods_of(month, frequency)),
        ("payments", payment_periods(month, frequency)),
    ):
        for start, end in spans:
            entries = await repository.entries_between(session, organization_id, flow, start, end)
            periods.append(_period(flow, start, end, entries))  # type: ignore[arg-type]
    return Report(organization_id=organization_id, company=organization.name, frequency=frequency, periods=periods)


def periods_of(month: date, frequency: Frequency) -> list[tuple[date, date]]:
    """First and last days of the periods of sales that touch the month (AII 242 nonies O)."""
    first = month.replace(day=1)
    if frequency == "decade":
        return [(first, first.replace(day=10)), (first.replace(day=11), first.replace(day=20)),
                (first.replace(day=21), _last_day(first))]  # fmt: skip
    if frequency == "monthly":
        return [(first, _last_day(first))]
    start = first if first.month % 2 else (first - timedelta(days=1)).replace(day=1)
    return [(start, _last_day(start.replace(month=start.month + 1)))]


def payment_periods(month: date, frequency: Frequency) -> list[tuple[date, date]]:
    """Payments are told monthly, under the franchise every two months (AII 242 nonies P)."""
    return periods_of(month, "bimonthly" if frequency == "bimonthly" else "monthly")


def _period(flow: Flow, start: date, end: date, entries: Sequence[EreportingEntry]) -> Period:
    groups: dict[tuple[date, str, Decimal], list[EreportingEntry]] = defaultdict(list)
    for entry in entries:
        groups[entry.day, entry.category, entry.vat_rate].append(entry)
    rows = [
        Row(
            day=day,
            category=category,
            vat_rate=rate,
            base=sum((entry.base for entry in group), ZERO),
            vat=sum((entry.vat for entry in group), ZERO),
            count=len({entry.payment_id or entry.document_id for entry in group}),
        )
        for (day, category, rate), group in sorted(groups.items())
    ]
    base, vat = sum((row.base for row in rows), ZERO), sum((row.vat for row in rows), ZERO)
    return Period(flow=flow, start=start, end=end, rows=rows, base=base, vat=vat)


def _last_day(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
