"""Deposit invoices: a share of the contract, VAT per rate in proportion (CGI 269-2-c, legal.md 53). Pure."""

from __future__ import annotations

from decimal import Decimal

from services.documents.amounts import Language
from services.documents.contract import contract_lines
from services.documents.discounts import to_cents
from services.documents.generated_lines import locked_where_needed, share_lines
from services.documents.quote_account import QuoteAccount
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, DocumentReference, VatLine
from services.documents.totals import share_of
from services.documents.vat_rows import by_group, group_of, total_of

ODD_CENTS = Decimal("0.05")
"""EUR: so much may shares of a contract exceed it together by rounding; the last one then takes what is left."""


def build(document: Document, account: QuoteAccount, *, language: Language) -> None:
    """Writes the lines of a deposit: ``deposit_percent`` of the contract, or ``deposit_amount`` incl. VAT, exact.

    Without either, what the quote asks for at the order. Raises ``FollowUpRefused``: ``deposit_needed``,
    ``nothing_left``, ``deposit_too_large``.
    """
    if document.deposit_percent is None and document.deposit_amount is None:
        document.deposit_percent, document.deposit_amount = account.quote.deposit_percent, account.quote.deposit_amount
    percent, amount = document.deposit_percent, document.deposit_amount
    if percent is None and amount is None:
        raise FollowUpRefused("deposit_needed", number=account.number)
    rows, whole = _shares(account, percent, amount)
    exact = amount is not None and not whole
    quote = reference_to(account.quote)
    document.lines = share_lines(
        "deposit_amount" if percent is None or amount is not None else "deposit_percent",
        rows,
        quote,
        [part.line for part in contract_lines(account.parts)],
        language=language,
        price_mode="ttc" if exact else "ht",
        percent=percent if amount is None else None,
    )
    document.discount, document.prepayments, document.retention_percent = None, [], None
    document.vat_locked = None if exact else locked_where_needed(document, rows)


def reference_to(document: Document) -> DocumentReference:
    """How an issued document is named by those that follow it."""
    return DocumentReference(
        id=document.id, kind=document.kind, number=document.number or "", issue_date=document.issue_date
    )


def _shares(account: QuoteAccount, percent: Decimal | None, amount: Decimal | None) -> tuple[list[VatLine], bool]:
    """The rows asked for, and whether they are all that is left: never more than is left, on the whole and per rate."""
    contracted = [row for row in account.contracted if row.base > 0]
    left = account.remaining
    room = total_of(left)
    if room <= 0:
        raise FollowUpRefused("nothing_left", number=account.number)
    if amount is not None:
        asked = to_cents(amount)
        rows = share_of(contracted, amount=asked)
    else:
        rows = share_of(contracted, percent=percent)
        asked = total_of(rows)
    if asked <= 0 or asked > room + (ODD_CENTS if amount is None else 0):
        raise FollowUpRefused("deposit_too_large", number=account.number, asked=asked, left=room)
    if asked >= room:
        return left, True
    open_rows = by_group(left)
    if any(group_of(row) not in open_rows or row.base > open_rows[group_of(row)].base for row in rows):
        rows = share_of([row for row in left if row.base > 0], amount=asked)
    return rows, False
