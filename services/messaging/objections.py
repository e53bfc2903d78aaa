"""A client who writes STOP is written to no more by WhatsApp, and START takes that back (R250, RGPD article 21).

He writes where a document reached him: to the assistant's number, or to the artisan's own. Only the one word counts:
nothing else that a client writes is read by anybody (DESIGN §4).
"""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Consent
from db.models.base import new_id
from db.repositories import consents
from services.documents.text import fold
from services.messaging.authority import Account, Standing
from services.messaging.notices import delivery_failed
from services.messaging.schemas import InboundMessage

STOP = ("stop", "arret", "desabonnement")
START = ("start",)
OBJECTED = "objected"
log = structlog.get_logger(__name__)


async def heard(
    session: AsyncSession, account: Account, message: InboundMessage, standing: Standing, message_id: UUID
) -> int:
    """Writes down the objection, or its end, of every client whose phone this is, and takes back what waits for him.

    Returns how many cards it concerns: 0 for any other message.
    """
    word = fold(message.text or "").strip(" .!")
    if word not in STOP + START or message.from_account or message.is_group or not message.peer_phone:
        return 0
    if standing.purpose not in ("customer", "unknown"):
        return 0
    if account.kind == "artisan" and account.organization_id:
        clients = await consents.with_phone(session, account.organization_id, message.peer_phone)
    else:
        clients = await consents.written_to(session, account.id, message.peer_phone)
    for client in clients:
        session.add(
            Consent(
                id=new_id(),
                organization_id=client.organization_id,
                subject_kind="client",
                subject_id=client.id,
                purpose="messages",
                given=word in START,
                at=message.sent_at,
                channel="whatsapp",
                message_id=message_id,
                recorded_by_kind="system",
            )
        )
    await session.flush()
    if word in STOP:
        for organization_id in {client.organization_id for client in clients}:
            for outbox_id in await consents.stop_waiting(session, organization_id, message.peer_phone, OBJECTED):
                await delivery_failed(session, outbox_id, OBJECTED)
    if clients:
        log.info("client.objected", chat_message=str(message_id), clients=len(clients), word=word)
    return len(clients)
