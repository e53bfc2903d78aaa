"""A company at work in tests: drafts shown, approved by a later message and issued, in transactions as turns make them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text

from db.models import WhatsappMessage
from db.models.base import new_id
from services.accounts.service import seller_of
from services.clients import service as clients
from services.clients.schemas import ClientFields
from services.documents import follow_ups, payments
from services.documents import service as documents
from services.documents.ledger import account_of
from services.documents.schemas import DocumentReference, Line


def line(position, price="1000", rate="10", quantity="1", **values):
    name = values.pop("name", f"Pose de carrelage {position}")
    return Line(
        position=position,
        description=name,
        chat_label=name,
        said=name,
        quantity=Decimal(quantity),
        unit="u",
        unit_price=Decimal(price),
        vat_rate=Decimal(rate),
        vat_rate_said=Decimal(rate),
        vat_reason="said",
        **values,
    )


class Shop:
    """Makes documents of one organization; every call is a transaction of its own."""

    def __init__(self, database, organization, chat):
        self.database, self.organization, self.chat = database, organization, chat
        self.today = date.today()

    @property
    def id(self):
        return self.organization.id

    @asynccontextmanager
    async def session(self):
        async with self.database.tenant(self.id) as session:
            yield session

    async def quote(self, *lines, kind="consumer", **values):
        """An issued quote for a new client."""
        async with self.session() as session:
            fields = ClientFields(name="Petit", address="3 rue A, 69003 Lyon", kind=kind)
            client = await clients.create(session, self.id, fields, created_by=None)
            await session.flush()
            document = documents.new_document("quote")
            document.buyer = clients.buyer(client)
            document.lines = list(lines) or [line(1), line(2, "500", "20")]
            for name, value in values.items():
                setattr(document, name, value)
        return await self.issue(document)

    def follow(self, kind, quote, **values):
        """A draft that follows a quote, not filled yet."""
        document = documents.new_document(kind)
        document.quote_id = quote.id
        for name, value in values.items():
            setattr(document, name, value)
        return document

    def correct(self, kind, invoice, **values):
        """A draft that corrects an invoice, not filled yet."""
        document = documents.new_document(kind)
        document.corrects = DocumentReference(id=invoice.id, kind=invoice.kind, number=invoice.number)
        for name, value in values.items():
            setattr(document, name, value)
        return document

    async def show(self, document):
        """Filled from what was issued before, stored, and shown to the artisan."""
        async with self.session() as session:
            await follow_ups.fill(session, self.id, document, today=self.today)
            await documents.save(session, self.id, document)
            await documents.mark_shown(session, self.id, document)
        return document

    async def approve(self, document, session):
        message = WhatsappMessage(
            id=new_id(),
            organization_id=self.id,
            account_id=self.chat.account_id,
            chat_id=self.chat.id,
            provider_message_id=str(new_id()),
            direction="inbound",
            text="ok",
            sent_at=datetime.now(UTC) + timedelta(seconds=1),
        )
        session.add(message)
        await session.flush()
        return await documents.issue(
            session, self.id, document, seller_of(self.organization), word=message.id, now=datetime.now(UTC)
        )

    async def issue(self, document):
        """Shown, approved, issued."""
        await self.show(document)
        async with self.session() as session:
            return await self.approve(document, session)

    async def pay(self, invoice, amount=None, **values):
        async with self.session() as session:
            money = Decimal(amount) if amount is not None else None
            return await payments.record(session, self.id, invoice.id, amount=money, paid_on=self.today, **values)

    async def account(self, quote):
        async with self.session() as session:
            return await account_of(session, self.id, quote.id)

    async def row(self, document):
        """The row of a document, as a mapping."""
        table = "quotes" if document.kind == "quote" else "invoices"
        async with self.session() as session:
            found = await session.execute(text(f"select * from {table} where id = :id"), {"id": document.id})
            return found.mappings().one()

    async def rows(self, statement, **values):
        async with self.session() as session:
            return (await session.execute(text(statement), values)).mappings().all()
