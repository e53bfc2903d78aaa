"""Queries about plans, subscriptions and the platform's invoices. What spans tenants says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    BillingNotice,
    Invoice,
    Organization,
    Plan,
    PlatformCounter,
    Quote,
    StripeEvent,
    Subscription,
    SubscriptionInvoice,
    User,
    WhatsappAccount,
)
from db.models.base import new_id
from db.paging import Rows, Sortable, Wanted, fetch_page

INVOICES = Sortable({"created_at": SubscriptionInvoice.created_at}, key=SubscriptionInvoice.id, default="-created_at")


async def lock_customer(session: AsyncSession, customer_id: str) -> Organization | None:
    """The company of a Stripe customer, across tenants, held until the transaction ends."""
    query = select(Organization).where(Organization.stripe_customer_id == customer_id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def owner_of(session: AsyncSession, organization_id: UUID) -> User | None:
    """The owner whom one can write to."""
    query = (
        select(User)
        .where(User.organization_id == organization_id, User.role == "OWNER", User.is_active)
        .order_by(User.created_at)
    )
    return (await session.scalars(query.limit(1))).one_or_none()


async def upsert_subscription(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> None:
    """Writes a subscription as it is told."""
    row = {"id": new_id(), "organization_id": organization_id, **values}
    statement = insert(Subscription).values(row)
    changes: dict[str, Any] = {name: statement.excluded[name] for name in values if name != "stripe_subscription_id"}
    changes["synced_at"] = func.now()
    await session.execute(statement.on_conflict_do_update(index_elements=["stripe_subscription_id"], set_=changes))


async def upsert_invoice(session: AsyncSession, organization_id: UUID, values: Mapping[str, Any]) -> None:
    """Writes an invoice as it is told; what is ours (number, snapshot, PDF) stays."""
    row = {"id": new_id(), "organization_id": organization_id, **values}
    statement = insert(SubscriptionInvoice).values(row)
    changes = {name: statement.excluded[name] for name in values if name != "stripe_invoice_id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["stripe_invoice_id"], set_=changes))


async def subscription_of(session: AsyncSession, organization_id: UUID) -> tuple[Subscription, Plan | None] | None:
    """The subscription that counts: the newest that lives, else the newest of all (``services.billing.states``)."""
    ended = Subscription.status.in_(("canceled", "incomplete_expired"))
    query = (
        select(Subscription, Plan)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .where(Subscription.organization_id == organization_id)
        .order_by(ended, Subscription.created_at.desc())
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def invoices(session: AsyncSession, organization_id: UUID, wanted: Wanted) -> Rows[SubscriptionInvoice]:
    """A company's subscription invoices."""
    query = select(SubscriptionInvoice).where(SubscriptionInvoice.organization_id == organization_id)
    return await fetch_page(session, query, wanted)


async def invoice(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> SubscriptionInvoice | None:
    query = select(SubscriptionInvoice).where(
        SubscriptionInvoice.organization_id == organization_id, SubscriptionInvoice.id == invoice_id
    )
    return (await session.scalars(query)).one_or_none()


async def open_invoice(session: AsyncSession, organization_id: UUID) -> SubscriptionInvoice | None:
    """The oldest invoice that waits for its payment."""
    query = select(SubscriptionInvoice).where(
        SubscriptionInvoice.organization_id == organization_id, SubscriptionInvoice.status == "open"
    )
    return (await session.scalars(query.order_by(SubscriptionInvoice.finalized_at).limit(1))).one_or_none()


async def numbered(session: AsyncSession, stripe_invoice_ids: Sequence[str]) -> set[str]:
    """Which of these invoices are settled for numbering: they have their number, or nothing was paid. Across tenants."""
    query = select(SubscriptionInvoice.stripe_invoice_id).where(
        SubscriptionInvoice.stripe_invoice_id.in_(stripe_invoice_ids),
        or_(SubscriptionInvoice.number.is_not(None), SubscriptionInvoice.total <= 0),
    )
    return set((await session.scalars(query)).all())


async def known_at_stripe(session: AsyncSession, stripe_ids: Sequence[str]) -> set[str]:
    """Which of these invoices and refunds have a row here. Across tenants."""
    query = select(SubscriptionInvoice.stripe_invoice_id).where(SubscriptionInvoice.stripe_invoice_id.in_(stripe_ids))
    return set((await session.scalars(query)).all())


async def invoice_at_stripe(session: AsyncSession, stripe_invoice_id: str) -> SubscriptionInvoice | None:
    """The invoice with this id at Stripe, of whatever company, held until the transaction ends."""
    query = select(SubscriptionInvoice).where(SubscriptionInvoice.stripe_invoice_id == stripe_invoice_id)
    return (await session.scalars(query.with_for_update())).one_or_none()


async def credited(session: AsyncSession, organization_id: UUID, invoice_id: UUID) -> tuple[Decimal, Decimal]:
    """What the credit notes of an invoice have given back: total and VAT, EUR."""
    row = SubscriptionInvoice
    query = select(func.coalesce(func.sum(row.total), 0), func.coalesce(func.sum(row.vat_amount), 0)).where(
        row.organization_id == organization_id, row.credits_id == invoice_id
    )
    total, vat = (await session.execute(query)).one()
    return Decimal(total), Decimal(vat)


async def to_number(session: AsyncSession) -> Sequence[SubscriptionInvoice]:
    """Paid invoices without a number, across tenants, in the order of their payment."""
    query = (
        select(SubscriptionInvoice)
        .where(
            SubscriptionInvoice.number.is_(None),
            SubscriptionInvoice.status == "paid",
            SubscriptionInvoice.total > 0,
        )
        .order_by(SubscriptionInvoice.paid_at, SubscriptionInvoice.stripe_invoice_id)
        .with_for_update()
    )
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def next_platform_number(session: AsyncSession, series: str, year: int) -> int:
    """The next number of a series of the platform; its row stays locked until the transaction ends."""
    statement = insert(PlatformCounter).values(series=series, year=year, last_number=1)
    raised = statement.on_conflict_do_update(
        index_elements=["series", "year"], set_={"last_number": PlatformCounter.last_number + 1}
    ).returning(PlatformCounter.last_number)
    return int((await session.scalars(raised)).one())


async def claim_notice(session: AsyncSession, organization_id: UUID, key: str) -> bool:
    """True the first time that this is to be told."""
    statement = insert(BillingNotice).values(id=new_id(), organization_id=organization_id, key=key)
    done = await session.scalars(statement.on_conflict_do_nothing().returning(BillingNotice.id))
    return done.one_or_none() is not None


async def take_event(
    session: AsyncSession, event_id: str, type: str, customer_id: str | None, created_at: datetime
) -> bool:
    """Notes a delivery of an event; True for its first."""
    statement = insert(StripeEvent).values(id=event_id, type=type, customer_id=customer_id, created_at=created_at)
    counted = statement.on_conflict_do_update(
        index_elements=["id"], set_={"deliveries": StripeEvent.deliveries + 1}
    ).returning(StripeEvent.deliveries)
    return int((await session.scalars(counted)).one()) == 1


async def forget_events(session: AsyncSession, before: datetime) -> None:
    """Deletes what was received before then: Stripe does not deliver it again."""
    await session.execute(delete(StripeEvent).where(StripeEvent.received_at < before))


async def waiting_customers(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Customers with an unpaid invoice, or a trial that ends within four days, across tenants: their time may have come."""
    query = (
        select(Organization.stripe_customer_id)
        .join(Subscription, Subscription.organization_id == Organization.id)
        .where(
            Organization.stripe_customer_id.is_not(None),
            or_(
                Subscription.unpaid_since.is_not(None),
                and_(Subscription.status == "trialing", Subscription.trial_end < now + timedelta(days=4)),
            ),
        )
        .distinct()
    )
    return [each for each in (await session.scalars(query)).all() if each]


async def known_states(session: AsyncSession) -> dict[str, tuple[str, datetime | None, bool, datetime | None]]:
    """Status, end of period and planned end of every mirrored subscription, across tenants, by Stripe's id."""
    rows = await session.execute(
        select(
            Subscription.stripe_subscription_id,
            Subscription.status,
            Subscription.current_period_end,
            Subscription.cancel_at_period_end,
            Subscription.cancel_at,
        )
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


async def set_customer(session: AsyncSession, organization_id: UUID, customer_id: str) -> None:
    await session.execute(
        update(Organization).where(Organization.id == organization_id).values(stripe_customer_id=customer_id)
    )


async def documents_issued_since(session: AsyncSession, organization_id: UUID, since: date) -> int:
    """Quotes and invoices that got their number on that day or later."""

    def issued(table: type[Quote] | type[Invoice]) -> Any:
        query = select(func.count()).where(
            table.organization_id == organization_id, table.number.is_not(None), table.issue_date >= since
        )
        return query.scalar_subquery()

    return int((await session.execute(select(issued(Quote) + issued(Invoice)))).scalar_one())


async def members_of(session: AsyncSession, organization_id: UUID) -> int:
    """How many members the company has."""
    query = select(func.count()).where(User.organization_id == organization_id, User.removed_at.is_(None))
    return int((await session.execute(query)).scalar_one())


async def numbers_of(session: AsyncSession, organization_id: UUID) -> int:
    """How many numbers of its own the company has in use."""
    query = select(func.count()).where(WhatsappAccount.organization_id == organization_id, WhatsappAccount.is_active)
    return int((await session.execute(query)).scalar_one())
