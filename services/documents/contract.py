"""What a quote and its amendments contract, line by line: net of every discount, in EUR excl. VAT (legal.md 53–55)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.documents.discounts import ZERO, apportion, sum_cents
from services.documents.schemas import Document, Line, VatLine
from services.documents.totals import compute_totals, gross_amount, plain
from services.documents.vat_rows import Group, group_of, joined


@dataclass(frozen=True)
class ContractLine:
    """A line of the contract and what it comes to after the line's and the document's discounts, EUR excl. VAT."""

    line: Line
    net: Decimal


def contract_lines(documents: Sequence[Document]) -> list[ContractLine]:
    """The lines of a quote and its amendments. Their nets add up to the base of each rate exactly.

    A key that two of the documents share is made distinct, in the order of the documents.
    """
    found: list[ContractLine] = []
    seen: set[str] = set()
    for index, document in enumerate(documents):
        for line, net in zip(document.lines, net_amounts(document), strict=True):
            key = f"{line.key}-{index}" if line.key in seen else line.key
            seen.add(key)
            found.append(ContractLine(line.model_copy(update={"key": key}), net))
    return found


def contracted_rows(documents: Iterable[Document]) -> list[VatLine]:
    """The VAT table of a quote with its amendments."""
    return joined(*(compute_totals(document).vat for document in documents))


def net_amounts(document: Document) -> list[Decimal]:
    """What each line comes to after the document's discount, EUR excl. VAT; 0 while it has no amount."""
    totals = compute_totals(document)
    nets = [total.total_ht or ZERO for total in totals.lines]
    for row in totals.vat:
        members = [index for index, line in enumerate(document.lines) if line_group(line) == group_of(row)]
        weights = [nets[index] for index in members]
        if sum_cents(weights) == row.base or not sum_cents(weights):
            continue
        for index, share in zip(members, apportion(row.base, weights), strict=True):
            nets[index] = share
    return nets


def line_group(line: Line) -> Group | None:
    """The group of the VAT table that the line counts in; None while its rate is not decided."""
    if line.vat_category != "S":
        return line.vat_category, Decimal(0)
    return None if line.vat_rate is None else (line.vat_category, plain(line.vat_rate))


def as_forfait(line: Line, net: Decimal, **changes: object) -> Line:
    """The line as one whole at an amount excl. VAT, discounts already taken off; a negative amount is a quantity of −1."""
    values = {
        "quantity": Decimal(-1) if net < 0 else Decimal(1),
        "unit": "forfait",
        "unit_price": abs(net),
        "price_mode": "ht",
        "discount_percent": None,
        "discount_amount": None,
        "doubt": None,
        "vat_doubt": None,
        "vat_question": None,
    }
    return line.model_copy(update={**values, **changes}, deep=True)


def at_net(line: Line, net: Decimal) -> Line:
    """The line at its quantity and unit price excl. VAT, the discount on it that leaves ``net``; else as one whole."""
    gross = gross_amount(line)
    if line.price_mode != "ht" or gross is None or not 0 <= net <= gross:
        return as_forfait(line, net)
    values = {"discount_percent": None, "discount_amount": gross - net if gross > net else None, "doubt": None}
    return line.model_copy(update=values, deep=True)
