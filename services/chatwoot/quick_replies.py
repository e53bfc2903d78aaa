"""The numbered answers of a question as something to tap: buttons for a few, a list for more (R188, C37).

The numbered text is always in the message besides, and the tap comes back as its title only (chatwoot.md §4.2).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from services.messaging.capabilities import Capabilities


def titles(choices: Sequence[str], text: str, capabilities: Capabilities) -> list[str]:
    """What the buttons or rows say, in order; empty when the channel cannot show these choices under this text.

    Titles are unique, because nothing else of them comes back. Chatwoot makes buttons of a few, whatever the text: under
    one that is too long for buttons there is nothing to tap.
    """
    if 0 < len(choices) <= capabilities.buttons:
        return _unique(choices, capabilities.button_title) if len(text) <= capabilities.button_text else []
    if 0 < len(choices) <= capabilities.lists and len(text) <= capabilities.list_text:
        return _unique(choices, capabilities.list_title)
    return []


def number_of(said: str, choices: Sequence[str], capabilities: Capabilities) -> int | None:
    """Which of the choices (from 1) a tap means; None when the words are no title of theirs."""
    if not choices or len(choices) > max(capabilities.buttons, capabilities.lists):
        return None
    words = _folded(said)
    lengths = (capabilities.button_title, capabilities.list_title)
    found = {
        at
        for length in lengths
        for at, title in enumerate(_unique(choices, length), start=1)
        if words and _folded(title) == words
    }
    return found.pop() if len(found) == 1 else None


def _unique(choices: Sequence[str], longest: int) -> list[str]:
    """The choices cut to ``longest``; those that would look the same carry their number in front."""
    cut = [_cut(choice, longest) for choice in choices]
    folded = [_folded(title) for title in cut]
    return [
        title if folded.count(folded[at]) == 1 else _cut(f"{at + 1} {choices[at]}", longest)
        for at, title in enumerate(cut)
    ]


def _cut(title: str, longest: int) -> str:
    words = " ".join(title.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def _folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())
