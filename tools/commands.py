"""The vocabulary between understanding and acting: a message becomes commands, and each command is a call of a typed tool.

Commands are language-neutral: numbers are strings with a dot, units and kinds are enums, dates are ISO 8601. An
understander (see ``Understander``) never computes an amount and never decides to issue or send (DESIGN §5).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.messaging.cleaning import clean_tree

Language = Literal["fr", "tr"]
Kind = Literal["typed", "voice"]
AddressForm = Literal["tu", "vous", "sen", "siz"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Command(_Model):
    """One tool call, with the words of the message that it was read from (``start``/``end`` are offsets in the text)."""

    name: str
    args: dict[str, Any] = Field(default_factory=dict)
    evidence: str = ""
    start: int = 0
    end: int = 0

    @field_validator("args", mode="before")
    @classmethod
    def _storable(cls, args: Any) -> Any:
        """A model may write what no database stores (NUL, half a surrogate pair)."""
        return clean_tree(args)


class Recognised(_Model):
    """Something recognised at a place of the text: a number, a unit, a name, a lexicon word…; shown by ``usta understand``."""

    kind: str
    text: str
    start: int
    end: int
    value: str | None = None


class Choice(_Model):
    """A numbered answer that the last message of the assistant offered (UX-53)."""

    number: int
    label: str
    value: str | None = None


class LineView(_Model):
    """A line of the current draft, as an understander may see it. Amounts in EUR, strings with a dot."""

    position: int
    description: str
    said: str | None = None
    quantity: str | None = None
    unit: str | None = None
    unit_price: str | None = None
    vat_rate: str | None = None
    total: str | None = None


class DraftView(_Model):
    """The document being made, as an understander may see it."""

    kind: str
    client: str | None = None
    number: str | None = None
    status: str = "draft"
    lines: list[LineView] = Field(default_factory=list)
    total: str | None = None


class DialogueContext(_Model):
    """What was already said: the step of the workflow, what is awaited (DESIGN §3), the draft, the open choices."""

    workflow: str | None = None
    awaiting: str | None = None
    awaiting_line: int | None = None
    draft: DraftView | None = None
    choices: list[Choice] = Field(default_factory=list)
    clients: list[str] = Field(default_factory=list)
    open_drafts: list[str] = Field(default_factory=list)
    today: date | None = None


class UnderstandingRequest(_Model):
    """One turn's words. A burst of messages is one text with a newline between messages (UX-09).

    ``models_allowed``: false when the organization has spent what it may spend on models today (R181).
    """

    text: str
    language_hint: Language | None = None
    kind: Kind = "typed"
    context: DialogueContext = Field(default_factory=DialogueContext)
    models_allowed: bool = True


class Reading(_Model):
    """What an understander made of a text.

    ``confidence`` is the share of the message (0 to 1) that the commands explain; ``unexplained`` are the words left over.
    ``degraded``: no model answered although one was wanted (UX-81). ``ungrounded``: numbers a model proposed that nobody
    said. ``limited``: a model was wanted and not asked, because the day's limit is spent. ``prompt_hash`` names the wording
    that a model was given.
    """

    commands: list[Command]
    language: Language
    register_form: AddressForm | None = None
    confidence: float
    unexplained: list[str] = Field(default_factory=list)
    recognised: list[Recognised] = Field(default_factory=list)
    understander: str = "grammar"
    degraded: bool = False
    limited: bool = False
    ungrounded: int = 0
    prompt_hash: str | None = None


class Understander(Protocol):
    """Turns words into commands. Implementations: grammar, llm, hybrid (DESIGN §5)."""

    async def understand(self, request: UnderstandingRequest) -> Reading:
        """Reads one turn's text; raises nothing for odd input: what is not understood is in ``unexplained``."""
        ...
