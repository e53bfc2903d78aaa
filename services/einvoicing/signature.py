"""The signature of the platform's webhooks (XP Z12-013 1.3.0, createWebhook)."""

from __future__ import annotations

import base64
import hashlib
import hmac

SIGNATURE_HEADER = "Afnor-Signature"
TIMESTAMP_HEADER = "Afnor-Signature-Timestamp"
TOLERANCE_SECONDS = 600
"""How far a webhook's timestamp may be from our clock; older ones may be replays."""


def sign(body: bytes, timestamp: int, key: bytes) -> str:
    """Base64 of the HMAC-SHA-256 over the SHA-256 fingerprint of "body@timestamp"."""
    fingerprint = hashlib.sha256(body + b"@" + str(timestamp).encode()).digest()
    return base64.b64encode(hmac.new(key, fingerprint, hashlib.sha256).digest()).decode()


def is_authentic(body: bytes, signature: str | None, timestamp: str | None, key: bytes, *, now: float) -> bool:
    """True when the body was signed with our key, lately."""
    if not signature or not timestamp or not timestamp.isascii() or not timestamp.isdigit():
        return False
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    return hmac.compare_digest(signature.encode("latin-1", "replace"), sign(body, int(timestamp), key).encode())
