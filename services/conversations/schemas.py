"""Runs, turns and notes as the office reads them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Workflow = Literal["quote", "invoice", "client", "company", "ask"]
Status = Literal["active", "completed", "abandoned", "error", "handed_over"]
"""active: the artisan is asked something or may go on. completed: nothing is left to do. abandoned: left for 30 minutes
or by somebody's word, its draft is kept. handed_over: a person has the chat."""


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Named(_View):
    """Somebody, or something, with its id."""

    id: UUID
    name: str | None


class DocumentRef(_View):
    """The quote or invoice that a run works on; ``number`` is null for a draft."""

    id: UUID
    kind: str
    number: str | None


class Run(_View):
    """A workflow run. ``step`` is one of R096–R098, ``awaiting`` what the artisan was asked for, null for nothing.

    ``assistant_silent``: a person has the chat, nothing is answered there.
    """

    id: UUID
    workflow: Workflow
    status: Status
    step: str
    awaiting: str | None
    language: Literal["fr", "tr"]
    artisan: Named
    client: Named | None
    document: DocumentRef | None
    chat_id: UUID
    assistant_silent: bool
    assigned_to: UUID | None
    tags: list[str]
    misunderstood: int = Field(description="Messages in a row that were not understood.")
    started_at: datetime
    last_activity_at: datetime
    completed_at: datetime | None
    updated_at: datetime


class Note(_View):
    """A note of the office, which the artisan never sees."""

    id: UUID
    author_id: UUID | None
    author: str
    text: str
    created_at: datetime


class Heard(_View):
    """A message that a turn read. ``text`` of a voice note is its transcription."""

    id: UUID
    type: str
    text: str | None
    sent_at: datetime
    deleted: bool


class Said(_View):
    """An answer of a turn. ``id`` opens it under /messages, before it has left and after."""

    id: UUID
    kind: str
    text: str | None
    status: str
    error: str | None


class CommandView(_View):
    """A command that was understood, and the words it was read from."""

    name: str
    args: dict[str, Any]
    evidence: str = ""


class ToolCallView(_View):
    """A tool call as it ran: ``refused`` for a business "no", whose key is in ``result``.

    ``conversation`` names the run that it worked on, since one message may be about several.
    """

    name: str
    args: dict[str, Any]
    effect: str | None
    status: str
    result: str
    ms: float
    conversation: UUID | None = None


class ModelCallView(_View):
    """A call of a language model. ``cost_eur`` is null where the model's price is not known."""

    purpose: str
    provider: str
    model: str
    outcome: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_eur: Decimal | None
    milliseconds: int
    created_at: datetime


class TurnView(_View):
    """One turn: what came, how it was read, what was done, what was answered.

    ``understander`` grammar or the model that read it; ``confidence`` is the share of the words that the commands
    explain, ``unexplained`` the rest. ``degraded``: a model was wanted and none answered; ``limited``: the day's limit was
    spent. ``ungrounded_numbers``: numbers that a model proposed and nobody had said. ``prompt_hash`` is null when no model
    was asked (R061). ``sentences`` name what was said, "language/file.sentence@fingerprint".
    """

    id: UUID
    at: datetime
    language: str
    text: str
    heard: list[Heard]
    understander: str
    confidence: float | None
    commands: list[CommandView]
    unexplained: list[str]
    degraded: bool
    limited: bool
    ungrounded_numbers: int
    tool_calls: list[ToolCallView]
    awaiting_before: str | None
    awaiting_after: str | None
    said: list[Said]
    sentences: list[str]
    prompt_hash: str | None
    model_calls: list[ModelCallView]
    understand_ms: int
    total_ms: int


class RunDetail(Run):
    """A run with its document as it is now, its notes, and its last turns, oldest first.

    ``earlier_turns`` counts those that are not among ``turns``. Tokens and EUR are those of the turns shown.
    """

    draft: dict[str, Any] | None
    notes: list[Note]
    turns: list[TurnView]
    earlier_turns: int
    tokens: int
    cost_eur: Decimal
