"""Several clients' cards in one order: "ajoute deux clients : Mme Leblanc 06… et M. Haddad 06…"."""

from __future__ import annotations

from typing import Any

from agent.understanding.grammar.names import Name
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session

_PLURAL = frozenset("clients clientes musteriler musterileri".split())
_COUNTS = frozenset("deux trois quatre iki uc dort".split())


def alone(session: Session, match: Match) -> bool:
    """ "ajoute un client" and nothing more: the card is begun and its name asked for."""
    if any(i.kind != "mark" and i.key not in session.lexicon.words["fillers"] for i in session.items[match.last :]):
        return False
    session.emit("create_client", {}, match.first, match.last)
    return True


def ordered(session: Session) -> bool:
    """Whether the order is for more than one card: "clients", "iki müşteri"."""
    items = session.items
    for index, item in enumerate(items):
        counted = index and items[index - 1].whole in (2, 3, 4)
        if item.key in _PLURAL or (item.key.startswith("musteri") and counted):
            session.claim(index - 1 if counted else index, index + 1, "create_client")
            return True
    return False


def emit(session: Session, names: list[Name]) -> None:
    """One card for each name, with the phone, the mail and the address said before the next name."""
    names = sorted(names, key=lambda name: name.first)
    ends = [name.first for name in names[1:]] + [len(session.items)]
    for name, end in zip(names, ends, strict=True):
        args: dict[str, Any] = name.args()
        for item in session.items[name.last : end]:
            if item.kind in ("phone", "email", "siret", "vat_number") and item.iso and item.kind not in args:
                args[item.kind] = item.iso
                item.claimed = item.claimed or "create_client"
        session.emit("create_client", args, name.first, end)
