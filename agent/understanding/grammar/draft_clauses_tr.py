"""The clauses of Turkish orders about lines: Turkish is verb-final, so each verb closes one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import _keys, _read
from agent.understanding.grammar.session import Session
from tools.commands import Command, LineView


@lru_cache(maxsize=1)
def words_of_orders() -> dict[str, frozenset[str]]:
    """The word lists of ``lexicon/draft_orders_tr.yaml``, folded."""
    return {name: frozenset(_keys(value)) for name, value in _read("draft_orders_tr").items()}


@dataclass(slots=True)
class Order:
    """One clause: its items ``[first, last)`` with the verb, and what its words are."""

    first: int
    last: int
    verb: str
    line: LineView | None = None
    match: str | None = None
    points_by_value: str | None = None
    old: Decimal | None = None
    topic: str | None = None
    mode: str | None = None
    pronoun: bool = False
    unknown: list[Item] = field(default_factory=list)
    numbers: list[Item] = field(default_factory=list)
    percent: Item | None = None
    discount: bool = False
    relative: bool = False
    several: list[str] = field(default_factory=list)
    command: Command | None = None
    kept: bool = False


def clauses(session: Session) -> list[tuple[int, int, str]]:
    """Clauses of free items, each up to its verb and the polite words after it; what has no verb has the verb ""."""
    words, items = words_of_orders(), session.items
    verbs = (
        words["set"] | words["raise"] | words["remove"] | words["move"] | words["state"] | words["keep"] | words["add"]
    )
    found: list[tuple[int, int, str]] = []
    first = index = 0
    while index < len(items):
        item = items[index]
        if item.claimed not in (None, "corrected") or (item.separator and not _inside(session, index)):
            if index > first:
                found.append((first, index, ""))
            first = index = index + 1
            continue
        if item.key == "degil" and index and items[index - 1].key in ("lazim", "gerekli"):
            end = _tail(session, index + 1)
            found.append((first, end, "lazim"))
            first = index = end
            continue
        if item.key in words["spare"] and index > first and accusative(items[index - 1]):
            found.append((first, _tail(session, index + 1), "kalsin"))  # "boyayı kaldırma": it stays
            first = index = found[-1][1]
            continue
        if item.kind == "word" and (item.key in verbs or item.key in words["unwanted"]) and index > first:
            nothing = item.key in ("lazim", "gerek")
            if nothing and not (index + 1 < len(items) and items[index + 1].key in ("degil", "yok")):
                index += 1
                continue
            if item.key in words["keep"] and index + 1 < len(items) and items[index + 1].key in words["keep"]:
                index += 1
                continue
            verb = "iptal" if item.key == "iptal" else item.key
            end = _tail(session, index + (2 if nothing else 1))
            found.append((first, end, verb))
            first = index = end
            continue
        index += 1
    if first < len(items):
        found.append((first, len(items), ""))
    return found


def accusative(item: Item) -> bool:
    """Whether a word carries the ending of the object ("boyayı", "süpürgeliği")."""
    return item.case == "acc" or item.key.endswith(("yi", "yu", "ni", "nu", "gi", "gu"))


def valued(said: list[Item], before: bool) -> bool:
    """Words without a verb that still give a value: a corrected one, a difference, or one more after an order."""
    words = words_of_orders()
    differs = any(i.key in words["relative"] for i in said)
    if any(i.kind == "percent" for i in said) and any(i.key in words["discount"] for i in said):
        return True  # "lavaboya da yüzde on indirim"
    return any(i.replaces is not None or (i.numeric and (before or differs)) for i in said)


def _inside(session: Session, index: int) -> bool:
    """A comma after a number said to be wrong ("1450 değil, 1540") ends no clause."""
    return session.items[index].key == "," and index > 0 and session.items[index - 1].key == "degil"


def _tail(session: Session, index: int) -> int:
    words = words_of_orders()["tail"]
    while index < len(session.items) and session.items[index].claimed is None and session.items[index].key in words:
        if session.items[index].key in ("bir", "o", "tamam", "simdi", "hemen", "sen") and not _ends(session, index + 1):
            break
        index += 1
    return index


def _ends(session: Session, index: int) -> bool:
    return (
        index >= len(session.items)
        or session.items[index].separator
        or session.items[index].key in words_of_orders()["tail"]
    )
