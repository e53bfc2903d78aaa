"""Several men for some time: "4 gars pendant 2 jours à 240" is eight days (docs/labelling.md)."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_reading import LineReading
from agent.understanding.grammar.session import Session

_MEN = word_set("man_days_men")
_BETWEEN = frozenset("pendant durant sur en pour a de avec fois x".split())
MOST = 30


def men(reading: LineReading) -> Item | None:
    """The number of men said beside a time; None when there is none or only one."""
    time = reading.quantity
    if time is None or time.unit not in ("j", "h") or time.value is None:
        return None
    if any(item.key in ("soit", "=", "total") for item in reading.items):
        return None  # "deux ouvriers une semaine soit 10 jours": multiplied by himself
    for word in reading.words:
        if word.kind != "dimension" or word.value is None or not 1 < word.value <= MOST:
            continue
        if fold(word.text.split()[-1]) in _MEN and word.value == int(word.value):
            return word
    return None


def multiply(session: Session, reading: LineReading, said: Item) -> tuple[Decimal, list[Item]]:
    """The quantity, and the words of the designation: without the men when something else is named."""
    assert reading.quantity is not None and reading.quantity.value is not None and said.value is not None
    others = [word for word in reading.words if word is not said]
    named = [w for w in others if w.kind == "word" and w.key not in _BETWEEN and not _empty(session, w)]
    kept = others if named else [w for w in reading.words if w is said]
    return reading.quantity.value * said.value, [w for w in kept if w is said or w.key not in _BETWEEN - {"a", "de"}]


def _empty(session: Session, word: Item) -> bool:
    words = session.lexicon.words
    return word.key in words["fillers"] or word.key in words["articles"] or word.key in words["connectors"]
