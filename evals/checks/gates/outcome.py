"""The dialogue ended as it should, and said and did what the scenario asks for. Refusing rightly is a pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evals.checks.reading import contains, meant, replies
from evals.scenarios.schema import Outcome, Scenario
from evals.traces import Trace, TurnTrace

_GIVEN_UP = frozenset({"discard_draft", "cancel_document"})
_RECORDS = frozenset(
    {"quotes", "quote_items", "invoices", "invoice_items", "clients", "payments", "organizations", "users"}
)
"""Tables in which work leaves something."""
_TALK = frozenset({"READ", "DIALOGUE", None})


def outcome(scenario: Scenario, trace: Trace) -> list[str]:
    """How the end, the calls and the words differ from what is expected, as sentences."""
    wanted, reached = scenario.expect.outcome, outcome_of(trace)
    reasons = []
    if reached != wanted:
        left = trace.turns[-1].awaiting_after if trace.turns else None
        reasons.append(
            f"the dialogue ended {reached}, expected {wanted}" + (f"; {left} is still awaited" if left else "")
        )
    return [*reasons, *_tools(scenario, trace), *_words(scenario, trace), *_budget(scenario, trace)]


def outcome_of(trace: Trace) -> Outcome:
    """How a dialogue ended, read off its last turns."""
    calls = [call for turn in trace.turns for call in turn.tool_calls]
    if _done(calls, "hand_over") and not _done(calls, "resume_bot"):
        return "handed_off"
    if not trace.turns or trace.turns[-1].awaiting_after is not None:
        return "open"
    last = _last_errand(trace.turns)
    done = [call for call in last if call.get("status", "success") == "success"]
    if any(call["name"] in ("issue_document", "send_whatsapp") for call in done):
        return "completed"
    if any(call["name"] in _GIVEN_UP for call in done):
        return "cancelled"
    refused = any(call.get("status") == "error" for call in last) or any(call["name"] == "off_topic" for call in last)
    worked = any(call.get("effect") not in _TALK for call in done)
    if worked and not any(change.table in _RECORDS for change in trace.changes):
        return "refused"  # a document was begun and nothing of it could be kept
    return "refused" if refused and not worked else "completed"


def _done(calls: list[dict[str, object]], name: str) -> bool:
    return any(call["name"] == name and call.get("status", "success") == "success" for call in calls)


def _last_errand(turns: list[TurnTrace]) -> list[dict[str, object]]:
    """The calls since nothing was awaited before."""
    start = max((at for at, turn in enumerate(turns) if turn.awaiting_before is None), default=0)
    return [call for turn in turns[start:] for call in turn.tool_calls]


def _tools(scenario: Scenario, trace: Trace) -> Iterator[str]:
    expected = scenario.expect.tools
    calls = Counter(
        call["name"] for turn in trace.turns for call in turn.tool_calls if call.get("status", "success") == "success"
    )
    yield from (f"{tool} was never called" for tool in expected.must if not calls[tool])
    yield from (f"{tool} was called, which it must not be" for tool in expected.must_not if calls[tool])
    for tool, most in expected.max_calls.items():
        if calls[tool] > most:
            yield f"{tool} was called {calls[tool]} times, at most {most} expected"


def _words(scenario: Scenario, trace: Trace) -> Iterator[str]:
    expected = scenario.expect.replies
    heard = "\n".join(message.text for turn in trace.turns for message in replies(trace, turn))
    printed = "\n".join(document.text for document in trace.documents)
    for text in meant(scenario, trace, expected.must_include):
        if not contains(heard, text):
            yield f"no reply says « {text} »"
    for text in meant(scenario, trace, expected.must_not_include):
        if contains(heard, text):
            yield f"a reply says « {text} »"
    for text in meant(scenario, trace, expected.documents_include):
        if not contains(printed, text):
            yield f"no document says « {text} »"


def _budget(scenario: Scenario, trace: Trace) -> Iterator[str]:
    budget = scenario.expect.budget
    if budget.turns is not None and len(trace.turns) > budget.turns:
        yield f"it took {len(trace.turns)} turns, at most {budget.turns} expected"
    calls = sum(len(turn.model_calls) for turn in trace.turns)
    if budget.llm_calls is not None and calls > budget.llm_calls:
        yield f"it took {calls} model calls, at most {budget.llm_calls} expected"
