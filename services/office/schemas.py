"""What the office writes on a draft. Amounts are EUR, rates and shares percent; texts are printed as they were typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.documents.schemas import Premises, PriceMode, Territory
from services.messaging.cleaning import clean_tree


def _written_out(given: Any) -> Any:
    """Pydantic would read a number as seconds since 1970, which nobody means who writes a date."""
    try:
        float(given)
    except (TypeError, ValueError):
        return given
    raise ValueError("is to be written out: 2026-11-28")


Written = Annotated[date, BeforeValidator(_written_out)]
Day = Annotated[Written, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1), examples=["2026-12-01"])]
Flag = Annotated[bool, Field(strict=True)]
Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, examples=["500.00"])]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4, examples=["30"])]
Share = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4, examples=["30"])]
UnitPrice = Annotated[Decimal, Field(max_digits=12, decimal_places=4, examples=["45.00"])]
Quantity = Annotated[Decimal, Field(max_digits=12, decimal_places=3, examples=["10"])]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2, examples=["10"])]
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Short = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Unit = Annotated[str, Field(min_length=1, max_length=20, pattern=r"\S", examples=["m²"])]
FollowUpKind = Literal["invoice", "deposit", "progress", "balance"]
"""What may follow a quote; the invoice of a quote with issued deposits becomes its balance."""


class _Facts(BaseModel):
    """Base: unknown fields are errors, and what no database stores (NUL, half a surrogate pair) is taken out."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, values: Any) -> Any:
        return clean_tree(values)

    def given(self) -> dict[str, Any]:
        """The fields that the caller wrote, null included."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class LineFacts(_Facts):
    """A line. ``total`` instead of ``unit_price`` is the price of the whole line; without a price it is left open.

    ``unit_price`` is per unit in ``price_mode`` ("ht" excl. VAT, "ttc" incl. VAT); ``vat_rate`` null = as proposed.
    """

    description: Words
    quantity: Quantity | None = None
    unit: Unit | None = None
    unit_price: UnitPrice | None = None
    total: UnitPrice | None = None
    price_mode: PriceMode | None = None
    vat_rate: Rate | None = None
    section: Short | None = None
    discount_percent: Percent | None = None
    discount_amount: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None


class LineFactsChange(LineFacts):
    """What changes on a line: fields that are not given stay. ``position`` moves it (1 = first).

    ``progress_percent`` is of a situation's line: how far it has come since the beginning.
    """

    description: Words | None = None  # type: ignore[assignment]
    position: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    progress_percent: Percent | None = None


class SiteFacts(_Facts):
    """The place of the works: it decides VAT (dwelling, age, territory) and is printed."""

    address: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    premises: Premises | None = None
    dwelling_share: Percent | None = None
    territory: Territory | None = None
    completed_year: Annotated[int, Field(strict=True, ge=1000, le=2100)] | None = None
    completed_on: Annotated[Written, Field(ge=date(1000, 1, 1), le=date(2100, 1, 1))] | None = None
    age_years: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = None


class DiscountFacts(_Facts):
    """A discount on the whole document; exactly one of ``percent``, ``amount``, ``target_total`` (to be reached)."""

    percent: Share | None = None
    amount: Amount | None = None
    target_total: Amount | None = None
    price_mode: PriceMode | None = None

    @model_validator(mode="after")
    def _one(self) -> DiscountFacts:
        if sum(value is not None for value in (self.percent, self.amount, self.target_total)) != 1:
            raise ValueError("exactly one of percent, amount, target_total")
        return self


class ShareFacts(_Facts):
    """A share: ``percent``, or ``amount`` EUR incl. VAT; exactly one."""

    percent: Share | None = None
    amount: Amount | None = None

    @model_validator(mode="after")
    def _one(self) -> ShareFacts:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("exactly one of percent, amount")
        return self


class CreditFacts(_Facts):
    """What a credit note takes back: a share, an amount incl. VAT, or ``lines`` of the invoice; none = all of it."""

    percent: Share | None = None
    amount: Amount | None = None
    lines: Annotated[list[Annotated[int, Field(strict=True, ge=1, le=1000)]], Field(max_length=200)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _at_most_one(self) -> CreditFacts:
        if sum((self.percent is not None, self.amount is not None, bool(self.lines))) > 1:
            raise ValueError("at most one of percent, amount, lines")
        return self


class RetentionFacts(_Facts):
    """A guarantee kept back, at most 5 % of the total incl. VAT; ``percent`` null = that much."""

    percent: Share | None = None
    until: Day | None = None


class WasteFacts(_Facts):
    """What becomes of the waste of the works (C. env. D541-45-1), in words."""

    quantity: Annotated[str, Field(max_length=120)] | None = None
    sorting: Annotated[str, Field(max_length=200)] | None = None
    collection_point: Annotated[str, Field(max_length=200)] | None = None
    cost: Annotated[str, Field(max_length=120)] | None = None


class DraftFacts(_Facts):
    """The head of a draft. Fields that are not given stay; null takes one away.

    ``vat_rate`` is put on every line; ``deposit`` is what a quote asks for at the order, or what a deposit invoice is;
    ``progress_percent`` is of a situation (cumulated); ``credit`` of a credit note.
    """

    client_id: UUID | None = None
    site: SiteFacts | None = None
    subcontracting: Flag = False
    vat_rate: Rate | None = None
    discount: DiscountFacts | None = None
    deposit: ShareFacts | None = None
    retention: RetentionFacts | None = None
    credit: CreditFacts | None = None
    progress_percent: Percent | None = None
    notes: Annotated[list[Words], Field(max_length=20)] = Field(default_factory=list)
    waste: WasteFacts | None = None
    service_date: Day | None = None
    service_month: Annotated[str, Field(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])] | None = None
    start_date: Day | None = None
    period_start: Day | None = None
    period_end: Day | None = None
    received_on: Day | None = None
    validity_days: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    due_days: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None
    due_date: Day | None = None
    buyer_reference: Annotated[str, Field(max_length=100)] | None = None
    off_premises: Flag | None = None
    urgent: Flag = False


class NewDraft(DraftFacts):
    """A new quote or invoice with its lines; everything can be added later."""

    lines: Annotated[list[LineFacts], Field(max_length=500)] = Field(default_factory=list)


class NewFollowUp(DraftFacts):
    """An invoice of a quote: ``type`` says which; a situation wants ``progress_percent``, a deposit its share.

    ``lines`` are works outside the quote, on an invoice, a situation or a balance.
    """

    type: FollowUpKind = "invoice"
    lines: Annotated[list[LineFacts], Field(max_length=500)] = Field(default_factory=list)
