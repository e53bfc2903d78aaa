"""Issued documents for the tests of electronic invoices: a complete company, its clients, and what is frozen at issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.documents.facturx import Syntax, invoice_xml
from services.documents.mentions import mentions_for
from services.documents.schemas import Address, Buyer, Document, Line, Seller
from services.documents.totals import compute_totals

D = Decimal
TODAY = date(2026, 11, 21)

SELLER = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    rcs_city="Lyon",
    siret="73282932000074",
    vat_number="FR44732829320",
    address=Address(line="12 rue des Forges", postal_code="69100", city="Villeurbanne"),
    phone="+33478123456",
    email="contact@kb.example",
    insurance_status="insured",
    insurer_name="MAAF Pro",
    insurance_policy="DEC-118820",
    mediator_name="CM2C",
    iban="FR7630006000011234567890189",
    bic="AGRIFRPP",
    signature_name="Karim Benali",
)
CONSUMER = Buyer(
    name="Gülşah Işık",
    title="Mme",
    address=Address(line="27 chemin des Vignes", postal_code="69340", city="Francheville"),
    email="g.isik@example.org",
)
BUSINESS = Buyer(
    name="BÂTI SUD",
    kind="business",
    siret="35600000000048",
    vat_number="FR39356000000",
    address=Address(line="4 rue du Port", postal_code="13002", city="Marseille"),
)


def make_line(position: int, quantity: Any, price: Any, rate: Any = "10", **more: Any) -> Line:
    description = more.pop("description", f"Travaux {position}")
    return Line(
        position=position,
        description=description,
        chat_label=description,
        said=description,
        quantity=D(quantity),
        unit=more.pop("unit", "m²"),
        unit_price=D(price),
        vat_rate=None if rate is None else D(rate),
        **more,
    )


def make_invoice(*lines: Line, kind: str = "invoice", **more: Any) -> Document:
    more = {"number": "FACT-2026-0007", "issue_date": TODAY, "buyer": CONSUMER, "status": "issued"} | more
    lines = lines or (make_line(1, "12.5", "38.40"), make_line(2, 1, "1390", "5.5"), make_line(3, 2, "189.99", "20"))
    return Document(id=UUID(int=7), kind=kind, lines=list(lines), **more)


def freeze(document: Document, seller: Seller = SELLER) -> dict[str, Any]:
    totals = compute_totals(document)
    return {
        "document": document.model_dump(mode="json"),
        "seller": seller.model_dump(mode="json"),
        "totals": totals.model_dump(mode="json"),
        "mentions": [mention.model_dump(mode="json") for mention in mentions_for(document, seller, totals, TODAY)],
    }


def to_xml(document: Document, seller: Seller = SELLER, syntax: Syntax = "factur-x") -> bytes:
    totals = compute_totals(document)
    return invoice_xml(document, seller, totals, mentions_for(document, seller, totals, TODAY), syntax=syntax)


class Issued:
    """What the tests build documents with."""

    seller, consumer, business, today = SELLER, CONSUMER, BUSINESS, TODAY
    line: Callable[..., Line] = staticmethod(make_line)
    invoice: Callable[..., Document] = staticmethod(make_invoice)
    freeze: Callable[..., dict[str, Any]] = staticmethod(freeze)
    xml: Callable[..., bytes] = staticmethod(to_xml)


@pytest.fixture
def issued() -> type[Issued]:
    return Issued
