"""What the conversation tests share: the sentences both languages begin with, and ways to look at an answer."""

from __future__ import annotations

from typing import Any

from tests.acceptance.dialogues import plain_spaces
from tests.acceptance.people import Artisan

OK = {"fr": "ok", "tr": "tamam"}
KEEP = {"fr": "garde", "tr": "kalsın"}
PAINTING = {"fr": "devis pour Mme Garance, peinture 10 m² à 20", "tr": "Mme Garance'a devis, 10 m² boya 20'den"}
LINE_1_AT_30 = {"fr": "la 1 à 30", "tr": "1. satır 30 olsun"}


def one(messages: list[str]) -> str:
    """The only message, every kind of space a plain one."""
    (message,) = messages
    return plain_spaces(message)


def draft(artisan: Artisan) -> dict[str, Any]:
    """The draft, which must exist."""
    found = artisan.draft
    assert found is not None
    return found


def subtotal(artisan: Artisan) -> str:
    """The draft's total excl. VAT."""
    amount: str = draft(artisan)["subtotal"]
    return amount
