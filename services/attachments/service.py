"""Fetches attachments through the channel, once: they are kept in the storage for a week (R133)."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from services.messaging.channel import Channel
from services.messaging.channel_errors import NotFound
from services.storage.keys import checked_key
from services.storage.service import NotStored, Storage

MOST_BYTES = 25_000_000
"""What a phone may send through the provider (unipile.md §6.7)."""
_ENDINGS = {"image/jpeg": ".jpg", "audio/ogg": ".ogg"}
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Kept:
    """A file that is at hand, and its key in the storage; None when it could not be kept."""

    content: bytes
    media_type: str
    key: str | None


def attachment_key(organization_id: UUID, message_id: UUID, attachment: Mapping[str, Any], media_type: str) -> str:
    """Where an attachment is cached: the provider's id may be anything, so its hash stands for it."""
    digest = hashlib.sha256(str(attachment["id"]).encode()).hexdigest()[:12]
    ending = _ENDINGS.get(media_type) or mimetypes.guess_extension(media_type) or ""
    return checked_key(f"org/{organization_id}/attachments/{message_id}/{digest}{ending}")


async def fetch(
    channel: Channel,
    files: Storage,
    *,
    organization_id: UUID,
    message_id: UUID,
    message_ref: str,
    attachment: Mapping[str, Any],
) -> Kept:
    """The bytes of an attachment, from the cache or the provider. Raises ``ChannelError``; ``NotFound`` when it is gone.

    A store in trouble costs the cache, not the attachment.
    """
    known = attachment_key(organization_id, message_id, attachment, attachment.get("mimetype") or "")
    try:
        stored = await files.read(known)
        return Kept(stored.content, stored.content_type, known)
    except (NotStored, OSError):
        pass
    if attachment.get("unavailable"):
        raise NotFound("the provider has the file no more")
    download = await channel.download(message_ref, attachment["id"])
    media_type = download.media_type or attachment.get("mimetype") or "application/octet-stream"
    if len(download.content) > MOST_BYTES:
        return Kept(download.content[:MOST_BYTES], media_type, None)
    return Kept(download.content, media_type, await _keep(files, known, download.content, media_type))


async def keep_with_document(files: Storage, key: str) -> str:
    """A cached file under a key that outlives the cache: what belongs to a document stays as long as its messages.

    The key itself when the copy fails; running it again is safe.
    """
    head, _, rest = key.partition("/attachments/")
    lasting = checked_key(f"{head}/photos/{rest}")
    try:
        file = await files.read(key)
        await files.put(lasting, file.content, file.content_type)
    except (NotStored, OSError) as error:
        _log.warning("attachment.not_kept", key=key, error=repr(error)[:300])
        return key
    return lasting


async def _keep(files: Storage, key: str, content: bytes, media_type: str) -> str | None:
    try:
        await files.put(key, content, media_type)
    except OSError as error:
        _log.warning("attachment.not_cached", key=key, error=repr(error)[:300])
        return None
    return key
