"""What comes next for a document: a pure function of the draft, of what was awaited and of what this turn brought.

The order of the rules is the conversation: gates first, then what blocks the totals, then what blocks the issue
(UX-05), then the gate that is open. At most one question comes out (UX-03).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphs.shared import vat_questions
from services.documents import content, drafts
from services.documents.schemas import Document
from services.documents.sending import Way, way_to
from services.documents.totals import compute_totals
from tools.commands import Choice
from tools.context import Fact, Memory


@dataclass
class Situation:
    """Everything the decision depends on. ``start`` is the document when the turn began, ``awaited`` what was asked."""

    document: Document | None
    start: Document | None
    memory: Memory
    awaited: str | None
    facts: list[Fact]
    mail: bool = False

    @property
    def way(self) -> Way | None:
        """How the client can be reached."""
        return way_to(self.document.buyer, mail=self.mail) if self.document else None

    def has(self, *kinds: str) -> bool:
        return any(fact.kind in kinds for fact in self.facts)

    def find(self, kind: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.kind == kind), None)

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
    done: bool = False


def decide(s: Situation) -> Step:
    """The next step of a quote or an invoice. Choices carry an empty label: the reply words them."""
    if s.awaited == "confirm:cancel" and s.confirmed and s.document is not None:
        return Step("review_items", actions=[("discard_draft", {})])
    if s.has("cancelled") and not s.has("started"):
        return Step("completed", done=True)
    if s.has("cancel_wanted"):
        return Step("review_items", "confirm:cancel", question="questions.cancel")
    if s.document is None:
        return Step("initiated", done=True)
    if s.has("issued"):
        return _after_issue(s)
    if s.issued_as_is:
        return _issued(s)
    if s.awaited == "confirm:issue" and s.confirmed and _may_issue(s):
        return Step("calculate_totals", actions=[("issue_document", {})])
    step = _missing(s, s.document)
    if step.awaiting == "confirm:issue":
        if s.awaited == "confirm:cancel" and s.has("denied"):
            step.answer = "answers.not_cancelled"
        elif s.has("denied") and not s.has("refused"):
            step.answer = "answers.wait"
    return step


def _may_issue(s: Situation) -> bool:
    if s.has("refused", "client_ambiguous") or s.amounts_changed:
        return False
    assert s.document is not None
    return _missing(s, s.document).awaiting == "confirm:issue"


def _after_issue(s: Situation) -> Step:
    """Number given in this turn: send if that was said in the same breath, and order the PDF."""
    assert s.document is not None
    if s.memory.wants_send and s.way and not s.has("sending", "refused"):
        return Step("send_pdf", actions=[("send_whatsapp", {"to": "client"})])
    step = Step("completed", done=True) if s.has("sending") else _offer_to_send(s)
    if not s.has("pdf_ordered"):
        step.actions = [("generate_pdf", {})]
    return step


def _offer_to_send(s: Situation) -> Step:
    assert s.document is not None
    if s.way is None:
        return Step("send_pdf", "slot:client.phone", question="questions.client_phone")
    choices = [Choice(number=1, label="", value="confirmed:send"), Choice(number=2, label="", value="denied:")]
    return Step("send_pdf", "confirm:send_to_client", question="questions.send", choices=choices)


def _issued(s: Situation) -> Step:
    """An issued document that stays as it is: the open question is whether it goes to the client."""
    if s.has("sending"):
        return Step("completed", done=True)
    if s.has("send_stopped"):
        return Step("completed", done=True)
    if s.awaited in ("confirm:send_to_client", "slot:client.phone"):
        if s.has("denied", "skipped"):
            return Step("completed", done=True, answer="answers.kept")
        # the question named the consequence of giving an e-mail address, so giving it is the word to send (FR3)
        told = s.way is not None and s.way.channel == "email" and s.has("client_updated")
        wanted = told or s.memory.wants_send or (s.awaited == "confirm:send_to_client" and s.confirmed)
        if s.way and wanted and not s.has("refused"):
            return Step("send_pdf", actions=[("send_whatsapp", {"to": "client"})])
        return _offer_to_send(s)
    if s.has("send_wanted") or s.send_said:
        return _offer_to_send(s)
    return Step("completed", done=True)


def _missing(s: Situation, document: Document) -> Step:
    """The first thing that is missing, or the issue gate."""
    if (fact := s.find("client_ambiguous")) or s.memory.pending_client:
        return _which_client(s, fact)
    if draft := s.find("draft_choice"):
        choices = [
            Choice(number=at, label=item.client or item.number or "?", value=f"draft:{item.kind}:{item.id}")
            for at, item in enumerate(draft.values["drafts"][:5], start=1)
        ]
        return Step("initiated", "choice:document", question="questions.choice_draft", choices=choices)
    if not document.lines:
        if document.buyer is None:
            question = "questions.client_name" if s.awaited == "slot:client.name" else "questions.client_and_lines"
            return Step("select_or_create_client", "slot:client.name", question=question)
        return Step("add_line_items", "slot:lines", question="questions.lines")
    without_price, without_quantity = drafts.open_questions(document)
    if without_price:
        line = without_price[0]
        return Step("add_line_items", "slot:line.price", line.position, question="questions.line_price")
    if without_quantity:
        line = without_quantity[0]
        return Step("add_line_items", "slot:line.quantity", line.position, question="questions.line_quantity")
    if document.buyer is None:
        return Step("select_or_create_client", "slot:client.name", question="questions.client_name")
    if "vat" not in s.memory.skipped and (asked := vat_questions.open_question(document)):
        if s.awaited == "slot:vat" and s.confirmed and asked.yes:
            return Step("review_items", actions=[asked.yes])
        return Step("review_items", "slot:vat", question=asked.key, choices=asked.choices)
    return _missing_on_invoice(s, document) or _issue_gate(s, document)


def _which_client(s: Situation, fact: Fact | None) -> Step:
    if fact is None:
        return Step(
            "select_or_create_client", "choice:client", question="questions.choice_client", choices=s.memory.choices
        )
    choices = [
        Choice(number=at, label=_client_label(buyer), value=f"client:{buyer.client_id}")
        for at, buyer in enumerate(fact.values["candidates"][:4], start=1)
    ]
    choices.append(Choice(number=len(choices) + 1, label="", value="client:new"))
    return Step("select_or_create_client", "choice:client", question="questions.choice_client", choices=choices)


def _client_label(buyer: Any) -> str:
    return f"{buyer.name} ({buyer.address.city})" if buyer.address.city else buyer.name


def _missing_on_invoice(s: Situation, document: Document) -> Step | None:
    """What the law wants on an invoice before it may be issued (legal.md 28, UX-05)."""
    if document.kind == "quote" or document.buyer is None:
        return None
    buyer, skipped = document.buyer, s.memory.skipped
    if not (buyer.address.line or buyer.address.city) and "client.address" not in skipped:
        return Step("confirm_client", "slot:client.address", question="questions.client_address")
    if buyer.kind == "business" and not buyer.siret and "client.siret" not in skipped:
        return Step("confirm_client", "slot:client.siret", question="questions.client_siret")
    if any(line.vat_category == "AE" for line in document.lines) and not buyer.vat_number:
        return Step("confirm_client", "slot:client.vat_number", question="questions.client_vat")
    return None


def _issue_gate(s: Situation, document: Document) -> Step:
    if document.number is not None:
        choices = [
            Choice(number=1, label="", value="reissue:client"),
            Choice(number=2, label="", value="reissue:artisan"),
        ]
        return Step("review_total", "confirm:issue", question="questions.reissue", choices=choices)
    question = "questions.issue_quote" if document.kind == "quote" else "questions.issue_invoice"
    return Step("review_total", "confirm:issue", question=question)


def remember_skips(s: Situation) -> None:
    """Notes that the artisan does not want to answer what was asked, so that it is not asked again."""
    if s.awaited and s.has("skipped", "denied") and s.awaited.startswith("slot:"):
        slot = s.awaited.removeprefix("slot:")
        if slot in ("client.siret", "vat") or (slot == "client.address" and _is_consumer(s.document)):
            s.memory.skipped = [*s.memory.skipped, slot]


def _is_consumer(document: Document | None) -> bool:
    return document is not None and document.buyer is not None and document.buyer.kind == "consumer"
