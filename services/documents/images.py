"""Images that come from outside, made fit for an archived page: RGB or grey PNG and JPEG, of a sensible size.

A CMYK or 16-bit image, or a foreign PDF page with its own fonts, would break PDF/A; pixels never do.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Literal

import pypdfium2
from PIL import Image, UnidentifiedImageError

_LOGO_PIXELS = (1200, 600)
_PAGE_DPI = 150
_PAGE_PIXELS = (1240, 1754)
"""A4 at 150 dpi: small print of a certificate stays readable, the file stays small enough for a chat."""
_MOST_PAGES = 6
_JPEG_QUALITY = 82
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def logo_uri(content: bytes | None) -> str | None:
    """A logo as a data URI, transparent where it was; None when there is none or it cannot be read."""
    image = _opened(content)
    if image is None:
        return None
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    image = image.convert("RGBA" if transparent else "RGB")
    image.thumbnail(_LOGO_PIXELS)
    return _data_uri(image, "PNG")


def page_uris(content: bytes | None) -> tuple[str, ...]:
    """The pages of a PDF, or the one image, as data URIs; empty when the file cannot be read."""
    if content is None:
        return ()
    if content.lstrip()[:5] == b"%PDF-":
        return tuple(_data_uri(page, "JPEG") for page in _pdf_pages(content))
    image = _opened(content)
    if image is None:
        return ()
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image.convert("RGBA"), mask=image.convert("RGBA").getchannel("A"))
    flat.thumbnail(_PAGE_PIXELS)
    return (_data_uri(flat, "JPEG"),)


def _opened(content: bytes | None) -> Image.Image | None:
    if not content:
        return None
    try:
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return image


def _pdf_pages(content: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return
    try:
        for index in range(min(len(document), _MOST_PAGES)):
            page = document[index]
            scale = min(
                _PAGE_DPI / 72, *(most / side for most, side in zip(_PAGE_PIXELS, page.get_size(), strict=True))
            )
            yield page.render(scale=scale).to_pil().convert("RGB")
    finally:
        document.close()


def _data_uri(image: Image.Image, form: Literal["PNG", "JPEG"]) -> str:
    stream = io.BytesIO()
    image.save(stream, format=form, **({"quality": _JPEG_QUALITY} if form == "JPEG" else {}))
    return f"data:image/{form.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"
