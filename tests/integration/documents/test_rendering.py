"""A killed renderer costs one document a second try, not every document after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.documents import rendering
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.documents.schemas import Buyer, Document, Seller
from services.documents.totals import compute_totals

TODAY = date(2026, 11, 21)


@pytest.fixture
def snapshot() -> dict[str, Any]:
    """A quote as it is frozen at issue."""
    seller = Seller(organization_id=uuid4(), name="KB Plomberie", siret="81234567600017")
    document = Document(id=uuid4(), kind="quote", buyer=Buyer(name="Petit"), number="DEVIS-2026-0001", issue_date=TODAY)
    spec = LineSpec(description="peinture", quantity=Decimal(12), unit="m²", unit_price=Decimal(35))
    add_line(document, spec, language="fr", default_mode="ht")
    apply_vat(document, seller, Decimal(10), TODAY)
    return {
        "document": document.model_dump(mode="json"),
        "seller": seller.model_dump(mode="json"),
        "totals": compute_totals(document).model_dump(mode="json"),
        "mentions": [],
    }


@pytest.fixture(autouse=True)
def own_pool() -> Iterator[None]:
    rendering.stop_pool()
    yield
    rendering.stop_pool()


async def test_renderers_that_were_killed_are_replaced(snapshot: dict[str, Any]) -> None:
    first = await rendering.render(snapshot)
    for pid in list(rendering._pool[0]._processes):
        os.kill(pid, signal.SIGKILL)

    second = await rendering.render(snapshot)

    assert first == second
    assert second.startswith(b"%PDF")
