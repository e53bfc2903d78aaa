"""The client named inside a slot of a phrase ("facture le devis de <who>")."""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.names import Name, is_title_at, read_forward
from agent.understanding.grammar.session import Session

_PASSED_OVER = word_set("name_slots_passed_over")
_PRONOUNS = frozenset("il elle ils elles bana bize".split())


def in_slot(session: Session, first: int, last: int) -> Name | None:
    """The name inside a slot of a phrase: leading small words are passed over ("bir de Vidal", "au fait Costa il")."""
    items, small = session.items, session.lexicon.words["fillers"] | _PASSED_OVER
    while first < last and items[first].key in small and not _names(session, first):
        first += 1
    while last > first + 1 and "known" not in items[last - 1].facts and items[last - 1].key in _PRONOUNS:
        last -= 1
    if first >= last:
        return None
    name = read_forward(session, first, last)
    if name is not None and name.last >= last - 1:
        return name
    return None


def _names(session: Session, index: int) -> bool:
    """A title, or a word of a known client's name."""
    return "known" in session.items[index].facts or is_title_at(session, index)
