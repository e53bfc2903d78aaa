"""The PDF of an invoice, warm, beside WeasyPrint with its default options on the same HTML in the same run.

Ours is the whole way from the frozen document: view, QR code, Factur-X XML, PDF/A-3 with the XML inside. The baseline
only turns the ready HTML into a plain PDF.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from uuid import uuid4

import psutil
from weasyprint import CSS, HTML

from prompts.documents.loading import render_document_html, style_sheets
from services.documents import rendering
from services.documents.content import frozen
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.documents.mentions import mentions_for
from services.documents.pdf import build_view
from services.documents.schemas import Address, Buyer, Document, Seller
from services.documents.totals import compute_totals

SIZES = (5, 50, 500)
WORKS = ("pose de carrelage", "peinture murs 2 couches", "plinthes", "ragréage du sol", "dépose de cloison")
TODAY = date(2026, 11, 21)
SELLER = Seller(
    organization_id=uuid4(),
    name="KB Plomberie",
    legal_form="EI",
    siret="81234567600018",
    address=Address(line="12 rue des Forges", postal_code="69100", city="Villeurbanne"),
    insurance_status="insured",
    insurer_name="Assurances du Bâtiment",
    insurance_policy="DEC-2026-118820",
    iban="FR7630006000011234567890189",
)


def measure(*, seconds: float, documents: int = 0) -> Iterator[dict[str, Any]]:
    """Milliseconds per document beside the bare render, documents/s of the pool, memory over ``documents`` of them.

    Ratios of milliseconds are of processor time.
    """
    rendering.prepare()
    for lines in SIZES:
        snapshot = _snapshot(lines)
        html = render_document_html(build_view(*rendering.thawed(snapshot)))
        ours, bare = _in_turn(
            lambda snapshot=snapshot: rendering.render_snapshot(snapshot),
            lambda html=html: _bare(html),
            seconds / len(SIZES),
        )
        yield {
            "figure": f"invoice of {lines} lines, warm",
            "unit": "ms",
            "value": round(ours.wall, 1),
            "baseline": round(bare.wall, 1),
            "ratio": round(ours.cpu / bare.cpu, 2),
            "processor_ms": round(ours.cpu, 1),
            "baseline_processor_ms": round(bare.cpu, 1),
            "baseline_is": "WeasyPrint, default options, same HTML and style sheets",
            "kilobytes": round(len(rendering.render_snapshot(snapshot)) / 1000, 1),
        }
    yield asyncio.run(_throughput(seconds))
    if documents:
        yield _memory(documents)


class Taken(NamedTuple):
    """Milliseconds: on the clock, and of the processor, which other work on the same cores does not stretch."""

    wall: float
    cpu: float


def _in_turn(one: Callable[[], object], other: Callable[[], object], seconds: float) -> tuple[Taken, Taken]:
    """Medians of both, run alternately so that the machine's moods hit both."""
    one(), other()
    taken: tuple[list[Taken], list[Taken]] = ([], [])
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken[1]) < 3:
        for index, run in enumerate((one, other)):
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            taken[index].append(Taken((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    ours, bare = (Taken(*(statistics.median(column) for column in zip(*rows, strict=True))) for rows in taken)
    return ours, bare


def _bare(html: str) -> bytes:
    pdf: bytes = HTML(string=html).write_pdf(stylesheets=[CSS(filename=file) for file in style_sheets("sober")])
    return pdf


async def _throughput(seconds: float) -> dict[str, Any]:
    """Documents of 5 lines per second, all processes busy, beside one process."""
    snapshot = _snapshot(5)
    cores = os.cpu_count() or 1
    rates = []
    for processes in (1, cores):
        rendering.start_pool(processes)
        await asyncio.gather(*(rendering.render(snapshot) for _ in range(2 * processes)))
        rates.append(await _rate(snapshot, processes, seconds / 2))
        rendering.stop_pool()
    return {
        "figure": f"invoices of 5 lines over {cores} processes",
        "unit": "documents/s",
        "value": round(rates[1], 1),
        "baseline": round(rates[0], 1),
        "ratio": round(rates[1] / rates[0], 2),
        "baseline_is": "one process",
    }


async def _rate(snapshot: dict[str, Any], processes: int, seconds: float) -> float:
    done = 0
    started = time.perf_counter()

    async def one_after_another() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await rendering.render(snapshot)
            done += 1

    await asyncio.gather(*(one_after_another() for _ in range(2 * processes)))
    return done / (time.perf_counter() - started)


def _memory(documents: int) -> dict[str, Any]:
    """Resident memory of one renderer after a tenth of the documents and after all, without recycling it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_render_many, args=(theirs, documents))
    process.start()
    early, late = ours.recv(), ours.recv()
    process.join()
    return {
        "figure": f"memory of one renderer after {documents} invoices of 5 lines",
        "unit": "MB",
        "value": late,
        "baseline": early,
        "ratio": round(late / early, 2),
        "baseline_is": f"after {max(1, documents // 10)}",
    }


def _render_many(pipe: Connection, documents: int) -> None:
    rendering.prepare()
    snapshot = _snapshot(5)
    for number in range(1, documents + 1):
        rendering.render_snapshot(snapshot)
        if number in (max(1, documents // 10), documents):
            pipe.send(round(psutil.Process().memory_info().rss / 1e6, 1))


def _snapshot(lines: int) -> dict[str, Any]:
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
    mentions = mentions_for(document, SELLER, totals, TODAY)
    return frozen(document, SELLER, totals, mentions, issued_at=datetime.now(UTC))
