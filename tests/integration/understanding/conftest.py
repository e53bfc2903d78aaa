"""A scripted OpenAI-compatible server for the module, and understanders that talk to it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from agent.understanding.endpoints import Endpoint
from agent.understanding.llm import LlmUnderstander
from agent.understanding.usage import ModelUsageRecord
from services.operations.breaker import BreakerPolicy
from tests.fakes.grammar import ScriptedGrammar
from tests.fakes.openai_server import FakeOpenAI, running
from tools.commands import Reading

TIMEOUT_SECONDS = 2.0
"""The turn's budget in these tests: short, because some replies hang for good."""


@pytest.fixture(scope="module")
def _server() -> Iterator[FakeOpenAI]:
    with running() as fake:
        yield fake


@pytest.fixture(scope="module")
def _second_server() -> Iterator[FakeOpenAI]:
    with running() as fake:
        yield fake


@pytest.fixture
def model(_server: FakeOpenAI) -> FakeOpenAI:
    """The first endpoint, its script empty."""
    return _server.says()


@pytest.fixture
def fallback(_second_server: FakeOpenAI) -> FakeOpenAI:
    """The second endpoint."""
    return _second_server.says()


@pytest.fixture
def usage() -> list[ModelUsageRecord]:
    """What the understander of this test reported."""
    return []


Make = Callable[..., LlmUnderstander]


@pytest.fixture
async def make(usage: list[ModelUsageRecord]) -> AsyncIterator[Make]:
    """Builds an understander over servers: ``make(reading_of_the_grammar, server, more_servers…)``."""
    made: list[LlmUnderstander] = []

    def build(
        own: Reading | None, *servers: FakeOpenAI, seconds: float = TIMEOUT_SECONDS, policy: BreakerPolicy | None = None
    ) -> LlmUnderstander:
        endpoints = [Endpoint("gpt-5-mini", server.base_url) for server in servers]
        understander = LlmUnderstander(
            endpoints,
            ScriptedGrammar(own),
            timeout_seconds=seconds,
            usage_sink=usage.append,
            breaker_policy=policy,
        )
        made.append(understander)
        return understander

    yield build
    for understander in made:
        await understander.aclose()
