"""From what was said and heard to the turns of a trace: the service's own record of each turn laid beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from evals.running import evidence
from evals.running.script import Line
from evals.running.world import World
from evals.traces import Heard, ModelCall, Said, TurnTrace


@dataclass
class Spoken:
    """A turn as the artisan saw it."""

    line: Line
    message_ids: list[str]
    """The provider's ids, in the order written."""
    texts: tuple[str, ...]
    at: datetime
    awaiting_before: str | None
    awaiting_after: str | None = None
    workflow: str | None = None
    step: str | None = None
    heard: list[Heard] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


async def recorded(world: World, organization_id: str, spoken: list[Spoken]) -> list[TurnTrace]:
    """The turns with the messages' own ids, the commands, the tool calls and the model calls."""
    stored = await world.rows(
        "select provider_message_id as ref, id::text as id, received_at from whatsapp_messages"
        " where organization_id = %(id)s and direction = 'inbound'",
        id=organization_id,
    )
    rows = await evidence.told(world, "turns", organization_id)
    calls = await evidence.told(world, "model_usage", organization_id)
    messages = {row["ref"]: row for row in stored}
    starts = [turn.at for turn in spoken]
    found = []
    for number, turn in enumerate(spoken):
        own = {messages[ref]["id"] for ref in turn.message_ids if ref in messages}
        mine = [row for row in rows if own & set(row["message_ids"])]
        until = starts[number + 1] if number + 1 < len(starts) else None
        spent = [call for call in calls if _within(call["created_at"], turn.at, until)]
        found.append(_turn(turn, messages, mine, spent))
    return found


def _within(at: str, start: datetime, end: datetime | None) -> bool:
    moment = datetime.fromisoformat(at)
    return start <= moment and (end is None or moment < end)


def _turn(turn: Spoken, messages: dict[str, Any], rows: list[dict[str, Any]], calls: list[dict[str, Any]]) -> TurnTrace:
    readings = [row["reading"] for row in rows if row["reading"]]
    return TurnTrace(
        said=[_said(turn, text, ref, messages) for text, ref in zip(turn.texts, turn.message_ids, strict=True)],
        heard=turn.heard,
        workflow=turn.workflow,
        step=turn.step,
        awaiting_before=turn.awaiting_before,
        awaiting_after=turn.awaiting_after,
        commands=[_command(command) for reading in readings for command in reading["commands"]],
        tool_calls=[call for row in rows for call in row["tool_calls"]],
        understander=rows[-1]["understander"] if rows else None,
        unexplained=[words for reading in readings for words in reading.get("unexplained", [])],
        prompt_hash=next((row["prompt_hash"] for row in rows if row["prompt_hash"]), None),
        sentences=list(dict.fromkeys(sentence for row in rows for sentence in row["sentences"])),
        ungrounded=sum(row["ungrounded_numbers"] for row in rows),
        understand_ms=sum(row["understand_ms"] for row in rows),
        total_ms=sum(row["total_ms"] for row in rows),
        answered_ms=_milliseconds(turn),
        model_calls=[ModelCall(**{name: call[name] for name in ModelCall.model_fields}) for call in calls],
        detour=turn.line.detour,
        events=turn.events,
    )


def _said(turn: Spoken, text: str, ref: str, messages: dict[str, Any]) -> Said:
    row = messages.get(ref)
    return Said(
        text=text,
        at=row["received_at"].isoformat() if row else turn.at.isoformat(),
        message_id=row["id"] if row else ref,
        answers=turn.line.answers,
        consent=turn.line.consent,
        voice=turn.line.voice,
    )


def _command(command: dict[str, Any]) -> dict[str, Any]:
    return {"name": command["name"], "args": command.get("args", {}), "evidence": command.get("evidence", "")}


def _milliseconds(turn: Spoken) -> int:
    if not turn.heard:
        return 0
    last = max(datetime.fromisoformat(heard.at.replace("Z", "+00:00")) for heard in turn.heard)
    return max(round((last - turn.at).total_seconds() * 1000), 0)
