"""Our own messages coming back as webhooks (C41): told apart from what the artisan types, and used as a receipt.

An echo may overtake the answer of the send call, or be the only answer there is (``message_id`` null, a worker killed
between sending and marking). It is matched by what is known on both sides: the chat, the words, the file.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from db.repositories import outbox as repository
from db.repositories.outbox import Recorded
from services.messaging.authority import Account
from services.messaging.outbox import record_sent
from services.messaging.schemas import InboundMessage


async def match(session: AsyncSession, account: Account, message: InboundMessage) -> Row[Any] | None:
    """The outbox row that this message is the echo of, locked; None when it is none of ours."""
    rows = await repository.echo_candidates(session, account.id, message.chat_ref, message.peer_phone)
    return next(
        (row for row in rows if same_content(row, message.text, [a.filename for a in message.attachments])), None
    )


async def confirm(session: AsyncSession, account: Account, message: InboundMessage, sent: Row[Any]) -> Recorded:
    """Records that ``sent`` did leave, with the provider's ids."""
    return await record_sent(
        session,
        sent.id,
        provider_chat_id=message.chat_ref,
        provider_message_id=message.message_ref,
        provider_wire_id=message.wire_id,
        attachments=[attachment.model_dump() for attachment in message.attachments],
        sent_at=message.sent_at,
    )


def same_content(row: Any, text: str | None, filenames: list[str | None]) -> bool:
    """True when a message with ``text`` and files of these names carries what the outbox row ``row`` says."""
    same_words = squeezed(row.body) == squeezed(text)
    if row.kind == "text" or not filenames:
        return same_words and row.kind == "text" and not filenames
    return filenames[0] == row.filename or (filenames[0] is None and same_words)


def squeezed(text: str | None) -> str:
    """Words only: the provider may trim and re-wrap white space."""
    return " ".join((text or "").split())
