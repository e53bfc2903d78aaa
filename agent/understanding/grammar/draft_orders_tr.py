"""Turkish orders about lines of the draft: what is meant, the new value, and the verb that ends the clause.

"parkeyi 30'dan 32'ye çıkar süpürgeliği de sil": Turkish is verb-final, so each verb closes one order. An order is taken
only when all of its words are explained; one that names a line and a number without saying how they belong together stays
unexplained, so that the assistant asks instead of guessing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agent.understanding.grammar import draft_moves_tr
from agent.understanding.grammar.corrections import line_reference
from agent.understanding.grammar.draft_clauses_tr import Order, clauses, valued, words_of_orders
from agent.understanding.grammar.draft_values_tr import difference, values
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_matching import carrying
from agent.understanding.grammar.line_pointing_tr import named_line
from agent.understanding.grammar.session import Session
from agent.understanding.grammar.targets import kind_of
from tools.commands import LineView

_ASKING = frozenset("mi mu miyiz miyim muyuz muyum".split())
_POLITE = frozenset("misin musun misiniz musunuz".split())
_JOINTS = frozenset("da de ve ile".split())
_OPENERS = frozenset("ve bide sonra ayrica ama fakat".split())


def read(session: Session) -> None:
    """Takes the orders it explains wholly; the others are left to the readers that follow."""
    awaiting = session.context.awaiting or ""
    if session.language != "tr" or not session.has_lines() or awaiting.startswith("choice:"):
        return
    spoken: Order | None = None
    removed = False
    for number, (first, last, verb) in enumerate(clauses(session)):
        pronoun = first + 1 < last and session.items[first].key in ("onun", "bunun")
        place = first + 1 if pronoun else first
        if removed and session.items[place].key == "yerine":
            session.claim(first, place, "kept")
            session.items[place].key = "ekle"  # "… sil yerine kepenk yaz 6 tane 280": what comes is a new line
            spoken, removed = None, False
            continue
        removed = False
        if draft_moves_tr.take(session, first, last, verb):
            spoken = _renamed(session, first, last, verb)
            continue
        order = _order(session, first, last, verb)
        if order is None:
            spoken = None
            continue
        if not verb and not valued(session.items[first:last], number > 0):
            spoken = order if order.line is not None and not order.unknown else None
            continue
        _point(session, order, spoken)
        if _take(session, order, spoken):
            removed = order.command is not None and order.command.name == "remove_line_item"
            spoken = order if not removed else None
            continue
        spoken = order if order.relative else None
        pointed = order.line is not None or order.match is not None
        known = not order.unknown and (verb and verb not in words_of_orders()["add"])
        ends = last >= len(session.items) or session.items[last].separator
        one_more = order.relative and len(order.numbers) == 1 and not order.unknown and ends
        if order.numbers and ((pointed and (known or order.relative)) or one_more):
            session.asked.update(range(first, last))  # a line and a number that do not fit together: better asked


def _renamed(session: Session, first: int, last: int, verb: str) -> Order | None:
    """The line just given other words: "… meşe olsun ve 36 euro" goes on about it."""
    command = session.commands[-1]
    line = _at(session, command.args["line"]) if command.name == "update_line_item" and "line" in command.args else None
    return Order(first, last, verb, line=line, command=command) if line is not None else None


def _point(session: Session, order: Order, spoken: Order | None) -> None:
    """Without words of its own an order is about the line that carries the number it replaces, or the one just spoken of."""
    if order.line is not None or order.match is not None or order.points_by_value is not None or order.unknown:
        return
    draft = session.context.draft
    old = next((n.replaces for n in order.numbers if n.replaces is not None), None)
    carriers = [line for line in draft.lines if carrying(old, [line])] if draft and old is not None else []
    if len(carriers) == 1:
        order.line = carriers[0]
    elif old is None:
        order.line = spoken.line if spoken is not None else _only(session)


def _only(session: Session) -> LineView | None:
    draft = session.context.draft
    return draft.lines[0] if draft and len(draft.lines) == 1 else None


def _order(session: Session, first: int, last: int, verb: str) -> Order | None:
    """What the words of a clause are; None when it asks, or speaks of something else than lines."""
    items, words = session.items, words_of_orders()
    keys = [i.key for i in items[first:last]]
    if any(key in _ASKING for key in keys) or (
        last < len(items) and items[last].key == "?" and not _POLITE & set(keys)
    ):
        return None
    order = Order(first, last, verb)
    names: list[Item] = []
    index = _after_document(session, first, last)
    while index < last and (items[index].key in _OPENERS or items[index].claimed == "corrected"):
        index += 1
    while index < last:
        item = items[index]
        key = item.key
        reference = line_reference(session, index) if order.line is None else None
        if reference is not None:
            order.line, order.match = _at(session, reference[0]), None
            index = reference[1]
            continue
        if item.claimed == "corrected" or item.kind == "mark" or key == verb:
            pass
        elif item.numeric:
            _number(session, order, index)
        elif item.kind == "dimension" and _pointing_size(session, order, index, names):
            pass
        elif item.kind == "percent":
            order.percent = item
        elif item.kind == "mode" and (names or order.line is not None):
            order.mode, order.topic = item.mode, order.topic or "price"
        elif item.kind != "word":
            return None
        elif key in ("da", "de", "ve", "ile"):
            names.append(item)  # between two lines meant together
        elif key in words["first"] or key in words["last"]:
            order.line = _at(session, 1 if key in words["first"] else len(session.context.draft.lines))  # type: ignore[union-attr]
        elif key in words["pronouns"]:
            order.pronoun = True
        elif key in words["price"] or key in words["quantity"]:
            order.topic = "price" if key in words["price"] else "quantity"
        elif key in words["discount"]:
            order.discount = True
        elif key in words["foreign"]:
            return None
        elif key in words["noise"] or key in words["tail"] or key in words["keep"]:
            order.kept = order.kept or key in words["keep"]
        elif key in words["spare"]:
            if order.line is None and not names:
                return None  # "yok silme kalsın": an answer
            order.kept = True
        elif key in words["relative"]:
            order.relative = True
        elif key in ("degil", "yok") and verb in words["unwanted"]:
            pass
        elif not _case_of_number(session, index):
            names.append(item)
        index += 1
    named = [n for n in names if n.key not in _JOINTS]
    removing = verb in words["remove"] | words["unwanted"] and not order.numbers
    if order.line is None and (removing or (order.numbers and verb in words["set"] | words["raise"])):
        order.several = _several(session, names)
    if order.line is None and named:
        line, match, unknown = named_line(named, session.context.draft.lines)  # type: ignore[union-attr]
        order.line, order.match, order.unknown = line, match, unknown
    return order


def _after_document(session: Session, first: int, last: int) -> int:
    """ "madam Gérard'ın devisinde …": whose document it is says nothing about the line."""
    for index in range(first, last):
        document = kind_of(session.items[index].key) or session.items[index].key.startswith("hakedis")
        if document and session.items[index].key.endswith(("nda", "nde", "ki", "ta", "te", "da")):
            return index + 1
    return first


def _at(session: Session, position: int) -> LineView | None:
    draft = session.context.draft
    return next((line for line in draft.lines if line.position == position), None) if draft else None


def _case_of_number(session: Session, index: int) -> bool:
    """ "30 dan 32 ye": an ending written apart from its number."""
    item = session.items[index]
    return session.items[index - 1].numeric and item.key in ("dan", "den", "tan", "ten", "a", "e", "ya", "ye", "i", "u")


def _number(session: Session, order: Order, index: int) -> None:
    items = session.items
    after = items[index + 1].key if index + 1 < order.last else ""
    item = items[index]
    draft = session.context.draft
    pointing = after in words_of_orders()["pointing"] and item.value is not None and draft is not None
    if pointing and draft and item.value is not None and carrying(item.value, draft.lines) is not None:
        order.points_by_value = number_text(item.value)
        return
    order.numbers.append(item)


def _pointing_size(session: Session, order: Order, index: int, names: list[Item]) -> bool:
    """ "dört bin iki yüzlük olanı", "22'lik 25 olsun": the line that carries this value."""
    item, draft = session.items[index], session.context.draft
    called = item.case == "lik" or fold(item.text).endswith(("lik", "luk"))
    if names or not called or item.value is None or draft is None:
        return False
    held = [line for line in draft.lines if carrying(item.value, [line]) is not None]
    if len(held) == 1:
        order.line, order.old = held[0], item.value
    elif held:
        session.asked.update(range(order.first, order.last))  # several carry it: better asked
    return bool(held)


def _take(session: Session, order: Order, spoken: Order | None) -> bool:
    words = words_of_orders()
    known = not order.unknown
    pointed = order.line is not None or order.points_by_value is not None or order.match is not None
    if order.relative and order.numbers:
        return False  # "3 metre daha ekle": the new value would have to be computed
    if order.kept and not order.numbers and known and order.percent is None:
        session.claim(order.first, order.last, "kept")
        return True
    if order.percent is not None and not order.numbers and pointed and known and _is_progress(session):
        return _emit(session, order, "set_progress", {"percent": number_text(order.percent.value or Decimal(0))})
    if not pointed and known and _whole_document(order):
        item = order.numbers[0]
        args = {"target_total": number_text(item.value or Decimal(0)), "price_mode": item.mode}
        return _emit(session, order, "set_discount", args)
    if order.discount:
        return pointed and known and _discount(session, order)
    if order.several:
        return _take_several(session, order)
    if order.verb in words["remove"] and not order.numbers and pointed and known:
        order.last = _reason(session, order.last)
        return _emit(session, order, "remove_line_item", {})
    if (order.verb in words["unwanted"] or order.verb == "lazim") and not order.numbers and pointed and known:
        return _emit(session, order, "remove_line_item", {})
    corrected = any(n.replaces is not None for n in order.numbers)
    counted = all(n.marked or n.kind == "quantity" for n in order.numbers)
    follows = spoken is not None and spoken.command is not None and spoken.command.name == "update_line_item"
    if not order.verb and not corrected and (not follows or order.match is not None or not counted):
        return False  # no verb: a value for the line just spoken of, or read with the other lines
    changing = order.verb in words["set"] | words["raise"] | words["state"] or not order.verb
    if not (changing and order.numbers and known) or order.percent is not None:
        return False
    if order.verb in words["state"] and not pointed and not corrected:
        return False
    less = difference(order)
    if less is not None:
        return bool(less) and _emit(session, order, "update_line_item", less)
    return _change(session, order, spoken)


def _is_progress(session: Session) -> bool:
    return session.context.draft is not None and session.context.draft.kind == "progress"


def _whole_document(order: Order) -> bool:
    """ "toplam üç bin olsun": the sum that the document must reach."""
    verbs = words_of_orders()["set"] | words_of_orders()["raise"]
    return len(order.numbers) == 1 and order.numbers[0].total and order.topic is None and order.verb in verbs


def _take_several(session: Session, order: Order) -> bool:
    """One command for each of the lines that are removed, or that get the same value."""
    args = values(session, order) if order.numbers else {}
    if order.numbers and (not args or difference(order) is not None):
        return False
    name = "update_line_item" if order.numbers else "remove_line_item"
    session.claim(order.first, order.last if order.numbers else _reason(session, order.last), name)
    for match in order.several:
        order.command = session.emit(name, {"match": match, **args}, order.first, order.last)
    return True


def _several(session: Session, names: list[Item]) -> list[str]:
    """ "fayansı da süpürgeliği de sil", "fayansla süpürgeliği kaldır": the words of each line; empty for one line."""
    groups: list[list[Item]] = [[]]
    for item in names:
        if item.key in _JOINTS:
            groups.append([])
            continue
        groups[-1].append(item)
        if item.key.endswith(("yla", "yle")) or (item.key.endswith(("la", "le")) and item is not names[-1]):
            groups.append([])
    whole, _, extra = named_line([i for i in names if i.key != "de"], session.context.draft.lines)  # type: ignore[union-attr]
    if whole is not None and not extra:
        return []  # "pose de carrelage": one line
    found = [named_line(group, session.context.draft.lines) for group in groups if group]  # type: ignore[union-attr]
    if len(found) < 2 or any(match is None or unknown for _, match, unknown in found):
        return []
    positions = [line.position if line is not None else 0 for line, _, _ in found]
    return [str(match) for _, match, _ in found] if len(set(positions)) == len(found) else []


def _reason(session: Session, index: int) -> int:
    """Why a line goes ("… müşteri kendi alacakmış"): words up to the next separator, when they say nothing else."""
    items, end = session.items, index
    while end < len(items) and not items[end].separator and items[end].claimed is None:
        if items[end].kind != "word":
            return index
        end += 1
    given = {item.key for item in items[index:end]}
    verbs = (
        words_of_orders()["set"] | words_of_orders()["raise"] | words_of_orders()["remove"] | words_of_orders()["add"]
    )
    return end if given & words_of_orders()["reasons"] and not given & verbs else index


def _discount(session: Session, order: Order) -> bool:
    """ "işçiliğe yüzde 10 indirim yap", "2. satırda 50 euro indirim"."""
    if order.percent is not None and not order.numbers and order.percent.value is not None:
        return _emit(session, order, "update_line_item", {"discount_percent": number_text(order.percent.value)})
    if len(order.numbers) == 1 and order.percent is None and order.numbers[0].value is not None:
        return _emit(session, order, "update_line_item", {"discount_amount": number_text(order.numbers[0].value)})
    return False


def _change(session: Session, order: Order, spoken: Order | None) -> bool:
    args = values(session, order)
    if not args:
        return False
    if order.line is None and order.match is None and order.points_by_value is None:
        replaced = next((n.replaces for n in order.numbers if n.replaces is not None), None)
        spoken_price = all(n.kind == "money" and n.marked and n.case is None for n in order.numbers)
        if replaced is not None or not (order.topic or spoken_price):
            return False  # by value, or the line just spoken of: read with the other lines
    before = spoken.command if spoken is not None and spoken.line is order.line else None
    if before is None or before.name != "update_line_item" or (order.line is None and order.match is not None):
        return _emit(session, order, "update_line_item", args)
    session.claim(order.first, order.last, "update_line_item")
    before.args.update(args)  # the same line again: its values are completed, or corrected
    before.end = session.items[order.last - 1].end
    before.evidence = session.text[before.start : before.end]
    order.command = before
    return True


def _emit(session: Session, order: Order, name: str, args: dict[str, Any]) -> bool:
    if order.points_by_value is not None and order.line is None:
        target: dict[str, Any] = {"match_value": order.points_by_value}
    elif order.match is not None:
        target = {"match": order.match}
    else:
        target = {"line": order.line.position} if order.line is not None else {}
    session.claim(order.first, order.last, name)
    order.command = session.emit(name, {**target, **args}, order.first, order.last)
    return True
