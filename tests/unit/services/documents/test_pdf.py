"""The printed page: complete, readable, tagged, always the same bytes."""

from __future__ import annotations

import io
import struct
import time
import zlib
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from services.documents.accent import readable_accent
from services.documents.archival_checks import archival_violations
from services.documents.mentions import mentions_for
from services.documents.pdf import build_view, render_pdf, thumbnail_png
from services.documents.printable import printable
from services.documents.schemas import Address, Buyer, Discount, Document, Line, Prepayment, Seller, Site
from services.documents.totals import compute_totals

D = Decimal
TODAY = date(2026, 11, 21)
SELLER = Seller(
    organization_id=UUID(int=1),
    name="KB Plomberie",
    legal_form="SARL",
    capital=D(5000),
    siret="81234567600017",
    vat_number="FR12812345676",
    address=Address(line="12 rue de la République", postal_code="69100", city="Villeurbanne"),
    phone="+33478123456",
    insurer_name="MAAF Pro",
    mediator_name="CM2C",
    iban="FR7630006000011234567890189",
    signature_name="Karim Benali",
)
TRADER = SELLER.model_copy(update={"name": "Şükrü Öğüt", "legal_form": "EI", "vat_regime": "franchise"})
BUYER = Buyer(
    name="Gülşah Işık",
    title="Mme",
    address=Address(line="27 chemin des Vignes", postal_code="69340", city="Francheville"),
)


def make_line(position: int, description: str, quantity: Any, price: Any, rate: Any = "10", **more: Any) -> Line:
    return Line(
        position=position,
        description=description,
        chat_label=description,
        said=description,
        quantity=None if quantity is None else D(quantity),
        unit="u",
        unit_price=D(price),
        vat_rate=None if rate is None else D(rate),
        **more,
    )


MIXED = (
    make_line(1, "Remplacement du tableau électrique\nDifférentiels 30 mA", 1, 1150),
    make_line(2, "Fourniture et pose de prises de courant", 8, 65),
    make_line(3, "Fourniture et pose d'une borne de recharge 7,4 kW", 1, 1390, "5.5"),
    make_line(4, "Fourniture d'un radiateur d'appoint (sans pose)", 1, 189, "20", vat_reason="supply_only"),
)


def make_document(*lines: Line, kind: str = "quote", **more: Any) -> Document:
    more = {"number": "DEVIS-2026-0049", "issue_date": TODAY, "buyer": BUYER} | more
    return Document(id=UUID(int=49), kind=kind, lines=list(lines or MIXED), **more)


def render(document: Document, seller: Seller = SELLER, **more: Any) -> bytes:
    totals = compute_totals(document)
    accessible = more.pop("accessible", False)
    view = build_view(document, seller, totals, mentions_for(document, seller, totals, TODAY), **more)
    return render_pdf(view, accessible=accessible)


def pages(pdf: bytes) -> list[str]:
    """The text of each page, on one line, with plain spaces."""
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return [" ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split()) for text in texts]


def text_of(pdf: bytes) -> str:
    return " ".join(pages(pdf))


def fonts_of(pdf: bytes) -> set[str]:
    """Names of the embedded fonts, without subset prefix."""
    found = set()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    return found


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x20\x60\xa0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_a_quote_shows_everything_it_says() -> None:
    document = make_document(
        discount=Discount(percent=D(5)),
        notes=["Évacuation des gravats à la charge du client."],
        start_date=date(2026, 12, 7),
        site=Site(address=Address(line="3 impasse du Lavoir", city="Bron"), completed_year=2014),
    )
    printed = text_of(render(document))
    for expected in (
        "Devis DEVIS-2026-0049",
        "21/11/2026",
        "21/12/2026",
        "07/12/2026",
        "3 impasse du Lavoir",
        "Logement achevé en 2014",
        "Mme Gülşah Işık",
        "04 78 12 34 56",
        "Remplacement du tableau électrique",
        "Différentiels 30 mA",
        "1 150,00",
        "5,5 %",
        "Total HT avant remise 3 249,00 €",
        "Remise 5 % −162,45 €",
        "Total TTC 3 353,74 €",
        "Évacuation des gravats à la charge du client.",
        "Bon pour accord / Devis reçu avant l'exécution des travaux",
        "Karim Benali",
        "1 / 3",
        "Formulaire de rétractation",
    ):
        assert expected in printed


def test_every_mention_is_printed() -> None:
    for document in (
        make_document(),
        make_document(kind="invoice", quote_number="DEVIS-2026-0040", service_month="2026-11"),
        make_document(make_line(1, "Coulage de béton", "14.5", 95, None, vat_category="AE"), kind="invoice"),
    ):
        totals = compute_totals(document)
        mentions = mentions_for(document, SELLER, totals, TODAY)
        printed = text_of(render(document))
        for mention in mentions:
            wanted = " ".join(mention.text.replace("\u202f", " ").replace("\u00a0", " ").split())
            assert wanted in printed, mention.code


def test_a_franchise_document_has_neither_rate_nor_vat() -> None:
    lines = [make_line(1, "Peinture du plafond", 18, 17, None, vat_category="E")]
    printed = text_of(render(make_document(*lines), TRADER))
    assert "Şükrü Öğüt EI" in printed
    assert "TVA non applicable, article 293 B du CGI" in printed
    assert "Taux de TVA" not in printed
    assert " HT" not in printed
    assert "Total net 306,00 €" in printed


def test_reverse_charge_shows_the_buyer_number() -> None:
    buyer = Buyer(name="BÂTI SUD", kind="business", siret="53987412300026", vat_number="FR61539874123")
    lines = [make_line(1, "Maçonnerie de parpaings", 120, 38, None, vat_category="AE")]
    printed = text_of(render(make_document(*lines, kind="invoice", buyer=buyer)))
    assert "Autoliquidation" in printed
    assert "TVA FR61539874123" in printed
    assert "SIRET 539 874 123 00026" in printed
    assert "Net à payer 4 560,00 €" in printed


def test_deposits_are_deducted() -> None:
    document = make_document(kind="invoice", prepayments=[Prepayment(number="FACT-2026-0021", total=D("1000"))])
    printed = text_of(render(document))
    assert "Total TTC 3 530,25 € Acompte FACT-2026-0021 −1 000,00 € Net à payer 2 530,25 €" in printed


def test_an_unfinished_draft_says_so() -> None:
    lines = [make_line(1, "Prises de courant", None, 65), make_line(2, "Tableau", 1, 1150)]
    printed = text_of(render(make_document(*lines, number=None, issue_date=None), watermark="BROUILLON"))
    assert "BROUILLON" in printed
    assert "Total TTC provisoire 1 265,00 €" in printed
    assert "None" not in printed


def test_a_new_version_is_named() -> None:
    assert "DEVIS-2026-0049 – version 2" in text_of(render(make_document(revision=2)))


def test_only_the_embedded_family_draws_and_turkish_letters_survive() -> None:
    pdf = render(make_document(make_line(1, "Œuvre ²³ µ Ø ½ ≥ 6 çğıöşü ÇĞİÖŞÜ ₺ –", 1, 10)))
    assert {name.split("-Semi")[0].split("-Bold")[0] for name in fonts_of(pdf)} == {"Usta-Sans"}
    assert "Œuvre ²³ µ Ø ½ ≥ 6 çğıöşü ÇĞİÖŞÜ ₺ –" in text_of(pdf)


def test_texts_are_cleaned_and_never_markup() -> None:
    evil = "<img src='file:///etc/passwd'><b>gras</b> & 🚿\u202e \x00fin"
    pdf = render(make_document(make_line(1, evil, 1, 10), notes=["<script>x</script>"]))
    printed = text_of(pdf)
    assert "<img src='file:///etc/passwd'><b>gras</b> & fin" in printed
    assert "<script>x</script>" in printed
    assert {name.split("-Semi")[0].split("-Bold")[0] for name in fonts_of(pdf)} == {"Usta-Sans"}


def test_a_name_in_another_script_is_kept() -> None:
    assert printable("محمد") == "محمد"
    assert printable("Ali 🙂") == "Ali"
    assert printable("🚿🚿") == ""


def test_the_pdf_is_archival_french_and_titled() -> None:
    pdf = render(make_document())
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert "/StructTreeRoot" not in root
    assert str(root["/Lang"]) == "fr"
    assert reader.metadata is not None
    assert reader.metadata.title == "Devis n° DEVIS-2026-0049"
    assert reader.metadata.author == "KB Plomberie"
    assert archival_violations(pdf, None) == []


def test_the_accessible_variant_is_tagged() -> None:
    pdf = render(make_document(), accessible=True)
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert archival_violations(pdf, None, accessible=True) == []


def test_the_same_document_is_the_same_bytes() -> None:
    first = render(make_document())
    # The clock must not show: fonts and PDF dates are stamped by the second.
    time.sleep(1.05)
    assert render(make_document()) == first
    assert render(make_document(revision=2)) != first


def test_long_documents_repeat_the_head_and_count_pages() -> None:
    lines = [make_line(n, f"Poste {n}", 2, 10) for n in range(1, 61)]
    printed = pages(render(make_document(*lines)))
    assert len(printed) >= 3
    for number, page in enumerate(printed, 1):
        assert f"{number} / {len(printed)}" in page
        assert "SIREN 812 345 676" in page
    with_lines = [page for page in printed if "Poste" in page]
    assert all("DÉSIGNATION" in page.upper() for page in with_lines)
    assert "Devis n° DEVIS-2026-0049 – Mme Gülşah Işık" in printed[1]


@pytest.mark.parametrize("count", [8, 14, 16, 18, 20, 22])
def test_totals_never_stand_alone(count: int) -> None:
    lines = [make_line(n, f"Poste {n} :", 2, 10) for n in range(1, count + 1)]
    page = next(page for page in pages(render(make_document(*lines))) if "Taux de TVA" in page)
    assert f"Poste {count} :" in page
    assert f"Poste {count - 1} :" in page


def test_a_logo_replaces_the_monogram_and_a_broken_one_does_no_harm() -> None:
    def images(pdf: bytes) -> int:
        return len(PdfReader(io.BytesIO(pdf)).pages[0].images)

    assert images(render(make_document(), logo=png(300, 100))) == 1
    assert images(render(make_document(), logo=b"not an image")) == 0
    assert images(render(make_document(), logo=b"\x89PNG broken")) == 0
    assert "KB KB Plomberie" in text_of(render(make_document()))


def test_thumbnail() -> None:
    image = thumbnail_png(render(make_document()), 240)
    width, height = struct.unpack(">II", image[16:24])
    assert image.startswith(b"\x89PNG")
    assert width == 240
    assert 335 <= height <= 345


@pytest.mark.parametrize(
    ("color", "accent"),
    [(None, "#1f4e5f"), ("#7a1f3d", "#7a1f3d"), ("7A1F3D", "#7a1f3d"), ("red;}", "#1f4e5f"), ("#12", "#1f4e5f")],
)
def test_the_accent_is_a_color(color: str | None, accent: str) -> None:
    assert readable_accent(color) == accent


@pytest.mark.parametrize("color", ["#ffff00", "#ffffff", "#f2a33c"])
def test_a_light_color_is_darkened(color: str) -> None:
    darkened = readable_accent(color)
    assert darkened != color
    assert sum(int(darkened[i : i + 2], 16) for i in (1, 3, 5)) < sum(int(color[i : i + 2], 16) for i in (1, 3, 5))
