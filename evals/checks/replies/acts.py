"""What must be said around what cannot be taken back: the total, the recipient, the way to stop, the credit note."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.checks.reading import folded
from evals.checks.replies.talk import Reply, all_replies
from evals.traces import Trace, TurnTrace

MOST_CHOICES, LONGEST_CHOICE = 5, 30
_AMOUNTS = frozenset(
    {
        "add_line_item", "update_line_item", "remove_line_item", "set_vat", "set_discount", "set_deposit", "set_progress",
        "set_retention", "copy_document", "link_quote", "undo",
    }
)  # fmt: skip
"""Tools that change what a draft comes to."""
_BOLD_AMOUNT = re.compile(r"\*[^*\n]*\d,\d{2}[^*\n]*\*")
_MASKED = re.compile(r"••|\S+@\S+")
_CHOICES = re.compile(r"(?:^|[\s:?])1 ([^\W\d][^\n]*?  2 \S[^\n]*)")
_STOP = {"fr": "annule", "tr": "dur"}


def total_shown(trace: Trace) -> Iterator[tuple[int, str]]:
    """Where the issue gate is open after a change of the draft, the total stands in bold."""
    for number, turn, text in _turns(trace):
        changed = any(call["name"] in _AMOUNTS and call.get("status") != "error" for call in turn.tool_calls)
        if turn.awaiting_after == "confirm:issue" and changed and text and not _BOLD_AMOUNT.search(text):
            yield number, "the draft changed, the issue is asked for, and no total is shown in bold"


def recipient_shown(trace: Trace) -> Iterator[tuple[int, str]]:
    """Whoever is asked whether to send sees to whom: name and masked number, or the address."""
    for number, turn, text in _turns(trace):
        opened = turn.awaiting_after == "confirm:send_to_client" != turn.awaiting_before
        if opened and text and not _MASKED.search(text):
            yield number, "sending is asked for without the masked number of the recipient"


def hold_told(trace: Trace) -> Iterator[tuple[int, str]]:
    """Who is told that something leaves is told how to stop it."""
    word = _STOP[trace.locale]
    for number, turn, text in _turns(trace):
        sent = any(
            call["name"] == "send_whatsapp" and call.get("effect") == "SEND" and "held" in str(call.get("result"))
            for call in turn.tool_calls
        )
        if sent and text and f"*{word}*" not in text.lower():
            yield number, f"it is sent to the client and nobody says *{word}* stops it"


def credit_note_warned(trace: Trace) -> Iterator[tuple[int, str]]:
    """An invoice that is issued can only be corrected by a credit note: said once before its gate opens."""
    said = ""
    for number, turn, text in _turns(trace):
        said += folded(text)
        if turn.workflow == "invoice" and turn.awaiting_after == "confirm:issue" and "avoir" not in said:
            yield number, "an invoice is about to be issued and nobody said that only an avoir corrects it"
            return


def choices(reply: Reply) -> str | None:
    found = _CHOICES.search(reply.text)
    if not found:
        return None
    labels = [label.strip() for label in re.split(r"  \d (?=\S)", found[1])]
    if len(labels) > MOST_CHOICES:
        return f"{len(labels)} choices"
    longest = max(labels, key=len)
    return f"a choice of {len(longest)} characters: {longest}" if len(longest) > LONGEST_CHOICE else None


def _turns(trace: Trace) -> Iterator[tuple[int, TurnTrace, str]]:
    for number, turn in enumerate(trace.turns, start=1):
        yield number, turn, "\n".join(reply.text for reply in all_replies(trace) if reply.number == number)
