"""One reply of the assistant as the checks see it: its text, its turn, and what in it are not the assistant's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evals.checks.reading import replies
from evals.traces import Trace, TurnTrace

_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"\n]*\"")
_ADDRESSES = re.compile(r"https?://\S+|\S+@\S+|\b[\w-]+\.(?:pdf|xml|jpe?g|png)\b", re.IGNORECASE)
_LINE_OF_DRAFT = re.compile(r"^\W*\d+\. .*$|^[−+] .*$", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """A message to the artisan in turn ``number`` (from 1); ``kind`` is "text", or "document" for a caption."""

    text: str
    kind: str
    number: int
    turn: TurnTrace
    trace: Trace

    @property
    def own(self) -> str:
        """The text without quotations, addresses and file names."""
        return _ADDRESSES.sub(" ", _QUOTED.sub(" ", self.text))

    @property
    def prose(self) -> str:
        """Its own words without the lines of the draft."""
        return _LINE_OF_DRAFT.sub(" ", self.own)


def all_replies(trace: Trace) -> Iterator[Reply]:
    """Every message the artisan received, in order."""
    for number, turn in enumerate(trace.turns, start=1):
        for heard in replies(trace, turn):
            yield Reply(heard.text, heard.kind, number, turn, trace)
