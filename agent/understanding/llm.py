"""The understander that asks a language model, checks what it says, and falls back to the grammar."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from agent.understanding.answers import Answer
from agent.understanding.endpoints import Endpoint
from agent.understanding.grounding import Grounded, ground
from agent.understanding.model_calls import ModelCalls, TurnBudget
from agent.understanding.request_block import request_block
from agent.understanding.stages import stage_of
from agent.understanding.tool_schemas import schemas_for
from agent.understanding.usage import UsageSink, collect
from prompts.understanding.loading import prompt_hash, repair_prompt, system_prompt
from services.operations.breaker import BreakerPolicy
from tools.commands import Command, Language, Reading, Understander, UnderstandingRequest

if TYPE_CHECKING:
    import httpx2 as httpx

Glossary = Callable[[str, Language], Mapping[str, str]]
"""Trade words of a text with their French term, to help the model (Turkish mouths, French trade words)."""

_log = structlog.get_logger(__name__)


@dataclass
class Proposal:
    """What a model proposed, not yet grounded. ``dropped``: calls that were no valid calls of a known tool."""

    commands: list[Command]
    dropped: int = 0
    problems: list[str] = field(default_factory=list)


class LlmUnderstander:
    """Reads a message with the first model that answers; with the grammar when none does. Never raises."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        grammar: Understander,
        *,
        timeout_seconds: float = 12.0,
        usage_sink: UsageSink = collect,
        glossary: Glossary | None = None,
        breaker_policy: BreakerPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._calls = ModelCalls(endpoints, usage_sink, breaker_policy, transport)
        self._grammar = grammar
        self._timeout_seconds = timeout_seconds
        self._glossary = glossary

    async def understand(self, request: UnderstandingRequest) -> Reading:
        """The model's grounded reading; the grammar's, marked degraded, when no model answered."""
        own = await read_safely(self._grammar, request)
        if not request.models_allowed:
            return own.model_copy(update={"limited": True})
        proposal = await self.propose(request, own.language)
        if proposal is None:
            return without_model(own)
        grounded = ground_safely(proposal, request, own)
        if not grounded.commands:
            return own.model_copy(update={"ungrounded": grounded.ungrounded, "prompt_hash": self.prompt_hash(request)})
        return model_reading("llm", grounded, own, grounded.commands, self.prompt_hash(request))

    async def propose(self, request: UnderstandingRequest, language: Language) -> Proposal | None:
        """Valid tool calls of the model, after one repair at most; None when every provider failed. Never raises."""
        try:
            return await self._propose(request, language)
        except Exception:
            _log.exception("model path failed")
            return None

    async def _propose(self, request: UnderstandingRequest, language: Language) -> Proposal | None:
        from langchain_core.messages import HumanMessage, SystemMessage

        stage = stage_of(request.context)
        tools = schemas_for(stage)
        glossary = self._glossary(request.text, language) if self._glossary else {}
        block = request_block(request, language, glossary)
        messages = [
            SystemMessage(system_prompt(stage)),
            HumanMessage(f"context {block}\nmessage: {request.text}"),
        ]
        await self._calls.prepare()
        budget = TurnBudget.of(self._timeout_seconds)
        answer = await self._calls.ask(messages, tools, stage, budget)
        if answer is not None and answer.problems and not budget.spent:
            repair = HumanMessage(repair_prompt(answer.problems))
            answer = _better(answer, await self._calls.ask([*messages, repair], tools, stage, budget))
        if answer is None:
            return None
        return Proposal(answer.commands, len(answer.problems), answer.problems)

    def prompt_hash(self, request: UnderstandingRequest) -> str:
        """Fingerprint of the prompt and the tool schemas that a model is given for this request."""
        stage = stage_of(request.context)
        return prompt_hash(stage, json.dumps(schemas_for(stage), ensure_ascii=False))

    async def aclose(self) -> None:
        """Closes the connections to the providers."""
        await self._calls.aclose()


def _better(first: Answer, second: Answer | None) -> Answer:
    """The repaired answer if it is whole, else the one with more usable calls."""
    if second is None or second.refused:
        return first
    return second if second.sound or len(second.commands) >= len(first.commands) else first


async def read_safely(grammar: Understander, request: UnderstandingRequest) -> Reading:
    """The grammar's reading; an empty one if it fails, so that the turn goes on (UX-81)."""
    try:
        return await grammar.understand(request)
    except Exception:
        _log.exception("grammar failed")
        words = request.text.split()
        return Reading(commands=[], language=request.language_hint or "fr", confidence=0.0, unexplained=words)


def without_model(own: Reading) -> Reading:
    """The grammar's reading when a model was wanted and none answered.

    "Off topic" is what the grammar says of words it does not know: that is no answer while nobody could look at them.
    """
    commands = [command for command in own.commands if command.name != "off_topic"]
    return own.model_copy(update={"degraded": True, "commands": commands})


def ground_safely(proposal: Proposal, request: UnderstandingRequest, own: Reading) -> Grounded:
    """The grounded proposal; nothing of it if grounding fails: what cannot be checked is not applied."""
    try:
        return ground(proposal.commands, request.text, request.context, own)
    except Exception:
        _log.exception("grounding failed")
        return Grounded(dropped=len(proposal.commands))


def model_reading(
    understander: str, grounded: Grounded, own: Reading, commands: list[Command], fingerprint: str
) -> Reading:
    """A reading made of a model's commands. Its confidence falls with what was not said and what was left over."""
    said = " ".join(f"{command.evidence} {' '.join(map(str, command.args.values()))}" for command in commands).lower()
    unexplained = [word for word in own.unexplained if word.lower() not in said]
    unexplained += [word for word in grounded.unused if word not in unexplained]
    wrong = grounded.ungrounded + grounded.dropped + len(grounded.unused)
    return Reading(
        commands=commands,
        language=own.language,
        register_form=own.register_form,
        confidence=round(len(commands) / (len(commands) + wrong), 2) if commands else 0.0,
        unexplained=unexplained,
        recognised=own.recognised,
        understander=understander,
        ungrounded=grounded.ungrounded,
        prompt_hash=fingerprint,
    )
