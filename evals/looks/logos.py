"""Logos as artisans have them: a transparent word mark, a dark square, a file for the attestation."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from prompts.documents.loading import FONT_FILES


def word_mark(text: str, color: str) -> bytes:
    """Coloured letters on a transparent ground, wide."""
    width = 260 + round(_font(104).getlength(text))
    image = Image.new("RGBA", (width, 240), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.polygon([(20, 200), (110, 40), (200, 200)], fill=color)
    draw.text((230, 70), text, font=_font(104), fill=color)
    return _png(image)


def dark_square(text: str) -> bytes:
    """White letters on a black square that fills the file."""
    image = Image.new("RGB", (500, 500), "#0b0f14")
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, 470, 470), outline="#d8a23a", width=12)
    draw.text((250, 250), text, font=_font(190), fill="#ffffff", anchor="mm")
    return _png(image)


def attestation() -> bytes:
    """A certificate of insurance as a scan: one A4 page, JPEG."""
    image = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(image)
    draw.text((120, 140), "MAAF Pro – Attestation d'assurance", font=_font(52), fill="#123a63")
    for row in range(26):
        draw.text(
            (120, 300 + row * 46),
            f"{row + 1}. Activités garanties, montants et durée (spécimen)",
            font=_font(28),
            fill="#222",
        )
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=85)
    return stream.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_FILES[1]), size)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()
