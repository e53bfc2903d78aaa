"""Webhooks are taken only with a fresh signature over exactly their bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from services.einvoicing.signature import TOLERANCE_SECONDS, is_authentic, sign

KEY, BODY, NOW = b"k" * 32, b'{"flowId":"1"}', 1_800_000_000


def test_the_signature_is_the_standards() -> None:
    fingerprint = hashlib.sha256(BODY + b"@1800000000").digest()
    assert sign(BODY, NOW, KEY) == base64.b64encode(hmac.new(KEY, fingerprint, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("body", "signature", "timestamp", "now", "authentic"),
    [
        (BODY, sign(BODY, NOW, KEY), str(NOW), NOW, True),
        (BODY, sign(BODY, NOW, KEY), str(NOW), NOW + TOLERANCE_SECONDS, True),
        (BODY, sign(BODY, NOW, KEY), str(NOW), NOW + TOLERANCE_SECONDS + 1, False),
        (BODY + b" ", sign(BODY, NOW, KEY), str(NOW), NOW, False),
        (BODY, sign(BODY, NOW, KEY), str(NOW + 1), NOW, False),
        (BODY, sign(BODY, NOW, b"other"), str(NOW), NOW, False),
        (BODY, None, str(NOW), NOW, False),
        (BODY, sign(BODY, NOW, KEY), None, NOW, False),
        (BODY, "é", str(NOW), NOW, False),
        (BODY, sign(BODY, NOW, KEY), "²", NOW, False),
    ],
)
def test_authenticity(body: bytes, signature: str | None, timestamp: str | None, now: float, authentic: bool) -> None:
    assert is_authentic(body, signature, timestamp, KEY, now=now) is authentic
