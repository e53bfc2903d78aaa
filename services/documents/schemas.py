"""The neutral model of a document: what a quote or an invoice says, apart from rows and PDF. Money: Decimal EUR."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

DocumentKind = Literal["quote", "invoice", "deposit", "progress", "balance", "credit_note", "corrective"]
"""quote (devis), invoice (facture), deposit (acompte), progress (situation de travaux), balance (solde), credit_note
(avoir), corrective (facture rectificative)."""
PriceMode = Literal["ht", "ttc"]
VatRegime = Literal["standard", "franchise"]
VatCategory = Literal["S", "AE", "E", "Z", "O", "K", "G"]
"""UNTDID 5305: S taxed, AE reverse charge, E exempt, Z zero rate, O outside scope, K intra-community, G export."""
VatReason = Literal[
    "default",
    "old_dwelling",
    "old_dwelling_assumed",
    "mixed_premises",
    "energy_works",
    "new_building",
    "business_premises",
    "main_contractor",
    "supply_only",
    "fossil_boiler",
    "excluded_works",
    "corsica_works",
    "untaxed_territory",
    "abroad",
    "franchise",
    "reverse_charge",
    "intra_community",
    "export",
    "said",
]
VatQuestion = Literal["building_age", "subcontracting", "dwelling_share"]
"""The fact nobody has told yet that would change the rate of a line."""
Premises = Literal["dwelling", "business", "new_build", "mixed"]
Territory = Literal["metropole", "corse", "guadeloupe", "martinique", "reunion", "guyane", "mayotte"]
BuyerKind = Literal["consumer", "business", "public", "foreign"]
InsuranceStatus = Literal["unknown", "insured", "not_required"]
Template = Literal["sober", "modern", "compact"]
PAYABLE: frozenset[str] = frozenset(["invoice", "deposit", "progress", "balance", "corrective"])
"""Kinds that ask for money; with credit notes they are the invoices of the law."""


class _Model(BaseModel):
    """Base of the model: unknown fields are refused, and so is binary floating point, which cannot hold a cent."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _no_float(cls, values: Any) -> Any:
        if isinstance(values, dict) and float in map(type, values.values()):
            name, value = next(item for item in values.items() if type(item[1]) is float)
            raise ValueError(f"{name}: {value!r} is a float; amounts are Decimal or text")
        return values


class Address(_Model):
    """A postal address; ``line`` is street and number. Any part may be missing on a draft (C14)."""

    line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str = "FR"
    """ISO 3166 alpha-2."""

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
    vat_on_debits: bool = False
    """Option for VAT due on invoicing instead of on payment (AII 242 nonies A I 11° bis)."""
    insurance_status: InsuranceStatus = "unknown"
    insurer_name: str | None = None
    insurer_address: str | None = None
    insurance_policy: str | None = None
    insurance_area: str | None = None
    insurance_activities: str | None = None
    insurance_from: date | None = None
    insurance_until: date | None = None
    attestation_key: str | None = None
    """Storage key of the insurance attestation (PDF or image), joined to documents (CAs L243-2)."""
    mediator_name: str | None = None
    mediator_contact: str | None = None
    rge: str | None = None
    """RGE label and number as on the certificate."""
    iban: str | None = None
    bic: str | None = None
    einvoicing_address: str | None = None
    """Electronic address in the French directory: SIREN, SIREN_SIRET or with a suffix (legal.md 67)."""
    einvoicing: bool = False
    """Its invoices to French businesses go through a platform, which routes by the buyer's SIREN (legal.md 65)."""
    waste_collection_point: str | None = None
    waste_sorting: str | None = None
    logo_key: str | None = None
    color: str | None = None
    template: Template = "sober"
    signature_name: str | None = None


class Buyer(_Model):
    """The client as printed. ``title`` is "M." or "Mme"."""

    client_id: UUID | None = None
    name: str
    title: str | None = None
    kind: BuyerKind = "consumer"
    address: Address = Field(default_factory=Address)
    billing_address: Address | None = None
    """Where invoices are made out to, when it is not ``address``."""
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    phone: str | None = None
    email: str | None = None
    einvoicing_address: str | None = None
    main_contractor: bool = False
    """He builds for others: works for him are subcontracted, never at a reduced rate (legal.md 40)."""
    small_business: bool = False
    """At most five employees: consumer protection off premises applies to him (CCo L221-3)."""


class Site(_Model):
    """Facts about the place of the works that decide VAT (legal.md §6) and are printed."""

    address: Address = Field(default_factory=Address)
    premises: Premises | None = None
    dwelling_share: Decimal | None = None
    """Percent of the floor area that is lived in, for mixed premises (legal.md 38)."""
    territory: Territory | None = None
    """None = read from the postal code."""
    completed_year: int | None = None
    completed_on: date | None = None
    age_years: int | None = None
    subcontracting: bool = False


class Progress(_Model):
    """How far a line of the quote has come on a situation: EUR excl. VAT, cumulative convention (legal.md 55)."""

    contracted: Decimal
    percent: Decimal
    """Cumulative percentage done, 0 to 100."""
    cumulative: Decimal
    previous: Decimal
    """Already invoiced by earlier situations."""


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
    section: str | None = None
    """Lot or room under whose heading the line stands; neighbouring lines of one section share a subtotal."""
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None
    """Discount on this line: a percentage or an amount in ``price_mode``; at most one is set."""
    outside_quote: bool = False
    """The quote that this invoice follows does not contain it (UX-31)."""
    progress: Progress | None = None
    vat_rate: Decimal | None = None
    vat_category: VatCategory = "S"
    vat_reason: VatReason = "default"
    vat_basis: str | None = None
    """The article that gives category and rate, as printed: "art. 279-0 bis du CGI"."""
    vat_rate_said: Decimal | None = None
    doubt: str | None = None
    vat_doubt: str | None = None
    vat_question: VatQuestion | None = None
    topic: str | None = None
    key: str = Field(default_factory=lambda: uuid4().hex[:12])
    """Identity of the line through moves and corrections of one document."""


class Discount(_Model):
    """A discount on the whole document: a percentage, an amount, or a total to reach (UX-24, UX-26). One is set."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    target_total: Decimal | None = None
    price_mode: PriceMode = "ht"


class DocumentReference(_Model):
    """Another document that this one names: the quote it follows or amends, the invoice it corrects (BG-3)."""

    id: UUID | None = None
    kind: DocumentKind
    number: str
    issue_date: date | None = None


class VatLine(_Model):
    """One row of the VAT table: base and VAT of a (category, rate) group, in EUR."""

    category: VatCategory
    rate: Decimal
    base: Decimal
    amount: Decimal


class Prepayment(_Model):
    """What a deposit invoice already asked for and this document deducts (legal.md 54).

    ``total`` is EUR incl. VAT of the part deducted here, ``vat`` the same per rate.
    """

    number: str
    issue_date: date | None = None
    total: Decimal
    vat: list[VatLine] = Field(default_factory=list)


class Waste(_Model):
    """What becomes of the waste of the works, as the code de l'environnement wants it on a quote (legal.md 16)."""

    quantity: str | None = None
    sorting: str | None = None
    collection_point: str | None = None
    cost: str | None = None


class Document(_Model):
    """A quote or an invoice with its content. ``version`` counts content changes and identifies a recap (UX-40).

    ``quote_id`` and ``quote_number`` name the quote an invoice follows; ``amends`` the quote that an amendment changes;
    ``corrects`` the invoice that a credit note or a corrective invoice is about.
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
    amends: DocumentReference | None = None
    corrects: DocumentReference | None = None
    deposit_percent: Decimal | None = None
    """Of a deposit: the share of the quote that was said; of a quote: the deposit it asks for at the order."""
    deposit_amount: Decimal | None = None
    """The same as an amount, EUR incl. VAT."""
    received_on: date | None = None
    """Day a deposit was received, when it is not the issue date (AII 242 nonies A I 10°)."""
    credit_percent: Decimal | None = None
    """Of a credit note: the share of the invoice that is taken back; without it, an amount or lines, the whole."""
    credit_amount: Decimal | None = None
    """The same as an amount, EUR incl. VAT."""
    credit_lines: list[int] = Field(default_factory=list)
    """The same as positions of lines on the invoice."""
    progress_number: int | None = None
    """Of a situation: its place in the series of its quote, from 1."""
    progress_percent: Decimal | None = None
    """Of a situation: cumulative percentage of the whole, when one was said for all lines."""
    period_start: date | None = None
    period_end: date | None = None
    vat_locked: list[VatLine] | None = None
    """VAT rows fixed by other documents instead of computed on the lines (cumulative situations, legal.md 55)."""
    retention_percent: Decimal | None = None
    """Retention guarantee, percent of the total incl. VAT, at most 5 (loi 71-584, legal.md 56)."""
    retention_until: date | None = None
    buyer_reference: str | None = None
    """Order number that the buyer wants to read (C. com. L441-9)."""
    off_premises: bool | None = None
    """Agreed at the client's home or at a distance; None = not known (legal.md 19)."""
    urgent: bool = False
    """Urgent repair that the client asked for: no withdrawal, no waste block (legal.md 16, 22)."""
    quote_fee: Decimal | None = None
    """What the quote itself costs, EUR incl. VAT; None = free (legal.md 11)."""


class LineTotal(_Model):
    """What a line amounts to, EUR excl. VAT; None while a quantity or a price is missing.

    ``total_ht`` is after the line's own discount, ``discount`` what that took off.
    """

    position: int
    unit_price_ht: Decimal | None
    total_ht: Decimal | None
    discount: Decimal = Decimal("0.00")


class SectionTotal(_Model):
    """The subtotal of neighbouring lines under one heading: positions from ``first`` to ``last``, EUR excl. VAT."""

    title: str
    first: int
    last: int
    total_ht: Decimal


class DiscountShare(_Model):
    """What the document's discount takes off one (category, rate) group, EUR excl. VAT (BG-20)."""

    category: VatCategory
    rate: Decimal
    amount: Decimal


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
    discount_shares: list[DiscountShare] = Field(default_factory=list)
    sections: list[SectionTotal] = Field(default_factory=list)
    prepaid: Decimal = Decimal("0.00")
    amount_due: Decimal = Decimal("0.00")
    """``total`` less the deposits already invoiced (BT-115)."""
    retention: Decimal = Decimal("0.00")
    net_to_pay: Decimal = Decimal("0.00")
