"""What an invoice deducts of the deposits already invoiced, per deposit and per rate (legal.md 54). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.documents.discounts import ZERO, to_cents
from services.documents.quote_account import QuoteAccount
from services.documents.schemas import Prepayment, VatLine
from services.documents.vat_rows import by_group, group_of, joined, less, total_of


def deducted_on(account: QuoteAccount, gross: Sequence[VatLine], share: Decimal) -> list[Prepayment]:
    """The deductions on an invoice that asks for ``gross`` when ``share`` (0 to 1) of the contract is done.

    At 1 all that is left of every deposit is taken. Before, no rate is taken below nothing, and more than the share
    where the contract would otherwise be asked for twice.
    """
    if share == 1:
        return _taken(account, [less(one.standing, account.deducted(one.number)) for one in account.deposits])
    rows = _parts(account, gross, share)
    if total_of(gross) - sum((total_of(table) for table in rows), ZERO) > account.remaining_total:
        rows = _parts(account, gross, Decimal(1))
    return _taken(account, rows)


def _taken(account: QuoteAccount, tables: Sequence[list[VatLine]]) -> list[Prepayment]:
    return [
        Prepayment(
            number=deposit.number, issue_date=deposit.document.issue_date, total=total_of(rows), vat=joined(rows)
        )
        for deposit, rows in zip(account.deposits, tables, strict=True)
        if total_of(rows)
    ]


def _parts(account: QuoteAccount, gross: Sequence[VatLine], share: Decimal) -> list[list[VatLine]]:
    """Of each deposit the share that is due to be taken by now, less what was taken, within what the invoice asks for."""
    room = {key: (row.base, row.amount) for key, row in by_group(gross).items()}
    tables = []
    for deposit in account.deposits:
        taken = by_group(account.deducted(deposit.number))
        rows = [
            _part(row, taken.get(group_of(row)), share, *room.get(group_of(row), (ZERO, ZERO)))
            for row in deposit.standing
        ]
        for row in rows:
            base, amount = room.get(group_of(row), (ZERO, ZERO))
            room[group_of(row)] = base - row.base, amount - row.amount
        tables.append(rows)
    return tables


def _part(row: VatLine, taken: VatLine | None, share: Decimal, base: Decimal, amount: Decimal) -> VatLine:
    before = (taken.base, taken.amount) if taken else (ZERO, ZERO)
    wanted = to_cents(row.base * share) - before[0], to_cents(row.amount * share) - before[1]
    values = {"base": max(min(wanted[0], base), ZERO), "amount": max(min(wanted[1], amount), ZERO)}
    return row.model_copy(update=values)
