"""VAT on the lines of a draft: what was said stays but not silently, and follow-ups keep what they follow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.documents import drafts
from services.documents.schemas import Buyer, Document, DocumentKind, Site
from tests.unit.services.documents.vat_cases import seller

D = Decimal
TODAY = date(2026, 11, 27)


def draft(*words: str, kind: DocumentKind = "quote", rate: Decimal | None = None, **values: Any) -> Document:
    document = Document(id=uuid4(), kind=kind, **values)
    for said in words:
        spec = drafts.LineSpec(description=said, quantity=D(1), unit="u", unit_price=D(100), vat_rate=rate)
        drafts.add_line(document, spec, language="fr", default_mode="ht")
    return document


def rated(document: Document, regime: str = "standard", postal_code: str = "69003") -> Document:
    drafts.apply_vat(document, seller(regime, postal_code), D(20), TODAY)
    return document


def test_a_line_carries_category_rate_reason_and_article() -> None:
    line = rated(draft("peinture salon", site=Site(completed_year=1975))).lines[0]
    assert (line.vat_category, line.vat_rate, line.vat_reason) == ("S", D(10), "old_dwelling")
    assert line.vat_basis == "art. 279-0 bis du CGI"


@pytest.mark.parametrize(
    ("words", "values", "doubt"),
    [
        (
            "peinture",
            {"buyer": Buyer(name="Bouygues", kind="business", main_contractor=True)},
            "reduced_refused:main_contractor",
        ),
        ("peinture", {"site": Site(premises="business")}, "reduced_refused:business_premises"),
        ("peinture", {"site": Site(premises="new_build")}, "reduced_refused:new_building"),
        ("peinture", {"site": Site(completed_year=2026)}, "reduced_refused:new_building"),
        ("chaudière gaz posée", {"site": Site(completed_year=1975)}, "reduced_refused:fossil_boiler"),
        ("carrelage sans pose", {"site": Site(completed_year=1975)}, "reduced_refused:supply_only"),
        ("peinture", {"site": Site(completed_year=1975)}, None),
        ("peinture", {"site": Site(territory="reunion")}, "rate_elsewhere:reunion"),
    ],
)
def test_a_rate_that_was_said_stays_with_a_doubt_where_the_law_wants_another(
    words: str, values: dict[str, Any], doubt: str | None
) -> None:
    line = rated(draft(words, rate=D(10), **values)).lines[0]
    assert (line.vat_rate, line.vat_reason, line.vat_doubt) == (D(10), "said", doubt)


def test_the_normal_rate_may_always_be_said() -> None:
    line = rated(draft("peinture", rate=D(20), site=Site(completed_year=1975))).lines[0]
    assert (line.vat_rate, line.vat_basis, line.vat_doubt) == (D(20), "art. 278 du CGI", None)


def test_nothing_is_not_a_rate() -> None:
    line = rated(draft("peinture", rate=D(0), site=Site(completed_year=1975))).lines[0]
    assert (line.vat_rate, line.vat_doubt) == (D(10), "zero_refused")


def test_a_rate_that_was_said_changes_nothing_where_no_vat_is_due() -> None:
    assert rated(draft("peinture", rate=D(10)), regime="franchise").lines[0].vat_category == "E"
    assert rated(draft("peinture", rate=D(20), site=Site(subcontracting=True))).lines[0].vat_category == "AE"
    assert rated(draft("peinture", rate=D(20)), postal_code="97300").lines[0].vat_rate == 0


@pytest.mark.parametrize("kind", ["deposit", "progress", "balance", "credit_note", "corrective"])
def test_what_follows_a_document_keeps_its_vat(kind: DocumentKind) -> None:
    document = draft("peinture", kind=kind, site=Site(premises="business"))
    document.lines[0].vat_rate, document.lines[0].vat_reason = D(10), "old_dwelling"
    line = rated(document).lines[0]
    assert (line.vat_rate, line.vat_reason) == (D(10), "old_dwelling")


def test_an_invoice_of_a_quote_rates_only_what_the_quote_does_not_contain() -> None:
    invoice = draft("peinture", "carrelage", kind="invoice", site=Site(premises="business"), quote_id=uuid4())
    invoice.lines[0].vat_rate, invoice.lines[0].vat_reason = D(10), "old_dwelling"
    drafts.mark_outside_quote(invoice.lines[1])
    kept, added = rated(invoice).lines
    assert (kept.vat_rate, kept.vat_reason) == (D(10), "old_dwelling")
    assert (added.vat_rate, added.vat_reason) == (D(20), "business_premises")


def test_a_rate_said_on_the_invoice_of_a_quote_counts() -> None:
    invoice = draft("peinture", kind="invoice", quote_id=uuid4(), rate=D(20))
    invoice.lines[0].vat_rate, invoice.lines[0].vat_reason = D(10), "old_dwelling"
    line = rated(invoice).lines[0]
    assert (line.vat_rate, line.vat_reason) == (D(20), "said")
