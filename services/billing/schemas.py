"""Shapes of billing: the limits of a plan, the issuer of the platform's invoices, what Stripe told, in our units."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Tier = Literal["FREE", "STARTER", "PROFESSIONAL", "ENTERPRISE"]
LimitName = Literal[
    "documents_per_month", "members", "whatsapp_numbers", "voice_minutes_per_month", "model_eur_per_month"
]
VAT_RATE = Decimal(20)
"""Percent on a service sold to a company established in metropolitan France (CGI art. 278)."""


class Limits(BaseModel):
    """The most of each thing that a plan includes; None = no limit (C44). A month is one of Europe/Paris."""

    model_config = ConfigDict(extra="forbid")

    documents_per_month: int | None = Field(default=None, ge=0, le=1_000_000)
    """Quotes and invoices that get their number in a month."""
    members: int | None = Field(default=None, ge=0, le=100_000)
    whatsapp_numbers: int | None = Field(default=None, ge=0, le=10_000)
    """Own numbers of the company beside the assistant's."""
    voice_minutes_per_month: int | None = Field(default=None, ge=0, le=1_000_000)
    """Whole minutes of voice notes that a recogniser listened to; what is over it is kept and heard later."""
    model_eur_per_month: Decimal | None = Field(default=None, ge=0, le=1_000_000, max_digits=12, decimal_places=2)
    """EUR spent on models, recognisers included; over it the grammar reads alone, as over a day's limit (R181)."""


class Issuer(BaseModel):
    """Who issues the subscription invoices: the legal identity printed on them (CGI ann. II art. 242 nonies A)."""

    model_config = ConfigDict(extra="forbid")

    name: str
    legal_form: str | None = None
    capital: Decimal | None = None
    rcs_city: str | None = None
    siret: str
    vat_number: str
    address_line: str
    postal_code: str
    city: str
    email: str | None = None
    phone: str | None = None


def money(cents: Any) -> Decimal:
    """EUR of Stripe's minor units."""
    return Decimal(int(cents or 0)) / 100


def moment(seconds: Any) -> datetime | None:
    """The time of Stripe's Unix seconds."""
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def id_of(value: Any) -> str | None:
    """The id of a field that holds an id or the expanded object."""
    if isinstance(value, dict):
        return str(value["id"])
    return str(value) if value else None
