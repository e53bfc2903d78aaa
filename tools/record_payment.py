"""record_payment: money came in for an invoice."""

from __future__ import annotations

from datetime import date as Day
from decimal import Decimal

from db.models import Invoice
from db.repositories.documents import UNPAID
from services.documents import payments
from services.documents.lookup import client_of, find_document
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class RecordPaymentArgs(Args):
    """Which invoice (``reference`` or ``client_name``); ``amount`` EUR incl. VAT, None = all that is due now."""

    reference: str | None = None
    client_name: str | None = None
    amount: Decimal | None = None
    date: Day | None = None
    method: payments.Method | None = None


async def record_payment(context: TurnContext, args: RecordPaymentArgs) -> str:
    row = await find_document(
        context.session,
        context.organization_id,
        reference=args.reference,
        client_name=args.client_name,
        kind="invoice",
        statuses=None if args.reference else UNPAID,
    )
    if not isinstance(row, Invoice) or row.number is None:
        raise ToolRefusal("invoice_unknown", name=args.reference or args.client_name or "")
    try:
        paid = await payments.record(
            context.session,
            context.organization_id,
            row.id,
            amount=args.amount,
            paid_on=args.date or context.now.date(),
            method=args.method or "other",
            message_id=context.message_id,
            today=context.now.date(),
        )
    except payments.PaymentRefused as refusal:
        raise ToolRefusal(refusal.code, **refusal.values) from refusal
    client = await client_of(context.session, context.organization_id, row)
    context.report(
        "payment",
        number=row.number,
        client=client.name if client else None,
        amount=paid.amount,
        balance=paid.balance,
        retained=paid.retained,
        method=args.method,
        cash_limit=paid.cash_limit_exceeded,
    )
    return f"{paid.amount} received for {row.number}"


TOOL = define(
    "record_payment",
    "Note that a client has paid an invoice, fully or in part.",
    RecordPaymentArgs,
    Effect.DRAFT,
    record_payment,
)
