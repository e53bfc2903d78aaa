"""What a draft still lacks, as one question: the client, the lines, what it follows, then what the law wants (UX-05).

Each thing is asked at the moment it blocks, once; ``services.documents.completeness`` says what blocks.
"""

from __future__ import annotations

from typing import Any

from graphs.shared import vat_questions
from graphs.shared.situation import Situation, Step
from services.documents import drafts
from services.documents.completeness import Missing
from services.documents.schemas import Document
from tools.commands import Choice
from tools.context import Fact

_SHARES = {"deposit": "slot:deposit", "progress": "slot:progress", "credit_note": "slot:credit"}
_ASKED_AGAIN = frozenset(
    "deposit_too_large deposit_needed progress_goes_back progress_too_large progress_needed credit_too_large "
    "credit_lines_unknown".split()
)
_LAW = {
    "client.address": ("confirm_client", "slot:client.address", "questions.client_address"),
    "client.siret": ("confirm_client", "slot:client.siret", "questions.client_siret"),
    "client.vat_number": ("confirm_client", "slot:client.vat_number", "questions.client_vat"),
    "company.siret": ("review_total", "slot:company.siret", "questions.company_siret"),
    "company.address": ("review_total", "slot:company.address", "questions.company_address"),
    "company.insurance": ("review_total", "slot:company.insurance", "questions.company_insurance"),
    "document.due_date": ("review_total", "slot:due_date", "questions.due_date"),
}
"""What to ask for a lack: step, awaited key, question. The others are explained, and the draft waits."""
SKIPPABLE = frozenset(["client.siret"])
"""Asked although it does not block yet; "je ne sais pas" lets the document go (legal.md 29)."""


def missing_step(s: Situation, document: Document) -> Step | None:
    """The first thing that is missing; None when only the artisan's word is."""
    return _who_and_which(s, document) or _content(s, document) or _law(s, document)


def _who_and_which(s: Situation, document: Document) -> Step | None:
    if (fact := s.find("client_ambiguous")) or s.memory.pending_client:
        return _which_client(s, fact)
    if fact := s.find("document_choice"):
        return which_document(fact)
    if draft := s.find("draft_choice"):
        choices = [
            Choice(number=at, label=item.client or item.number or "?", value=f"draft:{item.kind}:{item.id}")
            for at, item in enumerate(draft.values["drafts"][:5], start=1)
        ]
        return Step("initiated", "choice:document", question="questions.choice_draft", choices=choices)
    return _share(s, document)


def which_document(fact: Fact) -> Step:
    """The numbered documents that may be meant (UX-50)."""
    choices = [
        Choice(number=at, label=label, value=value) for at, (value, label) in enumerate(fact.values["choices"], start=1)
    ]
    return Step("select_quote", "choice:document", question="questions.choice_draft", choices=choices)


def _share(s: Situation, document: Document) -> Step | None:
    """How much of the quote a deposit or a situation asks for; again when it was too much."""
    awaiting = _SHARES.get(document.kind)
    refused = s.find("follow_up_refused")
    if awaiting and refused is not None and refused.values["code"] in _ASKED_AGAIN:
        return Step("review_items", awaiting)
    if refused is not None:
        return Step("completed", done=True)
    if document.kind in ("deposit", "progress") and document.quote_id is None:
        return Step("select_quote", "slot:client.name", question="questions.client_name")
    if document.kind == "deposit" and document.deposit_percent is None and document.deposit_amount is None:
        return Step("review_items", awaiting, question="questions.deposit")
    if document.kind == "progress" and document.progress_percent is None and not document.lines:
        return Step("review_items", awaiting, question="questions.progress")
    return None


def _content(s: Situation, document: Document) -> Step | None:
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
    return None


def _which_client(s: Situation, fact: Fact | None) -> Step:
    if fact is None:
        return Step(
            "select_or_create_client", "choice:client", question="questions.choice_client", choices=s.memory.choices
        )
    choices = [
        Choice(number=at, label=client_label(buyer), value=f"client:{buyer.client_id}")
        for at, buyer in enumerate(fact.values["candidates"][:4], start=1)
    ]
    choices.append(Choice(number=len(choices) + 1, label="", value="client:new"))
    return Step("select_or_create_client", "choice:client", question="questions.choice_client", choices=choices)


def client_label(buyer: Any) -> str:
    """A client among namesakes: with his town."""
    return f"{buyer.name} ({buyer.address.city})" if buyer.address.city else buyer.name


def _law(s: Situation, document: Document) -> Step | None:
    """What the law wants on this document before it may be issued (legal.md §14)."""
    for lack in s.missing:
        wanted = lack.code in SKIPPABLE and document.kind != "quote" and lack.code not in s.memory.skipped
        if not (lack.blocking or wanted):
            continue
        if lack.code in _LAW:
            step, awaiting, question = _LAW[lack.code]
            return Step(step, awaiting, question=question, values=lack.values)
        return _explained(lack)
    return None


def _explained(lack: Missing) -> Step:
    if lack.code == "vat.reduced_rate":
        return Step("review_items", "confirm:vat", question="questions.vat_refused", values=lack.values)
    return Step("review_total", question="questions.not_yet", values={"code": lack.code, **lack.values})
