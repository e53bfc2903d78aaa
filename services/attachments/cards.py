"""Contact cards (vCard, RFC 6350 and its elders) and shared places, read for a name, a phone and an address."""

from __future__ import annotations

import json
import quopri
import re
from typing import Any

from services.attachments.schemas import Contact, Location

_FOLDED = re.compile(r"\r?\n[ \t]")
_PREFERRED = ("CELL", "MOBILE", "WAID")
_LONGEST_NAME = 80
_LONGEST_ADDRESS = 200


def contact_of_card(card: str) -> Contact | None:
    """Name and phone of the first person of a vCard; of several phones, the mobile one. None when it names nobody."""
    name, structured, phones = "", "", []
    for row in _FOLDED.sub("", card).splitlines():
        head, separator, value = row.partition(":")
        if not separator:
            continue
        parts = head.rsplit(".", 1)[-1].upper().split(";")
        if any(part in ("QUOTED-PRINTABLE", "ENCODING=QUOTED-PRINTABLE") for part in parts):
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        if parts[0] == "FN" and not name:
            name = _clean(value, _LONGEST_NAME)
        elif parts[0] == "N" and not structured:
            family, _, given = value.partition(";")
            structured = _clean(f"{given.partition(';')[0]} {family}", _LONGEST_NAME)
        elif parts[0] == "TEL":
            mobile = any(hint in part for part in parts[1:] for hint in _PREFERRED)
            phones.append((not mobile, _clean(value.removeprefix("tel:"), 40)))
        elif parts[0] == "END":
            break
    name = name or structured
    return Contact(name=name, phone=min(phones)[1] if phones else None) if name else None


def shared_in(original: str | None) -> dict[str, Any]:
    """``contact`` or ``location`` of the provider's raw message, a WhatsApp protobuf as JSON; empty when it is neither."""
    try:
        message = json.loads(original or "{}").get("message") or {}
        if card := message.get("contactMessage") or next(
            iter((message.get("contactsArrayMessage") or {}).get("contacts") or []), None
        ):
            contact = contact_of_card(card.get("vcard") or "")
            return {"contact": contact.model_dump()} if contact else {}
        if place := message.get("locationMessage") or message.get("liveLocationMessage"):
            return {"location": _location(place).model_dump()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return {}
    return {}


def _location(place: dict[str, Any]) -> Location:
    address, name = (_clean(str(place.get(key) or ""), _LONGEST_ADDRESS) or None for key in ("address", "name"))
    return Location(
        address=address,
        name=name,
        latitude=_degrees(place.get("degreesLatitude")),
        longitude=_degrees(place.get("degreesLongitude")),
    )


def _degrees(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _clean(text: str, longest: int) -> str:
    return " ".join(text.replace("\\n", " ").replace("\\,", ",").replace("\\;", ";").split())[:longest].strip()
