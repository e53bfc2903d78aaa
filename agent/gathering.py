"""What a turn starts from, read in one short transaction before any thinking: messages, people, run, draft, checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agent import asides
from agent.shown import means_slip, slip_before
from db.checkpoints import TurnCheckpointer
from db.models import Conversation, Organization, User, VoiceTranscription, WhatsappChat, WhatsappMessage
from db.repositories import conversations as repository
from db.repositories import voice
from services.accounts.spending import ModelSpend, spend_today
from services.attachments.schemas import Seen
from services.clients import service as clients
from services.documents import service as documents
from services.documents.schemas import Document
from services.transcription.schemas import UNSURE
from services.wording import service as wording

RESUMABLE = timedelta(days=30)
"""How long an unfinished draft is taken up again by any message (C48)."""
UNCLEAR = timedelta(minutes=30)
"""How long a message that was not understood counts for the next repair step (UX-79)."""
EDITABLE = timedelta(hours=24)
"""How long after a run was finished an edit still means its document."""


@dataclass
class Run:
    """A workflow run to continue: its row, its checkpoint, its document. ``closed`` = it was finished earlier."""

    conversation_id: UUID
    workflow: str
    checkpointer: TurnCheckpointer
    document: Document | None = None
    row: Conversation | None = None
    closed: bool = False

    @property
    def memory(self) -> dict[str, Any]:
        loaded = self.checkpointer.loaded
        return dict(loaded.checkpoint["channel_values"].get("memory") or {}) if loaded else {}


@dataclass
class Gathered:
    """Everything read before the turn thinks."""

    messages: Sequence[WhatsappMessage]
    chat: WhatsappChat
    user: User
    organization: Organization
    client_names: list[str]
    run: Run | None
    spend: ModelSpend
    """What the company has spent on models today: looked at here, so that no connection is held while one thinks."""
    wording: dict[str, str] = field(default_factory=dict)
    """Sentences that the company words itself."""
    spoken_of: UUID | None = None
    """The client whose card the talk before this message was about."""
    notes: dict[UUID, VoiceTranscription] = field(default_factory=dict)
    """What became of the voice notes among the messages, by message."""

    aside: frozenset[UUID] = frozenset()
    """Messages that are silent notes: kept, and no part of what is read (U15)."""
    recalled: str | None = None
    """The words with those of the notes that they call for."""
    recalled_notes: tuple[UUID, ...] = ()
    slips: dict[UUID, Seen] = field(default_factory=dict)
    """The supplier's slip of before that the words mean, by its message."""
    newcomer: bool = False
    """The company has told nothing of itself, was never asked, and has issued nothing."""

    @property
    def text(self) -> str:
        """The artisan's own words, a newline between messages (UX-09); what he forwards is somebody else's (UX-18)."""
        return self.recalled or "\n".join(words for _, words in self._own_words())

    @property
    def message_offsets(self) -> list[tuple[int, UUID]]:
        """Where each message begins in ``text``; without any words, the last message stands at 0."""
        offsets, at = [], 0
        for message_id, words in self._own_words():
            offsets.append((at, message_id))
            at += len(words) + 1
        return offsets or [(0, self.messages[-1].id)]

    @property
    def unsure(self) -> list[tuple[int, int]]:
        """The places of ``text`` that were hardly understood in a voice note (UX-58)."""
        places = []
        for (start, message_id), (_, words) in zip(self.message_offsets, self._own_words(), strict=False):
            note, at = self.notes.get(message_id), 0
            if note is None or note.outcome != "heard":
                continue
            for segment in note.segments:
                if (found := words.find(segment["text"], at)) < 0:
                    continue
                at = found + len(segment["text"])
                if segment["confidence"] < UNSURE:
                    places.append((start + found, start + at))
        return places

    def _own_words(self) -> list[tuple[UUID, str]]:
        own = (message for message in self.messages if not message.is_forwarded and message.id not in self.aside)
        return [(message.id, words) for message in own if (words := message.text or message.transcription)]


def thread_id(organization_id: UUID, conversation_id: UUID) -> str:
    """The LangGraph thread of a run: made by the server and prefixed with the tenant."""
    return f"{organization_id}:{conversation_id}"


async def load_run(session: AsyncSession, organization_id: UUID, row: Conversation, *, closed: bool) -> Run:
    """The run of a stored conversation."""
    checkpointer = await TurnCheckpointer.load(session, thread_id(organization_id, row.id))
    document = None
    document_id = row.quote_id or row.invoice_id
    if document_id is not None:
        kind = "quote" if row.quote_id else "invoice"
        try:
            document = await documents.load(session, organization_id, kind, document_id)
        except documents.NotFound:
            document = None
    return Run(row.id, row.workflow, checkpointer, document, row, closed)


async def gather(
    session: AsyncSession,
    organization_id: UUID,
    chat_id: UUID,
    now: datetime,
    messages: Sequence[WhatsappMessage] | None = None,
) -> Gathered | None:
    """Reads the turn's starting point; None when nothing waits or the chat gives no orders.

    ``messages`` are those to work on, by default all that wait.
    """
    if messages is None:
        messages = await repository.waiting_messages(session, organization_id, chat_id)
    if not messages:
        return None
    found = await repository.speakers(session, organization_id, chat_id)
    if found is None:
        return None
    chat, user, organization = found
    row = await repository.latest_conversation(session, organization_id, chat_id)
    run = await _continued(session, organization_id, row, now) if row is not None else None
    names = list(await clients.names(session, organization_id))
    own = await wording.templates_in_force(session, organization_id)
    spend = await spend_today(session, organization, now)
    notes: dict[UUID, VoiceTranscription] = {}
    if heard := [message.id for message in messages if message.type == "audio"]:
        notes = await voice.records_of(session, organization_id, heard)
    gathered = Gathered(messages, chat, user, organization, names, run, spend, own, _spoken_of(row, now), notes)
    gathered.newcomer = await _is_newcomer(session, organization)
    gathered.aside = asides.set_aside(gathered)
    if means_slip(gathered.text):
        gathered.slips = await slip_before(session, gathered, now)
    return await asides.read_along(session, gathered)


async def _is_newcomer(session: AsyncSession, organization: Organization) -> bool:
    if organization.siret is not None or await repository.any_run(session, organization.id, "company"):
        return False
    return not await documents.any_issued(session, organization.id)


def _spoken_of(row: Conversation | None, now: datetime) -> UUID | None:
    """The client whose card was written just before."""
    if row is None or row.workflow != "client" or now - row.last_interaction_at >= UNCLEAR:
        return None
    return row.client_id


async def _continued(session: AsyncSession, organization_id: UUID, row: Conversation, now: datetime) -> Run | None:
    """The run that a new message goes on with, if it is not too long ago and something is left of it."""
    age = now - row.last_interaction_at
    if row.workflow == "ask":
        return await load_run(session, organization_id, row, closed=False) if age < UNCLEAR else None
    limits = {"abandoned": RESUMABLE, "completed": EDITABLE}
    if row.status not in ("active", "handed_over") and age >= limits.get(row.status, timedelta(0)):
        return None
    run = await load_run(session, organization_id, row, closed=row.status == "completed")
    return None if _nothing_left(run) else run


def _nothing_left(run: Run) -> bool:
    """A given-up draft, or a finished run without a document: a new message begins anew."""
    if run.document is None:
        return run.closed
    return run.document.status == "cancelled"
