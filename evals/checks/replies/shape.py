"""The shape of a reply: how long, how many, in which signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from evals.checks.replies.talk import Reply, all_replies
from evals.traces import Trace

LONGEST_RECAP, LONGEST_REPLY = 900, 700
MOST_DOUBTS = 3
_RECAP = re.compile(r"^\d+\. .+ – .*\d,\d{2}", re.MULTILINE)
_WARNING = "⚠"
_MARKDOWN = {
    "**bold** (WhatsApp: *bold*)": re.compile(r"\*\*\S"),
    "a heading with #": re.compile(r"^#{1,6} ", re.MULTILINE),
    "a [link](…)": re.compile(r"\[[^\]\n]+\]\([^)\n]+\)"),
    "a table": re.compile(r"^\|.*\|\s*$", re.MULTILINE),
    "__underlining__": re.compile(r"(?<!\w)__\S"),
}
_LEAKS = {
    "an empty value": re.compile(r"\b(?:None|null|nan|NaN|undefined|True|False)\b"),
    "a template": re.compile(r"\{\{|\}\}|\{%|%\}"),
    "an awaited key": re.compile(r"\b(?:slot|confirm|choice):[a-z]"),
    "an internal name": re.compile(r"(?<![\w/@.])[a-z]{2,}(?:_[a-z]+)+(?![\w/@.])"),
    "an internal key": re.compile(r"\b(?:client|company|document|vat|deposit|site|lines?)\.[a-z_]{3,}\b"),
    "an error of the program": re.compile(r"Traceback|Exception|\bError\b|refused:"),
    "a technical word": re.compile(r"\b(?:API|JSON|HTTP|SQL|timeout|webhook|token|backend)\b"),
    "an id": re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"),
}
_IN_LINES = ("an empty value", "a template")


def length(reply: Reply) -> str | None:
    most = LONGEST_RECAP if _RECAP.search(reply.text) else LONGEST_REPLY
    return f"{len(reply.text)} characters, at most {most}" if len(reply.text) > most else None


def emoji(reply: Reply) -> str | None:
    signs = [char for char in reply.text if _is_emoji(char)]
    doubts = sum(char == _WARNING for char in signs)
    others = [char for char in signs if char != _WARNING]
    return f"{len(others)} emoji: {' '.join(others)}" if len(others) > 1 or doubts > 2 * MOST_DOUBTS else None


def _is_emoji(char: str) -> bool:
    return ord(char) >= 0x1F000 or (unicodedata.category(char) == "So" and ord(char) >= 0x2600)


def markdown(reply: Reply) -> str | None:
    return next(
        (f"{what} is not shown by WhatsApp" for what, sign in _MARKDOWN.items() if sign.search(reply.text)), None
    )


def leak(reply: Reply) -> str | None:
    """Lines of the draft are the artisan's and his clients' words; only an empty value is the assistant's there too."""
    for what, sign in _LEAKS.items():
        if found := sign.search(reply.own if what in _IN_LINES else reply.prose):
            return f"{what} shows: {found[0]}"
    return None


def one_answer(trace: Trace) -> Iterator[tuple[int, str]]:
    """One text per turn, however many messages were sent; documents come beside it."""
    for number, turn in enumerate(trace.turns, start=1):
        texts = [reply for reply in all_replies(trace) if reply.number == number and reply.kind == "text"]
        if len(texts) > 1:
            yield number, f"{len(texts)} answers to {len(turn.said)} message(s)"


def repeated(trace: Trace) -> Iterator[tuple[int, str]]:
    """The same words three turns in a row help nobody."""
    told = (reply for reply in all_replies(trace) if sum(map(str.isalpha, reply.text)) >= 20)
    for _, same in groupby(told, key=lambda reply: reply.text):
        turns = sorted({reply.number for reply in same})
        if len(turns) > 2:
            yield turns[2], f"said word for word in {len(turns)} turns, one after another"
