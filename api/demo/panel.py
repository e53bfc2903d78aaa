"""What the side panel shows of an artisan's conversation: the step, the draft, and each turn with its tool calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from api.demo.clock import clock_time
from api.demo.highlight import Stretch, colour_of, stretches
from api.demo.people import national
from api.demo.schemas import TurnRecord
from api.demo.steps import Step, progress
from db.models import Turn
from services.documents.amounts import amount_text, quantity_text, rate_text, unit_price_text


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as written on paper, amounts in EUR excl. VAT."""

    position: int
    description: str
    quantity: str
    unit_price: str
    vat_rate: str
    total: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft or an issued document, ready to be shown."""

    kind: str
    number: str | None
    status: str
    client: str | None
    about: str | None
    version: int | None
    lines: list[LineRow]
    discount: str | None
    subtotal: str | None
    vat: str | None
    total: str | None


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command understood; ``colour`` is that of its words in the message."""

    name: str
    args: list[tuple[str, str]]
    colour: int | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A tool call; ``effect`` is one of DESIGN §7, ``failed`` means that the tool refused."""

    name: str
    args: list[tuple[str, str]]
    effect: str
    failed: bool
    result: str
    ms: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One turn: the words with the evidence marked, the commands, the calls, who understood and how fast (ms)."""

    id: str
    time: str
    text: list[Stretch]
    understander: str
    confidence: int
    understand_ms: int
    total_ms: int
    commands: list[CommandRow]
    calls: list[CallRow]
    unexplained: list[str]
    ungrounded: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything of the panel."""

    idle: bool
    workflow: str | None
    steps: list[Step]
    awaiting: str | None
    draft: Paper | None
    documents: list[Paper]
    turns: list[TurnRow]

    @property
    def sheet(self) -> Paper | None:
        """The document at hand: the draft, else the one issued last."""
        return self.draft or next(iter(self.documents), None)

    @property
    def archive(self) -> list[Paper]:
        """The issued documents besides the one at hand."""
        return [document for document in self.documents if document is not self.sheet]

    @property
    def step_number(self) -> int:
        """Which step the run is at, counted from 1."""
        return next((n for n, step in enumerate(self.steps, 1) if step.state == "current"), len(self.steps))


def panel(state: Mapping[str, Any], turns: Sequence[TurnRecord], language: str) -> Panel:
    """Puts the conversation's state (``/simulator/state``) and its turns together."""
    draft = state.get("draft")
    return Panel(
        idle=bool(state.get("idle", True)),
        workflow=state.get("workflow"),
        steps=progress(state.get("workflow"), state.get("current_step")),
        awaiting=state.get("awaiting"),
        draft=paper(draft, language) if draft else None,
        documents=[paper(document, language) for document in state.get("documents") or [] if document != draft],
        turns=[_turn(turn) for turn in turns],
    )


def turn_record(turn: Turn, workflow: str) -> TurnRecord:
    """A stored turn as the endpoint answers it."""
    return TurnRecord(
        id=turn.id,
        conversation_id=turn.conversation_id,
        workflow=workflow,
        at=turn.created_at,
        text=turn.text,
        language=turn.language,
        understander=turn.understander,
        reading=turn.reading,
        tool_calls=turn.tool_calls,
        awaiting_before=turn.awaiting_before,
        awaiting_after=turn.awaiting_after,
        ungrounded_numbers=turn.ungrounded_numbers,
        understand_ms=turn.understand_ms,
        total_ms=turn.total_ms,
    )


def paper(document: Mapping[str, Any], language: str) -> Paper:
    """A document of ``/simulator/state`` ready to be shown; amounts in EUR."""
    client = document.get("client") or {}
    phone = client.get("phone")
    about = [client.get("address"), client.get("siret"), national(phone) if phone else None, client.get("email")]
    return Paper(
        kind=document.get("kind") or "quote",
        number=document.get("number"),
        status=document.get("status") or "draft",
        client=client.get("name"),
        about=" · ".join(fact for fact in about if fact) or None,
        version=document.get("version"),
        lines=[_line(line, language) for line in document.get("lines") or []],
        discount=_discount(document.get("discount"), language),
        subtotal=_euros(document.get("subtotal")),
        vat=_euros(document.get("vat")),
        total=_euros(document.get("total")),
    )


def _line(line: Mapping[str, Any], language: str) -> LineRow:
    quantity, price, rate = (_decimal(line.get(key)) for key in ("quantity", "unit_price", "vat_rate"))
    unit = line.get("unit") or ""
    return LineRow(
        position=int(line.get("position") or 0),
        description=line.get("description") or "",
        quantity=f"{quantity_text(quantity)} {unit}".strip() if quantity is not None else "?",
        unit_price=unit_price_text(price) if price is not None else "?",
        vat_rate=rate_text(rate, "tr" if language == "tr" else "fr") if rate is not None else "–",
        total=_euros(line.get("total")) or "?",
    )


def _discount(discount: Any, language: str) -> str | None:
    if isinstance(discount, Mapping):
        percent, amount = _decimal(discount.get("percent")), _decimal(discount.get("amount"))
        if percent:
            return rate_text(percent, "tr" if language == "tr" else "fr")
        return amount_text(amount) if amount else None
    amount = _decimal(discount)
    return amount_text(abs(amount)) if amount else None


def _turn(turn: TurnRecord) -> TurnRow:
    commands = turn.reading.get("commands") or []
    return TurnRow(
        id=str(turn.id),
        time=clock_time(turn.at),
        text=stretches(turn.text, commands),
        understander=turn.understander,
        confidence=round(100 * float(turn.reading.get("confidence") or 0)),
        understand_ms=turn.understand_ms,
        total_ms=turn.total_ms,
        commands=[
            CommandRow(
                name=str(command.get("name")),
                args=_args(command.get("args")),
                colour=colour_of(index) if command.get("evidence") or command.get("end") else None,
            )
            for index, command in enumerate(commands)
        ],
        calls=[_call(call) for call in turn.tool_calls],
        unexplained=[str(word) for word in turn.reading.get("unexplained") or []],
        ungrounded=turn.ungrounded_numbers,
    )


def _call(call: Mapping[str, Any]) -> CallRow:
    milliseconds = call.get("ms")
    return CallRow(
        name=str(call.get("name")),
        args=_args(call.get("args")),
        effect=str(call.get("effect") or "READ"),
        failed=str(call.get("status") or "ok") not in ("ok", "success", "done"),
        result=str(call.get("result") or ""),
        ms="" if milliseconds is None else f"{float(milliseconds):.0f} ms",
    )


def _args(args: Any) -> list[tuple[str, str]]:
    """Arguments that were given, in the order given."""
    if not isinstance(args, Mapping):
        return []
    return [(str(name), str(value)) for name, value in args.items() if value not in (None, "", [], {})]


def _euros(amount: Any) -> str | None:
    value = _decimal(amount)
    return amount_text(value) if value is not None else None


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None
