"""Questions about what a client did ("Vidal il a signé ?", "Roche m'a payé combien ?"): told apart from the same words said."""

from __future__ import annotations

from collections.abc import Callable

from agent.understanding.grammar import price_questions, several_cards
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.name_slots import in_slot
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session
from agent.understanding.grammar.targets import kind_in

_WHOEVER = frozenset("kim kimin kimler kimlerin qui quel quels hangi hepsi herkes tout".split())
_ASKING = frozenset("combien mi mu kadar kac sormustum soruyorum sordum soruyordum ou".split())


def asked_status(session: Session, match: Match) -> bool:
    """The state of what this client has; False when it is told and not asked, or names nobody."""
    first, last = session.clause(match.first)
    keys = {i.key for i in session.items[first:last]}
    if not (keys & _ASKING or (last < len(session.items) and session.items[last].key == "?")):
        return False
    place = match.slots.get("who")
    name = in_slot(session, *place) if place is not None else None
    if name is None or fold(name.name).split()[0] in _WHOEVER:
        return False
    kind = kind_in(session, first, last)
    session.claim(first, last, "get_document")
    session.emit("get_document", {"what": "status", "client_name": name.name, "kind": kind}, match.first, last)
    return True


def in_passing(session: Session, match: Match) -> bool:
    """Words that order nothing by themselves ("pour lui", "j'ai remesuré"): they are explained, and that is all."""
    session.claim(match.first, match.last, "in_passing")
    return True


def one_more(session: Session, match: Match) -> bool:
    """ "bir tane daha ekle spot deliği 12 tane": what is added is named after it; alone, it says how many."""
    _, last = session.clause(match.first)
    named = match.last < last and session.items[match.last].kind in ("word", "mark")
    if not named or not any(i.numeric and i.claimed is None for i in session.items[match.last : last]):
        return False
    session.items[match.last - 1].key = "ekle"
    session.claim(match.first, match.last - 1, "in_passing")
    return False


def for_him(session: Session, match: Match) -> bool:
    """ "ona devis": whom it is for was said before; the last word of the phrase is read by others."""
    session.claim(match.first, match.last - 1, "in_passing")
    return False


READERS: dict[str, Callable[[Session, Match], bool]] = {
    "asked_status": asked_status,
    "card_alone": several_cards.alone,
    "in_passing": in_passing,
    "one_more": one_more,
    "for_him": for_him,
    "price_history": price_questions.price_history,
}
