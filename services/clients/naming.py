"""How names of people, companies, towns and streets are written on French documents."""

from __future__ import annotations

import re


def person_name(text: str) -> str:
    """A name with its capitals."""
    return re.sub(r"\b[a-zà-ÿ]", lambda found: found.group().upper(), " ".join(text.split()))


def place_name(text: str) -> str:
    """A town with its capitals and hyphens."""
    return person_name(text)


def address_in_french(text: str) -> str:
    """An address as printed."""
    return " ".join(text.split())
