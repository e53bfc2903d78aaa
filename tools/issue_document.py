"""issue_document: allocates the number and freezes the document, behind the artisan's word for this version."""

from __future__ import annotations

from db.settings import settings
from services.billing.links import payment_url
from services.billing.plan_limits import LimitReached
from services.documents import service as documents
from services.documents.completeness import NotComplete
from services.documents.refusals import FollowUpRefused
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class IssueDocumentArgs(Args):
    """No argument: the document at hand, as it was shown."""


async def issue_document(context: TurnContext, args: IssueDocumentArgs) -> str:
    await context.save()
    document = context.desk.document
    if document is None:
        raise ToolRefusal("nothing_to_issue")
    try:
        async with context.consenting():
            issued = await documents.issue(
                context.session,
                context.organization_id,
                document,
                context.seller,
                word=context.message_id,
                now=context.now,
            )
    except NotComplete as error:
        raise ToolRefusal("not_complete", codes=list(dict.fromkeys(lack.code for lack in error.missing))) from error
    except FollowUpRefused as refusal:
        context.report("recap_wanted")
        raise ToolRefusal(f"follow_up_{refusal.code}", **refusal.values) from refusal
    except LimitReached as error:
        link = payment_url(settings(), context.organization_id)
        raise ToolRefusal("plan_limit", limit=error.limit, link=link) from error
    except documents.ConsentMissing as error:
        context.report("recap_wanted")
        raise ToolRefusal("confirm_again") from error
    context.desk.before = issued.model_copy(deep=True)
    context.report("issued", number=issued.number, revision=issued.revision)
    return f"{issued.number} issued"


TOOL = define(
    "issue_document",
    "Give the document its number and freeze it.",
    IssueDocumentArgs,
    Effect.ISSUE,
    issue_document,
    by_code_only=True,
)
