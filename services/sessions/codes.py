"""QR codes as images. The provider gives the string to encode, not an image (unipile.md §4.1)."""

from __future__ import annotations

import io

import segno

BORDER = 4
"""Modules of quiet zone that the standard asks for (ISO/IEC 18004)."""


def qr_svg(code: str) -> bytes:
    """The code as SVG, black on white, to be scaled by whoever shows it."""
    image = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        image, kind="svg", scale=8, border=BORDER, light="#fff", xmldecl=False, omitsize=True
    )
    return image.getvalue()


def qr_png(code: str) -> bytes:
    """The code as PNG, eight pixels per module."""
    image = io.BytesIO()
    segno.make(code, error="m", micro=False).save(image, kind="png", scale=8, border=BORDER)
    return image.getvalue()
