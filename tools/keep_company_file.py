"""keep_company_file: the picture or PDF that came with these words is the company's logo or insurance attestation."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from db.repositories.conversations import latest_attachment
from services.accounts import jobs
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define

RECENT = timedelta(minutes=10)
"""How long before its words a file may have come."""


class KeepCompanyFileArgs(Args):
    """What the file is."""

    file: Literal["logo", "attestation"]


async def keep_company_file(context: TurnContext, args: KeepCompanyFileArgs) -> str:
    since = context.now - RECENT
    found = await latest_attachment(context.session, context.organization_id, context.chat_id, since)
    if found is None:
        raise ToolRefusal("company_file_missing", file=args.file)
    message_ref, attachment_ref = found
    await jobs.request_file(
        context.session,
        context.organization_id,
        args.file,
        message_ref=message_ref,
        attachment_ref=attachment_ref,
        reply={
            "account_id": str(context.account_id),
            "chat_id": str(context.chat_id),
            "to_phone": context.user.whatsapp_phone,
            "language": context.language,
            "form": context.address_form,
        },
    )
    context.report("company_file", file=args.file)
    return f"{args.file} will be fetched"


TOOL = define(
    "keep_company_file",
    "The file he sends is his own company's logo, or his insurance attestation.",
    KeepCompanyFileArgs,
    Effect.DRAFT,
    keep_company_file,
)
