"""Turkish orders that move or rename a line: "3. satırı başa al", "kapıyı giriş kapısı diye yaz"."""

from __future__ import annotations

import re
from typing import Any

from agent.understanding.grammar.corrections import line_reference
from agent.understanding.grammar.draft_clauses_tr import accusative, words_of_orders
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_pointing_tr import named_line
from agent.understanding.grammar.session import Session, is_trade
from tools.commands import LineView

_IS_TO_BE = frozenset("olsun olacak olacakti olmali olmaliydi".split())
_MATERIALS = word_set("draft_moves_materials")
_QUOTED = re.compile(r"[\"“«‘']\s*([^\"”»’']{3,60}?)\s*[\"”»’']")


def take(session: Session, first: int, last: int, verb: str) -> bool:
    """Takes the clause when it moves or renames a line that it names."""
    words = words_of_orders()
    if verb in words["move"] and _move(session, first, last):
        return True
    return verb in words["set"] and _rename(session, first, last, verb)


def _move(session: Session, first: int, last: int) -> bool:
    opening = words_of_orders()["to_top"] | words_of_orders()["to_end"] | {"en"}
    begin = first
    while begin < last and session.items[begin].key in opening:
        begin += 1
    found = _line_at(session, begin, last)
    if found is None:
        return False
    line, end = found
    target = _destination(session, line, *((first, begin) if begin > first else (end, last)))
    if target is None:
        return False
    session.claim(first, last, "move_line_item")
    session.emit("move_line_item", {"line": line.position, "to": target}, first, last)
    return True


def _line_at(session: Session, first: int, last: int) -> tuple[LineView, int] | None:
    """The line that the first words of the clause name, and where those words end."""
    words, items = words_of_orders(), session.items
    while (
        first < last and items[first].key in words["noise"] | words["pronouns"] and not line_reference(session, first)
    ):
        first += 1
    reference = line_reference(session, first)
    if reference is not None:
        line = _at(session, reference[0])
        return (line, reference[1]) if line is not None else None
    end = first
    stops = words["to_top"] | words["to_end"] | {"en"}
    while end < last and items[end].kind == "word" and items[end].key not in stops and not line_reference(session, end):
        end += 1
        if accusative(items[end - 1]):
            break
    named = [i for i in items[first:end] if i.key not in words["noise"]]
    line, _, unknown = named_line(named, _lines(session)) if named else (None, None, [])
    return (line, end) if line is not None and not unknown else None


def _destination(session: Session, line: LineView, index: int, last: int) -> int | None:
    """The position that the rest of the clause names."""
    words, items = words_of_orders(), session.items
    count = len(_lines(session))
    rest = [i for i in range(index, last) if items[i].kind != "mark"]
    for at in rest:
        item = items[at]
        following = items[at + 1].key if at + 1 < last else ""
        if item.kind == "number" and 1 <= item.whole <= count and following in words["place"]:
            return item.whole
        beside = words["below"] | words["above"]
        if following in beside and (other := _other(session, index, at + 1)) is not None:
            below = following in words["below"]
            return other + below if line.position > other else other - (not below)
    keys = [items[i].key for i in rest]
    if any(key in words["to_top"] for key in keys):
        return 1
    return count if any(key in words["to_end"] for key in keys) else None


def _other(session: Session, first: int, last: int) -> int | None:
    """The line beside which it goes: "fayansın altına", "2. satırın üstüne"."""
    for index in range(first, last):
        reference = line_reference(session, index)
        if reference is not None:
            return reference[0]
    line, _, unknown = named_line([i for i in session.items[first:last] if i.kind == "word"], _lines(session))
    return line.position if line is not None and not unknown else None


def _rename(session: Session, first: int, last: int, verb: str) -> bool:
    """ "X'i Y diye yaz", "X'in adını Y yap", "X yerine Y yaz"."""
    words, items = words_of_orders(), session.items
    end = max(i for i in range(first, last) if items[i].key == verb)
    opening = next((i for i in range(first, end) if items[i].key in words["naming"]), None)
    quoting = items[end - 1].key in words["quoting"]
    if opening is None and not quoting:
        return _other_words(session, first, last, end)
    stop = end - 1 if quoting else end
    middle = opening + 1 if opening is not None else _end_of_object(session, first, stop)
    wrong = next((i for i in range(middle or first, stop - 1) if items[i].key == "degil"), None)
    middle = wrong + 1 if wrong is not None else middle  # "adı laminat değil meşe parke olacak"
    if middle is None or any(i.numeric or i.kind == "percent" for i in items[middle:stop]):
        return False
    said = _QUOTED.search(session.said(first, stop))
    new = said[1] if said else session.said(middle, stop).strip(" .,:'\"")
    object_words = [
        i
        for i in items[first : opening if opening is not None else middle]
        if i.kind == "word" and i.key not in words["noise"] | words["pronouns"] | words["written"]
    ]
    reference = next((r for i in range(first, middle) if (r := line_reference(session, i)) is not None), None)
    target: dict[str, Any]
    if reference is not None:
        target = {"line": reference[0]}
    else:
        line, match, unknown = named_line(object_words, _lines(session))
        if match is None or unknown:
            return False
        target = {"match": match} if line is not None else {}
    if not new or not target:
        return False
    session.claim(first, last, "update_line_item")
    session.emit("update_line_item", {**target, "description": new}, first, last)
    return True


def _other_words(session: Session, first: int, last: int, end: int) -> bool:
    """ "laminat değil masif parke olacak", "sıva yazmışsın o mantolama olacak": the wrong words, then the right ones."""
    words, items = words_of_orders(), session.items
    turn = next((i for i in range(first + 1, end) if items[i].key == "degil" or items[i].key in words["written"]), None)
    if turn is None:
        return _made_of(session, first, last, end)
    if any(i.kind != "word" for i in items[first:end]):
        return False
    begin, small = turn + 1, words["noise"] | words["pronouns"] | words["written"]
    while begin < end and items[begin].key in small:
        begin += 1
    old = [i for i in items[first:turn] if i.key not in small]
    line, match, unknown = named_line(old, _lines(session)) if old else (None, None, [])
    if line is None or unknown or begin >= end or all(i.key in small for i in items[begin:end]):
        return False
    session.claim(first, last, "update_line_item")
    args = {"match": match, "description": session.said(begin, end).strip(" .,:")}
    session.emit("update_line_item", args, first, last)
    return True


def _made_of(session: Session, first: int, last: int, end: int) -> bool:
    """ "laminat 8 mm meşe olsun", "fayansı seramik yap": words of the trade behind the line's own are its new ones."""
    words, items = words_of_orders(), session.items
    said = [i for i in items[first:end] if i.key not in words["noise"] | words["pronouns"]]
    plain = said and all(i.kind in ("word", "dimension") and i.claimed is None for i in said)
    if not plain or {i.key for i in said} & (words["foreign"] | words["keep"] | words["written"] | words["naming"]):
        return False
    line, _, unknown = named_line([i for i in said if i.kind == "word"], _lines(session))
    new = said[next((n for n, i in enumerate(said) if i in unknown or i.kind == "dimension"), len(said)) :]
    if line is None or not new or new == said or not all(_of_a_thing(i) for i in new):
        return False
    replaced = accusative(said[said.index(new[0]) - 1])
    if not replaced and items[end].key not in _IS_TO_BE:
        return False
    begin = items.index(new[0] if replaced else said[0])
    session.claim(first, last, "update_line_item")
    session.emit(
        "update_line_item", {"line": line.position, "description": session.said(begin, end).strip()}, first, last
    )
    return True


def _of_a_thing(item: Item) -> bool:
    return item.kind == "dimension" or is_trade(item.key) or item.key in _MATERIALS


def _end_of_object(session: Session, first: int, stop: int) -> int | None:
    """Where the words of the line end and its new words begin: after a pronoun, or after an accusative."""
    words, items = words_of_orders(), session.items
    for index in range(first, stop - 1):
        if items[index].key in words["pronouns"] and index > first:
            return index + 1
    for index in range(first, stop - 1):
        reference = line_reference(session, index)
        if reference is not None:
            return reference[1]
        if items[index].kind == "word" and accusative(items[index]):
            return index + 1
        line, _, unknown = (
            named_line([items[index]], _lines(session)) if items[index].kind == "word" else (None, None, [])
        )
        if (
            line is not None
            and not unknown
            and items[index].key.endswith(("i", "u"))
            and items[index].key not in _own(line)
        ):
            return index + 1
    return None


def _own(line: LineView) -> set[str]:
    return set(fold(f"{line.description} {line.said or ''}").split())


def _lines(session: Session) -> list[LineView]:
    return session.context.draft.lines if session.context.draft is not None else []


def _at(session: Session, position: int) -> LineView | None:
    return next((line for line in _lines(session) if line.position == position), None)
