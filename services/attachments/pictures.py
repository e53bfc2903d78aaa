"""Pictures and PDF pages made ready for a model's eyes: upright, of a sensible size, JPEG."""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE = 1600
"""Pixels. Handwriting of a notebook page stays readable; more costs tokens and reads no better."""
MOST_PAGES = 4
_QUALITY = 85
_DPI = 150
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def pages(content: bytes) -> list[bytes]:
    """The picture, or the first pages of the PDF, each as JPEG; empty when the file cannot be read."""
    if is_pdf(content):
        return _pdf_pages(content)
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
        image = ImageOps.exif_transpose(image)  # phones store how they were held, not a turned picture
        return [_jpeg(image)]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return []


def is_pdf(content: bytes) -> bool:
    return content.lstrip()[:5] == b"%PDF-"


def _pdf_pages(content: bytes) -> list[bytes]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return []
    try:
        count = min(len(document), MOST_PAGES)
        return [_jpeg(document[index].render(scale=_scale(document[index])).to_pil()) for index in range(count)]
    finally:
        document.close()


def _scale(page: pypdfium2.PdfPage) -> float:
    """Never more pixels than are kept afterwards: a page may claim to be a kilometre wide."""
    return float(min(_DPI / 72, LONGEST_SIDE / max(*page.get_size(), 1)))


def _jpeg(image: Image.Image) -> bytes:
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    flat = Image.new("RGB", image.size, "white")
    shown = image.convert("RGBA")
    flat.paste(shown, mask=shown.getchannel("A"))
    stream = io.BytesIO()
    flat.save(stream, format="JPEG", quality=_QUALITY)
    return stream.getvalue()
