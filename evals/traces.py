"""What one played scenario leaves behind: everything that a check may ask, so that old traces can be judged anew.

One trace is one line of JSON. Amounts are strings, times ISO 8601 with zone, durations in ms unless named otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.commands import Language


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Said(_Model):
    """A message of the artisan: ``answers`` is the awaited key it answers, ``consent`` what the script says about it.

    ``at`` is when it was received, ``message_id`` the id of its row, as approvals name it.
    """

    text: str
    at: str
    message_id: str
    answers: str | None = None
    consent: bool | Literal["both"] = False
    voice: bool = False


class Heard(_Model):
    """A message that reached a phone: the artisan's, or a client's."""

    to: str
    text: str
    at: str
    kind: str = "text"
    filename: str | None = None


class ModelCall(_Model):
    provider: str
    model: str
    outcome: str
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_eur: str | None = None
    milliseconds: int = 0


class TurnTrace(_Model):
    """What was said, what was understood, what was done, what was answered."""

    said: list[Said]
    heard: list[Heard] = Field(default_factory=list)
    workflow: str | None = None
    step: str | None = None
    awaiting_before: str | None = None
    awaiting_after: str | None = None
    commands: list[dict[str, Any]] = Field(default_factory=list)
    tool_calls: list[dict[str, Any]] = Field(default_factory=list)
    """The audit rows of the turn: name, args, outcome."""
    understander: str | None = None
    unexplained: list[str] = Field(default_factory=list)
    prompt_hash: str | None = None
    sentences: list[str] = Field(default_factory=list)
    ungrounded: int = 0
    understand_ms: int = 0
    total_ms: int = 0
    answered_ms: int = 0
    """From the webhook to the last answer on the phone."""
    model_calls: list[ModelCall] = Field(default_factory=list)
    detour: str | None = None
    events: list[str] = Field(default_factory=list)
    """Names of the transport events that happened in this turn."""


class RowChange(_Model):
    """A row that was added or changed since the seed; ``before`` is None for a new one."""

    table: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class MadeDocument(_Model):
    """A PDF as it was made: its number and its text."""

    kind: str
    number: str | None
    text: str


class Verdict(_Model):
    """What a gate says; ``reasons`` are sentences, empty when it holds."""

    holds: bool
    reasons: list[str] = Field(default_factory=list)


class Finding(_Model):
    """A reply that breaks a rule of good talk (``check`` names the rule), in turn ``turn`` (from 1)."""

    check: str
    turn: int
    text: str


class Trace(_Model):
    """One scenario, one locale, one trial."""

    run: str
    scenario: str
    part: Literal["dev", "test"]
    locale: Language
    trial: int = 1
    workflow: str
    family: str
    user: Literal["scripted", "llm"] = "scripted"
    mutation: str | None = None
    saboteur: str | None = None
    understander: str
    model: str | None = None
    commit: str | None = None
    scenario_hash: str
    started_at: str
    seconds: float
    organization_id: str | None = None
    artisan_phone: str | None = None
    phones: dict[str, str] = Field(default_factory=dict)
    """Phone numbers of this run by the name the scenario gives them."""
    canaries: list[str] = Field(default_factory=list)
    """Words of the other tenant that must appear nowhere."""
    minimum_turns: int = 1
    turns: list[TurnTrace] = Field(default_factory=list)
    changes: list[RowChange] = Field(default_factory=list)
    foreign_changes: list[RowChange] = Field(default_factory=list)
    """Rows of the other tenant that changed."""
    names: dict[str, list[str]] = Field(default_factory=dict)
    """What rows are called, by their id: name of a client, number of a document, whether changed or not."""
    versions: list[dict[str, Any]] = Field(default_factory=list)
    """Versions of documents: document_id, version, payload_hash, recap_shown_at."""
    approvals: list[dict[str, Any]] = Field(default_factory=list)
    outbox: list[dict[str, Any]] = Field(default_factory=list)
    """All outbox rows of the tenant, in order."""
    documents: list[MadeDocument] = Field(default_factory=list)
    client_messages: list[Heard] = Field(default_factory=list)
    outcome: str | None = None
    user_fault: str | None = None
    """What a simulated user did wrong; such a run is drawn again and does not count."""
    error: str | None = None
    """Why the run could not be finished (an unforeseen question, a reply that never came), in one sentence."""
    gates: dict[str, Verdict] = Field(default_factory=dict)
    findings: list[Finding] = Field(default_factory=list)

    @property
    def passed(self) -> bool:
        return self.error is None and bool(self.gates) and all(verdict.holds for verdict in self.gates.values())

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two runs comparable: scenario, locale, mutation."""
        return self.scenario, self.locale, self.mutation or ""


def write_traces(path: Path, traces: Iterable[Trace]) -> None:
    """One JSON object per line; the folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(trace.model_dump_json(exclude_defaults=True) + "\n" for trace in traces)


def read_traces(path: Path) -> Iterator[Trace]:
    """The traces of a file. Raises ``pydantic.ValidationError`` with the line that is no trace."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield Trace.model_validate_json(line)
