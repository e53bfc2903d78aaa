"""What stands below the totals of a recap: deposits deducted, the guarantee kept back, what the quote still leaves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.documents.amounts import Language, amount_text, euros, rate_text
from services.documents.ledger import QuoteAccount
from services.documents.schemas import Document, Totals

Say = Callable[..., str]


def closing(
    document: Document,
    totals: Totals,
    account: QuoteAccount | None,
    say: Say,
    *,
    language: Language,
    left: Decimal | None = None,
) -> list[str]:
    """One text per line. ``left`` is what stays to be paid of the invoice that a credit note takes back."""
    said = [say("recap.prepaid", number=paid.number, amount=amount_text(paid.total)) for paid in document.prepayments]
    if document.retention_percent:
        said.append(
            say(
                "recap.retention",
                percent=rate_text(document.retention_percent, language),
                amount=amount_text(totals.retention),
                quote=document.kind == "quote",
            )
        )
    if document.kind != "quote" and (document.prepayments or totals.retention):
        said.append(say("recap.net", amount=euros(totals.net_to_pay)))
    if document.kind == "quote" and (document.deposit_percent or document.deposit_amount):
        said.append(say("recap.deposit_asked", **deposit_asked(document, totals, language)))
    if document.kind == "deposit" and account is not None:
        said.append(say("recap.rest", amount=euros(account.remaining_total - totals.total)))
    if document.kind == "credit_note" and left is not None:
        after = left - totals.total
        said.append(
            say(
                "recap.credited",
                number=document.corrects.number if document.corrects else "",
                left=euros(after) if after > 0 else None,
                back=euros(-after) if after < 0 else None,
            )
        )
    return said


def deposit_asked(document: Document, totals: Totals, language: Language) -> dict[str, Any]:
    """The deposit that a quote asks for at the order, as texts."""
    percent = document.deposit_percent
    amount = document.deposit_amount if percent is None else totals.total * percent / 100
    return {
        "percent": rate_text(percent, language) if percent is not None else None,
        "amount": euros(amount or Decimal(0)),
    }


def progress_view(document: Document, language: Language) -> dict[str, str] | None:
    """How far a situation has come: cumulated, invoiced before, this one, EUR excl. VAT as texts."""
    lines = [line.progress for line in document.lines if line.progress is not None]
    if document.kind not in ("progress", "balance") or not lines:
        return None
    contracted = sum((line.contracted for line in lines), Decimal(0))
    cumulative = sum((line.cumulative for line in lines), Decimal(0))
    previous = sum((line.previous for line in lines), Decimal(0))
    percent = document.progress_percent
    if percent is None:
        percent = (cumulative / contracted * 100).quantize(Decimal("0.1")) if contracted else Decimal(0)
    return {
        "percent": rate_text(percent, language),
        "cumulative": amount_text(cumulative),
        "previous": amount_text(previous) if previous else "",
        "now": amount_text(cumulative - previous),
    }
