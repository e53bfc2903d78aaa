"""A drawn document with the ones it follows: the quote of a deposit, the deposits of a balance, the invoice of a credit note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from evals.looks.logos import attestation, dark_square, word_mark
from evals.proof.content import notes, set_retention, set_terms, some_discount, some_lines
from evals.proof.draw import Draw
from evals.proof.people import a_buyer, a_seller, a_site
from evals.proof.regimes import REGIMES, Regime
from services.documents.amounts import rate_text
from services.documents.discounts import sum_cents, to_cents
from services.documents.numbering import SERIES
from services.documents.schemas import (
    Document,
    DocumentKind,
    DocumentReference,
    Line,
    Prepayment,
    Progress,
    Seller,
    VatLine,
)
from services.documents.totals import compute_totals, share_of

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
    quote = _quote(draw, regime, seller, today - timedelta(days=draw.whole(5, 90)))
    document = _BUILDERS[kind](draw, quote, seller, today)
    logo = draw.pick((word_mark(seller.name[:12], "#1f4e5f"), dark_square("AB"))) if draw.chance(12) else None
    return Paper(regime.name, document, seller, today, logo, attestation() if draw.chance(4) else None)


def _quote(draw: Draw, regime: Regime, seller: Seller, today: date) -> Document:
    lines = some_lines(draw, regime)
    reduced = any(line.vat_category == "S" and line.vat_rate in (Decimal(10), Decimal("5.5")) for line in lines)
    document = Document(
        id=draw.key(),
        kind="quote",
        status="draft",
        version=draw.whole(1, 9),
        buyer=a_buyer(draw, regime),
        site=a_site(draw, regime, reduced),
        lines=lines,
        notes=notes(draw),
    )
    document.discount = some_discount(draw, document)
    set_terms(draw, document, today)
    return issued(draw, document, today)


def issued(draw: Draw, document: Document, today: date) -> Document:
    """With a number of its series and the date, as ``service.issue`` gives them."""
    document.number = f"{SERIES[document.kind]}-{today.year}-{draw.whole(1, 9999):04d}"
    document.issue_date, document.status = today, "issued"
    return document


def _follow(draw: Draw, quote: Document, kind: DocumentKind, today: date, lines: list[Line] | None = None) -> Document:
    """An invoice about a quote: same client and site, own terms."""
    document = Document(
        id=draw.key(),
        kind=kind,
        version=draw.whole(1, 9),
        buyer=quote.buyer,
        site=quote.site,
        lines=[line.model_copy() for line in quote.lines] if lines is None else lines,
        notes=notes(draw),
        quote_id=quote.id,
        quote_number=quote.number,
    )
    set_terms(draw, document, today)
    return document


def _a_quote(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    if draw.chance(8):
        quote.amends = DocumentReference(kind="quote", number="DEVIS-2026-0003", issue_date=today - timedelta(days=60))
    quote.revision = 2 if draw.chance(5) else 1
    return issued(draw, quote, today)


def _invoice(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    document = _follow(draw, quote, "invoice", today)
    document.discount = quote.discount
    if draw.chance(50):
        document.quote_id = document.quote_number = None
    elif draw.chance(25):
        document.lines[-1].outside_quote = True
    set_retention(draw, document, today)
    return issued(draw, document, today)


def _deposit(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    percent = draw.pick((Decimal(20), Decimal(30), Decimal(40), Decimal("33.33")))
    totals = compute_totals(quote)
    by_amount = draw.chance(40) and totals.total > 100
    amount = to_cents(totals.total * percent / 100).quantize(Decimal(1)) if by_amount else None
    rows = share_of(totals.vat, amount=amount) if amount is not None else share_of(totals.vat, percent=percent)
    said = f"Acompte de {rate_text(percent)}" if amount is None else "Acompte"
    lines = [
        _whole_line(
            position,
            f"{said} sur devis n° {quote.number}" + (f", travaux à {rate_text(row.rate)}" if len(rows) > 1 else ""),
            row.base if amount is None else row.base + row.amount,
            row,
            "ht" if amount is None else "ttc",
        )
        for position, row in enumerate(rows, 1)
    ]
    document = _follow(draw, quote, "deposit", today, lines)
    document.off_premises = None if document.off_premises else document.off_premises
    document.deposit_percent, document.deposit_amount = (percent, None) if amount is None else (None, amount)
    document.received_on = today - timedelta(days=draw.whole(0, 3)) if draw.chance(40) else None
    return issued(draw, document, today)


def _whole_line(position: int, text: str, price: Decimal, row: VatLine, mode: str) -> Line:
    return Line(
        position=position,
        description=text,
        chat_label=text[:40],
        said=text,
        quantity=Decimal(1),
        unit="forfait",
        unit_price=price,
        price_mode="ttc" if mode == "ttc" else "ht",
        vat_rate=row.rate if row.category == "S" else None,
        vat_category=row.category,
        key=f"{position:012x}",
    )


def _prepayment(deposit: Document) -> Prepayment:
    assert deposit.number is not None
    totals = compute_totals(deposit)
    return Prepayment(number=deposit.number, issue_date=deposit.issue_date, total=totals.total, vat=totals.vat)


def _balance(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    document = _follow(draw, quote, "balance", today)
    document.discount = quote.discount
    for _ in range(draw.weighted({0: 10, 1: 60, 2: 30})):
        deposit = _deposit(draw, quote, seller, today - timedelta(days=draw.whole(1, 60)))
        document.prepayments.append(_prepayment(deposit))
    set_retention(draw, document, today)
    return issued(draw, document, today)


def _progress(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    """One situation of several: each line from what was invoiced before to what is done now (legal.md 55)."""
    quote.discount = None
    before = draw.pick((0, 0, 20, 35, 60))
    now = draw.whole(before + 5, 100)
    contract = compute_totals(quote)
    lines = []
    for line, total in zip(quote.lines, contract.lines, strict=True):
        assert total.total_ht is not None
        done, previous = to_cents(total.total_ht * now / 100), to_cents(total.total_ht * before / 100)
        lines.append(
            line.model_copy(
                update={
                    "quantity": Decimal(1),
                    "unit": "forfait",
                    "unit_price": done - previous,
                    "price_mode": "ht",
                    "discount_percent": None,
                    "discount_amount": None,
                    "progress": Progress(
                        contracted=total.total_ht, percent=Decimal(now), cumulative=done, previous=previous
                    ),
                }
            )
        )
    document = _follow(draw, quote, "progress", today, lines)
    document.progress_number = 1 if before == 0 else draw.whole(2, 6)
    document.progress_percent = Decimal(now)
    document.period_start, document.period_end = today.replace(day=1), today
    document.vat_locked = _vat_until(document)
    set_retention(draw, document, today)
    return issued(draw, document, today)


def _vat_until(document: Document) -> list[VatLine]:
    """VAT of what is done less VAT of what was invoiced, each rounded once per rate."""
    rows = []
    for row in compute_totals(document).vat:
        of_row = [
            line.progress
            for line in document.lines
            if line.progress
            and line.vat_category == row.category
            and (row.category != "S" or line.vat_rate == row.rate)
        ]
        done, previous = sum_cents(p.cumulative for p in of_row), sum_cents(p.previous for p in of_row)
        amount = to_cents(done * row.rate / 100) - to_cents(previous * row.rate / 100)
        rows.append(row.model_copy(update={"amount": amount}))
    return rows


def _credit_note(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    earlier = today - timedelta(days=draw.whole(1, 90))
    credited = draw.pick((_invoice, _invoice, _deposit, _progress))(draw, quote, seller, earlier)
    document = _follow(draw, quote, "credit_note", today, [line.model_copy() for line in credited.lines])
    document.corrects = _reference(credited)
    document.discount, document.vat_locked = credited.discount, credited.vat_locked
    if len(document.lines) > 1 and draw.chance(40):
        kept = draw.some(document.lines, draw.whole(1, len(document.lines) - 1))
        document.lines = [line.model_copy(update={"position": place}) for place, line in enumerate(kept, 1)]
        document.discount = document.vat_locked = None
    return issued(draw, document, today)


def _corrective(draw: Draw, quote: Document, seller: Seller, today: date) -> Document:
    earlier = today - timedelta(days=draw.whole(1, 90))
    wrong = draw.pick((_invoice, _balance))(draw, quote, seller, earlier)
    document = _follow(draw, quote, "corrective", today)
    document.discount, document.prepayments = wrong.discount, wrong.prepayments
    document.corrects = _reference(wrong)
    return issued(draw, document, today)


def _reference(document: Document) -> DocumentReference:
    assert document.number is not None
    return DocumentReference(id=document.id, kind=document.kind, number=document.number, issue_date=document.issue_date)


_BUILDERS = {
    "quote": _a_quote,
    "invoice": _invoice,
    "deposit": _deposit,
    "progress": _progress,
    "balance": _balance,
    "credit_note": _credit_note,
    "corrective": _corrective,
}
