"""The state of a workflow run: JSON values only, small, checkpointed once per turn (langgraph.md §1, §5)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, TypedDict
from uuid import UUID

from langchain_core.messages import AnyMessage

from tools.commands import Choice
from tools.context import Memory


class WorkflowState(TypedDict, total=False):
    """``memory`` and ``step`` live from turn to turn; the other keys belong to one turn.

    ``given`` are commands handed over by another run of the same turn; ``rest`` are commands for the next one.
    """

    workflow: str
    memory: dict[str, Any]
    step: str
    text: str
    kind: str
    given: list[dict[str, Any]] | None
    rest: list[dict[str, Any]]
    messages: list[AnyMessage]


def dump_memory(memory: Memory) -> dict[str, Any]:
    """The memory as JSON values."""
    values = asdict(memory)
    values["choices"] = [choice.model_dump() for choice in memory.choices]
    values["client_id"] = str(memory.client_id) if memory.client_id else None
    return values


def load_memory(values: dict[str, Any] | None) -> Memory:
    """The memory of a run; keys that an older version wrote and that no longer exist are dropped."""
    known = {key: value for key, value in (values or {}).items() if key in Memory.__dataclass_fields__}
    known["choices"] = [Choice(**choice) for choice in known.get("choices", [])]
    if known.get("client_id"):
        known["client_id"] = UUID(known["client_id"])
    return Memory(**known)
