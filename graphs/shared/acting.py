"""The ``act`` node: tool calls run one after another in the order said, each leaving an audit record (DESIGN §7)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.messages import ToolMessage
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command as GraphCommand

from tools.context import ToolRefusal, TurnContext
from tools.definition import Effect, ToolDefinition
from tools.registry import REGISTRY

_WRITING = (Effect.DRAFT, Effect.ISSUE, Effect.SEND)
Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | GraphCommand[Any]]]


def acting(tools: Sequence[ToolDefinition]) -> ToolNode:
    """The ToolNode of a workflow. A refusal becomes a fact for the reply; any other exception rolls the turn back."""
    return ToolNode([definition.tool for definition in tools], awrap_tool_call=_one_at_a_time)


async def _one_at_a_time(request: ToolCallRequest, handler: Handler) -> ToolMessage | GraphCommand[Any]:
    context: TurnContext = request.runtime.context  # type: ignore[assignment]
    call = request.tool_call
    async with context.lock:
        started = time.perf_counter()
        try:
            _require_open(context, call["name"])
            result = await handler(request)
        except ToolRefusal as refusal:
            context.report("refused", key=refusal.key, values=refusal.values)
            if refusal.key in ("which_line", "which_client"):
                context.memory.pending_edit = {"name": call["name"], "args": call["args"]}
            result = ToolMessage(
                f"refused: {refusal.key}", name=call["name"], tool_call_id=call["id"] or "", status="error"
            )
        _audit(context, call, result, time.perf_counter() - started)
        return result


def _require_open(context: TurnContext, name: str) -> None:
    """A suspended company's documents are read, never written, whatever was understood (C42)."""
    definition = REGISTRY.get(name)
    if context.only_reads and definition is not None and definition.effect in _WRITING:
        raise ToolRefusal("account_suspended")


def _audit(context: TurnContext, call: Any, result: ToolMessage | GraphCommand[Any], seconds: float) -> None:
    definition = REGISTRY.get(call["name"])
    message = result if isinstance(result, ToolMessage) else None
    status = message.status if message else "success"
    if message is not None and status == "error" and not str(message.content).startswith("refused"):
        context.report("invalid_call", tool=call["name"])
    context.audit.append(
        {
            "name": call["name"],
            "args": call["args"],
            "effect": definition.effect.value if definition else None,
            "status": status,
            "result": str(message.content)[:300] if message else "",
            "ms": round(seconds * 1000, 1),
        }
    )
