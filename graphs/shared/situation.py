"""What a decision looks at, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.accounts.schemas import CompanyProfile
from services.documents import content
from services.documents.completeness import Missing
from services.documents.schemas import Document
from services.documents.sending import Way, way_to
from services.documents.totals import compute_totals
from tools.commands import Choice
from tools.context import Fact, Memory


@dataclass
class Situation:
    """Everything the decision depends on. ``start`` is the document when the turn began, ``awaited`` what was asked.

    ``missing`` is what the law still wants before the issue, see ``services.documents.completeness``.
    """

    document: Document | None
    start: Document | None
    memory: Memory
    awaited: str | None
    facts: list[Fact]
    mail: bool = False
    missing: list[Missing] = field(default_factory=list)
    company: CompanyProfile | None = None
    """The artisan's own company, where a set-up asks about it."""

    @property
    def way(self) -> Way | None:
        """How the client can be reached."""
        return way_to(self.document.buyer, mail=self.mail) if self.document else None

    def has(self, *kinds: str) -> bool:
        return any(fact.kind in kinds for fact in self.facts)

    def find(self, kind: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.kind == kind), None)

    def refused(self, key: str) -> Fact | None:
        """The refusal of that name, if there was one in this turn."""
        return next((fact for fact in self.facts if fact.kind == "refused" and fact.values["key"] == key), None)

    @property
    def confirmed(self) -> bool:
        """The last word of yes and no was yes: "non laisse. ok" refuses a change and confirms the rest."""
        answers = [fact.kind for fact in self.facts if fact.kind in ("confirmed", "denied")]
        return bool(answers) and answers[-1] == "confirmed"

    @property
    def send_said(self) -> bool:
        """A bare "envoie" / "gönder": he wants it sent, whatever was asked."""
        return self.confirmed and any(fact.values.get("gate") == "send" for fact in self.facts)

    @property
    def issued_as_is(self) -> bool:
        """The document is issued and this turn changed nothing in it."""
        document = self.document
        if document is None or document.number is None or document.issued_version != document.version:
            return False
        return self.start is None or content.same_content(self.start, document)

    @property
    def amounts_changed(self) -> bool:
        """This turn changed what an approval is about: an amount, the VAT or the recipient (UX-41)."""
        if self.document is None or self.start is None:
            return True
        before, after = (content.payload_hash(one, compute_totals(one)) for one in (self.start, self.document))
        return before != after


@dataclass
class Step:
    """What to do or to ask. ``actions`` are tool calls that the code itself makes; then the decision is taken again."""

    current_step: str
    awaiting: str | None = None
    awaiting_line: int | None = None
    question: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    actions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: str | None = None
    follows: str | None = None
    """Number of the document that the open question is about."""
    done: bool = False
