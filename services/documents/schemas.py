"""The neutral model of a document: what a quote or an invoice says, apart from rows and PDF. Money: Decimal EUR."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

DocumentKind = Literal["quote", "invoice", "deposit", "credit_note"]
PriceMode = Literal["ht", "ttc"]
VatRegime = Literal["standard", "franchise"]
VatCategory = Literal["S", "AE", "E"]
VatReason = Literal[
    "default",
    "old_dwelling",
    "old_dwelling_assumed",
    "energy_works",
    "new_building",
    "business_premises",
    "supply_only",
    "franchise",
    "reverse_charge",
    "said",
]
Premises = Literal["dwelling", "business", "new_build"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Address(_Model):
    """A postal address; ``line`` is street and number. Any part may be missing on a draft (C14)."""

    line: str | None = None
    postal_code: str | None = None
    city: str | None = None

    def one_line(self) -> str | None:
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        return ", ".join(part for part in (self.line, town) if part) or None


class Seller(_Model):
    """The artisan's company as printed (legal.md §1, §2); frozen into the document at issue."""

    organization_id: UUID
    name: str
    legal_form: str | None = None
    capital: Decimal | None = None
    rcs_city: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    address: Address = Field(default_factory=Address)
    phone: str | None = None
    email: str | None = None
    vat_regime: VatRegime = "standard"
    insurer_name: str | None = None
    insurer_address: str | None = None
    insurance_policy: str | None = None
    insurance_area: str | None = None
    mediator_name: str | None = None
    mediator_contact: str | None = None
    iban: str | None = None
    bic: str | None = None
    logo_key: str | None = None
    color: str | None = None
    signature_name: str | None = None


class Buyer(_Model):
    """The client as printed. ``title`` is "M." or "Mme"."""

    client_id: UUID | None = None
    name: str
    title: str | None = None
    kind: Literal["consumer", "business", "public"] = "consumer"
    address: Address = Field(default_factory=Address)
    siret: str | None = None
    vat_number: str | None = None
    phone: str | None = None
    email: str | None = None


class Site(_Model):
    """Facts about the place of the works that decide VAT (legal.md §6) and are printed."""

    address: Address = Field(default_factory=Address)
    premises: Premises | None = None
    completed_year: int | None = None
    completed_on: date | None = None
    age_years: int | None = None
    subcontracting: bool = False


class Line(_Model):
    """One line. ``unit_price`` is EUR per unit in ``price_mode``; None = not known yet, never a guess.

    ``description`` is the printed French, ``chat_label`` what the artisan reads, ``said`` his own words, ``doubt`` a
    code of what to check ("phonetic:870", "quantity_assumed", "unknown_words:…"), None when sure.
    """

    position: int
    description: str
    chat_label: str
    said: str
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    price_mode: PriceMode = "ht"
    vat_rate: Decimal | None = None
    vat_category: VatCategory = "S"
    vat_reason: VatReason = "default"
    vat_rate_said: Decimal | None = None
    doubt: str | None = None
    vat_doubt: str | None = None
    vat_question: bool = False
    topic: str | None = None
    key: str = Field(default_factory=lambda: uuid4().hex[:12])
    """Identity of the line through moves and corrections of one document."""


class Discount(_Model):
    """A discount on the whole document: a percentage, an amount, or a total to reach (UX-24, UX-26). One is set."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    target_total: Decimal | None = None
    price_mode: PriceMode = "ht"


class Prepayment(_Model):
    """A deposit invoice already issued and deducted on the final one (legal.md 54). ``total`` is EUR incl. VAT."""

    number: str
    issue_date: date | None = None
    total: Decimal


class Waste(_Model):
    """What becomes of the waste of the works, as the code de l'environnement wants it on a quote (legal.md 16)."""

    quantity: str | None = None
    sorting: str | None = None
    collection_point: str | None = None
    cost: str | None = None


class Document(_Model):
    """A quote or an invoice with its content. ``version`` counts content changes and identifies a recap (UX-40).

    ``prepayments`` are deposits deducted from a final invoice; ``credited_number`` is what a credit note corrects.
    """

    id: UUID
    kind: DocumentKind
    status: str = "draft"
    number: str | None = None
    version: int = 1
    buyer: Buyer | None = None
    site: Site = Field(default_factory=Site)
    lines: list[Line] = Field(default_factory=list)
    discount: Discount | None = None
    notes: list[str] = Field(default_factory=list)
    issue_date: date | None = None
    service_date: date | None = None
    service_month: str | None = None
    start_date: date | None = None
    validity_days: int = 30
    due_days: int = 30
    due_date: date | None = None
    quote_id: UUID | None = None
    quote_number: str | None = None
    revision: int = 1
    issued_version: int | None = None
    prepayments: list[Prepayment] = Field(default_factory=list)
    waste: Waste | None = None
    credited_number: str | None = None
    credited_on: date | None = None


class VatLine(_Model):
    """One row of the VAT table: base and VAT of a (category, rate) group, in EUR."""

    category: VatCategory
    rate: Decimal
    base: Decimal
    amount: Decimal


class LineTotal(_Model):
    """What a line amounts to, EUR excl. VAT; None while a quantity or a price is missing."""

    position: int
    unit_price_ht: Decimal | None
    total_ht: Decimal | None


class Totals(_Model):
    """Computed amounts in EUR. ``discount`` is excl. VAT, positive; ``complete`` is False while an amount is missing.

    ``discount_refused`` tells that the discount asked for does not fit (a target above the total, more than the total):
    it was then held between nothing and everything. ``net_to_pay`` is ``total`` less the deposits already invoiced.
    """

    lines: list[LineTotal]
    lines_total: Decimal
    discount: Decimal
    subtotal: Decimal
    vat: list[VatLine]
    vat_total: Decimal
    total: Decimal
    complete: bool
    discount_refused: bool = False
    prepaid: Decimal = Decimal("0.00")
    net_to_pay: Decimal = Decimal("0.00")
