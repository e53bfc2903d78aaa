"""Clauses that ask something: a number in them is asked about, never a line or a new value ("c'était pas 45 ?")."""

from __future__ import annotations

from agent.understanding.grammar.corrections import line_reference
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session

_POLITE = word_set("questions_polite")
_INTERROGATIVE_FR = word_set("questions_interrogative_fr")
_INTERROGATIVE_TR = word_set("questions_interrogative_tr")
_PARTICLES_TR = word_set("questions_particles_tr")
_DOUBT_FR = (("avait", "dit"), ("as", "mis"), ("bien", "mis"), ("etait", "pas"), ("c", "etait"), ("as", "compte"))


def find(session: Session) -> None:
    """Notes the items of asking clauses in ``session.asked``: the reader of lines passes them over."""
    items = session.items
    index = 0
    while index < len(items):
        last = session.clause(index)[1]
        if last > index and _asks(session, index, last):
            session.asked.update(range(index, last))
            _show_amounts(session, index, last)
        index = max(last, index) + 1


def _asks(session: Session, first: int, last: int) -> bool:
    items = session.items
    free = [i.key for i in items[first:last] if i.claimed is None]
    keys = [i.key for i in items[first:last]]
    if not any(i.numeric or i.kind == "percent" for i in items[first:last]) and not _names_a_line(session, first, last):
        return False
    started = any(c.name == "start_document" for c in session.commands)
    interrogative = _INTERROGATIVE_TR if session.language == "tr" else _INTERROGATIVE_FR
    if any(key in interrogative for key in free) or (session.language == "tr" and _pair(keys, ("ne", "kadar"))):
        return True
    if any(key in _POLITE for key in keys) or started:
        return False
    if session.language == "tr" and any(key in _PARTICLES_TR for key in keys):
        return True
    if last >= len(items) or items[last].key != "?":
        return False
    return (
        session.has_lines() or any(_pair(keys, doubt) for doubt in _DOUBT_FR) or keys[-1:] in (["non"], ["pas"], ["si"])
    )


def _names_a_line(session: Session, first: int, last: int) -> bool:
    return session.has_lines() and any(line_reference(session, i) for i in range(first, last))


def _pair(keys: list[str], pair: tuple[str, ...]) -> bool:
    return any(tuple(keys[i : i + len(pair)]) == pair for i in range(len(keys) - len(pair) + 1))


def _show_amounts(session: Session, first: int, last: int) -> None:
    """ "c'est combien la 2 ?", "2. satır kaç": the recap answers."""
    if not session.has_lines() or any(i.claimed for i in session.items[first:last]):
        return
    keys = {i.key for i in session.items[first:last]}
    asked = keys & {"combien", "kac", "kaca", "kacti", "kactan"} or {"ne", "kadar"} <= keys
    if asked and _names_a_line(session, first, last):
        session.claim(first, last, "show_recap")
        session.emit("show_recap", {}, first, last)
