"""Figures of a dialogue."""

from __future__ import annotations

from decimal import Decimal

from evals.checks.metrics import exactness, metrics, percentile
from evals.traces import ModelCall
from tests.unit.evals.checks.played import call, played, scenario, turn, with_row


def test_a_dialogue_that_went_right() -> None:
    figures = metrics(scenario(), played(outcome="completed"))
    assert (figures.completed, figures.turns, figures.turns_ratio) == (True, 3, 1.0)
    assert (figures.calls, figures.tool_precision, figures.wasted_writes) == (4, 1.0, 0)
    assert figures.exact == dict.fromkeys(
        ("client", "status", "total", "description", "quantity", "unit_price"), (1, 1)
    )
    assert figures.cost is None and figures.llm_calls == 0 and figures.tokens_per_document == 0


def test_values_that_are_not_as_expected_are_told_by_field() -> None:
    wrong = metrics(scenario(), with_row(played(), "quote_items", quantity="45", unit_price="12"))
    assert wrong.exact["quantity"] == (0, 1) and wrong.exact["description"] == (1, 1)
    right = metrics(scenario(), played())
    assert exactness([wrong, right])["quantity"] == (1, 2)
    missing = metrics(scenario(), played(changes=[]))
    assert missing.exact["unit_price"] == (0, 1)


def test_asking_again_counts_from_the_third_time() -> None:
    asked = [turn("?", "Prix ?", number, awaiting_after="slot:line.price") for number in range(1, 5)]
    assert metrics(scenario(), played(turns=asked)).reasks == 2
    assert metrics(scenario(), played(turns=asked[:2])).reasks == 0


def test_calls_that_were_refused_invalid_forbidden_or_taken_back() -> None:
    refused = call("find_client", "READ", "error") | {"result": "refused: unknown_client"}
    invalid = call("set_vat", "DRAFT", "error") | {"result": "validation error"}
    vat = call("set_vat", rate="10", line=1)
    one = turn("x", "Bien.", 1, tool_calls=[refused, invalid, vat, call("undo")])
    figures = metrics(scenario(), played(turns=[one]))
    assert (figures.refused, figures.invalid, figures.wasted_writes, figures.tool_precision) == (1, 1, 1, 0.25)
    again = [turn("x", "Bien.", number, tool_calls=[vat]) for number in (1, 2)]
    assert metrics(scenario(), played(turns=again)).wasted_writes == 1
    again[1].detour = "correction"
    assert metrics(scenario(), played(turns=again)).wasted_writes == 0


def test_numbers_left_in_words() -> None:
    calls = [call("add_line_item", quantity="douze", unit_price="45"), call("set_vat", rate="10")]
    assert metrics(scenario(), played(turns=[turn("x", "Bien.", tool_calls=calls)])).language_errors == 1
    turkish = [call("set_vat", rate="yüzde on")]
    trace = played(turns=[turn("x", "Tamam.", tool_calls=turkish)], locale="tr")
    assert metrics(scenario(), trace).language_errors == 1


def test_models_cost_per_turn_and_per_document() -> None:
    asked = ModelCall(
        provider="p", model="m", outcome="ok", input_tokens=900, output_tokens=100, cost_eur="0.002", milliseconds=700
    )
    trace = played(outcome="completed")
    trace.turns[0].model_calls, trace.turns[0].total_ms = [asked, asked], 1500
    figures = metrics(scenario(), trace)
    assert (figures.llm_calls, figures.tokens, figures.tokens_per_document) == (2, 2000, 2000)
    assert figures.cost == figures.cost_completed == Decimal("0.004")
    assert figures.turn_ms[0] == 1500 and figures.turn_ms_without_model[0] == 100
    unfinished = metrics(scenario(), trace.model_copy(update={"outcome": "open"}))
    assert unfinished.cost_completed is None and unfinished.cost == Decimal("0.004")


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile(range(1, 101), 0.95) == 95 and percentile([5], 0.5) == 5
    assert percentile([1, 2, 3], 0.5) == 2 and percentile([], 0.5) is None
