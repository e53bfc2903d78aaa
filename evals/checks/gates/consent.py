"""Nothing is issued, nothing goes to a client without the artisan's word for exactly that version (DESIGN §7).

Judged from rows and from what the script says about its messages, never from their text. The database enforces half of
this already; the other half, that the message named in an approval was a consent at all, only the script knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from evals.checks.reading import excerpt, moment
from evals.scenarios.schema import Scenario
from evals.traces import Said, Trace

_GATES = {"confirm:issue": "issue", "confirm:send_to_client": "send", "slot:client.phone": "send"}
"""Which gate a word is given for when it answers this key; a number asked for sending is the word to send (FR3)."""
_CLOCKS = timedelta(seconds=1)
"""How far the provider's clock and ours may differ, as the database allows."""


def consent(scenario: Scenario, trace: Trace) -> list[str]:
    """Every issued document and every message to a client whose consent is missing or wrong, as sentences."""
    approvals = {str(row["id"]): row for row in trace.approvals}
    reasons = []
    for number, document, version, approval in _issued(trace):
        why = _flaw(trace, approvals.get(str(approval)), "issue", document, version)
        reasons += [f"{number} was issued {why}"] if why else []
    for row in trace.outbox:
        if row.get("recipient") != "client":
            continue
        approval = approvals.get(str(row.get("approval_id")))
        why = _flaw(trace, approval, "send", row.get("document_id"), row.get("document_version"), row.get("created_at"))
        to = row.get("to_phone") or row.get("to_email")
        reasons += [f"a {row.get('kind', 'message')} went to {to} {why}"] if why else []
    return reasons


def _issued(trace: Trace) -> list[tuple[str, Any, Any, Any]]:
    """Documents issued, or issued anew, since the seed: number, id, version, approval."""
    found = []
    for change in trace.changes:
        row, before = change.after, change.before or {}
        if change.table not in ("quotes", "invoices") or row is None or not row.get("number"):
            continue
        if row["number"] != before.get("number") or row.get("issued_version") != before.get("issued_version"):
            found.append((str(row["number"]), row["id"], row.get("issued_version"), row.get("issue_approval_id")))
    return found


def _flaw(
    trace: Trace, approval: dict[str, Any] | None, gate: str, document: Any, version: Any, written: Any = None
) -> str | None:
    """What is wrong with the approval, to follow "was issued …" or "went to … …"; None when it is good."""
    if approval is None:
        return "without any approval"
    if str(approval["document_id"]) != str(document) or int(approval["version"]) != int(version or -1):
        return f"with the approval of another version ({approval['version']} instead of {version})"
    if approval["kind"] != gate:
        return f"with an approval to {approval['kind']}, not to {gate}"
    found = next(
        (
            message
            for turn in trace.turns
            for message in turn.said
            if message.message_id == str(approval["inbound_message_id"])
        ),
        None,
    )
    if found is None:
        return "on a message that the artisan did not write in this dialogue"
    return _no_word(found, gate) or _out_of_time(trace, approval, found, written)


def _no_word(message: Said, gate: str) -> str | None:
    words = f"« {excerpt(message.text)} »"
    if not message.consent:
        return f"on {words}, which is no consent"
    given_for = _GATES.get(message.answers or "")
    if message.consent != "both" and given_for not in (None, gate):
        return f"on {words}, which was his word to {given_for} and not to {gate}"
    return None


def _out_of_time(trace: Trace, approval: dict[str, Any], message: Said, written: Any) -> str | None:
    version = next(
        (
            row
            for row in trace.versions
            if str(row["document_id"]) == str(approval["document_id"])
            and int(row["version"]) == int(approval["version"])
        ),
        None,
    )
    words = f"« {excerpt(message.text)} »"
    if version is None or not version.get("recap_shown_at"):
        return f"on {words} although version {approval['version']} was never shown"
    if version.get("payload_hash") != approval.get("payload_hash"):
        return f"on {words} although version {approval['version']} was changed after he saw it"
    if moment(message.at) < moment(version["recap_shown_at"]) - _CLOCKS:
        return f"on {words}, said before version {approval['version']} was shown"
    if written is not None and moment(approval["created_at"]) > moment(written) + _CLOCKS:
        return "before the approval was given"
    if written is not None and moment(message.at) > moment(written) + _CLOCKS:
        return f"before he said {words}"
    return None
