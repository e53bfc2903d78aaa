"""Parts of a whole said in words ("la moitié", "les trois quarts"), in percent; thirds have no exact one: they are asked."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar.session import Session

_SAID: dict[tuple[str, ...], Decimal] = {
    ("la", "moitie"): Decimal(50),
    ("moitie",): Decimal(50),
    ("un", "quart"): Decimal(25),
    ("quart",): Decimal(25),
    ("les", "trois", "quarts"): Decimal(75),
    ("trois", "quarts"): Decimal(75),
    ("3", "quarts"): Decimal(75),
    **dict.fromkeys([("yarisi",), ("yarisini",), ("yari",), ("yariya",), ("yarim",)], Decimal(50)),
    ("dortte", "biri"): Decimal(25),
}
_LONGEST = max(map(len, _SAID))


def share_at(session: Session, index: int) -> tuple[Decimal, int] | None:
    """The part named from this item on, and the item after it."""
    words = [_word(session, i) for i in range(index, min(index + _LONGEST, len(session.items)))]
    for size in range(len(words), 0, -1):
        found = _SAID.get(tuple(words[:size]))
        if found is not None:
            return found, index + size
    return None


def _word(session: Session, index: int) -> str:
    item = session.items[index]
    return item.key if item.kind == "word" else item.text.lower()
