"""Signed links: the page where an artisan scans his code, and the address the provider calls after its hosted page.

A link is its own proof: the account, until when, and an HMAC with a key that every process of the installation has.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from db.settings import Settings
from services.messaging.credentials import own_url, webhook_secret

Purpose = Literal["page", "hosted"]
LIFETIME: dict[Purpose, timedelta] = {"page": timedelta(days=7), "hosted": timedelta(hours=2)}
"""A page's link waits in a chat or a mailbox; the provider's own page dies at its daily restart (unipile.md §4.7)."""


class InvalidLink(ValueError):
    """The link was not made here."""


class ExpiredLink(InvalidLink):
    """The link was right once."""


def token_for(configured: Settings, account_id: UUID, purpose: Purpose, now: datetime | None = None) -> str:
    """The last part of a link."""
    until = int(((now or datetime.now(UTC)) + LIFETIME[purpose]).timestamp())
    said = account_id.bytes + until.to_bytes(8, "big")
    return base64.urlsafe_b64encode(said + _signature(configured, purpose, said)).decode().rstrip("=")


def account_of(configured: Settings, token: str, purpose: Purpose, now: datetime | None = None) -> UUID:
    """The account a link is for. Raises ``InvalidLink`` and ``ExpiredLink``."""
    try:
        given = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise InvalidLink from error
    said, signature = given[:24], given[24:]
    if len(said) != 24 or not hmac.compare_digest(signature, _signature(configured, purpose, said)):
        raise InvalidLink
    if int.from_bytes(said[16:], "big") < (now or datetime.now(UTC)).timestamp():
        raise ExpiredLink
    return UUID(bytes=said[:16])


def page_url(configured: Settings, account_id: UUID) -> str:
    """Where the artisan scans the code of this account."""
    return f"{_base(configured)}/whatsapp/{token_for(configured, account_id, 'page')}"


def notify_url(configured: Settings, account_id: UUID) -> str:
    """Where the provider tells that its hosted page was used; its call carries no secret, so the address is one."""
    return f"{_base(configured)}/webhooks/unipile/accounts/{token_for(configured, account_id, 'hosted')}"


def _base(configured: Settings) -> str:
    return (configured.public_url or own_url(configured)).rstrip("/")


def _signature(configured: Settings, purpose: Purpose, said: bytes) -> bytes:
    key = webhook_secret(configured)
    if not key:
        raise InvalidLink("no secret is configured to sign links with")
    return hmac.digest(key, f"session link {purpose}".encode() + said, "sha256")[:16]
