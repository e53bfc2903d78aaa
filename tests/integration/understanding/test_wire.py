"""What goes over the wire to an OpenAI-compatible endpoint and what may come back, through the real client library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from agent.understanding.hybrid import HybridUnderstander
from agent.understanding.llm import LlmUnderstander
from agent.understanding.usage import ModelUsageRecord
from services.operations.breaker import BreakerPolicy
from tests.fakes.grammar import ScriptedGrammar, command, reading
from tests.fakes.openai_server import (
    FakeOpenAI,
    Reply,
    calls,
    content_filter,
    cut,
    filtered_prompt,
    rate_limited,
    server_error,
)
from tests.integration.understanding.conftest import Make
from tools.commands import UnderstandingRequest

TEXT = "devis pour mme martin, 12 m² de placo à 35"
ASKED = UnderstandingRequest(text=TEXT)
LINE = {"description": "placo", "quantity": "12", "unit": "m²", "unit_price": "35"}
RIGHT = calls(("start_document", {"kind": "quote"}), ("select_client", {"name": "martin"}), ("add_line_item", LINE))
OWN = reading(command("start_document", kind="quote"), confidence=0.3, unexplained=["12", "m²", "placo", "35"])
ALL = ["start_document", "select_client", "add_line_item"]


def outcomes(usage: list[ModelUsageRecord]) -> list[str]:
    return [record.outcome for record in usage]


def names(read: Any) -> list[str]:
    return [command.name for command in read.commands]


class TestRequest:
    async def test_one_whole_answer_is_asked_for_with_all_calls_in_it(self, make: Make, model: FakeOpenAI) -> None:
        model.says(RIGHT)
        assert names(await make(OWN, model).understand(ASKED)) == ALL
        (sent,) = model.requests
        assert not sent.get("stream", False)
        assert (sent["tool_choice"], sent["parallel_tool_calls"]) == ("auto", True)
        assert sent["model"] == "gpt-5-mini"
        assert [message["role"] for message in sent["messages"]] == ["system", "user"]
        for tool in sent["tools"]:
            assert tool["type"] == "function"
            assert tool["function"]["strict"] is True
            assert tool["function"]["parameters"]["additionalProperties"] is False

    async def test_a_repair_shows_what_was_wrong_after_the_same_prefix(self, make: Make, model: FakeOpenAI) -> None:
        model.says(calls(("add_line_item", {"price": 35})), RIGHT)
        assert names(await make(OWN, model).understand(ASKED)) == ALL
        first, second = model.requests
        assert second["messages"][:2] == first["messages"]
        assert second["tools"] == first["tools"]
        assert "price" in second["messages"][2]["content"]

    async def test_a_limit_that_is_spent_asks_nobody(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord]
    ) -> None:
        model.says(RIGHT)
        llm = make(OWN, model)
        for understander in (llm, HybridUnderstander(ScriptedGrammar(OWN), llm)):
            read = await understander.understand(ASKED.model_copy(update={"models_allowed": False}))
            assert (read.limited, read.degraded, read.commands) == (True, False, OWN.commands)
        assert (model.requests, usage) == ([], [])


class TestCalls:
    async def test_tools_that_do_not_exist_are_left_out(self, make: Make, model: FakeOpenAI) -> None:
        model.says(calls(("issue_everything", {"now": True}), ("add_line_item", LINE)), RIGHT)
        assert names(await make(OWN, model).understand(ASKED)) == ALL
        assert "unknown tool 'issue_everything'" in model.requests[1]["messages"][-1]["content"]

    async def test_the_same_call_twice_counts_once_with_its_nulls_or_without(
        self, make: Make, model: FakeOpenAI
    ) -> None:
        model.says(calls(("add_line_item", LINE), ("add_line_item", {**LINE, "total": None, "section": "null"})))
        read = await make(OWN, model).understand(ASKED)
        assert [c.args for c in read.commands] == [LINE]

    @pytest.mark.parametrize("arguments", ["", "{}", "null"])
    async def test_a_tool_without_arguments_may_be_called_in_any_way(
        self, make: Make, model: FakeOpenAI, arguments: str
    ) -> None:
        own = reading(command("undo"), confidence=0.4, unexplained=["truc bidule"])
        model.says(calls(("undo", arguments)))
        assert names(await make(own, model).understand(UnderstandingRequest(text="annule le truc bidule"))) == ["undo"]

    @pytest.mark.parametrize(
        "body",
        [
            {"choices": []},
            {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []},
            {"id": "x", "choices": [{"index": 0, "message": None, "finish_reason": "stop"}]},
            {"error": {"message": "overloaded"}},
        ],
    )
    async def test_an_answer_without_a_choice_leaves_the_grammar(
        self, make: Make, model: FakeOpenAI, body: dict[str, Any]
    ) -> None:
        model.says(Reply(body=body))
        read = await make(OWN, model).understand(ASKED)
        assert (read.degraded, read.commands) == (True, OWN.commands)

    async def test_a_page_instead_of_an_answer_leaves_the_grammar(self, make: Make, model: FakeOpenAI) -> None:
        for reply in (Reply(html="<html>login</html>"), Reply(html="<h1>Bad gateway</h1>", status=502)):
            model.says(reply)
            assert (await make(OWN, model).understand(ASKED)).degraded

    async def test_an_answer_cut_at_its_longest_keeps_its_whole_calls(self, make: Make, model: FakeOpenAI) -> None:
        half = ("add_line_item", '{"description": "placo", "quan')
        model.says(Reply(calls=[("select_client", {"name": "martin"}), half], finish_reason="length"))
        read = await make(OWN, model).understand(ASKED)
        assert names(read) == ["select_client"]
        assert "the answer was cut off" in model.requests[1]["messages"][-1]["content"]


class TestUsage:
    @pytest.mark.parametrize(
        ("counted", "cached"),
        [
            ({"prompt_tokens": 3000, "completion_tokens": 50, "total_tokens": 3050}, 0),
            (
                {
                    "prompt_tokens": 3000,
                    "completion_tokens": 50,
                    "total_tokens": 3050,
                    "prompt_tokens_details": {"cached_tokens": 2048},
                    "completion_tokens_details": {"reasoning_tokens": 20},
                },
                2048,
            ),
        ],
    )
    async def test_tokens_and_the_cached_part_are_recorded(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord], counted: dict[str, Any], cached: int
    ) -> None:
        model.says(Reply(calls=RIGHT.calls, usage=counted))
        await make(OWN, model).understand(ASKED)
        (record,) = usage
        assert (record.input_tokens, record.cached_tokens, record.output_tokens) == (3000, cached, 50)
        assert record.cost_eur is not None

    async def test_an_answer_without_counts_is_still_an_answer(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord]
    ) -> None:
        none = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        model.says(Reply(calls=RIGHT.calls, usage=none))
        assert names(await make(OWN, model).understand(ASKED)) == ALL
        assert usage[0].input_tokens == 0

    async def test_what_an_unusable_answer_cost_is_recorded_too(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord]
    ) -> None:
        model.says(content_filter(), content_filter())
        await make(OWN, model).understand(ASKED)
        assert outcomes(usage)[0] == "refused"
        assert usage[0].input_tokens == 1200


class TestRefusals:
    async def test_a_filtered_prompt_goes_to_the_next_and_does_not_count_against_the_first(
        self, make: Make, model: FakeOpenAI, fallback: FakeOpenAI, usage: list[ModelUsageRecord]
    ) -> None:
        model.says(filtered_prompt())
        fallback.says(RIGHT)
        understander = make(OWN, model, fallback, policy=BreakerPolicy(failures_to_open=1, open_seconds=60))
        for _ in range(2):
            assert names(await understander.understand(ASKED)) == ALL
        assert outcomes(usage) == ["refused", "ok", "refused", "ok"]
        assert len(model.requests) == 2

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
    async def test_a_request_that_is_refused_is_not_repeated_and_opens_the_circuit(
        self, make: Make, model: FakeOpenAI, fallback: FakeOpenAI, status: int
    ) -> None:
        model.says(Reply(status=status, body={"error": {"message": "no such key or model"}}))
        fallback.says(RIGHT)
        understander = make(OWN, model, fallback, policy=BreakerPolicy(failures_to_open=2, open_seconds=60))
        for _ in range(4):
            assert names(await understander.understand(ASKED)) == ALL
        assert len(model.requests) == 2
        assert len(fallback.requests) == 4


class TestRateLimits:
    @pytest.mark.parametrize(
        ("value", "header"),
        [("0.05", "retry-after"), ("50", "retry-after-ms"), ("date", "retry-after")],
        ids=["seconds", "milliseconds", "date"],
    )
    async def test_a_short_wait_is_waited_for(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord], value: str, header: str
    ) -> None:
        said = format_datetime(datetime.now(UTC), usegmt=True) if value == "date" else value
        model.says(rate_limited(said, header), RIGHT)
        policy = BreakerPolicy(failures_to_open=9, open_seconds=0.01, longest_open_seconds=0.05)
        assert names(await make(OWN, model, policy=policy).understand(ASKED)) == ALL
        assert outcomes(usage) == ["rate_limited", "ok"]

    @pytest.mark.parametrize(
        ("value", "header"),
        [("60", "retry-after"), ("60000", "retry-after-ms"), ("date", "retry-after")],
        ids=["seconds", "milliseconds", "date"],
    )
    async def test_a_long_wait_is_left_to_the_next_turns(
        self, make: Make, model: FakeOpenAI, usage: list[ModelUsageRecord], value: str, header: str
    ) -> None:
        later = datetime.now(UTC) + timedelta(minutes=5)
        model.says(rate_limited(format_datetime(later, usegmt=True) if value == "date" else value, header), RIGHT)
        understander = make(OWN, model)
        for _ in range(2):
            read = await understander.understand(ASKED)
            assert (read.degraded, read.commands) == (True, OWN.commands)
        assert len(model.requests) == 1


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def on_one_clock(understander: LlmUnderstander) -> Clock:
    """The understander's circuit breakers on a clock that the test moves."""
    clock = Clock()
    for link in understander._calls._links:
        link.breaker._clock = clock
    return clock


class TestFailover:
    async def test_a_circuit_opens_lets_one_probe_through_and_closes(
        self, make: Make, model: FakeOpenAI, fallback: FakeOpenAI, usage: list[ModelUsageRecord]
    ) -> None:
        policy = BreakerPolicy(failures_to_open=2, open_seconds=30)
        understander = make(OWN, model, fallback, policy=policy)
        clock = on_one_clock(understander)
        model.says(server_error())
        fallback.says(RIGHT)

        async def turn() -> int:
            before = len(model.requests)
            assert names(await understander.understand(ASKED)) == ALL
            return len(model.requests) - before

        assert [await turn() for _ in range(4)] == [1, 1, 0, 0], "two failures open it"
        clock.now += 31
        assert [await turn(), await turn()] == [1, 0], "one probe, and it failed: shut again, for longer"
        clock.now += 31
        assert await turn() == 0
        clock.now += 30
        model.says(RIGHT)
        assert [await turn(), await turn()] == [1, 1], "the probe was answered: closed"
        assert outcomes(usage)[-2:] == ["ok", "ok"]

    async def test_when_both_are_down_the_grammar_answers_and_both_come_back(
        self, make: Make, model: FakeOpenAI, fallback: FakeOpenAI
    ) -> None:
        policy = BreakerPolicy(failures_to_open=1, open_seconds=30)
        understander = make(OWN, model, fallback, policy=policy)
        clock = on_one_clock(understander)
        model.says(cut())
        fallback.says(Reply(status=503, body={"error": {"message": "busy"}}))
        for _ in range(3):
            read = await understander.understand(ASKED)
            assert (read.degraded, read.understander, read.commands) == (True, "grammar", OWN.commands)
        assert (len(model.requests), len(fallback.requests)) == (1, 1)
        clock.now += 31
        model.says(server_error())
        fallback.says(RIGHT)
        assert names(await understander.understand(ASKED)) == ALL
        model.says(RIGHT)
        clock.now += 61
        fallback.says(server_error())
        assert names(await understander.understand(ASKED)) == ALL
        assert fallback.requests == []
