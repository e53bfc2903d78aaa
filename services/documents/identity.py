"""How a company and its numbers are written on paper."""

from __future__ import annotations

import re

from services.documents.amounts import NO_BREAK_SPACE
from services.documents.schemas import Seller
from services.documents.text import fold

_SOLE_TRADER_FORMS = {
    "ei",
    "entreprise individuelle",
    "entrepreneur individuel",
    "micro-entreprise",
    "micro entreprise",
    "microentreprise",
    "auto-entrepreneur",
    "autoentrepreneur",
}


def printed_name(seller: Seller) -> str:
    """The company's name; a sole trader's carries « EI » (C. com. L526-22, legal.md 2)."""
    words = set(fold(seller.name).split())
    named = "ei" in words or "entrepreneur individuel" in fold(seller.name)
    return f"{seller.name} EI" if is_sole_trader(seller) and not named else seller.name


def siren(siret: str | None) -> str | None:
    """The nine digits of the SIREN, grouped by three, from a SIRET in any spelling; None when there are not enough."""
    digits = re.sub(r"\D", "", siret or "")
    return f"{digits[:3]} {digits[3:6]} {digits[6:9]}" if len(digits) in (9, 14) else None


def grouped_siret(siret: str | None) -> str | None:
    """``812 345 676 00017``; None unless there are 14 digits."""
    digits = re.sub(r"\D", "", siret or "")
    return f"{siren(digits)} {digits[9:]}" if len(digits) == 14 else None


def grouped_iban(iban: str | None) -> str | None:
    """An IBAN by groups of four, as on bank slips."""
    bare = re.sub(r"\s", "", iban or "").upper()
    return NO_BREAK_SPACE.join(bare[i : i + 4] for i in range(0, len(bare), 4)) or None


def is_sole_trader(seller: Seller) -> bool:
    """An entrepreneur individuel, micro-entreprise or not: no capital, and « EI » beside the name."""
    return fold(seller.legal_form or "") in _SOLE_TRADER_FORMS


def phone_text(number: str | None) -> str | None:
    """A French number by pairs; anything else as it was given."""
    found = re.fullmatch(r"(?:\+33|0)([1-9]\d{8})", re.sub(r"[\s.]", "", number or ""))
    return " ".join(re.findall("..", "0" + found.group(1))) if found else number
