"""Drafts: what a line said in part becomes, and what an invoice shows of works outside its quote."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from services.documents import drafts
from services.documents import service as documents
from services.documents.schemas import Line


def line(**said: Any) -> Line:
    document = documents.new_document("quote")
    return drafts.add_line(document, drafts.LineSpec(**said), language="fr", default_mode="ht")


def test_a_global_price_is_one() -> None:
    assert line(description="groupe de sécurité", unit_price=Decimal(45)).quantity == 1


def test_a_price_per_measure_or_piece_without_quantity_stays_open() -> None:
    assert line(description="peinture", unit="m²", unit_price=Decimal(18)).quantity is None
    assert line(description="prises de courant", unit="u", unit_price=Decimal(65)).quantity is None


def test_a_line_outside_the_quote_says_so_once() -> None:
    extra = line(description="reprise de solins", quantity=Decimal(2), unit="u", unit_price=Decimal(90))
    drafts.mark_outside_quote(extra)
    drafts.mark_outside_quote(extra)
    assert extra.description == "Reprise de solins (hors devis)" and extra.doubt == "outside_quote"
