"""Small documents for the tests of the graphs."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from services.documents.drafts import LineSpec, add_line, apply_vat
from services.documents.schemas import Address, Buyer, Document, Seller

SELLER = Seller(
    organization_id=uuid4(),
    name="KB Plomberie",
    vat_regime="standard",
    siret="81234567600017",
    address=Address(line="4 rue du Lac", postal_code="69003", city="Lyon"),
    insurance_status="insured",
    insurer_name="Assur Bâtiment",
    insurer_address="1 place Bellecour, 69002 Lyon",
    insurance_policy="DEC-2026-118",
    insurance_area="France métropolitaine",
)
TODAY = date(2026, 11, 21)


def buyer(**values):
    facts = {"client_id": uuid4(), "name": "Petit", "title": "Mme", "phone": "+33612347720"}
    return Buyer(**{**facts, **values})


def document(*lines, kind="quote", language="fr", **values):
    """A draft with lines given as (description, quantity, unit, unit price) tuples."""
    made = Document(id=uuid4(), kind=kind, **values)
    for description, quantity, unit, price in lines:
        spec = LineSpec(
            description=description,
            quantity=None if quantity is None else Decimal(quantity),
            unit=unit,
            unit_price=None if price is None else Decimal(price),
        )
        add_line(made, spec, language=language, default_mode="ht")
    apply_vat(made, SELLER, Decimal(20), TODAY)
    return made


def placo(**values):
    return document(("placo", "12", "m²", "35"), ("peinture", "12", "m²", "18"), buyer=buyer(), **values)


LYON = Address(line="1 rue A", postal_code="69001", city="Lyon")
