"""The ``reply`` node: one message per turn, made of what happened, the recap or its changes, and one question (UX-09)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from langgraph.runtime import Runtime

from graphs.shared import vat_questions
from graphs.shared.changes import changed_lines
from graphs.shared.facts import fact_sentences
from graphs.shared.repair import repair_step
from graphs.shared.situation import Situation, Step
from graphs.shared.state import WorkflowState, dump_memory
from graphs.shared.wording import Wording, address_text, client_text
from prompts.replies import say
from services.clients.naming import person_name
from services.documents import service as documents
from services.documents.amounts import date_text, euros, quantity_text, unit_price_text
from services.documents.sending import way_to
from tools.commands import Choice
from tools.context import TurnContext
from tools.preview_document import order_preview

WELL_READ = 0.7
"""Share of a message that must be understood for the rest to go unmentioned."""
FORGOTTEN = timedelta(hours=24)
_GATES = frozenset(["questions.issue_quote", "questions.issue_invoice", "questions.issue_credit"])
_FULL_RECAP = {"recap_wanted", "started", "copied", "linked", "switched", "undone"}


def wording(context: TurnContext) -> Wording:
    """The views of the document at hand in the language of the turn."""
    assert context.desk.document is not None
    return Wording(
        context.desk.document,
        context.seller,
        language=context.language,
        form=context.address_form,
        today=context.now.date(),
        account=context.account,
        left=context.invoice_left,
    )


def speak(context: TurnContext, key: str, **values: Any) -> str:
    return say(context.language, key, form=context.address_form, **values)


async def reply(state: WorkflowState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Stores the draft, writes the answer and what is awaited from now on."""
    context = runtime.context
    step = context.step
    assert step is not None
    words = state.get("text", "")
    idle = bool(context.facts) and all(fact.kind in ("off_topic", "invalid_call") for fact in context.facts)
    progress = bool(context.audit) and not idle
    unclear = not progress and not context.reported("off_topic", "heard_badly")
    if unclear and not state.get("rest") and context.reading is not None:
        if context.reading.degraded:
            context.report("model_down")
        else:
            step = repair_step(context, step, words)
    elif progress:
        context.memory.failures = 0
    await context.save()
    skipped = ("sending",) if context.reported("pdf_ordered") else ()
    paragraphs = [*fact_sentences(context, without=skipped), *_resumed(context), *await _document_part(context, step)]
    if step.answer:
        paragraphs.append(speak(context, step.answer))
    if step.question and not context.reported("pdf_ordered", "handed_over"):
        paragraphs.append(_question(context, step, interrupted=bool(paragraphs) and not _shows_document(context, step)))
    paragraphs[:0] = _left_over(context) if progress else []
    text = "\n".join(part for part in paragraphs if part)
    if not text and not context.reported("pdf_ordered", "resent") and not state.get("rest") and not context.parked:
        text = speak(context, "answers.nothing_waiting")
    if text:
        context.replies.append(text)
    if context.reported("preview_wanted") or _too_long(context, step):
        await order_preview(context)
    memory = context.memory
    memory.awaiting, memory.awaiting_line = step.awaiting, step.awaiting_line
    if step.awaiting not in ("choice:line", "slot:client.name"):
        memory.pending_edit = None
    memory.choices = worded(context, step.choices)
    return {"memory": dump_memory(memory), "step": step.current_step, "messages": [], "given": None, "text": ""}


def _too_long(context: TurnContext, step: Step) -> bool:
    """A recap that leaves lines out comes with the draft as a PDF (UX-34)."""
    document = context.desk.document
    asked = step.awaiting == "confirm:issue" and document is not None and document.number is None
    return asked and context.memory.shown_version == document.version and wording(context).hidden() > 0  # type: ignore[union-attr]


def _left_over(context: TurnContext) -> list[str]:
    """One sentence about the words that nobody understood, when they weigh (UX-80, UX-81)."""
    reading = context.reading
    if reading is None or reading.confidence >= WELL_READ or context.reported("off_topic", "handed_over"):
        return []
    if context.reported("cancel_wanted") or (
        context.step.answer == "answers.kept" and _only_words(reading.unexplained)
    ):
        return []  # why he gives up or keeps a document for himself is his affair
    words = ", ".join(words for words in reading.unexplained if len(words) > 3)
    return [speak(context, "repair.left_over", words=words[:80])] if words else []


def _only_words(phrases: list[str]) -> bool:
    """No amount, phone or date is among them."""
    return not any(character.isdigit() for phrase in phrases for character in phrase)


def _shows_document(context: TurnContext, step: Step) -> bool:
    document = context.desk.document
    if document is None or not document.lines or context.parked or context.reported("issued", "sending"):
        return False
    if step.done and document.number is None:
        return False
    if Situation(document, context.desk.start, context.memory, None, []).issued_as_is:
        return bool(context.reported("recap_wanted", "switched"))
    start = context.desk.start
    return start is None or start != document or bool(context.reported(*_FULL_RECAP)) or _unseen(context)


def _resumed(context: TurnContext) -> list[str]:
    """One line when a draft that was left is taken up again; after a day, the whole recap with it (UX-73)."""
    document, since = context.desk.document, context.resumed_since
    if since is None or document is None or not context.audit or context.reported("issued", "switched"):
        return []
    long_ago = context.now - since >= FORGOTTEN
    if long_ago:
        context.report("recap_wanted")
    return [
        speak(
            context,
            "answers.resume",
            kind=document.kind,
            client=document.buyer.name if document.buyer else None,
            since=weekday(since.astimezone(context.now.tzinfo), context.language) if long_ago else None,
        )
    ]


def weekday(moment: datetime, language: str) -> str:
    """ "mardi", "salı günü"."""
    name = format_date(moment.date(), "EEEE", locale=language)
    return f"{name} günü" if language == "tr" else name


def _unseen(context: TurnContext) -> bool:
    return context.memory.shown_version is None


async def _document_part(context: TurnContext, step: Step) -> list[str]:
    """The recap, or only what changed, and the note that this version has now been shown (UX-36, UX-40)."""
    if not _shows_document(context, step):
        return []
    document, start = context.desk.document, context.desk.start
    assert document is not None
    after = wording(context)
    full = _unseen(context) or start is None or not start.lines or bool(context.reported(*_FULL_RECAP))
    if full:
        model = next((fact.values for fact in context.reported("copied")), None)
        new_client = any(fact.values.get("new") for fact in context.reported("client"))
        parts = [after.recap(new_client=new_client, copied_from=model)]
    else:
        assert start is not None
        before = Wording(
            start, context.seller, language=context.language, form=context.address_form, today=context.now.date()
        )
        parts = [*changed_lines(before, after), *(f"⚠️ {doubt}" for doubt in _new_doubts(before, after))]
        if after.totals.complete:
            parts.append(after.totals_line())
    if full and (lacks := await _lacks(context)):
        parts.append(lacks)
    context.memory.shown_version = document.version
    await documents.mark_shown(context.session, context.organization_id, document)
    return parts


async def _lacks(context: TurnContext) -> str:
    """One line about facts of the company that should stand on its documents and do not stop them (legal.md §14).

    Said with the first document only; the company card tells it at any time.
    """
    codes = [lack.code for lack in context.missing() if not lack.blocking and lack.code.startswith("company.")]
    if not codes or await documents.any_issued(context.session, context.organization_id):
        return ""
    return speak(context, "recap.lacks", codes=codes)


def _new_doubts(before: Wording, after: Wording) -> list[str]:
    known = set(before.doubts())
    return [doubt for doubt in after.doubts() if doubt not in known]


def _question(context: TurnContext, step: Step, *, interrupted: bool) -> str:
    document, key = context.desk.document, step.question
    assert key is not None
    warned = key == "questions.issue_quote" or context.memory.awaiting == "confirm:issue"  # said once (UX-43)
    if key in _GATES and warned and _is_correction(context) and not interrupted:
        return speak(context, "changes.good" if key.endswith(("quote", "credit")) else "changes.good_invoice")
    values: dict[str, Any] = {"options": options_text(worded(context, step.choices)), **step.values}
    if document is not None:
        buyer = document.buyer
        values |= {
            "client": client_text(buyer),
            "phone": address_text(way_to(buyer, mail=context.mail)),
            "mail": context.mail,
            "kind": document.kind,
            "number": document.number,
            "no_address": any(lack.code == "client.address" for lack in context.missing()),
            "revision": document.revision + 1,
            "send": context.memory.wants_send and way_to(buyer, mail=context.mail) is not None,
            "name": step.values.get("name") or _ambiguous_name(context),
        }
        line = next((line for line in document.lines if line.position == step.awaiting_line), None)
        if line is not None:
            words = wording(context)
            values |= {
                "label": line.chat_label,
                "quantity": words.quantity(line) if line.quantity != 1 or line.unit not in ("forfait", "u") else None,
                "price": unit_price_text(line.unit_price) if line.unit_price is not None else "?",
                "unit": line.unit,
                "n": line.position,
                "unread": _unread(line.doubt),
            }
    return speak(context, key, **values)


def _unread(doubt: str | None) -> list[str] | None:
    """The numbers that an unreadable token of a picture may be; None for a line that was said."""
    code, _, numbers = (doubt or "").partition(":")
    return [quantity_text(Decimal(number)) for number in numbers.split("|") if number] if code == "unread" else None


def _is_correction(context: TurnContext) -> bool:
    start = context.desk.start
    return (
        start is not None
        and bool(start.lines)
        and not context.reported(*_FULL_RECAP)
        and context.desk.document != start
    )


def _ambiguous_name(context: TurnContext) -> str:
    pending = context.memory.pending_client or {}
    return person_name(str(pending.get("name", "")))


def worded(context: TurnContext, choices: list[Choice]) -> list[Choice]:
    """The choices with their labels in the artisan's language (UX-53: at most 30 characters)."""
    keys = {
        "confirmed:send": "questions.option_send",
        "denied:": "questions.option_keep",
        "site:old": "questions.option_old",
        "site:new": "questions.option_new",
        "site:lived_in": "questions.option_lived_in",
        "site:worked_in": "questions.option_worked_in",
        "subcontracting:yes": "questions.option_subcontracting",
        "subcontracting:no": "questions.option_own_works",
        "reissue:client": "questions.option_reissue_client",
        "reissue:artisan": "questions.option_reissue_artisan",
        "client:new": "questions.choice_new_client",
        "vat_regime:standard": "setup.option_standard",
        "vat_regime:franchise": "setup.option_franchise",
    }
    document = context.desk.document
    client = client_text(document.buyer) if document else None
    values = {"client": client or "", **(vat_questions.rates_here(context, document) if document else {})}
    return [
        choice if choice.label else choice.model_copy(
            update={"label": speak(context, keys[choice.value or ""], **values)}
        )
        for choice in choices
    ]  # fmt: skip


def options_text(choices: list[Choice]) -> str:
    """ "1 Envoyer  2 Garder"."""
    return "  ".join(f"{choice.number} {choice.label}" for choice in choices)


def caption(context: TurnContext, step: Step) -> str:
    """What accompanies the PDF to the artisan: the total, the date limit, and what happens next (UX-38, UX-44)."""
    document = context.desk.document
    assert document is not None
    words = wording(context)
    last_day = words.last_day()
    reworded = [
        speak(context, "answers.reworded", label=line.description)
        for line in document.lines
        if context.desk.start
        and any(old.key == line.key and old.description != line.description for old in context.desk.start.lines)
    ]
    parts = [
        *reworded,
        speak(
            context,
            "answers.issued_caption",
            total=euros(words.totals.net_to_pay),
            with_vat=bool(words.totals.vat_total),
            last_day=date_text(last_day) if last_day else None,
            kind=document.kind,
        ),
    ]
    if context.reported("sending"):
        parts += fact_sentences(context, only=("sending",))
    elif step.question:
        parts.append(_question(context, step, interrupted=False))
    return " ".join(parts)
