"""Links to files that open without a login for a day (R134): signed by the object store, or by us for ``/files/…``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from db.acting import actor
from db.settings import settings
from services.storage.keys import BadKey, checked_key
from services.storage.service import Storage

LIFETIME = timedelta(hours=24)
_MAX_TOKEN_LENGTH = 2048


class BadLink(ValueError):
    """The link was not signed by us, or was changed since."""


class Expired(BadLink):
    """The link was good and is too old."""


@dataclass(frozen=True)
class Linked:
    """What a link opens: the key of a file, the name it is saved under, whether a browser shows it; who was given it."""

    key: str
    filename: str
    inline: bool
    expires_at: datetime
    given_to: UUID | None = None


@dataclass(frozen=True)
class Link:
    """An address and the moment it stops working."""

    url: str
    expires_at: datetime


async def link_to(
    files: Storage, key: str, filename: str, base_url: str, *, inline: bool = False, now: datetime | None = None
) -> Link:
    """A link to a file, valid 24 hours, given to whoever is at work. ``base_url`` is where this installation is reached.

    Raises BadKey.
    """
    expires_at = (now or datetime.now(UTC)) + LIFETIME
    url = await files.link(key, filename, LIFETIME, inline=inline)
    if url is None:
        who = actor()
        token = sign(Linked(checked_key(key), filename, inline, expires_at, who.id if who else None), secret())
        url = f"{base_url.rstrip('/')}/files/{token}"
    return Link(url, expires_at)


def sign(linked: Linked, by: bytes) -> str:
    """The token of a link: what it opens, and an HMAC-SHA256 over it."""
    given_to = str(linked.given_to) if linked.given_to else None
    facts = [linked.key, linked.filename, int(linked.inline), int(linked.expires_at.timestamp()), given_to]
    payload = _encoded(json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{payload}.{_signature(payload, by)}"


def opened(token: str, by: bytes, now: datetime) -> Linked:
    """What a token opens. Raises BadLink, and Expired when it is only too old."""
    payload, _, signature = token.partition(".")
    if len(token) > _MAX_TOKEN_LENGTH or not hmac.compare_digest(signature.encode(), _signature(payload, by).encode()):
        raise BadLink
    facts = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    key, filename, inline, expires_at, given_to = [*facts, None][:5]  # links of the version before name nobody
    try:
        until, reader = datetime.fromtimestamp(expires_at, UTC), UUID(given_to) if given_to else None
        linked = Linked(checked_key(key), filename, bool(inline), until, reader)
    except BadKey as error:
        raise BadLink from error
    if now >= linked.expires_at:
        raise Expired
    return linked


@cache
def secret() -> bytes:
    """What our links are signed with: ``FILES_SECRET``, else a random key made once under the product's home."""
    configured = settings()
    if configured.files_secret is not None:
        return configured.files_secret.get_secret_value().encode()
    return _kept_secret(configured.home / "files.key")


def _kept_secret(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(secrets.token_hex(32).encode())
    try:
        os.link(fresh, path)  # of two processes that start together, one wins and both read the winner's
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_bytes()


def _signature(payload: str, by: bytes) -> str:
    return _encoded(hmac.digest(by, b"usta file link\n" + payload.encode(), hashlib.sha256))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
