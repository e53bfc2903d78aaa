"""Every kind of document in the three looks: its amounts are there, nothing overlaps, nothing leaves the page."""

from __future__ import annotations

import io
import itertools

import pikepdf
import pypdfium2
import pytest

from evals.looks.cases import Case, cases
from evals.looks.sheet import LOOKS, render_case, write_sheet
from services.documents.amounts import amount_text
from services.documents.archival_checks import archival_violations
from services.documents.schemas import Template
from services.documents.totals import compute_totals

CASES = {case.name: case for case in cases()}
# Points that two texts may share: boxes of letters are larger than their ink.
_TOUCHING = 0.8
_EDGE = 17
"""Points along the edges of the paper that printers leave blank: 6 mm."""
_MARGIN = {"sober": 17 * 72 / 25.4, "modern": 15 * 72 / 25.4, "compact": 12 * 72 / 25.4}
"""Points left and right of all text."""


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


def texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [plain(page.get_textpage().get_text_bounded()) for page in document]


@pytest.fixture(scope="module", params=list(itertools.product(CASES, LOOKS)), ids="-".join)
def rendered(request: pytest.FixtureRequest) -> tuple[Case, Template, bytes]:
    name, look = request.param
    return CASES[name], look, render_case(CASES[name], look)


def test_it_says_its_amounts(rendered: tuple[Case, Template, bytes]) -> None:
    case, _, pdf = rendered
    printed = " ".join(texts(pdf))
    totals = compute_totals(case.document)
    franchise = case.seller.vat_regime == "franchise"
    amounts = [total.total_ht for total in totals.lines] + [section.total_ht for section in totals.sections]
    amounts += [totals.total, -totals.prepaid if len(case.document.prepayments) == 1 else None]
    amounts += [-totals.retention if totals.retention else None, -totals.discount if totals.discount else None]
    amounts += [-total.discount for total in totals.lines if total.discount]
    if not franchise:
        amounts += [totals.subtotal, totals.vat_total]
        amounts += [amount for row in totals.vat for amount in (row.base, row.amount)]
    if totals.prepaid or totals.retention:
        amounts.append(totals.net_to_pay)
    for amount in amounts:
        assert amount is None or amount_text(amount) in printed, amount


def test_the_table_head_stands_on_every_page_with_lines(rendered: tuple[Case, Template, bytes]) -> None:
    case, _, pdf = rendered
    pages = texts(pdf)
    first, last = case.document.lines[0], case.document.lines[-1]
    assert first.description.split("\n")[0][:20] in pages[0]
    with_totals = next(
        index for index, page in enumerate(pages) if amount_text(compute_totals(case.document).total) in page
    )
    for page in pages[1:with_totals]:
        assert "DÉSIGNATION" in page.upper()
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
    final = next(page for page in reversed(pages) if "DÉSIGNATION" in page.upper())
    assert last.description.split("\n")[0][:20] in final


def test_nothing_overlaps_and_nothing_leaves_its_margins(rendered: tuple[Case, Template, bytes]) -> None:
    case, look, pdf = rendered
    document = pypdfium2.PdfDocument(pdf)
    seen = 0
    for page in document:
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_rect(index) for index in range(text.count_rects())]
        seen += len(boxes)
        if case.watermark:  # it is written across the page
            continue
        for left, bottom, right, top in boxes:
            assert bottom > _EDGE and top < height - _EDGE
            assert left > _MARGIN[look] - 1 and right < width - _MARGIN[look] + 1, text.get_text_bounded(
                left, bottom, right, top
            )
        for one, other in itertools.combinations(boxes, 2):
            shared = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
            assert min(shared) < _TOUCHING, (text.get_text_bounded(*one), text.get_text_bounded(*other))
    assert seen > 20


def test_the_draft_says_so_on_every_page(rendered: tuple[Case, Template, bytes]) -> None:
    case, _, pdf = rendered
    assert all(("BROUILLON" in page) == bool(case.watermark) for page in texts(pdf))


def test_the_looks_differ_and_say_the_same() -> None:
    case = CASES["09-balance"]
    pdfs = [render_case(case, look) for look in LOOKS]
    assert len(set(pdfs)) == len(LOOKS)
    words = [sorted(" ".join(texts(pdf)).casefold().split()) for pdf in pdfs]
    assert words[0] == words[1] == words[2]


@pytest.mark.parametrize("look", LOOKS)
def test_headings_and_subtotals_keep_their_lines(look: Template) -> None:
    pages = texts(render_case(CASES["03-sixty-lines"], look))
    for room in ("Cuisine", "Séjour et entrée", "Extérieur"):
        heading = next(page for page in pages if f" {room} " in page.replace(f"Sous-total {room}", ""))
        after = heading.replace(f"Sous-total {room}", "").split(f" {room} ", 1)[1]
        assert after.split()[0].isdigit(), "a line follows its heading on the same page"
        subtotal = next(page for page in pages if f"Sous-total {room}" in page)
        before = subtotal.split(f"Sous-total {room}")[0]
        assert any(work in before for work in ("Plinthes", "Peinture", "Remplacement", "Fourniture"))


@pytest.mark.parametrize("look", LOOKS)
def test_a_situation_shows_the_cumulative_columns(look: Template) -> None:
    printed = " ".join(texts(render_case(CASES["08-situation"], look)))
    assert "18 500,00 60 % 11 100,00 5 550,00 10 % 5 550,00" in printed
    assert "Ensemble des travaux 34 050,00 60 % 20 430,00 10 215,00 10 215,00" in printed
    assert "Retenue de garantie 5 % −561,83 €" in printed
    assert "Net à payer 9 574,67 €" in printed
    assert "01/11/2026 – 30/11/2026" in printed


@pytest.mark.parametrize("look", LOOKS)
def test_titles_and_references(look: Template) -> None:
    expected = {
        "08-situation": "n° 2",
        "09-balance": "Facture de solde",
        "10-credit-note": "sur facture n° FACT-2026-0061 du 03/11/2026",
        "11-corrective": "annule et remplace la facture n° FACT-2026-0061 du 03/11/2026",
        "13-deposit": "30 % du devis",
        "14-amendment-draft": "au devis n° DEVIS-2026-0049 du 05/10/2026",
    }
    for name, words in expected.items():
        assert words in texts(render_case(CASES[name], look))[0]
    credit = " ".join(texts(render_case(CASES["10-credit-note"], look)))
    assert all(words in credit for words in ("Avoir TTC", "à déduire ou à rembourser", "150,43 €"))


def test_logos_and_attestations_keep_to_the_archive_format(rendered: tuple[Case, Template, bytes]) -> None:
    """PDF/A-3 with images: no foreign page, no smoothing (ISO 19005-3, 6.2.8)."""
    case, _, pdf = rendered
    assert archival_violations(pdf, None) == []
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [entry for entry in opened.objects if isinstance(entry, pikepdf.Stream)]
        images = [stream for stream in streams if stream.get("/Subtype") == "/Image"]
        assert bool(images) == bool(case.logo or case.attestation)
        assert not any(image.get("/Interpolate") for image in images)


def test_the_contact_sheet(tmp_path) -> None:
    sheet = write_sheet(tmp_path, only="01-")
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in tmp_path.glob("*.pdf")) == [f"01-one-line-{look}.pdf" for look in sorted(LOOKS)]
