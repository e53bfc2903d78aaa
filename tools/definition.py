"""How a tool is declared: one ``TOOL = define(...)`` per file, collected in ``tools.registry``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool
from langgraph.prebuilt import ToolRuntime
from pydantic import BaseModel, ConfigDict, create_model

from services.documents.editing import EditRefused
from tools.context import ToolRefusal, TurnContext


class Effect(StrEnum):
    """What a tool does in the world (DESIGN §7)."""

    READ = "READ"
    DRAFT = "DRAFT"
    ISSUE = "ISSUE"
    SEND = "SEND"
    DIALOGUE = "DIALOGUE"


class Args(BaseModel):
    """Base of every argument model: flat, nullable, language-neutral; unknown arguments are refused."""

    model_config = ConfigDict(extra="forbid")


_A = TypeVar("_A", bound=Args)


@dataclass(frozen=True)
class ToolDefinition:
    """A tool with its effect. ``by_code_only`` tools are never offered to a model: the graph itself calls them."""

    name: str
    effect: Effect
    args: type[Args]
    tool: BaseTool
    by_code_only: bool = False


def define(
    name: str,
    description: str,
    args: type[_A],
    effect: Effect,
    function: Callable[[TurnContext, _A], Awaitable[str]],
    *,
    by_code_only: bool = False,
) -> ToolDefinition:
    """Makes a LangChain tool of ``function``; the returned sentence is what a model reads as the result."""

    async def call(runtime: ToolRuntime[TurnContext, Any], **arguments: Any) -> str:
        try:
            return await function(runtime.context, args(**arguments))
        except EditRefused as refusal:
            raise ToolRefusal(refusal.code, **refusal.values) from refusal

    schema = create_model(f"{args.__name__}WithRuntime", __base__=args, runtime=(Annotated[Any, InjectedToolArg], None))
    tool = StructuredTool.from_function(coroutine=call, name=name, description=description, args_schema=schema)
    return ToolDefinition(name, effect, args, tool, by_code_only)
