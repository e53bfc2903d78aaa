"""What is joined to a document: forms from texts, attestations as images, whatever the file."""

from __future__ import annotations

import base64
import io

import pypdfium2
import pytest
from PIL import Image

from services.documents.annex import attestation_annex, text_annexes
from services.documents.images import logo_uri, page_uris


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1])))


def file_of(image: Image.Image, form: str) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=form)
    return stream.getvalue()


def pdf_of(*sizes: tuple[int, int]) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for size in sizes:
        document.new_page(*size)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def test_a_text_becomes_a_titled_form() -> None:
    (annex,) = text_annexes(["Formulaire de rétractation\nÀ l'attention de KB Plomberie\nNom du client :\n"], str.strip)
    assert annex.title == "Formulaire de rétractation"
    assert [(part.text, part.blank) for part in annex.passages] == [
        ("À l'attention de KB Plomberie", False),
        ("Nom du client :", True),
    ]


def test_the_pages_of_an_attestation_become_images_of_a_page() -> None:
    (annex,) = attestation_annex(pdf_of((595, 842), (842, 595), (5950, 8420)))
    sizes = [opened(uri).size for uri in annex.images]
    assert sizes[0] == (1240, 1754) or sizes[0] == (1239, 1754)
    assert all(width <= 1241 and height <= 1755 for width, height in sizes)
    assert {opened(uri).mode for uri in annex.images} == {"RGB"}


def test_a_photo_of_an_attestation_is_flattened_and_made_smaller() -> None:
    (uri,) = page_uris(file_of(Image.new("RGBA", (3000, 4000), (0, 0, 0, 0)), "PNG"))
    image = opened(uri)
    assert image.size == (1240, 1653)
    assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("content", [None, b"", b"%PDF-1.7 broken", b"\x89PNG broken", b"<svg/>"])
def test_a_file_that_cannot_be_read_is_left_out(content: bytes | None) -> None:
    assert attestation_annex(content) == ()
    assert logo_uri(content) is None


def test_a_logo_is_rgb_of_a_sensible_size() -> None:
    """CMYK would break PDF/A, whose colours are sRGB; transparency stays."""
    photo = opened(logo_uri(file_of(Image.new("CMYK", (4000, 400)), "JPEG")) or "")
    assert (photo.mode, photo.size) == ("RGB", (1200, 120))
    clear = opened(logo_uri(file_of(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")) or "")
    assert clear.mode == "RGBA"
    assert clear.getpixel((5, 5))[3] == 0
