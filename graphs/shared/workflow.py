"""How every workflow graph is built: ``understand → act → advance → reply``, with ``advance`` going back to ``act`` when
the code itself must act (issue, order the PDF, send)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from graphs.shared.acting import acting
from graphs.shared.answering import caption, reply
from graphs.shared.decision import remember_skips
from graphs.shared.situation import Situation, Step
from graphs.shared.state import WorkflowState
from graphs.shared.understanding import tool_call, understand
from services.accounts import profile
from services.accounts.schemas import CompanyProfile
from tools.commands import Command
from tools.context import TurnContext
from tools.definition import ToolDefinition
from tools.follow_up import settle

Decide = Callable[[Situation], Step]


def build(tools: Sequence[ToolDefinition], decide: Decide) -> StateGraph[WorkflowState, TurnContext, Any, Any]:
    """The graph of a workflow, not compiled: the checkpointer is added per turn."""

    async def advance(state: WorkflowState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
        """Decides the next step; irreversible tool calls are made here, by code, never by a model."""
        context = runtime.context
        await settle(context)
        situation = Situation(
            document=context.desk.document,
            start=context.desk.start,
            memory=context.memory,
            awaited=context.memory.awaiting,
            facts=context.facts,
            mail=context.mail,
            missing=context.missing(),
            company=await _company(state, context),
        )
        remember_skips(situation)
        step = context.step = decide(situation)
        context.memory.follows = step.follows or context.memory.follows
        calls = [Command(name=name, args=args) for name, args in step.actions]
        for call in calls:
            if call.name == "generate_pdf":
                call.args["caption"] = caption(context, step)
        return {"messages": [AIMessage("", tool_calls=[tool_call(call) for call in calls])]}

    async def after_understanding(state: WorkflowState) -> Literal["act", "advance", "__end__"]:
        if _calls(state):
            return "act"
        return END if state.get("rest") else "advance"  # type: ignore[return-value]

    async def after_advance(state: WorkflowState) -> Literal["act", "reply"]:
        return "act" if _calls(state) else "reply"

    graph = StateGraph(WorkflowState, context_schema=TurnContext)
    graph.add_node("understand", understand)
    graph.add_node("act", acting(tools))
    graph.add_node("advance", advance)
    graph.add_node("reply", reply)
    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", after_understanding)
    graph.add_edge("act", "advance")
    graph.add_conditional_edges("advance", after_advance)
    graph.add_edge("reply", END)
    return graph


async def _company(state: WorkflowState, context: TurnContext) -> CompanyProfile | None:
    if state.get("workflow") != "company":
        return None
    return await profile.read(context.session, context.organization_id, today=context.now.date())


def _calls(state: WorkflowState) -> bool:
    messages = state.get("messages") or []
    last = messages[-1] if messages else None
    return isinstance(last, AIMessage) and bool(last.tool_calls)
