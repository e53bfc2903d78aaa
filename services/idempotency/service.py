"""A key that the sender gives a request makes it safe to send again: the first is done, the others get its answer.

Only answers of success are kept (sealed, 24 hours): a request that was refused changed nothing and may be tried again
under the same key. One that broke off half-way keeps its key: whether it was done cannot be told, so it is not done
a second time.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import idempotency as repository
from services.identity.keys import Keys, Unreadable

KEPT = timedelta(hours=24)
_PURPOSE = "repeated-requests"


class InProgress(Exception):
    """The first request with this key has no answer yet, or its answer cannot be read any more."""


class OtherRequest(Exception):
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request was answered with."""

    status: int
    headers: dict[str, Any]
    body: bytes


def fingerprint(method: str, address: str, body: bytes) -> str:
    """What makes two requests the same one."""
    return hashlib.sha256(b"\n".join([method.encode(), address.encode(), body])).hexdigest()


async def begin(
    session: AsyncSession, keys: Keys, organization_id: UUID | None, principal_id: UUID, key: str, of: str
) -> UUID | Answer:
    """A claim to be settled when the request is done, or the answer of the one that came first.

    ``of`` is the request's fingerprint. Raises ``InProgress``, ``OtherRequest``.
    """
    await repository.forget(session, datetime.now(UTC) - KEPT, principal_id=principal_id, key=key)
    claim = await repository.claim(session, organization_id, principal_id, key, of)
    if claim:
        return claim
    first = await repository.earlier(session, principal_id, key)
    if first is None:
        raise InProgress(key)
    if first.fingerprint != of:
        raise OtherRequest(key)
    if first.status is None or first.answer is None:
        raise InProgress(key)
    try:
        body = base64.b64decode(keys.unseal(first.answer, _PURPOSE, str(first.id)))
    except Unreadable as error:
        raise InProgress(key) from error
    return Answer(first.status, first.headers or {}, body)


async def settle(session: AsyncSession, keys: Keys, claim: UUID, answer: Answer | None) -> None:
    """Keeps the answer of a request that succeeded; None gives the key back."""
    if answer is None:
        await repository.release(session, claim)
        return
    sealed = keys.seal(base64.b64encode(answer.body).decode(), _PURPOSE, str(claim))
    await repository.answer(session, claim, answer.status, answer.headers, sealed)
