"""Queries of the notices that a company asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

_OPENED = text("""
select o.id from outbox o join organizations g on g.id = o.organization_id
 where o.recipient = 'client' and o.status = 'read' and o.told_read_at is null and o.document_id is not null
   and o.sent_at > now() - interval '30 days' and (g.settings -> :key ->> 'ready')::boolean
 order by o.seq limit 200
""")

_CLAIM = text("""
update outbox set told_read_at = clock_timestamp()
 where id = :id and told_read_at is null and status = 'read'
returning organization_id, conversation_id, document_kind, document_id
""")

_SET = text("""
update organizations set settings = settings || jsonb_build_object(cast(:key as text), cast(:value as jsonb)),
    updated_at = now()
 where id = :organization_id
""")


async def opened_copies(session: AsyncSession, key: str) -> Sequence[Row[Any]]:
    """Copies that clients have opened and nobody was told of, of the companies that want to be told."""
    return (await session.execute(_OPENED, {"key": key})).all()


async def claim_opened(session: AsyncSession, outbox_id: UUID) -> Row[Any] | None:
    """Takes one of them, once."""
    return (await session.execute(_CLAIM, {"id": outbox_id})).one_or_none()


async def set_choices(session: AsyncSession, organization_id: UUID, key: str, value: Mapping[str, Any]) -> None:
    """Replaces one group of an organization's settings."""
    arguments = {"organization_id": organization_id, "key": key, "value": json.dumps(dict(value))}
    await session.execute(_SET, arguments)
