"""WhatsApp addresses: raw provider ids stay opaque; a phone is read from them where their form guarantees it (C21)."""

from __future__ import annotations

import re

import phonenumbers

PHONE_DOMAINS = ("s.whatsapp.net", "c.us")
_WIRE = re.compile(r"^(\d{6,15})(?::\d+)?@([a-z.]+)$")
_SEPARATORS = re.compile(r"[\s().\-/\u00a0\u202f]+")
_MAXIMUM_DIGITS = 15


def phone_of_wire_id(wire_id: str | None) -> str | None:
    """ "33600000000@s.whatsapp.net" → "+33600000000"; None for ``@lid``, groups and anything else."""
    match = _WIRE.match(wire_id or "")
    if match is None or match[2] not in PHONE_DOMAINS:
        return None
    return f"+{match[1]}"


def phone_of_text(value: str | None) -> str | None:
    """A phone as written by a provider or a person, in E.164; national numbers are French. None when it is none."""
    digits = _SEPARATORS.sub("", value or "")
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits.startswith("0"):
        try:
            parsed = phonenumbers.parse(digits, "FR")
        except phonenumbers.NumberParseException:
            return None
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    digits = digits.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 6 <= len(digits) <= _MAXIMUM_DIGITS:
        return None
    return f"+{digits}"


def phone_to_read(phone: str) -> str:
    """ "+33612345678" → "+33 6 12 34 56 78", as people read it; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", "\u00a0")


def wire_id_of_phone(phone: str) -> str:
    """ "+33600000000" → "33600000000@s.whatsapp.net", the only form documented to open a chat (unipile.md §6.4)."""
    return f"{phone.removeprefix('+')}@s.whatsapp.net"


def is_lid(wire_id: str | None) -> bool:
    return bool(wire_id) and str(wire_id).endswith("@lid")


def is_group_id(wire_id: str | None) -> bool:
    """Groups, broadcast lists, status updates and channels: never a conversation between two people."""
    return bool(wire_id) and str(wire_id).endswith(("@g.us", "@broadcast", "@newsletter"))
