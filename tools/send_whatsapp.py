"""send_whatsapp: sends the issued document to the client, behind the artisan's word and a hold (UX-44, UX-45).

A client without a phone gets it by e-mail, where an SMTP server is set up.

Before the document is issued the wish is only remembered: sending comes after its own gate.
"""

from __future__ import annotations

from typing import Literal

from prompts.replies import say
from services.documents import sending
from services.documents import service as documents
from services.documents.letter import client_message
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SendWhatsappArgs(Args):
    """``to``: the client, or the artisan himself."""

    to: Literal["client", "artisan"] = "client"


async def send_whatsapp(context: TurnContext, args: SendWhatsappArgs) -> str:
    if args.to == "artisan":
        context.report("confirmed", gate="issue")
        return "the artisan always receives the PDF"
    document = context.desk.document
    if document is None:
        raise ToolRefusal("nothing_to_send")
    context.memory.wants_send = True
    if document.number is None or context.desk.changed:
        context.report("send_wanted")
        return "will be offered after issue"
    way, why = await sending.open_way(context.session, context.organization_id, document.buyer, mail=context.mail)
    if way is None and why:
        context.report("unreachable", why=why, phone=document.buyer.phone if document.buyer else None)
        return "WhatsApp refused the client's number: another one is asked for"
    if way is None:
        context.report("send_wanted")
        return "the client's phone number is missing"
    try:
        async with context.consenting():
            await sending.send_to_client(
                context.session,
                context.organization_id,
                document,
                account_id=context.account_id,
                conversation_id=context.conversation_id,
                word=context.message_id,
                body=say("fr", f"client.{document.kind}", **client_message(document, context.seller)),
                now=context.now,
                hold_seconds=context.hold_seconds,
                mail=context.mail,
            )
    except documents.ConsentMissing:
        context.memory.wants_send = False
        context.report("send_unconfirmed")
        return "the artisan must see this version first"
    context.memory.wants_send = False
    context.report("sending", buyer=document.buyer, way=way)
    return "held, then sent to the client"


TOOL = define(
    "send_whatsapp",
    "Send the document to the client, only when the artisan says so explicitly.",
    SendWhatsappArgs,
    Effect.SEND,
    send_whatsapp,
)
