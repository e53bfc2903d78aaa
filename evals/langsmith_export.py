"""Pushes scenarios and what became of them to LangSmith, only when asked to and only with a key.

Scenarios are examples of one dataset (inputs = what the artisan wants, outputs = what must be true, split = family); a run
is an experiment with one trace per dialogue and one score per gate. LangSmith's own evaluation loop is not used: it posts
inputs even when told not to upload (langgraph.md §13).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from evals.scenarios.schema import Scenario
from evals.traces import Trace

if TYPE_CHECKING:
    from langsmith import Client

DATASET = "usta-scenarios"
_MOST_AT_ONCE = 50


class NoKey(RuntimeError):
    """No key is set; the message says which variable wants it."""


def client_from_environment() -> Client:
    """A client that sends at once and nothing by itself. Raises ``NoKey``."""
    key = os.environ.get("LANGSMITH_API_KEY")
    if not key:
        raise NoKey("Set LANGSMITH_API_KEY to push this run to LangSmith, or leave --langsmith out.")
    from langsmith import Client

    return Client(os.environ.get("LANGSMITH_ENDPOINT"), api_key=key, auto_batch_tracing=False)


def push(client: Client, traces: Sequence[Trace], scenarios: Mapping[str, Scenario]) -> int:
    """Makes what is missing of the dataset and one experiment of the run; returns how many dialogues were pushed.

    Nothing of the test part leaves: whoever reads LangSmith may be working on the prompts.
    """
    shown = [trace for trace in traces if trace.part == "dev" and trace.scenario in scenarios]
    if not shown:
        return 0
    dataset = _dataset(client)
    _add_examples(client, dataset, shown, scenarios)
    first = shown[0]
    project = client.create_project(
        first.run,
        reference_dataset_id=dataset,
        metadata={"understander": first.understander, "model": first.model, "commit": first.commit},
    )
    for trace in shown:
        _add_run(client, trace, project.id)
    return len(shown)


def _dataset(client: Client) -> UUID:
    if client.has_dataset(dataset_name=DATASET):
        return client.read_dataset(dataset_name=DATASET).id
    return client.create_dataset(DATASET, description="Errands of building artisans, in French and Turkish.").id


def _add_examples(client: Client, dataset: UUID, traces: Iterable[Trace], scenarios: Mapping[str, Scenario]) -> None:
    known = {example.id for example in client.list_examples(dataset_id=dataset)}
    missing = {_example_id(trace): _example(trace, scenarios[trace.scenario]) for trace in traces}
    new = [example for id_, example in missing.items() if id_ not in known]
    for at in range(0, len(new), _MOST_AT_ONCE):
        client.create_examples(dataset_id=dataset, examples=new[at : at + _MOST_AT_ONCE])


def _example(trace: Trace, scenario: Scenario) -> dict[str, Any]:
    return {
        "id": _example_id(trace),
        "inputs": {"scenario": scenario.id, "locale": trace.locale, **scenario.user.model_dump(exclude_none=True)},
        "outputs": scenario.expect.model_dump(exclude_defaults=True),
        "metadata": {"locale": trace.locale, "workflow": trace.workflow, "scenario_hash": trace.scenario_hash},
        "split": trace.family,
    }


def _example_id(trace: Trace) -> UUID:
    """The same for the same version of a scenario in a locale, so that pushing again adds nothing twice."""
    return uuid5(NAMESPACE_URL, f"usta:{trace.scenario}:{trace.locale}:{trace.scenario_hash}")


def _add_run(client: Client, trace: Trace, project: UUID) -> None:
    run, started = uuid4(), datetime.fromisoformat(trace.started_at)
    client.create_run(
        trace.scenario,
        {"said": [said.text for turn in trace.turns for said in turn.said]},
        "chain",
        project_name=trace.run,
        id=run,
        trace_id=run,
        dotted_order=f"{started:%Y%m%dT%H%M%S%f}Z{run}",
        start_time=started,
        end_time=started + timedelta(seconds=trace.seconds),
        outputs={"answered": [heard.text for turn in trace.turns for heard in turn.heard], "outcome": trace.outcome},
        error=trace.error,
        reference_example_id=_example_id(trace),
        extra={"metadata": _metadata(trace)},
    )
    for gate, verdict in trace.gates.items():
        client.create_feedback(
            run, gate, score=verdict.holds, comment="; ".join(verdict.reasons) or None, trace_id=run, session_id=project,
            start_time=started,
        )  # fmt: skip


def _metadata(trace: Trace) -> dict[str, Any]:
    return {
        "locale": trace.locale,
        "family": trace.family,
        "trial": trace.trial,
        "mutation": trace.mutation,
        "prompt_hashes": sorted({turn.prompt_hash for turn in trace.turns if turn.prompt_hash}),
        "findings": [finding.check for finding in trace.findings],
    }
