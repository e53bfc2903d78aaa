"""Calls the models in order until one answers, inside one turn's time: timeouts, 429, circuit breakers, usage records.

langchain-openai is imported at the first call: it costs seconds that a process without a model should not pay.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from agent.understanding.answers import Answer, read_answer
from agent.understanding.endpoints import Endpoint
from agent.understanding.usage import ModelUsageRecord, Outcome, Tokens, UsageSink, cost_eur, tokens_of
from services.operations.breaker import Breaker, BreakerPolicy, retry_after

if TYPE_CHECKING:
    import httpx2 as httpx
    from langchain_core.messages import AIMessage, BaseMessage

MOST_ANSWERS = 2
"""Answers a turn may cost: one, and one repair (DESIGN §5)."""
_SHARE_WITH_FALLBACK = 0.6
"""Part of the remaining time that one endpoint gets while another is left to try."""
_LEAST_SECONDS = 0.3
"""Below this a call is not started."""
_PAUSE_AFTER_ERROR = 0.3
"""Seconds before everything is tried once more after server errors."""

_log = structlog.get_logger(__name__)


@dataclass
class TurnBudget:
    """What one turn may still spend on models: seconds until ``deadline`` (monotonic clock) and answers."""

    deadline: float
    answers: int = MOST_ANSWERS

    @classmethod
    def of(cls, seconds: float) -> TurnBudget:
        """A fresh budget of so many seconds."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        return self.deadline - time.monotonic()

    @property
    def spent(self) -> bool:
        return self.answers <= 0 or self.remaining() < _LEAST_SECONDS


@dataclass
class _Failure:
    """A call without a usable answer. ``retry_after``: seconds, when the provider said so."""

    outcome: Outcome
    retry_after: float | None = None
    counts: bool = True


@dataclass
class _Link:
    endpoint: Endpoint
    breaker: Breaker
    chat: Any = None
    bound: dict[str, Any] = field(default_factory=dict)


class ModelCalls:
    """The ordered endpoints with their breakers. Serves one event loop at a time; ``aclose`` frees its connections."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        usage_sink: UsageSink,
        policy: BreakerPolicy | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        reader: Callable[[AIMessage], Answer] = read_answer,
        purpose: str = "understand",
    ) -> None:
        """``transport``: what carries the requests instead of the network, recorded answers for one.

        ``reader`` makes sense of an answer; ``purpose`` names the calls in the usage rows.
        """
        self._reader, self._purpose = reader, purpose
        self._transport = transport
        self._links = [_Link(endpoint, Breaker(policy)) for endpoint in endpoints]
        self._sink = usage_sink
        self._http: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(
        self, messages: Sequence[BaseMessage], tools: list[dict[str, Any]], tools_key: str, budget: TurnBudget
    ) -> Answer | None:
        """The first answer that is not a refusal; None when nobody answered. ``tools_key`` names the tool set."""
        for last_round in (False, True):
            pauses: list[float] = []
            for position, link in enumerate(self._links):
                if budget.spent:
                    return None
                if not link.breaker.allows():
                    continue
                result = await self._call(link, messages, tools, tools_key, budget, position)
                if isinstance(result, Answer):
                    return result
                if result.retry_after is not None:
                    pauses.append(result.retry_after)
                elif result.outcome == "server_error":
                    pauses.append(_PAUSE_AFTER_ERROR)
            pause = min(pauses, default=None)
            if last_round or pause is None or pause > budget.remaining() - _LEAST_SECONDS:
                return None
            await asyncio.sleep(pause)
        return None

    async def _call(
        self,
        link: _Link,
        messages: Sequence[BaseMessage],
        tools: list[dict[str, Any]],
        tools_key: str,
        budget: TurnBudget,
        position: int,
    ) -> Answer | _Failure:
        others = any(other.breaker.state != "open" for other in self._links[position + 1 :])
        limit = budget.remaining() * (_SHARE_WITH_FALLBACK if others else 1.0)
        started = time.monotonic()
        tokens, answer, failure = Tokens(), None, None
        try:
            async with asyncio.timeout(limit):
                message = await self._bound(link, tools, tools_key).ainvoke(messages)
            tokens = tokens_of(message.usage_metadata)
            answer = self._reader(message)
        except Exception as error:
            failure = _classify(error)
            provider, kind = link.endpoint.provider, type(error).__name__
            _log.warning("model call failed", provider=provider, outcome=failure.outcome, error=kind)
        outcome: Outcome = "ok"
        if failure is not None:
            outcome = failure.outcome
        elif answer is not None and not answer.sound:
            outcome = "refused" if answer.refused else "bad_output"
        self._record(link.endpoint, outcome, tokens, started)
        if failure is not None:
            if failure.counts:
                link.breaker.failed(failure.retry_after)
            return failure
        link.breaker.succeeded()
        budget.answers -= 1
        assert answer is not None
        return _Failure("refused", counts=False) if answer.refused else answer

    async def prepare(self) -> None:
        """Imports the library and builds the clients off the event loop; nothing to do from the second time on."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            # Connections of another loop cannot be used, nor closed, from this one.
            self._loop, self._http = loop, None
            for link in self._links:
                link.chat, link.bound = None, {}
        if any(link.chat is None for link in self._links):
            await asyncio.to_thread(self._build)

    def _build(self) -> None:
        for link in self._links:
            link.chat = link.chat or self._chat(link.endpoint)

    def _bound(self, link: _Link, tools: list[dict[str, Any]], tools_key: str) -> Any:
        """The chat model with the tools; made once per endpoint and tool set, after ``prepare``."""
        if tools_key not in link.bound:
            link.bound[tools_key] = link.chat.bind_tools(
                tools, tool_choice="auto", strict=True, parallel_tool_calls=True
            )
        return link.bound[tools_key]

    def _chat(self, endpoint: Endpoint) -> Any:
        from langchain_openai import ChatOpenAI
        from openai import DefaultAsyncHttpxClient

        if self._http is None:
            # Its own client, without a timeout: every call runs under asyncio.timeout, and the library's shared
            # client would outlive the event loop.
            self._http = DefaultAsyncHttpxClient(timeout=None, transport=self._transport)
        return ChatOpenAI(
            model=endpoint.model,
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            timeout=None,
            max_retries=0,
            temperature=0,
            use_responses_api=False,
            http_async_client=self._http,
        )

    def _record(self, endpoint: Endpoint, outcome: Outcome, tokens: Tokens, started: float) -> None:
        record = ModelUsageRecord(
            provider=endpoint.provider,
            model=endpoint.model,
            outcome=outcome,
            milliseconds=round((time.monotonic() - started) * 1000),
            input_tokens=tokens.input,
            cached_tokens=tokens.cached,
            output_tokens=tokens.output,
            cost_eur=cost_eur(endpoint.model, tokens),
            purpose=self._purpose,
        )
        try:
            self._sink(record)
        except Exception:
            _log.exception("usage record lost", provider=endpoint.provider)

    async def aclose(self) -> None:
        """Closes the connections; a later call opens new ones."""
        if self._http is not None:
            await self._http.aclose()
        self._http = None
        for link in self._links:
            link.chat, link.bound = None, {}


def _classify(error: Exception) -> _Failure:
    """What a failed call counts as. A content filter's refusal says nothing about the endpoint's health."""
    import openai

    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return _Failure("timeout")
    if isinstance(error, openai.RateLimitError):
        return _Failure("rate_limited", retry_after=retry_after(error.response.headers))
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        filtered = "content_filter" in f"{error.code} {error.body}"
        return _Failure("refused", counts=not filtered)
    if isinstance(error, openai.APIStatusError | openai.APIConnectionError | OSError):
        return _Failure("server_error")
    return _Failure("bad_output")
