"""What a tool may rely on in a turn: tenant, session, clock, the document at hand, and the facts it reports (DESIGN §7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from langchain_core.tools import ToolException
from psycopg.errors import CheckViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Client, User
from db.settings import settings
from services.clients import service as clients
from services.company_register.schemas import Establishment
from services.documents import content, drafts, editing
from services.documents import service as documents
from services.documents.completeness import Missing, missing_for_issue
from services.documents.ledger import QuoteAccount
from services.documents.schemas import Document, DocumentKind, Seller
from services.messaging import outbox, revoking
from tools.commands import Choice, Reading, Understander


class ToolRefusal(ToolException):
    """A business "no". ``key`` names the sentence in ``prompts/replies``, ``values`` fill it."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass
class Fact:
    """Something that happened in the turn and that the reply may have to say."""

    kind: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Desk:
    """The document being worked on: ``before`` as stored, ``start`` as it was when the turn began; None for a new one."""

    document: Document | None = None
    before: Document | None = None
    start: Document | None = None

    @classmethod
    def of(cls, document: Document) -> Desk:
        """A desk with a stored document on it."""
        return cls(document, document.model_copy(deep=True), document.model_copy(deep=True))

    @property
    def changed(self) -> bool:
        if self.document is None:
            return False
        return self.before is None or not content.same_content(self.before, self.document)


@dataclass
class Memory:
    """What the graph remembers between turns besides the document: see ``graphs.shared.state``."""

    awaiting: str | None = None
    awaiting_line: int | None = None
    choices: list[Choice] = field(default_factory=list)
    pending_client: dict[str, Any] | None = None
    wants_send: bool = False
    undone_to: int | None = None
    client_id: UUID | None = None
    skipped: list[str] = field(default_factory=list)
    failures: int = 0
    shown_version: int | None = None
    follows: str | None = None
    """Number of the quote that the open question is about: its deposit, once the client has signed."""
    pending_edit: dict[str, Any] | None = None
    """A change (tool name and arguments) until it is known of which line, or of whose card."""
    pending_credit: dict[str, Any] | None = None
    """What a credit note takes back, until it is known of which invoice."""
    found: dict[str, str] | None = None
    """Facts of a company that the register told, until the artisan says that it is his."""
    doubted: str | None = None
    """A SIRET that the register does not have or calls closed, until it is corrected or said again."""
    settled: list[str] = field(default_factory=list)
    """Questions of a set-up that were answered and whose answer the profile does not show by itself."""


@dataclass
class TurnContext:
    """The context of one graph run. ``session`` connects at its first statement, after understanding."""

    organization_id: UUID
    user: User
    chat_id: UUID
    account_id: UUID
    conversation_id: UUID
    message_id: UUID
    """The message that gives this turn's word for a gate, if any does; else the last one."""
    message_offsets: list[tuple[int, UUID]]
    language: str
    now: datetime
    session: AsyncSession
    seller: Seller
    default_vat_rate: Decimal
    default_price_mode: str
    quote_validity_days: int
    payment_terms_days: int
    hold_seconds: float
    mail: bool = field(default_factory=lambda: settings().smtp_url is not None)
    """Documents can go to clients by e-mail."""
    understander: Understander | None = None
    models_allowed: bool = True
    """False when the organization has spent what it may spend on models today."""
    only_reads: bool = False
    """The company's account is suspended: tools that write are refused (C42)."""
    closed: bool = False
    """The document on the desk was finished earlier: only an edit of it belongs to this run."""
    parked: bool = False
    """This document waits behind another one of the same burst: it is prepared, not shown."""
    resumed_since: datetime | None = None
    newcomer: bool = False
    """His company has told nothing yet and was never asked: a hello begins the set-up."""
    looked_up: dict[str, Establishment | Literal["away"] | None] = field(default_factory=dict)
    """What the register of companies said about the numbers of this turn; None = it has no such company."""
    client_names: list[str] = field(default_factory=list)
    spoken_of: UUID | None = None
    """The client whose card was written just before: "devis pour lui", "son numéro c'est…"."""
    reading: Reading | None = None
    understand_ms: int = 0
    step: Any = None
    begin: Callable[[], Awaitable[None]] | None = None
    """Opens the turn's transaction once the thinking is over: see ``agent.turn``."""
    repair: str | None = None
    unsure: list[tuple[int, int]] = field(default_factory=list)
    """Places of the turn's text that were hardly understood in a voice note (UX-58)."""
    replies: list[str] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)
    accepted_on: date | None = None
    """Day the client accepted the quote that the draft follows; None when not known."""
    invoice_left: Decimal | None = None
    """What stays to be paid of the invoice that a credit note takes back, before it; EUR incl. VAT."""
    account: QuoteAccount | None = None
    """Where the quote stands that the draft follows, before this draft: see ``tools.follow_up.settle``."""
    memory: Memory = field(default_factory=Memory)
    facts: list[Fact] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def message_at(self, offset: int) -> UUID:
        """The message in which the turn's text stands at ``offset``."""
        return next(message_id for start, message_id in reversed(self.message_offsets) if start <= offset)

    def report(self, kind: str, **values: Any) -> None:
        """Adds a fact for the reply."""
        self.facts.append(Fact(kind, values))

    def reported(self, *kinds: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind in kinds]

    @property
    def address_form(self) -> str | None:
        """How he is spoken to: as he speaks in this message, else as he last did (UX-89)."""
        said = self.reading.register_form if self.reading else None
        return said or self.user.address_form

    def open_document(self, kind: DocumentKind = "quote") -> Document:
        """The document at hand, begun now when there is none."""
        if self.desk.document is None:
            self.desk.document = documents.new_document(
                kind, validity_days=self.quote_validity_days, due_days=self.payment_terms_days
            )
        return self.desk.document

    def begin_document(self, kind: DocumentKind) -> Document:
        """A new draft on the desk, with a clean memory; what was there before is saved by the caller."""
        self.desk, self.memory, self.account = Desk(), Memory(), None
        return self.open_document(kind)

    def editable(self, kind: DocumentKind = "quote") -> Document:
        """The document at hand, if it may change; one of ``kind`` is begun when there is none.

        Raises ``EditRefused`` on an issued invoice and on a signed quote.
        """
        document = self.open_document(kind)
        editing.require_open(document)
        return document

    def editable_lines(self) -> Document:
        """The same, if its lines are the artisan's to change: those of a deposit or a situation follow the quote."""
        document = self.open_document()
        editing.require_own_lines(document)
        return document

    async def put_on_desk(self, document: Document) -> None:
        """Makes a stored document the one at hand, after saving the one before."""
        await self.save()
        self.desk = Desk.of(document)

    def refresh_vat(self) -> None:
        """Proposes VAT anew after anything that decides it has changed."""
        if self.desk.document:
            drafts.apply_vat(self.desk.document, self.seller, self.default_vat_rate, self.now.date())

    def missing(self) -> list[Missing]:
        """What the law still wants on the draft at hand; nothing before it has lines."""
        document = self.desk.document
        if document is None or not document.lines:
            return []
        return missing_for_issue(document, self.seller, today=self.now.date(), accepted_on=self.accepted_on)

    async def save(self) -> None:
        """Stores the document at hand as a new version when it changed in this turn."""
        document = self.desk.document
        if document is None or not self.desk.changed:
            return
        self.refresh_vat()
        await documents.save(
            self.session,
            self.organization_id,
            document,
            user_id=self.user.id,
            conversation_id=self.conversation_id,
            message_id=self.message_id,
        )
        self.desk.before = document.model_copy(deep=True)
        if document.number is not None:
            await self.stop_sending(document)

    async def stop_sending(self, document: Document | None) -> bool:
        """Stops what is held for clients, of one document or of all: True when something was (UX-45)."""
        document_id = document.id if document else None
        stopped = await outbox.cancel_held(self.session, self.organization_id, document_id)
        if stopped:
            self.memory.wants_send = False
            self.report("send_stopped", count=stopped)
        return bool(stopped)

    async def withdraw(self, document: Document | None) -> bool:
        """Takes back what has just left for clients: True when there was something, also when it is too late (R059)."""
        document_id, version = (document.id, document.version) if document else (None, None)
        outcome = await revoking.ask(self.session, self.organization_id, self.chat_id, document_id, version)
        if outcome:
            self.memory.wants_send = False
            self.report("send_withdrawn", asked=outcome == "asked")
        return outcome is not None

    @asynccontextmanager
    async def consenting(self) -> AsyncIterator[None]:
        """Around what needs the artisan's word. Raises ``ConsentMissing`` also when the database finds it too old.

        A word that was sent before the recap it would approve counts for nothing (UX-40); the turn goes on.
        """
        try:
            async with self.session.begin_nested():
                yield
        except IntegrityError as error:
            if isinstance(error.orig, CheckViolation) and "recap" in str(error.orig):
                raise documents.ConsentMissing(str(error.orig)) from error
            raise

    async def use_client(self, client: Client, *, new: bool) -> None:
        """Makes ``client`` the buyer of the document at hand.

        Refuses when it follows a quote or an invoice made out to somebody else: that needs a document of its own.
        """
        document = self.open_document()
        editing.make_out_to(document, clients.buyer(client))
        self.memory.client_id = client.id
        self.refresh_vat()
        self.report("client", name=client.name, new=new)
