"""Where a message names lines of the draft ("la gouttière 20 ml et le nettoyage à 11"), and what it does to each.

Between two named lines the message is cut; each part is one order about its line, whatever the order of its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import content_words, find, opposed, words_of
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

VERBS = word_set("named_lines_verbs")
"""Words that change a line and name nothing ("passe", "remesuré")."""
_JOINERS = frozenset("et puis ensuite alors donc mais , ; . \n ! - + :".split(" "))
_MATERIALS = word_set("named_lines_materials")
_ADDING = word_set("named_lines_adding")
_ELSEWHERE = frozenset(["pareil", "idem", "pareille", "pas", "plus"])
_ALSO = frozenset("a faut faudra met mets mettre fait fais prevois compte y veut veux".split())
"""Before "aussi" these add a line: "il y a aussi la porte"; "trois souches aussi" changes one."""
_SURE = 0.9  # every content word of the part is a word of the line


@dataclass(frozen=True)
class Part:
    """A stretch of free items; ``line`` is the one that it names, with the items ``first`` up to ``last`` of its name."""

    indexes: tuple[int, ...]
    line: LineView | None = None
    first: int = 0
    last: int = 0


def parts(session: Session, indexes: Sequence[int]) -> list[Part]:
    """A run of free items cut between the lines that it names; one part without a line when none is named surely."""
    whole = [Part(tuple(indexes))]
    draft = session.context.draft
    if draft is None or not session.has_lines():
        return whole
    anchors = _anchors(session, indexes, draft.lines)
    if not anchors:
        return whole
    found = []
    cuts = [_leading(session, indexes, anchors[0][0])]
    if cuts[0] > indexes[0]:
        found.append(Part(tuple(i for i in indexes if i < cuts[0])))
    for (_, before, _), (after, _, _) in pairwise(anchors):
        cuts.append(_cut(session, cuts[-1], before, after))
    cuts.append(indexes[-1] + 1)
    for (first, last, line), begin, end in zip(anchors, cuts, cuts[1:], strict=False):
        held = tuple(i for i in indexes if begin <= i < end)
        found.append(Part(held, line, first, last) if _about(session, held, line) else Part(held))
    return found


def _leading(session: Session, indexes: Sequence[int], anchor: int) -> int:
    """Where the first named line's part begins: after values that a joining word sets apart ("45 m² et la dépose…")."""
    items = session.items
    joined = None
    for index in range(indexes[0], anchor):
        if items[index].key in _JOINERS and any(items[i].numeric for i in range(indexes[0], index)):
            joined = index
        elif items[index].numeric:
            joined = None
    own = any(items[i].numeric or items[i].key in _ELSEWHERE for i in indexes if i > anchor)
    return joined if joined is not None and own else indexes[0]


def _anchors(session: Session, indexes: Sequence[int], lines: Sequence[LineView]) -> list[tuple[int, int, LineView]]:
    """Stretches of words that are words of one line, as (first, last, line), longest first from the left."""
    items = session.items
    found: list[tuple[int, int, LineView]] = []
    position = 0
    while position < len(indexes):
        start = indexes[position]
        line, end = _longest(session, items, start, indexes[-1] + 1, lines)
        if line is None:
            position += 1
            continue
        again = found and found[-1][2] is line and not any(items[i].numeric for i in range(found[-1][1], start))
        if not again:  # "le portail c'est un battant pas un coulissant": one line, named twice
            found.append((start, end, line))
        while position < len(indexes) and indexes[position] < end:
            position += 1
    return found


def _longest(
    session: Session, items: Sequence[Item], start: int, stop: int, lines: Sequence[LineView]
) -> tuple[LineView | None, int]:
    if not _names(session, items[start]):
        return None, start
    best, end = None, start
    small = session.lexicon.words["articles"] | session.lexicon.words["connectors"]
    position = start
    while position < stop and position - start < 7 and items[position].is_word and items[position].claimed is None:
        key = items[position].key
        if key in VERBS or (key in small and key in ("et", "puis")):
            break
        words = content_words(items[start : position + 1])
        line, score = find(words, lines)
        if line is not None and score >= _SURE and _names(session, items[position]):
            best, end = line, position + 1
        elif _names(session, items[position]):
            break
        position += 1
    return best, end


def _names(session: Session, item: Item) -> bool:
    return item.kind == "word" and item.claimed is None and item.key not in VERBS and bool(content_words([item]))


def _cut(session: Session, begin: int, before: int, after: int) -> int:
    """Where the part of one named line ends: the last joining word before the next name, else just before its article."""
    items = session.items
    for index in range(after - 1, before - 1, -1):
        if items[index].key in _JOINERS or items[index].hard:
            return index
    if any(items[i].numeric for i in range(before, after)):
        while after > before and items[after - 1].key in session.lexicon.words["articles"]:
            after -= 1
        if items[after - 1].numeric and any(items[i].numeric for i in range(begin, before)):
            return after - 1  # "10 spots 12 prises": the numbers stand before
        return after
    return before


def _about(session: Session, held: Sequence[int], line: LineView) -> bool:
    """Whether the part speaks of that line only: no new work, nothing added."""
    items = [session.items[i] for i in held]
    if any(i.key in _ADDING for i in items):
        return False
    if any(b.key in ("aussi", "egalement") and a.key in _ALSO for a, b in pairwise(items)):
        return False
    new = next((at for at in range(len(items)) if _reworded(items[at : at + 3])), len(items))
    words = [w for w in items[:new] if w.kind == "word" and w.key not in VERBS]
    if opposed([w.key for w in words], words_of(line)):
        return False
    if _whole_line(session, items) and any(find([w], [line])[1] < _SURE for w in _adjoining(session, words)):
        return False  # "placo hydro 8 m² à 42": told apart by a word, with all that a new line needs
    trade = [w for w in words if is_trade(w.key)]
    return all(find([w], [line])[1] >= _SURE for w in content_words(trade))


def _whole_line(session: Session, items: Sequence[Item]) -> bool:
    """A quantity with its unit and a price: more than one value of a line is changed at once only seldom."""
    measured = any(i.kind == "quantity" for i in items)
    priced = any(i.kind == "money" for i in items)
    return measured and priced and not any(i.replaces is not None for i in items)


def _adjoining(session: Session, words: Sequence[Item]) -> list[str]:
    small = session.lexicon.words["fillers"] | session.lexicon.words["function"] | session.lexicon.words["connectors"]
    return [w for w in content_words(words) if w not in small and w not in _MATERIALS]


def _reworded(items: Sequence[Item]) -> bool:
    """ "c'est un battant": what follows is the new wording, whatever its words."""
    return [i.key for i in items[:2]] == ["c", "est"] and len(items) == 3 and items[2].key in ("un", "une", "des", "du")
