"""The printed document: a view rendered to PDF/A-3 by WeasyPrint, and its thumbnail. CPU-bound: call it from a job.

The font configuration and the style sheet live as long as the process: making them anew for each document leaks memory
and costs more than the layout (pdf_lab §6).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from datetime import date
from functools import cache

import pypdfium2
from weasyprint import CSS, HTML
from weasyprint.text import ffi
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from db.settings import settings
from prompts.documents.loading import render_document_html, style_sheets
from services.documents.archival import announce_facturx, attachment, open_metadata
from services.documents.mentions import Mention
from services.documents.printable import printable
from services.documents.schemas import Document, Seller, Totals
from services.documents.view import DocumentView
from services.documents.view import build_view as _build_view

logging.getLogger("fontTools").setLevel(logging.WARNING)

# Without libharfbuzz-subset WeasyPrint falls back to fontTools, slower and stamping the time of the day into the font:
# the family is small enough to be embedded whole instead, and the same document stays the same bytes.
_EMBED_WHOLE_FONTS = getattr(ffi, "harfbuzz_subset", None) is None


def build_view(
    document: Document,
    seller: Seller,
    totals: Totals,
    mentions: Iterable[Mention],
    *,
    logo: bytes | None = None,
    attestation: bytes | None = None,
    watermark: str | None = None,
) -> DocumentView:
    """The page of a document, every text reduced to what the font draws. See ``services.documents.view``."""
    return _build_view(
        document,
        seller,
        totals,
        mentions,
        printed=printable,
        logo=logo,
        attestation=attestation,
        watermark=watermark,
    )


def render_pdf(view: DocumentView, *, xml: bytes | None = None, accessible: bool | None = None) -> bytes:
    """An A4 page in French as PDF/A-3b, with the invoice's ``xml`` as Factur-X attachment; reads nothing from the network.

    The same view and XML give the same bytes. ``accessible`` adds the tags that screen readers follow (PDF/A-3a);
    None = as set up (``PDF_ACCESSIBLE``).
    """
    tagged = settings().pdf_accessible if accessible is None else accessible
    html = HTML(string=render_document_html(view), url_fetcher=_embedded_images_only())
    pdf: bytes = html.write_pdf(
        stylesheets=_style_sheets(view.template),
        font_config=_font_configuration(),
        full_fonts=_EMBED_WHOLE_FONTS,
        pdf_variant="pdf/a-3a" if tagged else "pdf/a-3b",
        pdf_identifier=view.identifier.encode(),
        attachments=[attachment(xml, date.fromisoformat(view.dated))] if xml is not None else None,
        finisher=announce_facturx if xml is not None else open_metadata,
        optimize_images=True,
        dpi=220,
    )
    return pdf


def thumbnail_png(pdf: bytes, width: int) -> bytes:
    """The first page as PNG, ``width`` pixels wide."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        image = page.render(scale=width / page.get_width()).to_pil()
        stream = io.BytesIO()
        image.save(stream, format="PNG", optimize=True)
        return stream.getvalue()
    finally:
        document.close()


@cache
def _font_configuration() -> FontConfiguration:
    return FontConfiguration()


@cache
def _style_sheets(look: str) -> tuple[CSS, ...]:
    return tuple(CSS(filename=str(file), font_config=_font_configuration()) for file in style_sheets(look))


@cache
def _embedded_images_only() -> URLFetcher:
    """Only images written into the page itself are loaded: no text of a document makes the worker read or call out."""
    return URLFetcher(allowed_protocols=["data"])
