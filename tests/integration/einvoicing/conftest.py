"""Usta's door and the simulated platform on a real port, a company with e-invoicing on, and its invoices."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

import services.documents.jobs
import services.einvoicing.jobs
import services.messaging.jobs  # noqa: F401
from api import platform_simulator
from api.errors import install_error_handlers
from api.webhooks import einvoicing as door
from db.models import Invoice, Organization, User, WhatsappAccount, WhatsappChat, WhatsappMessage
from db.models.base import new_id
from db.queue import open_queue, queue
from db.repositories import documents as repository
from db.session import Database
from db.settings import settings
from services.accounts.service import seller_of
from services.clients import service as clients
from services.clients.schemas import ClientFields
from services.documents import payments
from services.documents import service as documents
from services.documents.drafts import LineSpec, add_line, apply_vat
from services.einvoicing.afnor import configured_platform
from services.einvoicing.platform import use_platform
from services.einvoicing.preferences import change
from services.einvoicing.simulator.app import PlatformSimulator, attach
from services.messaging.channel import Receipt, Target, use_channel
from tests.opened import opened_rows

SELLER_SIRET = "85379559800018"
BUYER_SIRET = "55210055400013"


class Phone:
    """A channel on which everything arrives."""

    async def send_text(self, target: Target, text: str, choices: Sequence[str] = ()) -> Receipt:
        return Receipt(f"chat {target.phone}", str(new_id()), datetime.now(UTC))

    async def send_document(self, target: Target, document: Any) -> Receipt:
        return await self.send_text(target, document.filename)


@dataclass
class House:
    """The server, its simulated platform, the company and its chat."""

    database: Database
    database_url: str
    simulator: PlatformSimulator
    http: httpx.AsyncClient
    organization: Organization
    artisan: User
    chat: WhatsappChat
    account_id: UUID
    numbers: list[str] = field(default_factory=list)

    async def work(self) -> None:
        """Does every job that is due, and what follows from them, webhooks of the platform included."""
        left = -1
        for _ in range(20):
            while self.simulator.network.tasks:
                await asyncio.gather(*self.simulator.network.tasks, return_exceptions=True)
            async with open_queue(self.database_url):
                await queue.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")
            before, left = left, await self.due()  # what waits behind a later try of its invoice stays
            if not self.simulator.network.tasks and left in (0, before):
                return
        raise AssertionError("the jobs do not come to an end")

    async def due(self) -> int:
        rows = await self.rows(
            "select count(*) n from jobs.procrastinate_jobs where status = 'todo' "
            "and coalesce(scheduled_at, now()) <= now()"
        )
        return int(rows[0].n)

    async def hurry(self) -> int:
        """Makes the tries that wait for their time due at once; returns how many there were."""
        async with self.database.system() as session:
            result = await session.execute(
                text(
                    "update jobs.procrastinate_jobs set scheduled_at = null where status = 'todo' and scheduled_at > now()"
                )
            )
            return int(result.rowcount)  # type: ignore[attr-defined]

    async def rows(self, statement: str, **arguments: Any) -> list[Any]:
        async with self.database.system() as session:
            return opened_rows(self.database, await session.execute(text(statement), arguments))

    async def invoice(
        self,
        *,
        kind: str = "invoice",
        client: ClientFields | None = None,
        price: str = "1000",
        rate: str = "20",
        file: bool = True,
    ) -> Invoice:
        """An issued invoice; with ``file`` its PDF is made, by the job, which also gives it to the platform."""
        fields = client or ClientFields(
            name="Bâti Sud", kind="business", siret=BUYER_SIRET, address="1 rue Neuve, 69001 Lyon"
        )
        async with self.database.tenant(self.organization.id) as session:
            buyer = await clients.create(session, self.organization.id, fields, created_by=None)
            await session.flush()
            document = documents.new_document(kind)  # type: ignore[arg-type]
            document.buyer = clients.buyer(buyer)
            document.service_date = date.today()
            spec = LineSpec(description="pose de carrelage", unit_price=Decimal(price), vat_rate=Decimal(rate))
            add_line(document, spec, language="fr", default_mode="ht")
            apply_vat(document, seller_of(self.organization), Decimal(rate), date.today())
            await documents.save(session, self.organization.id, document)
            await documents.mark_shown(session, self.organization.id, document)
        async with self.database.tenant(self.organization.id) as session:
            message = self._ok()
            session.add(message)
            await session.flush()
            issued = await documents.issue(
                session,
                self.organization.id,
                document,
                seller_of(self.organization),
                word=message.id,
                now=datetime.now(UTC),
            )
            if file:
                await documents.request_pdf(session, self.organization.id, issued, outbox=self._outbox())
        return await self.reread(issued.id)

    async def pay(self, invoice: Invoice, amount: str) -> UUID:
        """Money comes in, EUR incl. VAT; returns the payment's id."""
        async with self.database.tenant(self.organization.id) as session:
            paid = await payments.record(
                session, self.organization.id, invoice.id, amount=Decimal(amount), paid_on=date.today()
            )
        return paid.payment_id

    async def reread(self, invoice_id: UUID) -> Invoice:
        async with self.database.tenant(self.organization.id) as session:
            row = await repository.get_row(session, self.organization.id, "invoice", invoice_id)
        assert isinstance(row, Invoice)
        return row

    async def submission(self, invoice: Invoice) -> Any:
        (row,) = await self.rows("select * from einvoice_submissions where invoice_id = :id", id=invoice.id)
        return row

    async def codes(self, invoice: Invoice) -> list[int]:
        rows = await self.rows(
            "select code from einvoice_statuses where invoice_id = :id order by occurred_at, code, created_at",
            id=invoice.id,
        )
        return [row.code for row in rows]

    async def told(self, invoice: Invoice) -> list[str]:
        """What was written to the artisan about an invoice, the PDF's caption apart."""
        rows = await self.rows(
            "select body from outbox where document_id = :id and kind = 'text' order by seq", id=invoice.id
        )
        return [row.body for row in rows]

    async def status(self, invoice: Invoice, code: int, **reason: str) -> None:
        """The invoice comes to a status at the buyer's or the platform's."""
        flow_id = (await self.submission(invoice)).flow_id
        answer = await self.http.post(f"/simulator/einvoicing/flows/{flow_id}/statuses", json={"code": code, **reason})
        answer.raise_for_status()
        await self.work()

    async def order(self, **fault: Any) -> None:
        (await self.http.post("/simulator/einvoicing/faults", json=fault)).raise_for_status()

    async def behave(self, **habits: Any) -> None:
        (await self.http.patch("/simulator/einvoicing/behaviour", json=habits)).raise_for_status()

    def deposits(self, invoice: Invoice) -> list[Any]:
        """The flows of the platform that are this invoice."""
        return [flow for flow in self.simulator.state.flows.values() if flow.info.get("trackingId") == str(invoice.id)]

    def _ok(self) -> WhatsappMessage:
        return WhatsappMessage(
            id=new_id(),
            organization_id=self.organization.id,
            account_id=self.account_id,
            chat_id=self.chat.id,
            provider_message_id=str(new_id()),
            direction="inbound",
            text="ok",
            sent_at=datetime.now(UTC) + timedelta(seconds=1),
        )

    def _outbox(self) -> dict[str, Any]:
        return {
            "account_id": str(self.account_id),
            "chat_id": str(self.chat.id),
            "to_phone": self.artisan.whatsapp_phone,
            "conversation_id": str(self.conversation_id),
            "body": "Voilà.",
            "language": "fr",
            "address_form": None,
        }

    conversation_id: UUID = field(default_factory=new_id)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch, port: int) -> Any:
    """The settings with e-invoicing on and the server's port in them."""
    monkeypatch.setenv("EINVOICING_ENABLED", "true")
    monkeypatch.setenv("PORT", str(port))
    settings.cache_clear()
    use_platform(None)
    yield settings()
    use_platform(None)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
async def company(database: Database, organization: Organization) -> Organization:
    """The organization with a SIREN of its own, and e-invoicing on."""
    from stdnum import luhn

    digits = f"{new_id().int % 10**8:08d}"
    siren = digits + luhn.calc_check_digit(digits)
    head = siren + "0001"
    async with database.system() as session:
        await session.execute(
            text("update organizations set siret = :siret where id = :id"),
            {"siret": head + luhn.calc_check_digit(head), "id": organization.id},
        )
        await change(session, organization.id, enabled=True)
    async with database.system() as session:
        return (await session.get(Organization, organization.id)) or organization


@pytest.fixture
async def house(
    on: Any,
    port: int,
    database: Database,
    database_url: str,
    company: Organization,
    artisan: User,
    assistant_account: WhatsappAccount,
) -> AsyncIterator[House]:
    app = FastAPI()
    app.state.database, app.state.settings = database, on
    simulator = attach(app, on)
    app.include_router(door.router)
    app.include_router(platform_simulator.router)
    install_error_handlers(app)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    chat, conversation = await _chat(database, company, artisan, assistant_account)
    platform = configured_platform(on)
    use_platform(platform)
    use_channel(Phone())  # type: ignore[arg-type]
    async with open_queue(database_url), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield House(
            database,
            database_url,
            simulator,
            http,
            company,
            artisan,
            chat,
            assistant_account.id,
            conversation_id=conversation,
        )
    use_channel(None)
    await platform.close()
    await simulator.close()
    server.should_exit = True
    await serving


async def _chat(
    database: Database, company: Organization, artisan: User, account: WhatsappAccount
) -> tuple[WhatsappChat, UUID]:
    from db.models import Conversation

    chat = WhatsappChat(
        id=new_id(),
        organization_id=company.id,
        account_id=account.id,
        user_id=artisan.id,
        provider_chat_id=f"chat-{artisan.id}",
        purpose="command",
        attendee_phone=artisan.whatsapp_phone,
    )
    conversation = Conversation(
        id=new_id(), organization_id=company.id, chat_id=chat.id, user_id=artisan.id, workflow="invoice", language="fr"
    )
    async with database.system() as session:
        session.add(chat)
        await session.flush()
        session.add(conversation)
    return chat, conversation.id


Make = Callable[..., Awaitable[Invoice]]
