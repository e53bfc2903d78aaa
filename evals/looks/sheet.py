"""Renders the hard cases in the three looks: one PDF each, and all their pages on one PNG to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from evals.looks.cases import TODAY, Case, cases
from prompts.documents.loading import FONT_FILES
from services.documents.mentions import mentions_for
from services.documents.pdf import build_view, render_pdf
from services.documents.schemas import Template
from services.documents.totals import compute_totals

LOOKS: tuple[Template, ...] = ("sober", "modern", "compact")
_PAGE = (420, 594)
_GAP = 18
_CAPTION = 26
_COLUMNS = 9


def write_sheet(folder: Path, *, only: str = "") -> Path:
    """Writes ``<case>-<look>.pdf`` files and ``sheet.png`` into the folder; returns the sheet.

    ``only``: cases whose name contains it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rendered: list[tuple[str, list[Image.Image]]] = []
    for case in cases():
        if only not in case.name:
            continue
        for look in LOOKS:
            name = f"{case.name}-{look}"
            pdf = render_case(case, look)
            (folder / f"{name}.pdf").write_bytes(pdf)
            rendered.append((name, list(_pages(pdf))))
    sheet = folder / "sheet.png"
    _drawn(rendered).save(sheet, optimize=True)
    return sheet


def render_case(case: Case, look: Template) -> bytes:
    """The PDF of a case in one look."""
    seller = case.seller.model_copy(update={"template": look})
    totals = compute_totals(case.document)
    view = build_view(
        case.document,
        seller,
        totals,
        mentions_for(case.document, seller, totals, TODAY),
        logo=case.logo,
        attestation=case.attestation,
        watermark=case.watermark,
    )
    return render_pdf(view)


def _pages(pdf: bytes) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            yield page.render(scale=_PAGE[0] / page.get_width()).to_pil().convert("RGB").resize(_PAGE)
    finally:
        document.close()


def _drawn(rendered: list[tuple[str, list[Image.Image]]]) -> Image.Image:
    """All pages in rows from left to right, the name above the first page of each document."""
    pages = [(name if index == 0 else "", page) for name, papers in rendered for index, page in enumerate(papers)]
    columns = min(len(pages), _COLUMNS)
    rows = -(-len(pages) // columns)
    width, height = _PAGE[0] + _GAP, _PAGE[1] + _CAPTION + _GAP
    sheet = Image.new("RGB", (_GAP + columns * width, _GAP + rows * height), "#d5d9de")
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(FONT_FILES[1]), 16)
    for index, (name, page) in enumerate(pages):
        left, top = _GAP + index % columns * width, _GAP + index // columns * height
        draw.text((left, top), name, font=font, fill="#1c2430")
        sheet.paste(page, (left, top + _CAPTION))
    return sheet
