"""Blacks secrets out of log lines, and puts a keyed hash in the place of phones.

What a library prints of its configuration, or a database of a row, must not be the way they get out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from db.encryption import NoEncryptionKeys, configured_keyring

HIDDEN = "[hidden]"
_NAMES = re.compile(
    r"(?i)(?:^|[_-])(?:password|passwd|secret|token|authorization|cookie|api_?key|private_?key|credentials?|dsn)s?(?:$|[_-])"
)
"""Names of fields whose values are never shown."""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]+):[^\s@/]+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+"), HIDDEN),
    (re.compile(r"\b(?:sk|rk|pk|whsec)[_-](?:live_|test_|proj-)?[\w-]{16,}"), HIDDEN),
    (re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]+"), HIDDEN),
    (re.compile(r"(?i)\b((?:password|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]{4,}"), rf"\1{HIDDEN}"),
)
"""Forms of secrets in running text: headers, URLs with a password, signed tokens, keys of providers, pairs."""
_PHONE = re.compile(r"\+\d{8,15}(?!\d)|(?<!\d)\d{8,15}(?=@(?:s\.whatsapp\.net|c\.us|lid)\b)")
"""E.164 as we keep it, and the ids that WhatsApp makes of phones."""
_DEEPEST = 4
_keyring = configured_keyring()


def hide_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Processor of structlog: fields by their name, texts (messages, tracebacks) by the form of what is in them."""
    return {name: _hidden(name, value, 0) for name, value in event.items()}


def _hidden(name: str, value: Any, depth: int) -> Any:
    if value is not None and not isinstance(value, (bool, int, float)) and _NAMES.search(name):
        return HIDDEN
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, (dict, list, tuple)) and depth < _DEEPEST:
        if isinstance(value, dict):
            return {key: _hidden(str(key), inner, depth + 1) for key, inner in value.items()}
        return [_hidden("", inner, depth + 1) for inner in value]
    return value


def _without_secrets(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _PHONE.sub(lambda found: _pseudonym("+" + found[0].removeprefix("+")), text)


@lru_cache(maxsize=4096)
def _pseudonym(phone: str) -> str:
    """The same for the same phone, so that its lines can be found; told by nobody without the key (R237)."""
    try:
        return _keyring().pseudonym(phone)
    except NoEncryptionKeys:
        return HIDDEN
