"""The transfer code holds what the bank needs (EPC069-12), on paper too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
import segno
from PIL import Image, ImageChops

from services.documents.epc import transfer_code
from services.documents.mentions import mentions_for
from services.documents.pdf import build_view, render_pdf
from services.documents.schemas import Document, DocumentKind, Line, Prepayment, Seller
from services.documents.totals import compute_totals

D = Decimal
SELLER = Seller(
    organization_id=UUID(int=1), name="Şükrü Öğüt", iban="FR76 3000 6000 0112 3456 7890 189", bic="AGRIFRPP"
)
PAYLOAD = "BCD\n002\n1\nSCT\nAGRIFRPP\nŞükrü Öğüt\nFR7630006000011234567890189\nEUR1045\n\n\nFACT-2026-0071"


def make_document(kind: DocumentKind = "invoice", price: str = "1000", **more: Any) -> Document:
    work = Line(
        position=1,
        description="Pose",
        chat_label="Pose",
        said="pose",
        quantity=D(1),
        unit_price=D(price),
        vat_rate=D(10),
    )
    values: dict[str, Any] = {"number": "FACT-2026-0071", "issue_date": date(2026, 11, 27), "lines": [work]} | more
    return Document(id=UUID(int=7), kind=kind, **values)


def modules(code: segno.QRCode) -> list[list[int]]:
    return [list(row) for row in code.matrix]


def code_of(document: Document, seller: Seller = SELLER) -> segno.QRCode | None:
    return transfer_code(document, seller, compute_totals(document))


def test_the_code_asks_for_what_is_left_to_pay() -> None:
    paid = Prepayment(number="FACT-2026-0052", total=D(55))
    code = code_of(make_document(prepayments=[paid]))
    assert code is not None
    assert code.error == "M"
    assert modules(code) == modules(segno.make_qr(PAYLOAD.encode(), error="m", boost_error=False))


@pytest.mark.parametrize("amount", ["0.01", "12.3", "999.99", "1200", "999999999.99"])
def test_amounts_are_written_exactly(amount: str) -> None:
    document = make_document(price=amount)
    document.lines[0].vat_rate = D(0)
    code = code_of(document)
    written = PAYLOAD.replace("EUR1045", "EUR" + f"{D(amount):f}")
    assert code is not None
    assert modules(code) == modules(segno.make_qr(written.encode(), error="m", boost_error=False))


@pytest.mark.parametrize("kind", ["quote", "credit_note"])
def test_what_asks_for_no_money_has_no_code(kind: DocumentKind) -> None:
    assert code_of(make_document(kind)) is None


def test_no_code_without_iban_number_or_amount() -> None:
    assert code_of(make_document(), SELLER.model_copy(update={"iban": None})) is None
    assert code_of(make_document(number=None)) is None
    assert code_of(make_document(prepayments=[Prepayment(number="FACT-2026-0052", total=D(1100))])) is None
    assert code_of(make_document(price="1000000000")) is None
    unpriced = make_document()
    unpriced.lines[0].unit_price = None
    assert code_of(unpriced) is None


def test_a_long_name_and_a_wrong_bic_still_give_a_code() -> None:
    seller = SELLER.model_copy(update={"name": "Entreprise " * 12, "bic": "non"})
    assert code_of(make_document(), seller) is not None


@pytest.mark.parametrize("look", ["sober", "modern", "compact"])
def test_the_printed_code_is_the_code(look: str) -> None:
    """Reads the modules back from the pixels of the page: 24 mm wide, with white all around."""
    document = make_document(prepayments=[Prepayment(number="FACT-2026-0052", total=D(55))])
    seller = SELLER.model_copy(update={"template": look, "color": "#000000"})
    totals = compute_totals(document)
    view = build_view(document, seller, totals, mentions_for(document, seller, totals, date(2026, 11, 27)))
    page = pypdfium2.PdfDocument(render_pdf(view))[0].render(scale=300 / 72).to_pil().convert("L")
    code = code_of(document)
    assert code is not None
    size = len(code.matrix)
    left, top, side = _found(page, size)
    assert abs(side * 25.4 / 300 - 24) < 0.3
    step = side / size
    for row in range(-4, size + 4):
        for column in range(-4, size + 4):
            inside = 0 <= row < size and 0 <= column < size
            dark = page.getpixel((round(left + (column + 0.5) * step), round(top + (row + 0.5) * step))) < 128
            assert dark == (inside and bool(code.matrix[row][column])), (row, column)


def _found(page: Image.Image, size: int) -> tuple[int, int, int]:
    """Left, top and side of the code: the square of its width where a finder pattern stands in three corners."""
    side = round(24 / 25.4 * 300)
    ink = page.point(lambda value: 255 if value < 128 else 0)
    for top in range(page.height - side):
        row = ink.crop((0, top, page.width // 2, top + 1))
        box = row.getbbox()
        finder = round(7 * side / size)
        if box and ImageChops.invert(row.crop((box[0], 0, box[0] + finder - 1, 1))).getbbox() is None:
            square = ink.crop((box[0], top, box[0] + side, top + side)).getbbox()
            if square and square[2] >= side - 2 and square[3] >= side - 2 and box[2] - box[0] < side + 3:
                return box[0], top, side
    raise AssertionError("no code on the page")
