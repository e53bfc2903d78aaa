"""The rows that the dialogue left are exactly those the scenario expects (evals.md §1: the end state, as in τ-bench)."""

from __future__ import annotations

from typing import Any

from evals.checks.reading import meant, seed
from evals.checks.rows import compared
from evals.scenarios.schema import Scenario
from evals.traces import RowChange, Trace

_TECHNICAL = frozenset({"updated_at", "created_at", "last_interaction_at", "last_message_at"})
_PARENTS = ("quote_id", "invoice_id", "document_id", "corrects_id")


def db(scenario: Scenario, trace: Trace) -> list[str]:
    """What differs from ``expect.db`` and ``expect.db_unchanged``, as sentences."""
    reasons: list[str] = []
    for table, (wanted, rows) in expected_and_written(scenario, trace).items():
        reasons += compared(table, wanted, rows)
    for table in scenario.expect.db_unchanged:
        changed = [change for change in trace.changes if change.table == table and _differs(change)]
        reasons += [f"{table} had to stay as it was: {_told(change)}" for change in changed]
    return reasons


def expected_and_written(
    scenario: Scenario, trace: Trace
) -> dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Per table of the expectation: the rows expected, and the rows added or changed since the seed."""
    known = _known_names(scenario, trace)
    found = {}
    for table, wanted in meant(scenario, trace, scenario.expect.db).items():
        rows = to_clients(trace) if table == "outbox" else _written(trace, table)
        found[table] = (wanted, [_readable(row, known) for row in rows])
    return found


def to_clients(trace: Trace) -> list[dict[str, Any]]:
    """What goes or went to clients, stopped messages aside; ``to`` is the phone or the e-mail."""
    return [
        {**row, "to": row.get("to_phone") or row.get("to_email")}
        for row in trace.outbox
        if row.get("recipient") == "client" and row.get("status") != "cancelled"
    ]


def _written(trace: Trace, table: str) -> list[dict[str, Any]]:
    return [
        change.after
        for change in trace.changes
        if change.table == table and change.after is not None and _differs(change)
    ]


def _differs(change: RowChange) -> bool:
    if change.before is None or change.after is None:
        return True
    columns = {*change.before, *change.after} - _TECHNICAL
    return any(change.before.get(column) != change.after.get(column) for column in columns)


def _known_names(scenario: Scenario, trace: Trace) -> dict[str, set[str]]:
    """Every name a row goes by, by its id: what the trace says, what its columns say, the id the scene gives a client."""
    known = {key: set(names) for key, names in trace.names.items()}
    for change in trace.changes:
        row = change.after or change.before or {}
        name = row.get("name") if change.table == "clients" else row.get("number")
        if name and row.get("id"):
            known.setdefault(str(row["id"]), set()).add(str(name))
    aliases = {
        str(client["name"]): str(client["id"])
        for client in seed(scenario, trace).get("clients", [])
        if client.get("id")
    }
    for names in known.values():
        names |= {
            alias for full, alias in aliases.items() if any(full == name or full.endswith(f" {name}") for name in names)
        }
    return known


def _readable(row: dict[str, Any], known: dict[str, set[str]]) -> dict[str, Any]:
    """The row with ``client`` and ``document`` beside the ids, every name they go by."""
    found = dict(row)
    if "client_id" in row:
        found["client"] = frozenset(known.get(str(row["client_id"]), ())) if row["client_id"] else None
    parent = next((row[column] for column in _PARENTS if row.get(column)), None)
    if parent is not None:
        found["document"] = frozenset(known.get(str(parent), ()))
    return found


def _told(change: RowChange) -> str:
    row = change.after or change.before or {}
    name = row.get("name") or row.get("number") or row.get("description") or row.get("id")
    if change.before is None:
        return f"{name!r} was added"
    if change.after is None:
        return f"{name!r} was removed"
    changed = sorted(
        column
        for column in {*change.before, *change.after} - _TECHNICAL
        if change.before.get(column) != change.after.get(column)
    )
    return f"{name!r} has another {', '.join(changed)}"
