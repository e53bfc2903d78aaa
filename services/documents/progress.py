"""Progress invoices (situations de travaux): what is done so far less what was invoiced before (legal.md 55). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from services.documents.contract import ContractLine, as_forfait, contract_lines, line_group
from services.documents.discounts import ZERO, sum_cents, to_cents
from services.documents.drafts import renumber
from services.documents.prepayments import deducted_on
from services.documents.quote_account import QuoteAccount, extra_rows, line_nets
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, Line, Progress, VatLine
from services.documents.vat_rows import Group, base_of, by_group, joined, less

WHOLE = Decimal(100)


def build(document: Document, account: QuoteAccount, *, today: date) -> None:
    """Writes the lines of a situation from ``progress_percent``, or from the percentage that each line carries.

    Lines without one stay where the last situation left them. VAT is fixed so that the situations of a quote add up to
    its contract. Raises ``FollowUpRefused``: ``progress_needed``, ``progress_too_large``, ``progress_goes_back``,
    ``nothing_left``.
    """
    situations = account.situations
    previous = line_nets(situations)
    percents = _percents(document, account)
    extras = [line for line in document.lines if line.outside_quote]
    parts = contract_lines(account.parts)
    lines = [_line(part, percents[part.line.key], previous.get(part.line.key, ZERO)) for part in parts]
    if not any(line.unit_price for line in lines) and not extras:
        raise FollowUpRefused("nothing_left", number=account.number)
    document.lines = lines + extras
    renumber(document)
    document.discount = None
    document.progress_number = len(situations) + 1
    document.period_end = document.period_end or today
    start = document.period_start or _day_after(situations[-1].document if situations else None)
    document.period_start = min(start, document.period_end) if start is not None else None
    document.prepayments, document.vat_locked = [], None
    gross = _situation_rows(lines, account)
    document.vat_locked = joined(gross, extra_rows(document))
    done = base_of(_cumulative(lines, account.contracted))
    contracted = sum_cents(part.net for part in parts)
    share = done / contracted if contracted else Decimal(1)
    if all(percents[part.line.key] == WHOLE for part in parts):
        share = Decimal(1)
    document.prepayments = deducted_on(account, gross, share)


def _percents(document: Document, account: QuoteAccount) -> dict[str, Decimal]:
    """How far each line has come, in percent, by its key."""
    said = document.progress_percent
    own = {line.key: line.progress.percent for line in document.lines if line.progress is not None}
    last: dict[str, Decimal] = {}
    for invoice in account.situations:
        last.update({line.key: line.progress.percent for line in invoice.document.lines if line.progress is not None})
    if said is None and not own:
        raise FollowUpRefused("progress_needed", number=account.number)
    found = {}
    for part in contract_lines(account.parts):
        key = part.line.key
        percent = said if said is not None else own.get(key, last.get(key, Decimal(0)))
        before = last.get(key, Decimal(0))
        if percent > WHOLE:
            raise FollowUpRefused("progress_too_large", percent=percent)
        if percent < before:
            raise FollowUpRefused("progress_goes_back", label=part.line.chat_label, percent=percent, before=before)
        found[key] = percent
    return found


def _line(part: ContractLine, percent: Decimal, previous: Decimal) -> Line:
    cumulative = part.net if percent == WHOLE else to_cents(part.net * percent / WHOLE)
    progress = Progress(contracted=part.net, percent=percent, cumulative=cumulative, previous=previous)
    return as_forfait(part.line, cumulative - previous, progress=progress)


def _cumulative(lines: Sequence[Line], contracted: Sequence[VatLine]) -> list[VatLine]:
    """Base and VAT of what is done: at the end of a rate exactly those of the contract."""
    done: dict[Group, Decimal] = {}
    for line in lines:
        group = line_group(line)
        if line.progress is not None and group is not None:
            done[group] = done.get(group, ZERO) + line.progress.cumulative
    whole = by_group(contracted)
    rows = []
    for (category, rate), base in done.items():
        contract = whole.get((category, rate))
        if contract is None or not contract.base:
            vat = to_cents(base * rate / 100)
        else:
            vat = contract.amount if base == contract.base else to_cents(base * contract.amount / contract.base)
        rows.append(VatLine(category=category, rate=rate, base=base, amount=vat))
    return rows


def _situation_rows(lines: Sequence[Line], account: QuoteAccount) -> list[VatLine]:
    """Base and VAT of this situation alone."""
    before = [less(invoice.totals.vat, extra_rows(invoice.document)) for invoice in account.situations]
    return less(_cumulative(lines, account.contracted), *before)


def _day_after(earlier: Document | None) -> date | None:
    return earlier.period_end + timedelta(days=1) if earlier is not None and earlier.period_end else None
