"""The recap of a turn said aloud beside its text, for an artisan who asked for that (UX-63, U17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphs.shared.wording import client_text
from prompts.replies import say
from services.documents.totals import compute_totals
from services.messaging.schemas import OutgoingMessage
from services.speech import service as speech

if TYPE_CHECKING:
    from agent.turn import Turn
    from agent.writing import TurnRecord


async def speak_recaps(turn: Turn) -> None:
    """Orders a voice note for each document that this turn changed and asks to confirm."""
    gathered = turn.gathered
    if not gathered.user.voice_replies or not speech.can_speak():
        return
    for record in turn.records:
        if (text := _recap(record, gathered.user.address_form)) is not None:
            message = OutgoingMessage(
                organization_id=gathered.organization.id,
                account_id=gathered.chat.account_id,
                chat_id=gathered.chat.id,
                to_phone=gathered.user.whatsapp_phone,
                body=text,
                conversation_id=record.run.conversation_id,
            )
            await speech.order(turn.session, message)


def _recap(record: TurnRecord, form: str | None) -> str | None:
    """Client, number of lines and total; None when there is nothing new to confirm."""
    context, document = record.context, record.context.desk.document
    if document is None or record.parked or context.memory.awaiting != "confirm:issue" or not document.lines:
        return None
    if context.desk.start == document:
        return None
    totals = compute_totals(document)
    euros = "euro" if context.language == "tr" else "euros"
    return say(
        context.language,
        "voice.recap",
        form=form,
        kind=document.kind,
        client=client_text(document.buyer) if document.buyer else None,
        lines=len(document.lines),
        total=f"{totals.total:.2f}".replace(".", ",").removesuffix(",00") + f" {euros}",
        taxed=totals.total != totals.subtotal,
    )
