"""The PDF of an invoice, warm, beside WeasyPrint with its default options on the same HTML in the same run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from weasyprint import CSS, HTML

from prompts.documents.loading import render_document_html, style_sheets
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.documents.mentions import mentions_for
from services.documents.pdf import build_view, render_pdf
from services.documents.schemas import Address, Buyer, Document, Seller
from services.documents.totals import compute_totals
from services.documents.view import DocumentView

SIZES = (5, 50)
WORKS = ("pose de carrelage", "peinture murs 2 couches", "plinthes", "ragréage du sol", "dépose de cloison")
TODAY = date(2026, 11, 21)
SELLER = Seller(
    organization_id=uuid4(),
    name="KB Plomberie",
    legal_form="EI",
    siret="81234567600017",
    address=Address(line="12 rue des Forges", postal_code="69100", city="Villeurbanne"),
    insurer_name="Assurances du Bâtiment",
    insurance_policy="DEC-2026-118820",
    iban="FR7630006000011234567890189",
)


def measure(*, seconds: float) -> Iterator[dict[str, Any]]:
    """Median milliseconds per document of 5 and of 50 lines, ours and the bare render, taken in turn."""
    for lines in SIZES:
        view = _view(lines)
        html = render_document_html(view)
        ours, bare = _in_turn(lambda view=view: render_pdf(view), lambda html=html: _bare(html), seconds / len(SIZES))
        yield {
            "figure": f"invoice of {lines} lines, warm",
            "unit": "ms",
            "value": round(ours, 1),
            "baseline": round(bare, 1),
            "ratio": round(ours / bare, 2),
            "baseline_is": "WeasyPrint, default options, same HTML and style sheet",
            "kilobytes": round(len(render_pdf(view)) / 1000, 1),
        }


def _in_turn(one: Callable[[], object], other: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Median milliseconds of both, run alternately so that the machine's moods hit both."""
    one(), other()
    taken: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not taken[1]:
        for index, run in enumerate((one, other)):
            started = time.perf_counter()
            run()
            taken[index].append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _bare(html: str) -> bytes:
    pdf: bytes = HTML(string=html).write_pdf(stylesheets=[CSS(filename=file) for file in style_sheets("sober")])
    return pdf


def _view(lines: int) -> DocumentView:
    document = Document(id=uuid4(), kind="invoice", number="FACT-2026-0001", status="issued", issue_date=TODAY)
    document.buyer = Buyer(
        name="Petit", title="Mme", address=Address(line="8 rue Pasteur", postal_code="69100", city="Villeurbanne")
    )
    for number in range(lines):
        spec = LineSpec(
            description=WORKS[number % len(WORKS)], quantity=Decimal(12 + number), unit="m²", unit_price=Decimal(35)
        )
        add_line(document, spec, language="fr", default_mode="ht")
    apply_vat(document, SELLER, Decimal(20), TODAY)
    totals = compute_totals(document)
    return build_view(document, SELLER, totals, mentions_for(document, SELLER, totals, TODAY))
