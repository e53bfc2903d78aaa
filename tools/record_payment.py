"""record_payment: money came in for an invoice."""

from __future__ import annotations

from datetime import date as Day
from decimal import Decimal

from db.models import Invoice, Payment
from db.repositories.documents import UNPAID, add_payment
from services.documents.lookup import client_of, find_document
from services.einvoicing import service as einvoicing
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class RecordPaymentArgs(Args):
    """Which invoice (``reference`` or ``client_name``); ``amount`` EUR incl. VAT, None = all that is due."""

    reference: str | None = None
    client_name: str | None = None
    amount: Decimal | None = None
    date: Day | None = None


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
    balance = row.total - row.paid_amount
    amount = balance if args.amount is None else args.amount
    if balance <= 0:
        raise ToolRefusal("already_paid", number=row.number)
    if amount <= 0 or amount > balance:
        raise ToolRefusal("payment_too_large", number=row.number, balance=balance, amount=amount)
    payment = Payment(
        organization_id=context.organization_id,
        invoice_id=row.id,
        amount=amount,
        paid_on=args.date or context.now.date(),
        inbound_message_id=context.message_id,
    )
    await add_payment(context.session, row, payment)
    await einvoicing.payment_recorded(context.session, context.organization_id, row, payment)
    client = await client_of(context.session, context.organization_id, row)
    context.report(
        "payment",
        number=row.number,
        client=client.name if client else None,
        amount=amount,
        balance=balance - amount,
    )
    return f"{amount} received for {row.number}"


TOOL = define(
    "record_payment",
    "Note that a client has paid an invoice, fully or in part.",
    RecordPaymentArgs,
    Effect.DRAFT,
    record_payment,
)
