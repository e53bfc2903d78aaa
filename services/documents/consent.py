"""Who said that a document may be issued or sent, and how it is known: the artisan in his chat, or a member at the API.

Two kinds of word open a gate (DESIGN §7), and the database checks both again (``usta_approval_follows_recap``):

- a message that the artisan wrote after the recap of exactly that version was shown to him;
- the request of a signed-in member who may issue and who names the version and the recap (its hash) that he read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Approval
from db.models.base import new_id
from db.repositories import documents as repository
from services.documents.schemas import Document

CLOCK_TOLERANCE = timedelta(seconds=1)
"""The provider's clock and ours may differ by this much."""
IN_ONE_BREATH = timedelta(minutes=1)
"""A word so short before an issue was written for what comes after it too: "ok", "envoie"."""


class ConsentMissing(RuntimeError):
    """The gate was not opened for this version: no word for it, or one that was given for something else."""


@dataclass(frozen=True, slots=True)
class MemberWord:
    """A member's word in a request: who, in which sign-in, by which request, and the ``recap`` that he says he read."""

    user_id: UUID
    session_id: UUID
    request_id: str
    recap: str


Word = UUID | MemberWord
"""The id of the artisan's message, or a member's word."""


async def approve(session: AsyncSession, organization_id: UUID, document: Document, kind: str, word: Word) -> Approval:
    """Records the word for a gate ("issue" or "send") of the current version.

    Raises ``ConsentMissing``: a message, when that version was never shown, or only after it was written (UX-15); a
    member, when the recap he names is not that version's. The database checks the same.
    """
    if kind == "issue" and (
        given := await repository.get_approval(session, organization_id, document.id, document.version, kind)
    ):
        return given
    version = await repository.get_version(session, organization_id, document.id, document.version)
    if version is None:
        raise ConsentMissing(f"{document.id} has no version {document.version}")
    approval = Approval(
        id=new_id(),
        organization_id=organization_id,
        document_kind=document.kind,
        document_id=document.id,
        version=document.version,
        payload_hash=version.payload_hash,
        kind=kind,
    )
    if isinstance(word, MemberWord):
        if word.recap != version.payload_hash:
            raise ConsentMissing(f"version {document.version} of {document.id} has another recap")
        approval.user_id, approval.session_id, approval.request_id = word.user_id, word.session_id, word.request_id
    else:
        await _require_answer(session, organization_id, document, kind, word, version.recap_shown_at)
        approval.inbound_message_id = word
    session.add(approval)
    await session.flush()
    return approval


async def _require_answer(
    session: AsyncSession,
    organization_id: UUID,
    document: Document,
    kind: str,
    message_id: UUID,
    shown_at: datetime | None,
) -> None:
    """Raises ``ConsentMissing`` unless the message was written after the recap, and after what it answers."""
    if shown_at is None:
        raise ConsentMissing(f"version {document.version} of {document.id} was not shown")
    written_at = await repository.message_written_at(session, organization_id, message_id)
    if written_at is None or written_at < shown_at - CLOCK_TOLERANCE:
        raise ConsentMissing(f"message {message_id} is older than the recap of version {document.version}")
    if kind == "send" and await _answers_the_issue(session, organization_id, document, message_id, written_at):
        raise ConsentMissing(f"message {message_id} was written before {document.id} was issued")


async def _answers_the_issue(
    session: AsyncSession, organization_id: UUID, document: Document, message_id: UUID, written_at: datetime
) -> bool:
    """True for a late word from before the issue: it answered what was asked then, not whether to send (UX-15).

    The message that approved the issue may say both, and so may one written while that was being worked on.
    """
    given = await repository.get_approval(session, organization_id, document.id, document.version, "issue")
    if given is None or given.inbound_message_id == message_id:
        return False
    return written_at < given.created_at - IN_ONE_BREATH
