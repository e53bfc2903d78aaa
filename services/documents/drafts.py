"""Pure changes of a draft: lines, discount, VAT. Nothing here reads or writes a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field
from rapidfuzz import fuzz

from services.documents.designations import Designation, designate
from services.documents.discounts import to_cents
from services.documents.schemas import Document, Line, PriceMode, Seller
from services.documents.text import fold
from services.documents.vat import VatProposal, doubt_on_said, propose_vat
from services.documents.vat_rates import basis_of_rate, rates_of, territory_of

MEASURED = {"m²", "ml", "m³", "h", "j", "kg", "l", "t"}
"""Units of which one is never meant silently: "35 du m²" without a quantity is a question (UX-22), as is "65 pièce"."""
OUTSIDE_QUOTE = " (hors devis)"
"""What is printed after the designation of a line that the quote of an invoice does not contain."""
INCLUDED = ("dahil", "compris", "inclus")
"""Beginnings of words that say what a line comprises, in Turkish and French."""
SAME_LINE = 75
"""Fuzzy score (0–100) from which words are taken to name a line."""


class LineSpec(BaseModel):
    """A line as said: see ``add_line_item``. Amounts EUR in ``price_mode``; None = not said."""

    model_config = ConfigDict(extra="forbid")

    description: str
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    price_mode: PriceMode | None = None
    vat_rate: Decimal | None = None
    section: str | None = None
    topic: str | None = None
    doubt: str | None = None


class LineTarget(BaseModel):
    """Which line is meant: by position, by words, by a number it carries, or (all None) the obvious one."""

    model_config = ConfigDict(extra="forbid")

    line: int | None = None
    match: str | None = None
    match_value: Decimal | None = None


class LineChange(BaseModel):
    """What changes on a line; None = stays."""

    model_config = ConfigDict(extra="forbid")

    description: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    price_mode: PriceMode | None = None
    vat_rate: Decimal | None = None
    section: str | None = None
    discount_percent: Decimal | None = Field(default=None, ge=0, le=100)
    discount_amount: Decimal | None = Field(default=None, ge=0)
    doubt: str | None = None


class LineNotFound(LookupError):
    """No line, or more than one, answers to the target; ``candidates`` are the lines it could be."""

    def __init__(self, target: LineTarget, candidates: list[Line]) -> None:
        super().__init__(target.match or str(target.line or target.match_value))
        self.target = target
        self.candidates = candidates


def add_line(document: Document, spec: LineSpec, *, language: str, default_mode: PriceMode) -> Line:
    """Appends a line. A global price is one forfait (UX-22); a price per m² or per piece without quantity stays open."""
    designation = designate(
        spec.description,
        language,  # type: ignore[arg-type]
        topic=spec.topic,
        quantity=spec.quantity,
        unit=spec.unit,
        unit_price=spec.unit_price,
        before=[line.said for line in document.lines],
    )
    unit = spec.unit
    if unit is None:
        unit = "u" if spec.quantity is not None else _unit_of_a_whole(designation.default_unit)
    line = Line(
        position=len(document.lines) + 1,
        description=designation.french,
        chat_label=designation.chat,
        said=spec.description,
        topic=spec.topic,
        quantity=spec.quantity,
        unit=unit,
        price_mode=spec.price_mode or default_mode,
        vat_rate_said=spec.vat_rate,
        section=heading(spec.section, language) if spec.section else None,
        doubt=spec.doubt or _doubt(designation),
    )
    by_the_piece = spec.unit == "u" and spec.unit_price is not None
    if line.quantity is None and unit not in MEASURED and not by_the_piece:
        line.quantity = Decimal(1)
    _price(line, spec.unit_price, spec.total)
    document.lines.append(line)
    return line


def write_line(document: Document, spec: LineSpec, *, default_mode: PriceMode) -> Line:
    """Appends a line whose words are printed as they were typed; the rest as in ``add_line``, and nothing is in doubt."""
    line = Line(
        position=len(document.lines) + 1,
        description=spec.description,
        chat_label=spec.description,
        said=spec.description,
        topic=spec.topic,
        quantity=spec.quantity,
        unit=spec.unit or ("forfait" if spec.quantity is None else "u"),
        price_mode=spec.price_mode or default_mode,
        vat_rate_said=spec.vat_rate,
        section=spec.section,
    )
    if line.quantity is None and line.unit not in MEASURED:
        line.quantity = Decimal(1)
    _price(line, spec.unit_price, spec.total)
    document.lines.append(line)
    return line


def _doubt(designation: Designation) -> str | None:
    if designation.unknown_words and not designation.known:
        return "unknown_words:" + ", ".join(designation.unknown_words)
    return designation.doubt


def _unit_of_a_whole(default_unit: str | None) -> str:
    return default_unit if default_unit in ("u", "ens", "forfait") else "forfait"


def _price(line: Line, unit_price: Decimal | None, total: Decimal | None) -> None:
    """Sets the price from what was said; a total that the quantity does not divide becomes one forfait."""
    if unit_price is not None:
        line.unit_price = unit_price
    elif total is not None:
        quantity = line.quantity or Decimal(1)
        each = (total / quantity).quantize(Decimal("0.0001"))
        if to_cents(each * quantity) == to_cents(total):
            line.unit_price, line.quantity = each.normalize() + Decimal(0), quantity
        else:
            line.unit_price, line.quantity, line.unit = total, Decimal(1), "forfait"


def find_lines(document: Document, target: LineTarget, change: LineChange | None = None) -> list[Line]:
    """The lines meant. Raises ``LineNotFound`` when none or several are equally plausible.

    Without any target: the only line; or, with a quantity and a unit, every line measured alike ("mais 32 m²").
    """
    lines = document.lines
    if target.line is not None:
        found = [line for line in lines if line.position == target.line]
        if found or not (target.match or target.match_value is not None):
            return _one(found, target, lines)
    if target.match:
        scored = [(_name_score(line, target.match), line) for line in lines]
        best = max((value for value, _ in scored), default=0)
        if best < SAME_LINE:  # said in Turkish of a document whose lines are only known in French
            french = designate(target.match, "tr").french
            scored = [(max(value, _name_score(line, french)), line) for value, line in scored]
            best = max((value for value, _ in scored), default=0)
        found = [line for value, line in scored if value == best and value >= SAME_LINE]
        if len(found) > 1 and target.match_value is not None:
            found = [line for line in found if _carries(line, target.match_value)] or found
        return _one(found, target, [line for value, line in scored if value >= 50] or lines)
    if target.match_value is not None:
        return _one([line for line in lines if _carries(line, target.match_value)], target, lines)
    if change and change.quantity is not None and change.unit:
        alike = [line for line in lines if line.unit == change.unit]
        if alike:
            return [line for line in alike if line.quantity == alike[0].quantity]
    return _one(lines if len(lines) == 1 else [], target, lines)


def _one(found: list[Line], target: LineTarget, candidates: list[Line]) -> list[Line]:
    if len(found) != 1:
        raise LineNotFound(target, found or candidates)
    return found


def _name_score(line: Line, words: str) -> float:
    wanted = fold(words)
    names = (fold(line.said), fold(line.description), fold(line.chat_label))
    return max(max(fuzz.token_set_ratio(wanted, name), fuzz.partial_ratio(wanted, name) - 5) for name in names)


def _carries(line: Line, value: Decimal) -> bool:
    amounts = [line.unit_price, line.quantity]
    if line.unit_price is not None and line.quantity is not None:
        amounts.append(line.unit_price * line.quantity)
    return value in amounts


def change_line(line: Line, change: LineChange, *, language: str, before: Sequence[str] = ()) -> None:
    """Applies a correction; what is corrected is in doubt only as far as the correction itself is.

    ``before``: what was said of the lines above.
    """
    line.doubt = change.doubt
    if change.description:
        said = _with_addition(line.said, change.description)
        renamed = designate(
            said,
            language,  # type: ignore[arg-type]
            topic=line.topic,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            before=list(before),
        )
        line.description, line.chat_label, line.said = renamed.french, renamed.chat, said
        line.doubt = change.doubt or _doubt(renamed)
    if change.quantity is not None:
        line.quantity = change.quantity
        if line.unit == "forfait" and change.unit is None:
            line.unit = "u"
    if change.unit:
        line.unit = change.unit
    if change.price_mode:
        line.price_mode = change.price_mode
    if change.vat_rate is not None:
        line.vat_rate_said = change.vat_rate
    if change.section:
        line.section = heading(change.section, language)
    if change.discount_percent is not None or change.discount_amount is not None:
        line.discount_percent = change.discount_percent or None
        line.discount_amount = None if change.discount_percent is not None else change.discount_amount or None
    if change.unit_price is not None or change.total is not None:
        _price(line, change.unit_price, change.total)


def heading(said: str, language: str) -> str:
    """The title of a lot as printed: "tesisat" → "Plomberie"."""
    return designate(said, language).french  # type: ignore[arg-type]


def _with_addition(said: str, words: str) -> str:
    """The new wording of a line; "kapılara sous-couche dahil" adds to "kapı boyası" instead of replacing it."""
    if not any(fold(word).startswith(INCLUDED) for word in words.split()):
        return words
    known = [fold(word)[:4] for word in said.split() if len(word) > 2]
    added = [word for word in words.split() if not any(fold(word).startswith(stem) for stem in known)]
    return f"{said} {' '.join(added)}"


def mark_outside_quote(line: Line) -> None:
    """Says on the line, in print and as a doubt, that the quote of this invoice does not contain it (UX-31)."""
    line.outside_quote = True
    if not line.description.endswith(OUTSIDE_QUOTE):
        line.description += OUTSIDE_QUOTE
    line.outside_quote = True
    line.doubt = line.doubt or "outside_quote"


def remove_line(document: Document, line: Line) -> None:
    document.lines.remove(line)
    renumber(document)


def move_line(document: Document, line: Line, to: int) -> None:
    """Puts the line at position ``to`` (1 = first)."""
    document.lines.remove(line)
    document.lines.insert(max(0, min(to - 1, len(document.lines))), line)
    renumber(document)


def renumber(document: Document) -> None:
    for position, line in enumerate(document.lines, start=1):
        line.position = position


def apply_vat(document: Document, seller: Seller, default_rate: Decimal, today: date) -> None:
    """Proposes category, rate, reason and article for every line of which this document decides the VAT.

    A rate that the artisan said stays, with a doubt where the law wants another one; except where no VAT is due.
    """
    on = document.start_date or today
    for line in document.lines:
        if not rates_line(document, line):
            _keep_said(line, document, seller, default_rate, on)
            continue
        proposal = propose_vat(
            line.said,
            line.description,
            seller=seller,
            buyer=document.buyer,
            site=document.site,
            default_rate=default_rate,
            on=on,
        )
        line.vat_category, line.vat_rate, line.vat_reason = proposal.category, proposal.rate, proposal.reason
        line.vat_basis, line.vat_doubt, line.vat_question = proposal.basis, proposal.doubt, proposal.question
        _keep_said(line, document, seller, default_rate, on, proposal)


def rates_line(document: Document, line: Line) -> bool:
    """Whether the line's VAT is decided here: what follows a quote or an invoice has the VAT of what it follows."""
    if document.kind == "quote":
        return True
    if document.kind == "corrective":
        return line.vat_rate is None and line.vat_category == "S"
    if document.kind == "invoice" and document.quote_id is None:
        return True
    return document.kind in ("invoice", "progress", "balance") and line.outside_quote


def _keep_said(
    line: Line,
    document: Document,
    seller: Seller,
    default_rate: Decimal,
    on: date,
    proposal: VatProposal | None = None,
) -> None:
    """Puts the rate that was said on a taxed line. A line is never taxed at nothing (BR-S-05): that is a doubt."""
    said = line.vat_rate_said
    if said is None or line.vat_category != "S" or (proposal is None and said == line.vat_rate):
        return
    if not said:
        line.vat_doubt = "zero_refused"
        return
    territory = territory_of(seller, document.buyer, document.site, default_rate)
    line.vat_rate, line.vat_reason, line.vat_question = said, "said", None
    line.vat_basis = basis_of_rate(territory, said, on)
    line.vat_doubt = doubt_on_said(said, proposal, rates_of(territory, on), territory) if proposal else None


def open_questions(document: Document) -> tuple[list[Line], list[Line]]:
    """Lines without a price and lines without a quantity: what blocks the totals (UX-21, UX-22)."""
    without_price = [line for line in document.lines if line.unit_price is None]
    without_quantity = [line for line in document.lines if line.unit_price is not None and line.quantity is None]
    return without_price, without_quantity
