"""A drawn document with the ones it follows: the quote of a deposit, the deposits of a balance, the invoice of a credit note.

What follows is derived by the product's own rules (``services.documents.follow_ups`` and its builders).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from evals.looks.logos import attestation, dark_square, word_mark
from evals.proof.content import set_retention
from evals.proof.draw import Draw
from evals.proof.job import Job, a_quote, follow, issued
from evals.proof.people import a_seller
from evals.proof.regimes import REGIMES
from services.documents import balance, correctives, credit_notes, deposits, progress
from services.documents.quote_account import Invoiced
from services.documents.schemas import Document, DocumentKind, Seller
from services.documents.totals import compute_totals

KINDS: dict[DocumentKind, int] = {
    "quote": 24,
    "invoice": 24,
    "deposit": 11,
    "progress": 12,
    "balance": 12,
    "credit_note": 11,
    "corrective": 6,
}
"""How often each kind is drawn."""
_FIRST_DAY, _DAYS = date(2026, 11, 1), 240


@dataclass(frozen=True)
class Paper:
    """A document ready to be issued on ``today`` by ``seller``."""

    regime: str
    document: Document
    seller: Seller
    today: date
    logo: bytes | None = None
    attestation: bytes | None = None


def a_paper(draw: Draw, kind: DocumentKind) -> Paper:
    """One document of a kind, everything it refers to drawn with it."""
    regime = draw.weighted({regime: regime.weight for regime in REGIMES})
    today = draw.day(_FIRST_DAY, _DAYS)
    seller = a_seller(draw, regime)
    quote = a_quote(draw, regime, today - timedelta(days=draw.whole(100, 190)))
    document = _BUILDERS[kind](draw, Job(draw, quote), today)
    logo = draw.pick((word_mark(seller.name[:12], "#1f4e5f"), dark_square("AB"))) if draw.chance(12) else None
    return Paper(regime.name, document, seller, today, logo, attestation() if draw.chance(4) else None)


def _a_quote(draw: Draw, job: Job, today: date) -> Document:
    quote = job.parts[-1]
    quote.revision = 2 if draw.chance(5) else 1
    return issued(draw, quote, today)


def _invoice(draw: Draw, job: Job, today: date) -> Document:
    """Of a quote, wholly and at once, or of no quote at all; now and then with a line that the quote had not."""
    document = follow(draw, job.quote, "invoice", today)
    balance.build(document, job.account(), today=today)
    if draw.chance(50):
        document.quote_id = document.quote_number = None
    elif document.discount is None and document.vat_locked is None and draw.chance(25):
        extra = document.lines[-1].model_copy(update={"position": len(document.lines) + 1, "outside_quote": True})
        document.lines.append(extra)
    set_retention(draw, document, today)
    return job.keep(issued(draw, document, today))


def _deposit(draw: Draw, job: Job, today: date) -> Document:
    account = job.account()
    document = follow(draw, job.quote, "deposit", today)
    document.deposit_percent = draw.pick((Decimal(10), Decimal(20), Decimal(30), Decimal("33.33")))
    if draw.chance(40) and account.remaining_total > 100:
        share = account.remaining_total * document.deposit_percent / 100
        document.deposit_percent, document.deposit_amount = None, share.quantize(Decimal(draw.pick(("1", "0.01"))))
    deposits.build(document, account, language="fr")
    document.received_on = today - timedelta(days=draw.whole(0, 3)) if draw.chance(40) else None
    return job.keep(issued(draw, document, today))


def _some_deposits(draw: Draw, job: Job, today: date, count: int) -> None:
    for step in range(count):
        _deposit(draw, job, today - timedelta(days=90 - 10 * step))


def _progress(draw: Draw, job: Job, today: date) -> Document:
    """One situation of several, deposits deducted as the works go on (legal.md 55)."""
    _some_deposits(draw, job, today, draw.weighted({0: 60, 1: 40}))
    done = 0
    for earlier in range(draw.weighted({0: 45, 1: 35, 2: 20}), 0, -1):
        done = draw.whole(done + 1, done + 30)
        _situation(draw, job, today - timedelta(days=25 * earlier), done)
    return _situation(draw, job, today, 100 if draw.chance(10) else draw.whole(done + 1, done + 30))


def _situation(draw: Draw, job: Job, today: date, done: int) -> Document:
    document = follow(draw, job.quote, "progress", today)
    document.service_date = document.service_month = None
    document.progress_percent = Decimal(done)
    progress.build(document, job.account(), today=today)
    document.period_start = document.period_start or today.replace(day=1)
    document.period_start = min(document.period_start, today)
    set_retention(draw, document, today)
    return job.keep(issued(draw, document, today))


def _balance(draw: Draw, job: Job, today: date) -> Document:
    """After deposits, or as the last of the situations, or both."""
    if draw.chance(25):
        _progress(draw, job, today - timedelta(days=20))
    else:
        _some_deposits(draw, job, today, draw.weighted({0: 10, 1: 60, 2: 30}))
    document = follow(draw, job.quote, "balance", today)
    account = job.account()
    if account.remaining_total <= 0:  # the situations came to the end: nothing is left but what is added
        document.lines = [job.quote.lines[0].model_copy(update={"outside_quote": True, "key": "x" * 12})]
    balance.build(document, account, today=today)
    document.kind = "balance"
    set_retention(draw, document, today)
    return job.keep(issued(draw, document, today))


def _credit_note(draw: Draw, job: Job, today: date) -> Document:
    """Of the whole, a share, an amount or some lines of an invoice; rarely of what an earlier credit left."""
    credited = draw.pick((_invoice, _invoice, _deposit, _progress, _balance))(draw, job, today - timedelta(days=5))
    original = Invoiced(credited, compute_totals(credited), "issued", credited.kind)
    if draw.chance(15):
        first = _credit_of(draw, job, original, today, share=Decimal(30))
        original = replace(original, credited=compute_totals(first).vat)
    return _credit_of(draw, job, original, today)


def _credit_of(draw: Draw, job: Job, original: Invoiced, today: date, share: Decimal | None = None) -> Document:
    document = follow(draw, job.quote, "credit_note", today)
    how = "share" if share else draw.weighted({"whole": 50, "share": 20, "amount": 15, "lines": 15})
    owed = compute_totals(original.document).amount_due
    if how == "share":
        document.credit_percent = share or draw.pick((Decimal(10), Decimal(25), Decimal(50)))
    elif how == "amount" and owed > 20:
        document.credit_amount = (owed / 3).quantize(Decimal("0.01"))
    elif how == "lines" and not original.credited and not original.document.prepayments:
        positions = [line.position for line in original.document.lines]
        document.credit_lines = sorted(draw.some(positions, draw.whole(1, len(positions))))
    credit_notes.build(document, original, language="fr")
    return issued(draw, document, today)


def _corrective(draw: Draw, job: Job, today: date) -> Document:
    wrong = draw.pick((_invoice, _balance))(draw, job, today - timedelta(days=5))
    document = follow(draw, job.quote, "corrective", today)
    correctives.build(document, Invoiced(wrong, compute_totals(wrong), "issued", wrong.kind))
    return issued(draw, document, today)


_BUILDERS = {
    "quote": _a_quote,
    "invoice": _invoice,
    "deposit": _deposit,
    "progress": _progress,
    "balance": _balance,
    "credit_note": _credit_note,
    "corrective": _corrective,
}
