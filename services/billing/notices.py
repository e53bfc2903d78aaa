"""What an owner is told about his subscription, each thing once, in the assistant's chat, with what to do next (UX-85)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, Plan, Subscription, SubscriptionInvoice, User
from db.repositories import billing as repository
from db.repositories import identity
from db.repositories.accounts import add_log
from db.settings import settings
from prompts.replies import say
from services.billing.links import payment_url
from services.billing.states import Standing
from services.documents.amounts import date_text, euros
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.wording.service import own_words

PARIS = ZoneInfo("Europe/Paris")
ENDING = timedelta(days=3)
"""How long before its end a trial is spoken of, as Stripe's ``trial_will_end`` does."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Situation:
    """A company after a reading; ``before`` is its status until then."""

    organization: Organization
    owner: User
    subscription: Subscription
    plan: Plan | None
    standing: Standing
    before: str
    now: datetime
    grace: timedelta


async def tell_changes(session: AsyncSession, at: Situation) -> None:
    """Tells whatever holds now and was not told yet."""
    subscription, waiting = at.subscription, await repository.open_invoice(session, at.organization.id)
    mine = subscription.stripe_subscription_id
    fact = waiting.stripe_invoice_id if waiting else mine
    link = payment_url(settings(), at.organization.id)
    if subscription.status == "trialing" and subscription.trial_end is not None and not subscription.cancel_at:
        until = day(subscription.trial_end)
        await tell(session, at.organization.id, at.owner, f"trial:{mine}", "billing.trial", until=until)
        if subscription.trial_end - at.now <= ENDING:
            amount = euros(at.plan.amount) if at.plan else ""
            key = f"trial_ending:{mine}"
            await tell(session, at.organization.id, at.owner, key, "billing.trial_ending", until=until, amount=amount)
    if at.standing == "grace" and waiting is not None and subscription.unpaid_since is not None:
        until = day(subscription.unpaid_since + at.grace)
        amount, key = euros(waiting.total), f"failed:{fact}"
        await tell(session, at.organization.id, at.owner, key, "billing.failed", amount=amount, until=until, link=link)
    if subscription.status == "canceled":
        await tell(session, at.organization.id, at.owner, f"cancelled:{mine}", "billing.cancelled", link=link)
    elif at.organization.status == "suspended" and at.organization.status_by == "payment":
        await tell(session, at.organization.id, at.owner, f"suspended:{fact}", "billing.suspended", link=link)
    if at.before == "suspended" and at.organization.status == "active":
        key = f"recovered:{mine}:{subscription.current_period_start}"
        await tell(session, at.organization.id, at.owner, key, "billing.recovered")
    ends = subscription.cancel_at or (subscription.current_period_end if subscription.cancel_at_period_end else None)
    if ends is not None and at.standing == "good":
        key = f"ending:{mine}:{ends:%Y-%m-%d}"
        await tell(session, at.organization.id, at.owner, key, "billing.ending", until=day(ends), link=link)


async def tell_paid(session: AsyncSession, row: SubscriptionInvoice, owner: User, pdf_key: str, name: str) -> None:
    """Sends a paid invoice, or the credit note of a refund, with its PDF."""
    file = {"kind": "document", "attachment_key": pdf_key, "filename": name, "media_type": "application/pdf"}
    key, amount = f"paid:{row.stripe_invoice_id}", euros(row.total)
    credited = ((row.snapshot or {})["document"].get("corrects") or {}).get("number")
    sentence = "billing.refunded" if credited else "billing.paid"
    await tell(
        session, row.organization_id, owner, key, sentence, file, number=row.number, amount=amount, invoice=credited
    )


async def tell(
    session: AsyncSession,
    organization_id: UUID,
    owner: User,
    key: str,
    sentence: str,
    file: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Writes one sentence to the owner's phone from the assistant's number, unless ``key`` was told before."""
    account_id = await identity.assistant_account_id(session)
    if owner.whatsapp_phone is None or account_id is None:
        log.warning("billing.not_told", organization=str(organization_id), key=key)
        return
    if not await repository.claim_notice(session, organization_id, key):
        return
    async with own_words(session, organization_id):
        body = say(owner.preferred_language, sentence, form=owner.address_form, **values)
    message = OutgoingMessage(
        organization_id=organization_id,
        account_id=account_id,
        to_phone=owner.whatsapp_phone,
        body=body,
        **(file or {}),
    )
    await outbox.enqueue(session, message)
    add_log(session, organization_id, "billing.told", sentence, key=key)


def day(at: datetime) -> str:
    """A moment as the day in Paris, as it is written to people."""
    return date_text(at.astimezone(PARIS).date())
