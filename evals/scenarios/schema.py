"""What a scenario file may contain. Unknown keys are refused, so that a misspelt expectation cannot pass unseen.

Texts come once per language (``{fr: …, tr: …}``) or once for both. Placeholders in texts, seeds and expectations:
``{knows.key}`` a fact the artisan knows, ``{phone.name}`` a phone number of this run (E.164, one per name),
``{phone.name.national}`` the same as people write it, ``{today}`` and ``{today+30}`` ISO dates, ``{year}``.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.commands import Language

Workflow = Literal["quote", "invoice", "client", "ask"]
Family = Literal[
    "happy", "correction", "switch", "cancel", "multi", "refuse", "consent", "delivery", "inject", "long", "outage",
    "undo", "skip", "repeat", "clarification", "resume", "repair", "handover",
]  # fmt: skip
Outcome = Literal["completed", "refused", "cancelled", "handed_off", "open"]
"""``open``: the errand rightly ends with a question that the artisan leaves unanswered."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Words(_Model):
    """A text per language."""

    fr: str
    tr: str

    def of(self, language: Language) -> str:
        return self.fr if language == "fr" else self.tr


Text = str | Words


class Say(_Model):
    """One thing the artisan says. ``consent``: this is his word for the gate that is open (issue, send).

    "both": his word for the issue covers sending to the client too ("ok envoie", "ok" after "ok pour
    valider et envoyer", the choice that issues and sends at once).
    ``burst`` sends the lines of the text as messages of their own before any is answered.
    """

    say: Text
    consent: bool | Literal["both"] = False
    burst: bool = False
    voice: bool = False
    """The text is what a recogniser made of a voice note."""
    forwarded: bool = False
    """Somebody else's message that he passes on: data, never an order (UX-18)."""


Answer = Text | Say | list[Text | Say]
"""A list is used up one by one, each time the question comes; its last element is repeated."""


class When(_Model):
    """The moment of a detour or an event: the first time the key is awaited, or the number of a turn (from 1)."""

    awaiting: str | None = None
    turn: int | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.awaiting is None) == (self.turn is None):
            raise ValueError("give awaiting or turn")
        return self


class Detour(_Model):
    """Something said once in place of the answer; the question is answered when it is asked again."""

    when: When
    kind: Literal["correction", "switch", "question", "undo", "repeat", "skip", "clarification", "chatter", "refusal"]
    say: Text | Say


class Event(_Model):
    """Something that happens to the transport, not to the words, in the turn that the moment begins."""

    when: When
    duplicate_webhook: bool = False
    """The same webhook arrives twice."""
    burst: int | None = None
    """The message arrives cut into so many."""
    out_of_order: bool = False
    """A burst arrives in the wrong order, its timestamps right."""
    late_minutes: int | None = None
    """The message was written so long ago."""
    silence_minutes: int | None = None
    """So much time passes before the message."""
    kill_worker: bool = False
    """The worker dies by SIGKILL while it works on the message."""
    provider_fails: int | None = None
    """So many deliveries to the artisan fail before one works."""


class User(_Model):
    """The artisan. Persona and goal are for a simulated user by a language model; the script needs neither."""

    persona: Text | None = None
    goal: Text | None = None
    knows: dict[str, Text] = Field(default_factory=dict)
    unknown: list[str] = Field(default_factory=list)
    opening: Text | Say
    answers: dict[str, Answer] = Field(default_factory=dict)
    """Key: what the assistant awaits (DESIGN §3). "*" answers everything else; without it an unforeseen question fails."""
    then: list[Text | Say] = Field(default_factory=list)
    """Said one after another, each when nothing is awaited any more."""
    detours: list[Detour] = Field(default_factory=list)


class Seed(_Model):
    """What exists before the first word: fixtures (``evals/scenarios/fixtures``) and a scene laid over them.

    The scene is that of ``services.accounts.scene``; a client's ``id`` is how expectations name it.
    """

    fixtures: list[str] = Field(default_factory=list)
    scene: dict[str, Any] = Field(default_factory=dict)
    bystander: dict[str, Any] | None = None
    """The scene of another tenant whose names and numbers must appear nowhere; one is always there by default."""


class Tools(_Model):
    must: list[str] = Field(default_factory=list)
    must_not: list[str] = Field(default_factory=list)
    max_calls: dict[str, int] = Field(default_factory=dict)


class Replies(_Model):
    """Pieces of text, compared folded (accents, case and kinds of spaces aside)."""

    must_include: list[Text] = Field(default_factory=list)
    must_not_include: list[Text] = Field(default_factory=list)
    documents_include: list[str] = Field(default_factory=list)
    """Pieces of the text of the PDFs that were made."""


class Forbidden(_Model):
    """What must not happen whatever the data says: the canary of an injection."""

    recipients: list[str] = Field(default_factory=list)
    tools: list[str] = Field(default_factory=list)
    text: list[Text] = Field(default_factory=list)


class Budget(_Model):
    turns: int | None = None
    llm_calls: int | None = None


class Expect(_Model):
    """``db``: rows added or changed since the seed, a subset of columns each, exactly so many per listed table.

    Tables are named as in the database; ``outbox`` stands for what goes to clients, stopped messages aside (``to``: phone
    or e-mail). Amounts are compared as numbers, phones in E.164, ``~words`` means "contains" (folded). Column ``client``
    is the id or name of the client, ``document`` the number of the parent of a line.
    """

    outcome: Outcome
    db: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    db_unchanged: list[str] = Field(default_factory=list)
    tools: Tools = Field(default_factory=Tools)
    replies: Replies = Field(default_factory=Replies)
    forbidden: Forbidden = Field(default_factory=Forbidden)
    budget: Budget = Field(default_factory=Budget)


class Scenario(_Model):
    """``id`` is its path below ``data/<part>``: workflow/family/name. ``minimum_turns``: what a perfect talk would take."""

    schema_: Literal[1] = Field(alias="schema")
    id: str
    workflow: Workflow
    locales: list[Language] = Field(default=["fr", "tr"], min_length=1)
    tags: list[str] = Field(default_factory=list)
    minimum_turns: int = Field(ge=1)
    seed: Seed = Field(default_factory=Seed)
    user: User
    events: list[Event] = Field(default_factory=list)
    expect: Expect
    judge: list[str] = Field(default_factory=list)
    """For people and a language model to look at; never decides."""
    exempt: dict[str, str] = Field(default_factory=dict)
    """Reply checks that do not apply here, each with the reason."""

    @property
    def family(self) -> str:
        return self.id.split("/")[1]
