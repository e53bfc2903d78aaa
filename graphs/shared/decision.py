"""What comes next for a document: a pure function of the draft, of what was awaited and of what this turn brought.

The order of the rules is the conversation: gates first, then what is missing (``graphs.shared.missing``), then the gate
that is open. At most one question comes out (UX-03).
"""

from __future__ import annotations

from graphs.shared.missing import client_label, missing_step, which_document
from graphs.shared.situation import Situation, Step
from services.documents.schemas import Document
from tools.commands import Choice
from tools.context import Fact


def decide(s: Situation) -> Step:
    """The next step of a quote or an invoice. Choices carry an empty label: the reply words them."""
    said_again = s.has("cancel_wanted") and not s.has("denied")
    if s.awaited == "confirm:cancel" and (s.confirmed or said_again) and s.document is not None:
        return Step("review_items", actions=[("discard_draft", {})])
    if credited := _credit(s):
        return credited
    if asked := s.refused("which_line"):
        return _which_line(asked)
    if (fact := s.find("client_candidates")) and s.document is not None:
        return which_card(fact)
    if s.has("cancelled") and not s.has("started"):
        return Step("completed", done=True)
    if s.has("cancel_wanted"):
        return Step("review_items", "confirm:cancel", question="questions.cancel")
    if s.document is None:
        return decide_without_draft(s) or Step("initiated", done=True)
    if s.has("issued"):
        return _after_issue(s)
    if s.issued_as_is:
        return _issued(s)
    if s.awaited == "confirm:vat" and s.confirmed and not s.has("refused") and (positions := _too_low(s)):
        return Step("review_items", actions=[("set_vat", {"rate": "20", "line": at}) for at in positions])
    if s.awaited == "confirm:issue" and s.confirmed and _may_issue(s):
        return Step("calculate_totals", actions=[("issue_document", {})])
    step = _next(s, s.document)
    if step.awaiting == "confirm:issue":
        if s.awaited == "confirm:cancel" and s.has("denied"):
            step.answer = "answers.not_cancelled"
        elif s.has("denied") and not s.has("refused", "switched"):
            step.answer = "answers.wait"
            step.question = step.question if s.memory.wants_send else None  # the answer asks the same
    return step


def _which_line(asked: Fact) -> Step:
    """The line that an edit is about is chosen before anything else: a number must not answer another question."""
    choices = [
        Choice(number=position, label=label, value=f"line:{position}")
        for position, label in asked.values["values"]["lines"]
    ]
    return Step("review_items", "choice:line", choices=choices)


def decide_without_draft(s: Situation) -> Step | None:
    """What is open when no document is at hand: which one is meant, a credit note, a deposit after a signature."""
    if fact := s.find("client_candidates"):
        return which_card(fact)
    if fact := s.find("document_choice"):
        return which_document(fact)
    return _credit(s) or after_signature(s)


def which_card(fact: Fact) -> Step:
    """The numbered namesakes whose card may be meant."""
    choices = [
        Choice(number=at, label=client_label(buyer), value=f"card:{buyer.client_id}")
        for at, buyer in enumerate(fact.values["candidates"][:5], start=1)
    ]
    values = {"name": fact.values["said"]}
    return Step("initiated", "choice:client", question="questions.choice_client", choices=choices, values=values)


def _credit(s: Situation) -> Step | None:
    """An issued invoice is not cancelled: a credit note is offered, and prepared when he says yes (UX-48)."""
    if offered := s.refused("credit_offered"):
        return Step("completed", "confirm:credit", follows=offered.values["values"]["number"])
    if s.awaited == "confirm:credit" and s.confirmed and s.memory.follows and not s.has("refused"):
        return Step("select_quote", actions=[("issue_credit_note", {"reference": s.memory.follows})])
    return None


def after_signature(s: Situation) -> Step | None:
    """The client has signed: a deposit invoice is offered, once (FR4)."""
    fact = s.find("accepted")
    if fact is None or s.has("refused") or fact.values["amends"]:
        return None
    values = {"percent": fact.values["percent"], "amount": fact.values["amount"]}
    return Step(
        "completed", "slot:deposit", question="questions.deposit_offer", values=values, follows=fact.values["number"]
    )


def _too_low(s: Situation) -> list[int]:
    """The lines whose rate the law does not allow here."""
    return next((lack.values["positions"] for lack in s.missing if lack.code == "vat.reduced_rate"), [])


def _may_issue(s: Situation) -> bool:
    if s.has("refused", "client_ambiguous") or s.amounts_changed:
        return False
    assert s.document is not None
    return missing_step(s, s.document) is None


def _next(s: Situation, document: Document) -> Step:
    """The first thing that is missing, or the issue gate."""
    return missing_step(s, document) or _issue_gate(document)


def _after_issue(s: Situation) -> Step:
    """Number given in this turn: send if that was said in the same breath, and order the PDF."""
    assert s.document is not None
    if s.memory.wants_send and s.way and not s.has("sending", "refused", "unreachable", "send_unconfirmed"):
        return Step("send_pdf", actions=[("send_whatsapp", {"to": "client"})])
    step = Step("completed", done=True) if s.has("sending") else _offer_to_send(s)
    if not s.has("pdf_ordered"):
        step.actions = [("generate_pdf", {})]
    return step


def _offer_to_send(s: Situation) -> Step:
    assert s.document is not None
    if fact := s.find("unreachable"):
        return Step("send_pdf", "slot:client.phone", question="questions.other_phone", values=fact.values)
    if s.way is None:
        return Step("send_pdf", "slot:client.phone", question="questions.client_phone")
    choices = [Choice(number=1, label="", value="confirmed:send"), Choice(number=2, label="", value="denied:")]
    return Step("send_pdf", "confirm:send_to_client", question="questions.send", choices=choices)


def _issued(s: Situation) -> Step:
    """An issued document that stays as it is: the open question is whether it goes to the client."""
    if s.has("sending"):
        return Step("completed", done=True)
    if s.has("unreachable", "send_unconfirmed"):  # his word was older than the question: it is asked again (UX-15)
        return _offer_to_send(s)
    if s.has("send_stopped", "send_withdrawn"):
        return Step("completed", done=True)
    if fact := s.find("document_choice"):
        return which_document(fact)
    if offer := after_signature(s):
        return offer
    if s.awaited in ("confirm:send_to_client", "slot:client.phone"):
        if s.has("denied", "skipped"):
            return Step("completed", done=True, answer="answers.kept")
        # the question named the consequence of giving an e-mail address, so giving it is the word to send (FR3)
        told = s.way is not None and s.way.channel == "email" and s.has("client_updated")
        wanted = told or s.memory.wants_send or (s.awaited == "confirm:send_to_client" and s.confirmed)
        if s.way and wanted and not s.has("refused"):
            return Step("send_pdf", actions=[("send_whatsapp", {"to": "client"})])
        return _offer_to_send(s)
    if s.awaited in ("slot:deposit", "confirm:credit", "choice:line") and s.has("denied", "skipped"):
        return Step("completed", done=True, answer="answers.not_cancelled")
    if s.has("send_wanted") or s.send_said:
        return _offer_to_send(s)
    return Step("completed", done=True)


def _issue_gate(document: Document) -> Step:
    if document.number is not None:
        choices = [
            Choice(number=1, label="", value="reissue:client"),
            Choice(number=2, label="", value="reissue:artisan"),
        ]
        return Step("review_total", "confirm:issue", question="questions.reissue", choices=choices)
    question = {"quote": "questions.issue_quote", "credit_note": "questions.issue_credit"}.get(document.kind)
    return Step("review_total", "confirm:issue", question=question or "questions.issue_invoice")


def remember_skips(s: Situation) -> None:
    """Notes that the artisan does not want to answer what was asked, so that it is not asked again."""
    if s.awaited and s.has("skipped", "denied") and s.awaited.startswith("slot:"):
        slot = s.awaited.removeprefix("slot:")
        if slot in ("client.siret", "vat"):
            s.memory.skipped = [*s.memory.skipped, slot]
