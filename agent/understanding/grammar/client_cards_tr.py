"""Turkish orders to make a card for a client whose name stands before them."""

from __future__ import annotations

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.names import Name, read_backward
from agent.understanding.grammar.session import Session

_CARDS = frozenset("kartini kaydini fisini karti kayit".split())
_OPENING = word_set("clients_card_opening")


def named(session: Session) -> Name | None:
    """ "Rousseau'nun kartını aç", "Fabre'ı müşteri olarak kaydet": the name stands before the order."""
    keys = [i.key for i in session.items]
    for index in range(1, len(keys)):
        carded = keys[index] in _CARDS and any(key in _OPENING for key in keys[index + 1 : index + 3])
        recorded = keys[index] == "musteri" and keys[index + 1 : index + 2] in (["olarak"], ["diye"])
        recorded = recorded and any(key in _OPENING for key in keys[index + 2 : index + 4])
        if session.language != "tr" or not (carded or recorded) or not session.free(index, index + 1):
            continue
        name = read_backward(session, index, session.clause(index)[0])
        if name is None:
            continue
        end = next(i for i in range(index + 1, len(keys)) if keys[i] in _OPENING) + 1
        session.claim(index, end, "create_client")
        name.last = min(name.last, index)
        return name
    return None


def owner(session: Session, index: int) -> Name | None:
    """ "Vaillant ailesinin adresini değiştir": whose address, phone or mail it is."""
    stop = index - 1 if index and session.items[index - 1].key.startswith("aile") else index
    name = read_backward(session, stop, session.clause(index)[0]) if stop else None
    if name is None or not session.items[name.first].text[:1].isupper() or name.last != stop:
        return None
    if session.items[name.first].key.startswith("musteri"):
        return None  # "Müşterinin maili …": the client of the draft
    name.last = index
    return name
