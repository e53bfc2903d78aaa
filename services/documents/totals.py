"""The amounts of a document, in EUR: Decimal only, half up, VAT rounded once per rate on the base (legal.md 51, 52).

Lines priced incl. VAT keep that amount exact: base and VAT of their rate are derived from it (UX-24).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from services.documents.discounts import (
    CENT,
    ZERO,
    TaxBase,
    apportion,
    discounted,
    reach_total,
    sum_cents,
    to_cents,
)
from services.documents.schemas import (
    DiscountShare,
    Document,
    Line,
    LineTotal,
    SectionTotal,
    Totals,
    VatCategory,
    VatLine,
)

# BR-FR-DEC: a unit price may carry up to 6 decimals on a French e-invoice.
_PRICE_DECIMALS = range(2, 7)


MOST_RETENTION = Decimal(5)
"""Percent: no more may be kept as a guarantee (loi 71-584 du 16 juillet 1971, art. 1)."""


@dataclass
class _Group:
    """The priced lines, as (index, said amount), that share a VAT category and rate."""

    category: VatCategory
    rate: Decimal | None
    ht: list[tuple[int, Decimal]] = field(default_factory=list)
    ttc: list[tuple[int, Decimal]] = field(default_factory=list)


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros nor exponent: 10.00 → 10, 5.50 → 5.5."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def gross_amount(line: Line) -> Decimal | None:
    """Quantity × unit price to the cent, in the line's own price mode; None while one of them is missing."""
    if line.quantity is None or line.unit_price is None:
        return None
    return to_cents(line.quantity * line.unit_price)


def line_amount(line: Line) -> Decimal | None:
    """What the line asks for after its own discount, in its own price mode; None while a number is missing."""
    gross = gross_amount(line)
    if gross is None:
        return None
    if line.discount_percent is not None:
        return gross - to_cents(gross * line.discount_percent / 100)
    return gross - to_cents(line.discount_amount or ZERO)


def compute_totals(document: Document) -> Totals:
    """Totals of a document. Never raises for a draft: a line without quantity, price or rate makes it incomplete.

    A target total waits until every line has an amount: it would otherwise price the missing ones into the discount.
    """
    groups = _group_lines(document.lines)
    amounts: dict[int, Decimal] = {}
    bases = [_tax_base(group, amounts) for group in groups]
    complete = bool(document.lines) and all(_is_complete(line) for line in document.lines)
    lines_total = sum_cents(group.base for group in bases)

    refused = False
    discount = document.discount
    before = bases
    if discount is not None and (complete or discount.target_total is None):
        applied = discounted(bases, discount, all_ttc=not any(group.ht for group in groups))
        bases, refused = applied.groups, applied.refused
    bases = _locked(bases, document.vat_locked or [])

    subtotal = sum_cents(group.base for group in bases)
    vat_total = sum_cents(group.amount for group in bases)
    total = subtotal + vat_total
    prepaid = to_cents(sum((paid.total for paid in document.prepayments), ZERO))
    retention = to_cents(total * (document.retention_percent or ZERO) / 100)
    retention = max(min(retention, total - prepaid), ZERO)
    lines = [_line_total(line, amounts.get(index)) for index, line in enumerate(document.lines)]
    return Totals(
        lines=lines,
        lines_total=lines_total,
        discount=lines_total - subtotal,
        subtotal=subtotal,
        vat=_vat_lines(bases),
        vat_total=vat_total,
        total=total,
        complete=complete,
        discount_refused=refused,
        discount_shares=_discount_shares(before, bases),
        sections=_sections(document.lines, lines),
        prepaid=prepaid,
        amount_due=total - prepaid,
        retention=retention,
        net_to_pay=total - prepaid - retention,
    )


def share_of(
    rows: Sequence[VatLine], *, percent: Decimal | None = None, amount: Decimal | None = None
) -> list[VatLine]:
    """A part of the VAT rows of a document, per rate in proportion (legal.md 53): for deposits and what they deduct.

    ``percent`` is taken on the bases; ``amount`` is EUR incl. VAT and is met exactly. Raises ValueError without either.
    """
    groups = [TaxBase(row.category, row.rate, row.base, row.amount) for row in rows]
    if percent is not None:
        wanted = to_cents(sum_cents(group.base for group in groups) * percent / 100)
        shares = apportion(wanted, [group.base for group in groups])
        return _vat_lines([group.taxed(share) for group, share in zip(groups, shares, strict=True)])
    if amount is not None:
        return _vat_lines(reach_total(groups, to_cents(amount)))
    raise ValueError("a share needs a percentage or an amount")


def _locked(bases: Sequence[TaxBase], rows: Sequence[VatLine]) -> list[TaxBase]:
    """The VAT fixed by other documents, where the base is still the one it was fixed for."""
    fixed = {(row.category, row.rate): row for row in rows}
    return [
        replace(group, amount=row.amount)
        if group.rate is not None and (row := fixed.get((group.category, group.rate))) and row.base == group.base
        else group
        for group in bases
    ]


def _discount_shares(before: Sequence[TaxBase], after: Sequence[TaxBase]) -> list[DiscountShare]:
    return [
        DiscountShare(category=old.category, rate=old.rate, amount=old.base - new.base)
        for old, new in zip(before, after, strict=True)
        if old.rate is not None and old.base != new.base
    ]


def _sections(lines: Sequence[Line], totals: Sequence[LineTotal]) -> list[SectionTotal]:
    """Subtotals of neighbouring lines under one heading."""
    found: list[SectionTotal] = []
    for title, members in groupby(zip(lines, totals, strict=True), key=lambda pair: pair[0].section):
        if title:
            rows = [total for _, total in members]
            amount = sum_cents(row.total_ht for row in rows if row.total_ht is not None)
            found.append(SectionTotal(title=title, first=rows[0].position, last=rows[-1].position, total_ht=amount))
    return found


def _is_complete(line: Line) -> bool:
    return line_amount(line) is not None and _rate(line) is not None


def _rate(line: Line) -> Decimal | None:
    """Percent, without trailing zeros so that 10 and 10.0 are one rate; reverse charge and franchise carry none."""
    if line.vat_category != "S":
        return Decimal(0)
    if line.vat_rate is None:
        return None
    return plain(line.vat_rate)


def _group_lines(lines: Sequence[Line]) -> list[_Group]:
    groups: dict[tuple[VatCategory, Decimal | None], _Group] = {}
    for index, line in enumerate(lines):
        amount, rate = line_amount(line), _rate(line)
        if amount is None or (line.price_mode == "ttc" and rate is None):
            continue
        group = groups.setdefault((line.vat_category, rate), _Group(line.vat_category, rate))
        (group.ttc if line.price_mode == "ttc" else group.ht).append((index, amount))
    return list(groups.values())


def _tax_base(group: _Group, amounts: dict[int, Decimal]) -> TaxBase:
    """Base and VAT of a group; fills the amount excl. VAT of each of its lines."""
    amounts.update(group.ht)
    taxed = TaxBase(group.category, group.rate, ZERO, ZERO).taxed(sum_cents(amount for _, amount in group.ht))
    if not group.ttc:
        return taxed
    said = [amount for _, amount in group.ttc]
    locked = sum_cents(said)
    base = to_cents(locked / (1 + taxed.factor))
    for (index, _), share in zip(group.ttc, _shares_ht(base, said, taxed.factor), strict=True):
        amounts[index] = share
    return TaxBase(group.category, group.rate, taxed.base + base, taxed.amount + locked - base)


def _shares_ht(base: Decimal, said: list[Decimal], factor: Decimal) -> list[Decimal]:
    """Amounts excl. VAT of lines priced incl. VAT: each to the cent, the odd cents on the largest lines."""
    shares = [to_cents(amount / (1 + factor)) for amount in said]
    odd = base - sum_cents(shares)
    cent = CENT.copy_sign(odd)
    largest = sorted(range(len(said)), key=lambda i: (-abs(said[i]), i))
    for step in range(int(abs(odd) / CENT)):
        shares[largest[step % len(largest)]] += cent
    return shares


def _line_total(line: Line, total_ht: Decimal | None) -> LineTotal:
    gross = gross_amount(line)
    if total_ht is None or gross is None or line.quantity is None:
        known_ht = line.unit_price if line.price_mode == "ht" else None
        return LineTotal(position=line.position, unit_price_ht=known_ht, total_ht=None)
    if line.price_mode == "ht":
        return LineTotal(
            position=line.position, unit_price_ht=line.unit_price, total_ht=total_ht, discount=gross - total_ht
        )
    net = line_amount(line)
    gross_ht = total_ht if net == gross else to_cents(gross / (1 + (_rate(line) or ZERO) / 100))
    return LineTotal(
        position=line.position,
        unit_price_ht=_price_for(line.quantity, gross_ht),
        total_ht=total_ht,
        discount=gross_ht - total_ht,
    )


def _price_for(quantity: Decimal, total_ht: Decimal) -> Decimal:
    """The unit price with the fewest decimals that gives back the line total."""
    if not quantity:
        return ZERO
    price = ZERO
    for decimals in _PRICE_DECIMALS:
        price = (total_ht / quantity).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if to_cents(quantity * price) == total_ht:
            break
    return price


def _vat_lines(groups: Sequence[TaxBase]) -> list[VatLine]:
    rows = [
        VatLine(category=group.category, rate=group.rate, base=group.base, amount=group.amount)
        for group in groups
        if group.rate is not None
    ]
    return sorted(rows, key=lambda row: (-row.rate, row.category))
