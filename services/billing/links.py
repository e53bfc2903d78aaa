"""The payment link of a company: its own proof for thirty days, and good for paying only (UX-85)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.settings import Settings
from services.messaging.credentials import own_url
from services.storage.links import secret

LIFETIME = timedelta(days=30)
PAGE_PATH = "/subscribe"
_SIGNATURE = 16


class InvalidLink(ValueError):
    """The link was not made here, or has ended."""


def payment_url(configured: Settings, organization_id: UUID, now: datetime | None = None) -> str:
    """Where the owner chooses a plan, or pays what is due."""
    until = int(((now or datetime.now(UTC)) + LIFETIME).timestamp())
    said = organization_id.bytes + until.to_bytes(8, "big")
    token = base64.urlsafe_b64encode(said + _signature(said)).decode().rstrip("=")
    return f"{public_base(configured)}{PAGE_PATH}/{token}"


def organization_of(token: str, now: datetime | None = None) -> UUID:
    """The company of a link. Raises ``InvalidLink``."""
    try:
        given = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidLink from error
    said, signature = given[:24], given[24:]
    if len(said) != 24 or not hmac.compare_digest(signature, _signature(said)):
        raise InvalidLink
    if int.from_bytes(said[16:], "big") < (now or datetime.now(UTC)).timestamp():
        raise InvalidLink
    return UUID(bytes=said[:16])


def public_base(configured: Settings) -> str:
    """Where people reach this installation, without a final slash."""
    return (configured.public_url or own_url(configured)).rstrip("/")


def _signature(said: bytes) -> bytes:
    return hmac.digest(secret(), b"usta payment link\n" + said, hashlib.sha256)[:_SIGNATURE]
