"""What a company tells about itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from services.documents.completeness import Missing
from services.documents.schemas import InsuranceStatus, PriceMode, Seller, Template, VatRegime


class ToldFacts(BaseModel):
    """Facts as a person says them: ``address`` whole, rates in percent, ``capital`` in EUR, terms in days.

    ``color`` is a name or #rrggbb.
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    legal_form: str | None = None
    capital: Decimal | None = None
    rcs_city: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None
    vat_regime: VatRegime | None = None
    vat_on_debits: bool | None = None
    default_vat_rate: Decimal | None = None
    default_price_mode: PriceMode | None = None
    quote_validity_days: int | None = None
    payment_terms_days: int | None = None
    insurance_status: InsuranceStatus | None = None
    insurer_name: str | None = None
    insurer_address: str | None = None
    insurance_policy: str | None = None
    insurance_area: str | None = None
    insurance_activities: str | None = None
    insurance_from: date | None = None
    insurance_until: date | None = None
    mediator_name: str | None = None
    mediator_contact: str | None = None
    rge: str | None = None
    iban: str | None = None
    bic: str | None = None
    einvoicing_address: str | None = None
    waste_collection_point: str | None = None
    waste_sorting: str | None = None
    color: str | None = None
    template: Template | None = None


class CompanyFacts(ToldFacts):
    """Facts of the profile; what was not said is not set, None takes a fact away.

    ``address`` is split when it is written; ``address_line``, ``postal_code`` and ``city`` are its parts.
    """

    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None


class CompanyProfile(BaseModel):
    """The company as it stands: its facts, how documents print it, which files there are, what documents still lack."""

    model_config = ConfigDict(extra="forbid")

    facts: CompanyFacts
    seller: Seller
    logo: bool
    attestation: bool
    missing: list[Missing]


class InvalidCompanyFact(ValueError):
    """A fact that cannot be right; ``field`` and ``value`` say which (legal.md 31, 44, 67, 76, 77).

    ``taken``: it may be right, but another company of this installation has it.
    """

    def __init__(self, field: str, value: object, *, taken: bool = False) -> None:
        super().__init__(f"{field}: {value}" + (" belongs to another account" if taken else ""))
        self.taken = taken
        self.field = field
        self.value = str(value)
