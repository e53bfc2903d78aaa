"""Text as it may be stored: no NUL (PostgreSQL refuses it), no lone surrogates (UTF-8 refuses them), NFC."""

from __future__ import annotations

import re
import unicodedata

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(value: str) -> str:
    """``value`` without NUL and lone surrogates, in NFC. Joined surrogate pairs become the character they mean."""
    if value.isascii():
        return value.replace("\x00", "")
    if _LONE_SURROGATE.search(value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", value.replace("\x00", ""))


def clean_tree(value: object) -> object:
    """The same for every string inside JSON data, keys included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean_tree(item) for key, item in value.items()}
    return value
