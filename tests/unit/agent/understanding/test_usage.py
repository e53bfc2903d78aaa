from decimal import Decimal

from agent.understanding.usage import ModelUsageRecord, Tokens, collect, collecting_usage, cost_eur, tokens_of


def test_cost_counts_cached_tokens_at_their_own_price() -> None:
    assert cost_eur("gpt-5-mini", Tokens(input=1_000_000, cached=1_000_000, output=0)) == Decimal("0.0215")
    assert cost_eur("gpt-5-mini", Tokens(input=1200, cached=1000, output=40)) == Decimal("0.000133")


def test_a_dated_snapshot_has_the_price_of_its_model_and_another_size_has_not() -> None:
    tokens = Tokens(input=1000, output=1000)
    assert cost_eur("gpt-5-mini-2025-08-07", tokens) == cost_eur("gpt-5-mini", tokens)
    assert cost_eur("openai/gpt-5-mini", tokens) == cost_eur("gpt-5-mini", tokens)
    assert cost_eur("gpt-5-enormous", tokens) is None
    assert cost_eur("qwen", tokens) is None


def test_tokens_of_the_priority_tier() -> None:
    usage = {"input_tokens": 10, "output_tokens": 2, "input_token_details": {"priority_cache_read": 4}}
    assert tokens_of(usage) == Tokens(input=10, cached=4, output=2)
    assert tokens_of(None) == Tokens()


def test_records_go_to_the_surrounding_turn_only() -> None:
    record = ModelUsageRecord(provider="p", model="m", outcome="ok", milliseconds=1)
    collect(record)
    with collecting_usage() as outer:
        collect(record)
        with collecting_usage() as inner:
            collect(record)
        assert inner == [record]
    assert outer == [record]
