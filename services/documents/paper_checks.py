"""Whether the printed page says what was frozen: every mention, every line, every sum (pdf_lab §2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

import pypdfium2

from services.documents.amounts import NARROW_SPACE, NO_BREAK_SPACE, amount_text
from services.documents.mentions import Mention
from services.documents.printable import printable
from services.documents.schemas import Seller, Totals

_END_OF_LINE_HYPHEN = "\x02"
"""How pdfium reads a hyphen after which the line breaks."""

Finding = tuple[str, str]
"""Rule id and what is wrong."""


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_bounded().replace(_END_OF_LINE_HYPHEN, "-") for page in document]
    finally:
        document.close()


def missing_mentions(pages: list[str], mentions: Iterable[Mention]) -> list[Finding]:
    """The frozen mentions that no page says. One that a page break cuts counts as said."""
    bare = [_bare(page) for page in pages]
    return [
        ("USTA-PAPER-MENTION", f"{mention.code} is not on the page: {mention.text[:80]}")
        for mention in mentions
        if not _is_said(_bare(printable(mention.text)), bare)
    ]


def missing_amounts(pages: list[str], totals: Totals, seller: Seller) -> list[Finding]:
    """The sums of the document that the paper does not show: every line, the VAT per rate, the totals."""
    shown = " ".join(pages).replace(NARROW_SPACE, "").replace(NO_BREAK_SPACE, " ")
    return [
        ("USTA-PAPER-TOTAL", f"{what} {amount_text(amount)} is not on the page")
        for what, amount in _expected(totals, seller)
        if not re.search(rf"(?<![\d,]){re.escape(_digits(amount))}(?!\d)", shown)
    ]


def _expected(totals: Totals, seller: Seller) -> Iterator[tuple[str, Decimal]]:
    yield "total", totals.total
    if seller.vat_regime != "franchise":
        yield "total excl. VAT", totals.subtotal
        yield "VAT", totals.vat_total
        if any(row.category == "S" for row in totals.vat):
            for row in totals.vat:
                yield f"base at {row.rate}", row.base
                yield f"VAT at {row.rate}", row.amount
    if totals.discount:
        yield "discount", totals.discount
    if totals.prepaid or totals.retention:
        yield "net to pay", totals.net_to_pay
    if totals.retention:
        yield "retention", totals.retention
    for line in totals.lines:
        if line.total_ht is not None:
            yield f"line {line.position}", line.total_ht


def _digits(amount: Decimal) -> str:
    """As printed, without spaces nor sign."""
    return amount_text(abs(amount)).replace(" ", "")


def _bare(text: str) -> str:
    """Without any space: lines break where they like."""
    return re.sub(r"\s", "", text)


def _is_said(text: str, pages: list[str]) -> bool:
    if any(text in page for page in pages):
        return True
    return any(
        any(text[:cut] in first and text[cut:] in second for cut in range(1, len(text)))
        for first, second in pairwise(pages)
        if text[:8] in first
    )
