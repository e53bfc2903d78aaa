"""French orders that say by how much and not how much: "augmente le placo de 3 euros", "enlève 2 m² au carrelage".

The new value would have to be computed, which an understander never does: the words stay unexplained and he is asked.
"""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_matching import content_words, find
from agent.understanding.grammar.session import Session

_BY = word_set("relative_changes_by")
_OFF = word_set("relative_changes_off")
_FROM = frozenset("au aux a du de sur a".split())
_ONTO = frozenset("au aux a sur".split())
_MORE = frozenset(["plus", "moins"])


def leave(session: Session) -> None:
    """Takes such orders about lines of the draft out of the reach of the readers of lines."""
    if session.language != "fr" or not session.has_lines():
        return
    items = session.items
    for index, item in enumerate(items):
        if not item.numeric or item.claimed is not None:
            continue
        first, last = _part(session, index)
        if _relative(session, index, first, last) and _names_a_line(session, first, last):
            session.asked.update(range(first, last))


def _relative(session: Session, index: int, first: int, last: int) -> bool:
    items = session.items
    before = [i.key for i in items[first:index]]
    after = [i.key for i in items[index + 1 : min(last, index + 3)]]
    if before[-1:] == ["de"] and _BY.intersection(before):
        return True
    if before and before[-1] in _OFF and items[index].kind == "quantity" and after[:1] and after[0] in _FROM:
        return True
    if before and before[-1] in _BY | _OFF and items[index].kind == "money" and after[:1] and after[0] in _ONTO:
        return True
    return len(after) == 2 and after[0] in ("de", "en") and after[1] in _MORE


def _names_a_line(session: Session, first: int, last: int) -> bool:
    draft = session.context.draft
    words = [w for w in content_words(session.items[first:last]) if w not in _BY | _OFF | _MORE]
    return draft is not None and find(words, draft.lines)[0] is not None


def _part(session: Session, index: int) -> tuple[int, int]:
    """The items around the number between marks."""
    first, last = index, index + 1
    while first > 0 and not session.items[first - 1].separator:
        first -= 1
    while last < len(session.items) and not session.items[last].separator:
        last += 1
    return first, last
