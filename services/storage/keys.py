"""Keys of files: what rows remember, and the place in a store that a key stands for."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

DocumentFolder = Literal["quotes", "invoices"]

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_KEY_LENGTH = 512
_ISSUED = re.compile(r"org/[^/]+/(?:quotes|invoices|subscription-invoices)/.+")
SHARED = "shared"
"""Stands for the tenant of what belongs to none."""
BYTES = "application/octet-stream"


class BadKey(ValueError):
    """A key that could leave its place: not relative, or with an empty, dotted or exotic segment."""


@dataclass(frozen=True)
class Place:
    """Where a file lives: the hash of its tenant (24 hex digits) and the rest of its key."""

    tenant: str
    rest: str

    @property
    def path(self) -> str:
        return f"{self.tenant}/{self.rest}"


def document_key(organization_id: UUID, folder: DocumentFolder, year: int, number: str, revision: int = 1) -> str:
    """The key of an issued document's PDF (R131, C24): ``org/…/quotes/2026/DEVIS-2026-0058-v2.pdf``.

    The first revision carries no suffix; every further one keeps the number and adds ``-vN`` (UX-49).
    """
    suffix = f"-v{revision}" if revision > 1 else ""
    return checked_key(f"org/{organization_id}/{folder}/{year}/{number}{suffix}.pdf")


def checked_key(key: str) -> str:
    """The key itself. Raises BadKey unless it is plain segments of letters, digits, ``.``, ``_`` and ``-``."""
    segments = key.split("/")
    if len(key) > _MAX_KEY_LENGTH or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise BadKey(key)
    return key


def place_of(key: str) -> Place:
    """The place of a key; what belongs to no tenant is shared. Raises BadKey."""
    head, _, rest = checked_key(key).partition("/")
    tenant, _, inside = rest.partition("/")
    if head == "org" and inside:
        return Place(tenant_hash(tenant), inside)
    return Place(SHARED, key)


def organization_of(key: str) -> UUID | None:
    """Whose file a key names; None for what belongs to none."""
    head, _, rest = key.partition("/")
    try:
        return UUID(rest.partition("/")[0]) if head == "org" else None
    except ValueError:
        return None


def tenant_hash(organization_id: UUID | str) -> str:
    """The prefix of a tenant's files, or the end of its bucket's name: it tells nobody whose they are (R137)."""
    return hashlib.sha256(str(organization_id).encode()).hexdigest()[:24]


def is_issued(key: str) -> bool:
    """Whether the key is of an issued document, which is kept for ten years (C. com. L123-22)."""
    return _ISSUED.fullmatch(key) is not None


def content_type_of(key: str) -> str:
    """The media type that the ending of a key tells, else plain bytes."""
    return mimetypes.guess_type(key)[0] or BYTES
