"""Identifiers of companies and accounts, checked and normalised (legal.md 76, 77): SIREN, SIRET, VAT number, IBAN.

Each function returns the bare form to store, or raises ``InvalidIdentifier``: a wrong digit is never kept silently.
"""

from __future__ import annotations

import re

from stdnum import bic as bic_number
from stdnum import iban as iban_number
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

_FRENCH_VAT = re.compile(r"FR[0-9A-HJ-NP-Z]{2}(?P<siren>\d{9})")


class InvalidIdentifier(ValueError):
    """A number that cannot be right; ``kind`` is "siren", "siret", "vat_number", "iban" or "bic"."""

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"{kind}: {value}")
        self.kind = kind
        self.value = value


def checked_siren(value: str) -> str:
    """Nine digits with a valid key (Luhn)."""
    try:
        return str(siren_number.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("siren", value) from error


def checked_siret(value: str) -> str:
    """Fourteen digits with a valid key: Luhn, or the sum of digits for the offices of La Poste."""
    try:
        return str(siret_number.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("siret", value) from error


def checked_vat_number(value: str) -> str:
    """A VAT number of the European Union with a valid key and its country in front: ``FR61539874123``."""
    try:
        return str(eu_vat.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("vat_number", value) from error


def checked_iban(value: str) -> str:
    """An IBAN without spaces whose key (mod 97) and national structure are right."""
    try:
        return str(iban_number.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("iban", value) from error


def checked_bic(value: str) -> str:
    """Eight or eleven characters of a bank's identifier."""
    try:
        return str(bic_number.validate(value))
    except ValidationError as error:
        raise InvalidIdentifier("bic", value) from error


def french_vat_number(siret: str | None) -> str | None:
    """The VAT number that follows from a SIREN or SIRET: key (12 + 3 × (SIREN mod 97)) mod 97; None without digits."""
    siren = siren_of(siret=siret)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}" if siren else None


def siren_of(*, siren: str | None = None, siret: str | None = None, vat_number: str | None = None) -> str | None:
    """The nine digits of a company from whichever identifier is known; not checked. None when none carries them."""
    for number in (siren, siret):
        digits = re.sub(r"\D", "", number or "")
        if len(digits) in (9, 14):
            return digits[:9]
    found = _FRENCH_VAT.fullmatch(re.sub(r"[\s.]", "", vat_number or "").upper())
    return found["siren"] if found else None
