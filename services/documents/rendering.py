"""PDF rendering beside the event loop: a small pool of processes that are renewed before their memory grows (pdf_lab §6)."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from services.documents.mentions import Mention
from services.documents.schemas import Document, Seller, Totals
from services.operations.metrics import PDF_SECONDS

DOCUMENTS_PER_PROCESS = 500
_pool: list[ProcessPoolExecutor] = []


def start_pool(processes: int = 1) -> None:
    """Starts the rendering processes ahead of the first document, so that it does not wait for the imports."""
    if not _pool:
        pool = ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_initialise,
            max_tasks_per_child=DOCUMENTS_PER_PROCESS,
        )
        _pool.append(pool)
        pool.submit(os.getpid)


def stop_pool() -> None:
    """Ends the rendering processes."""
    while _pool:
        _pool.pop().shutdown(wait=False, cancel_futures=True)


async def render(snapshot: dict[str, Any], logo: bytes | None = None, attestation: bytes | None = None) -> bytes:
    """The PDF of a frozen document (``row.snapshot``), with the files its seller names. Raises what the rendering raises."""
    started, outcome = time.perf_counter(), "failed"
    try:
        try:
            pdf = await _in_pool(snapshot, logo, attestation)
        except BrokenProcessPool:  # a renderer was killed, out of memory perhaps: once more with new ones
            pdf = await _in_pool(snapshot, logo, attestation)
        outcome = "done"
        return pdf
    finally:
        PDF_SECONDS.labels(outcome).observe(time.perf_counter() - started)


async def _in_pool(snapshot: dict[str, Any], logo: bytes | None, attestation: bytes | None) -> bytes:
    start_pool()
    pool = _pool[0]
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, render_snapshot, snapshot, logo, attestation)
    except BrokenProcessPool:
        if pool in _pool:  # the first to notice puts it away
            _pool.remove(pool)
            pool.shutdown(wait=False)
        raise


def render_snapshot(snapshot: dict[str, Any], logo: bytes | None = None, attestation: bytes | None = None) -> bytes:
    """Renders in this process: document, seller, totals and mentions exactly as frozen at issue.

    An invoice carries its XML (Factur-X); a quote, or a paper of a company without SIRET, is plain PDF/A-3, and so is a
    draft, whose snapshot carries the ``watermark`` to print.
    """
    from services.documents.facturx import invoice_xml, is_electronic
    from services.documents.pdf import build_view, render_pdf

    document, seller, totals, mentions = thawed(snapshot)
    draft: str | None = snapshot.get("watermark")
    view = build_view(document, seller, totals, mentions, logo=logo, attestation=attestation, watermark=draft)
    electronic = draft is None and is_electronic(document, seller)
    xml = invoice_xml(document, seller, totals, mentions) if electronic else None
    return render_pdf(view, xml=xml)


def thawed(snapshot: dict[str, Any]) -> tuple[Document, Seller, Totals, list[Mention]]:
    """Document, seller, totals and mentions of a frozen document (``row.snapshot``)."""
    return (
        Document.model_validate(snapshot["document"]),
        Seller.model_validate(snapshot["seller"]),
        Totals.model_validate(snapshot["totals"]),
        [Mention.model_validate(mention) for mention in snapshot["mentions"]],
    )


def prepare() -> None:
    """Loads what rendering needs into this process and keeps it out of the garbage collector's rounds.

    A page is a hundred thousand objects that live together: collecting seldom saves a quarter of the time of a long one.
    """
    import services.documents.facturx
    import services.documents.pdf  # noqa: F401

    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _initialise() -> None:
    """A killed parent must not leave its renderers behind."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    prepare()
