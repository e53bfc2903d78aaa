"""Designations: what the artisan said about a line, written as clean trade French and as he reads it in the chat (UX-27)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Language = Literal["fr", "tr"]


@dataclass(frozen=True, slots=True)
class Designation:
    """``french``: printed words. ``chat``: what a recap shows. ``known``: False when Turkish words stayed untranslated
    (``unknown_words``). ``default_unit``: "u" or "forfait" when no unit was said. ``doubt``: a code, or None."""

    french: str
    chat: str
    known: bool = True
    unknown_words: list[str] = field(default_factory=list)
    default_unit: str | None = None
    doubt: str | None = None


def designate(
    said: str,
    language: Language,
    *,
    topic: str | None = None,
    quantity: Decimal | None = None,
    unit: str | None = None,
    unit_price: Decimal | None = None,
) -> Designation:
    """The printed and the shown form of a line."""
    words = " ".join(said.split())
    text = words[:1].upper() + words[1:]
    return Designation(french=text, chat=text, default_unit="forfait")


def note_in_french(text: str, language: Language) -> Designation:
    """A note as printed."""
    return designate(text, language)
