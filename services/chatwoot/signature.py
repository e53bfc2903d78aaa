"""The signature of Chatwoot's webhooks (chatwoot.md §2): HMAC-SHA256 over "timestamp.body", the raw bytes of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

SIGNATURE_HEADER = "X-Chatwoot-Signature"
TIMESTAMP_HEADER = "X-Chatwoot-Timestamp"
DELIVERY_HEADER = "X-Chatwoot-Delivery"
TOLERANCE_SECONDS = 300
"""How far a webhook's timestamp may be from our clock; older ones may be replays."""


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """The value of the signature header."""
    message = timestamp.encode() + b"." + body
    return f"sha256={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"


def is_authentic(
    body: bytes, signature: str | None, timestamp: str | None, secrets: Iterable[str], *, now: float
) -> bool:
    """True when the body was signed lately with one of the secrets; each is compared, in constant time."""
    if not signature or not timestamp or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = signature.encode("latin-1", "replace")
    matches = [hmac.compare_digest(given, sign(body, timestamp, secret).encode()) for secret in secrets]
    return any(matches)
