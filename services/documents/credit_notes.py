"""Credit notes (avoirs): an invoice taken back, wholly or in part, in positive amounts (legal.md 57). Pure."""

from __future__ import annotations

from decimal import Decimal

from services.documents.amounts import Language
from services.documents.contract import as_forfait, net_amounts
from services.documents.discounts import to_cents
from services.documents.drafts import renumber
from services.documents.generated_lines import locked_where_needed, share_lines
from services.documents.quote_account import Invoiced
from services.documents.refusals import FollowUpRefused
from services.documents.schemas import Document, DocumentReference, VatLine
from services.documents.totals import compute_totals, share_of
from services.documents.vat_rows import total_of

ODD_CENTS = Decimal("0.05")
"""EUR: a percentage may exceed what is left by so much of rounding; it then takes what is left."""


def build(document: Document, original: Invoiced, *, language: Language) -> None:
    """Writes the credit note of ``original``: all of it, or ``credit_percent``, ``credit_amount``, ``credit_lines`` of it.

    A whole credit copies the invoice's lines, discount and VAT, so that it is the exact reverse; of an invoice that
    deducts deposits or has negative lines it is what that one asked for, per rate. Raises ``FollowUpRefused``:
    ``original_cancelled``, ``credit_too_large``, ``credit_lines_unknown``.
    """
    left = original.standing
    if original.cancelled or total_of(left) <= 0:
        raise FollowUpRefused("original_cancelled", number=original.number)
    document.corrects = reference_to(original)
    document.retention_percent = None
    document.discount, document.prepayments, document.vat_locked = None, [], None
    if document.credit_lines:
        _lines(document, original)
    elif document.credit_percent is None and document.credit_amount is None:
        if original.credited:
            _shares(document, original, left, language, "credit_rest")
        elif _is_copied(original.document):
            _whole(document, original.document)
        else:
            _shares(document, original, left, language, "credit_whole")
    else:
        _share(document, original, language)
    asked = compute_totals(document).amount_due
    if asked <= 0 or asked > total_of(left):
        raise FollowUpRefused("credit_too_large", number=original.number, asked=asked, left=total_of(left))


def reference_to(original: Invoiced) -> DocumentReference:
    """The invoice as named on what corrects it: by its role, so that a credited deposit is known as one."""
    document = original.document
    return DocumentReference(id=document.id, kind=original.role, number=original.number, issue_date=document.issue_date)


def _is_copied(original: Document) -> bool:
    """Its lines say what is given back as they are: nothing deducted, every amount positive (legal.md 57)."""
    return not original.prepayments and all((line.quantity or 0) >= 0 for line in original.lines)


def _whole(document: Document, original: Document) -> None:
    document.lines = [line.model_copy(deep=True) for line in original.lines]
    document.discount = original.discount
    document.vat_locked = original.vat_locked


def _share(document: Document, original: Invoiced, language: Language) -> None:
    left = original.standing
    room = total_of(left)
    if document.credit_amount is not None:
        asked = to_cents(document.credit_amount)
        rows = share_of(original.billed, amount=asked)
        if asked > room:
            raise FollowUpRefused("credit_too_large", number=original.number, asked=asked, left=room)
    else:
        rows = share_of(original.billed, percent=document.credit_percent)
        asked = total_of(rows)
        if asked > room + ODD_CENTS:
            raise FollowUpRefused("credit_too_large", number=original.number, asked=asked, left=room)
    if asked >= room:
        rows, wording = left, "credit_rest" if original.credited else "credit_percent"
        if document.credit_percent is None:
            wording = "credit_rest"
        _shares(document, original, rows, language, wording)
    elif document.credit_amount is not None:
        _shares(document, original, rows, language, "credit_amount", exact=True)
    else:
        _shares(document, original, rows, language, "credit_percent")


def _shares(
    document: Document,
    original: Invoiced,
    rows: list[VatLine],
    language: Language,
    wording: str,
    *,
    exact: bool = False,
) -> None:
    document.lines = share_lines(
        wording,
        rows,
        reference_to(original),
        original.document.lines,
        language=language,
        price_mode="ttc" if exact else "ht",
        percent=document.credit_percent,
    )
    document.vat_locked = None if exact else locked_where_needed(document, rows)


def _lines(document: Document, original: Invoiced) -> None:
    """The lines with these positions on the invoice, each at what was asked for it."""
    nets = dict(zip((line.position for line in original.document.lines), net_amounts(original.document), strict=True))
    unknown = [position for position in document.credit_lines if position not in nets]
    if unknown:
        raise FollowUpRefused("credit_lines_unknown", positions=unknown, number=original.number)
    kept = [line for line in original.document.lines if line.position in document.credit_lines]
    document.lines = [as_forfait(line, nets[line.position], progress=None) for line in kept]
    renumber(document)
    document.vat_locked = locked_where_needed(document, _whole_groups(document, original))


def _whole_groups(document: Document, original: Invoiced) -> list[VatLine]:
    """The VAT of the rates that are credited entirely, as the invoice had it."""
    bases = {(row.category, row.rate): row.base for row in compute_totals(document).vat}
    return [row for row in original.totals.vat if bases.get((row.category, row.rate)) == row.base]
