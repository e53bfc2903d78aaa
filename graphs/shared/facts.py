"""What happened in the turn, said in one sentence each: answers, refusals, lists, clients, payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from graphs.shared import company, setting_up
from graphs.shared.wording import address_text, client_text
from prompts.replies import say
from services.documents.amounts import date_text, euros, rate_text
from services.documents.lookup import DocumentSummary
from services.documents.schemas import Buyer
from services.einvoicing.service import PlatformStatus
from tools.context import Fact, TurnContext

_PERCENTS = frozenset(["rate", "percent", "most", "before"])
Sentence = Callable[[TurnContext, Fact], list[str]]


def fact_sentences(
    context: TurnContext, *, only: tuple[str, ...] | None = None, without: tuple[str, ...] = ()
) -> list[str]:
    """The sentences for this turn's facts, in the order they happened, none twice."""
    said: list[str] = []
    for fact in context.facts:
        if (only is not None and fact.kind not in only) or fact.kind in without:
            continue
        for sentence in SENTENCES.get(fact.kind, _nothing)(context, fact):
            if sentence and sentence not in said:
                said.append(sentence)
    return said


def _speak(context: TurnContext, key: str, **values: Any) -> str:
    return say(context.language, key, form=context.address_form, **values)


def _nothing(context: TurnContext, fact: Fact) -> list[str]:
    return []


def _simple(key: str) -> Sentence:
    return lambda context, fact: [_speak(context, key)]


def _refused(context: TurnContext, fact: Fact) -> list[str]:
    values = {name: _as_text(context, name, value) for name, value in fact.values["values"].items()}
    return [_speak(context, f"refusals.{fact.values['key']}", **values)]


def _as_text(context: TurnContext, name: str, value: Any) -> Any:
    """Amounts, percentages and dates of a refusal as they are written."""
    if isinstance(value, Decimal):
        return rate_text(value, context.language) if name in _PERCENTS else euros(value)  # type: ignore[arg-type]
    return date_text(value) if isinstance(value, date) else value


def _sending(context: TurnContext, fact: Fact) -> list[str]:
    buyer: Buyer = fact.values["buyer"]
    seconds = f"{context.hold_seconds:.0f}"
    return [
        _speak(
            context,
            "answers.sending",
            client=client_text(buyer),
            phone=address_text(fact.values["way"]),
            seconds=seconds,
        )
    ]


def _cancelled(context: TurnContext, fact: Fact) -> list[str]:
    kind, client = fact.values["document_kind"], fact.values["client"]
    return [_speak(context, "answers.cancelled", kind=kind, client=client)]


def _switched(context: TurnContext, fact: Fact) -> list[str]:
    kind = fact.values["document_kind"]
    return [_speak(context, "answers.resume", kind=kind, client=fact.values["client"], since=fact.values.get("since"))]


def _client_saved(context: TurnContext, fact: Fact) -> list[str]:
    if context.desk.document is not None:
        return []
    buyer: Buyer = fact.values["buyer"]
    values = {"name": client_text(buyer), "facts": _client_facts(context, buyer)}
    return [_speak(context, "answers.client_saved", new=fact.values.get("new", False), **values)]


def _client_card(context: TurnContext, fact: Fact) -> list[str]:
    buyer: Buyer = fact.values["buyer"]
    return [_speak(context, "answers.client_card", name=client_text(buyer), facts=_client_facts(context, buyer))]


def _client_facts(context: TurnContext, buyer: Buyer) -> list[str]:
    facts = {
        "kind": buyer.kind if buyer.kind in ("public", "foreign") else None,
        "address": buyer.address.one_line(),
        "billing_address": buyer.billing_address.one_line() if buyer.billing_address else None,
        "country": buyer.address.country if buyer.address.country != "FR" else None,
        "phone": buyer.phone,
        "email": buyer.email,
        "siret": buyer.siret,
        "siren": None if buyer.siret else buyer.siren,
        "vat_number": buyer.vat_number,
        "einvoicing_address": buyer.einvoicing_address,
        "main_contractor": buyer.main_contractor,
        "small_business": buyer.small_business,
    }
    return [_speak(context, "changes.client_fact", field=field, fact=value) for field, value in facts.items() if value]


def _list(context: TurnContext, fact: Fact) -> list[str]:
    found: list[DocumentSummary] = fact.values["documents"]
    what = fact.values["status"] or fact.values["document_kind"] or "all"
    if not found:
        return [_speak(context, "answers.list_empty", what=what)]
    owed = what in ("unpaid", "overdue")
    said = [_speak(context, "answers.list_title", what=what)]
    for at, item in enumerate(found, start=1):
        state = "" if owed and not item.overdue_days else _state(context, item)
        said.append(
            _speak(
                context,
                "answers.list_item",
                n=at,
                number=item.number,
                client=item.client,
                amount=euros(item.balance if owed else item.total),
                state=state,
            )
        )
    if owed:
        total = sum((item.balance for item in found), Decimal(0))
        said.append(_speak(context, "answers.list_total", total=euros(total)))
    return ["\n".join(said)]


def _state(context: TurnContext, item: DocumentSummary) -> str:
    return _speak(context, "answers.state", code=item.status, late=item.overdue_days or None)


def _status(context: TurnContext, fact: Fact) -> list[str]:
    item: DocumentSummary = fact.values["document"]
    platform: PlatformStatus | None = fact.values["platform"]
    said = _speak(
        context,
        "answers.status",
        number=item.number,
        client=item.client,
        state=_state(context, item),
        total=euros(item.total),
        balance=euros(item.balance) if item.balance else None,
    )
    if platform is None:
        return [said]
    known = platform.model_dump(include={"code", "reason_code", "reason"})
    return [f"{said} {_speak(context, 'einvoicing.state', held=platform.error is not None, **known)}"]


def _price(context: TurnContext, fact: Fact) -> list[str]:
    price = fact.values["price"]
    return [
        _speak(
            context,
            "answers.price",
            label=price.description,
            price=euros(price.unit_price),
            unit=price.unit or "u",
            client=price.client,
            on=date_text(price.on) if price.on else None,
        )
    ]


def _payment(context: TurnContext, fact: Fact) -> list[str]:
    values = fact.values
    return [
        _speak(
            context,
            "answers.payment",
            number=values["number"],
            client=values["client"],
            amount=euros(values["amount"]),
            balance=euros(values["balance"]) if values["balance"] else None,
            retained=euros(values["retained"]) if values["retained"] else None,
            cash_limit=values["cash_limit"],
        )
    ]


def _accepted(context: TurnContext, fact: Fact) -> list[str]:
    values = fact.values
    return [
        _speak(
            context,
            "answers.accepted",
            number=values["number"],
            client=client_text(values["buyer"]),
            total=euros(values["total"]),
        )
    ]


def _retention_released(context: TurnContext, fact: Fact) -> list[str]:
    values = fact.values
    return [
        _speak(
            context,
            "answers.retention_released",
            number=values["number"],
            client=values["client"],
            amount=euros(values["amount"]),
        )
    ]


def _linked(context: TurnContext, fact: Fact) -> list[str]:
    """An invoice of a quote that nobody noted as signed takes it for accepted, and says so."""
    accepted = fact.values.get("accepted", True)
    return [] if accepted else [_speak(context, "answers.taken_as_accepted", number=fact.values["number"])]


def _help(context: TurnContext, fact: Fact) -> list[str]:
    topic = fact.values.get("topic") or "help"
    if topic == "explain_vat" and context.desk.document:
        return [
            _speak(
                context,
                "answers.vat_reason",
                n=line.position,
                rate=rate_text(line.vat_rate, context.language),  # type: ignore[arg-type]
                code=line.vat_reason,
                basis=line.vat_basis,
            )
            for line in context.desk.document.lines
            if line.vat_rate is not None
        ][:6]
    return [_speak(context, "answers.hello" if topic == "hello" else "answers.help")]


def _transcript(context: TurnContext, fact: Fact) -> list[str]:
    text = fact.values["text"]
    return [_speak(context, "answers.transcript", text=text) if text else _speak(context, "voice.no_note")]


def _heard_badly(context: TurnContext, fact: Fact) -> list[str]:
    return [_speak(context, "voice.doubted", text=fact.values["text"])]


def _voice_replies(context: TurnContext, fact: Fact) -> list[str]:
    return [_speak(context, "voice.replies_on" if fact.values["wanted"] else "voice.replies_off")]


def _repair(context: TurnContext, fact: Fact) -> list[str]:
    return [context.repair] if context.repair else []


def _send_withdrawn(context: TurnContext, fact: Fact) -> list[str]:
    return [_speak(context, "answers.withdrawing" if fact.values["asked"] else "answers.mail_is_gone")]


SENTENCES: dict[str, Sentence] = {
    "refused": _refused,
    "sending": _sending,
    "send_stopped": _simple("answers.send_stopped"),
    "send_withdrawn": _send_withdrawn,
    "cancelled": _cancelled,
    "accepted": _accepted,
    "linked": _linked,
    "retention_released": _retention_released,
    "preview_wanted": _simple("answers.preview"),
    "undone": _simple("answers.undone"),
    "switched": _switched,
    "company_updated": company.updated,
    "company_card": company.card,
    "company_file": company.file_wanted,
    "setup_started": setting_up.started,
    "company_doubted": setting_up.doubted,
    "company_away": setting_up.away,
    "client_saved": _client_saved,
    "client_updated": _client_saved,
    "client_card": _client_card,
    "list": _list,
    "status": _status,
    "price": _price,
    "payment": _payment,
    "help": _help,
    "off_topic": _simple("answers.off_topic"),
    "handed_over": _simple("answers.handed_over"),
    "resumed": _simple("answers.resumed"),
    "transcript_wanted": _transcript,
    "heard_badly": _heard_badly,
    "voice_replies": _voice_replies,
    "repair": _repair,
    "model_down": _simple("answers.model_down"),
    "idle_confirmation": _simple("answers.nothing_waiting"),
}
