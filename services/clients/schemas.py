"""What is known of a client before it is stored."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

ClientKind = Literal["consumer", "business", "public", "foreign"]


class ClientFields(BaseModel):
    """Facts about a client as they were said; None = not said. ``phone`` in E.164 once checked.

    ``billing_address`` is where invoices go when it is not ``address``; ``country`` ISO 3166 alpha-2; ``main_contractor``:
    he builds for others (legal.md 40); ``small_business``: at most five employees (CCo L221-3).
    """

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    title: str | None = None
    kind: ClientKind | None = None
    address: str | None = None
    city: str | None = None
    phone: str | None = None
    email: str | None = None
    siren: str | None = None
    siret: str | None = None
    vat_number: str | None = None
    billing_address: str | None = None
    country: str | None = None
    main_contractor: bool | None = None
    small_business: bool | None = None
    einvoicing_address: str | None = None


class InvalidClientFact(ValueError):
    """A phone, e-mail, SIREN, SIRET… that cannot be right; ``field`` and ``value`` say which (legal.md 76, C14)."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field}: {value}")
        self.field = field
        self.value = value
