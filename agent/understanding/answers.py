"""Reads what a model answered: checked commands, and what is wrong with the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.understanding.tool_schemas import command_from_call
from tools.commands import Command

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage


@dataclass
class Answer:
    """``problems``: one sentence per call that could not be used, or for an answer without any call."""

    commands: list[Command] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    refused: bool = False

    @property
    def sound(self) -> bool:
        """Every call could be used."""
        return bool(self.commands) and not self.problems


def read_answer(message: AIMessage) -> Answer:
    """The commands of a model's message. Text beside tool calls is ignored; text instead of them is a problem."""
    answer = Answer()
    for call in message.tool_calls:
        read = command_from_call(call["name"], call["args"] or {})
        if isinstance(read, Command):
            answer.commands.append(read)
        else:
            answer.problems.append(read)
    for invalid in message.invalid_tool_calls:
        # A tool without arguments is often called with an empty string instead of {}.
        empty = not (invalid.get("args") or "").strip()
        read = command_from_call(invalid.get("name") or "", {}) if empty else f"{invalid.get('name')}: broken JSON"
        if isinstance(read, Command):
            answer.commands.append(read)
        else:
            answer.problems.append(read)
    finish = message.response_metadata.get("finish_reason")
    refusal = bool(message.additional_kwargs.get("refusal")) or finish == "content_filter"
    answer.refused = refusal and not answer.commands
    if finish == "length":
        answer.problems.append("the answer was cut off")
    if not answer.commands and not answer.problems and not answer.refused:
        answer.problems.append("no tool was called")
    return answer
