"""Amounts, shares and days said in answer to a question about one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from agent.understanding.grammar.dates import day_at, duration_days, month_end, relative_day
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.grammar.shares import share_at

_WHOLE = Decimal(100)
_NORMAL = Decimal(20)
_BORDER = 2
"""Years from which a dwelling has the reduced rate (CGI art. 279-0 bis)."""
_AGES = {
    "site:old": re.compile(r"\bplus de (?:2|deux) ans\b|\b(?:2|iki) yildan (?:eski|fazla|cok)|\b(?:2|iki) yili gecti"),
    "site:new": re.compile(
        r"\bmoins de (?:2|deux) ans\b|\b(?:2|iki) yildan (?:yeni|az|kisa)|\bdaha yeni\b|\b(?:2|iki) yili? (?:olmadi|dolmadi)"
    ),
}
_OPENING = {"site:old": ("eski", "ancienne"), "site:new": ("yeni", "recente", "recent")}
_RATES = ("20", "10", "5.5", "8.5", "2.1", "0")


def progress(session: Session, free: list[int]) -> None:
    """How far the works are: "65 %", "65", "la moitié"."""
    found = _share(session, free)
    if found is not None and found[0] <= _WHOLE:
        _emit(session, "set_progress", {"percent": number_text(found[0])}, found[1], found[2])


def deposit(session: Session, free: list[int]) -> None:
    """A part or an amount: "30 %", "la moitié", "500 €"."""
    found = _share(session, free)
    if found is None:
        return
    value, first, last, money = found
    name = "amount" if money or value > _WHOLE else "percent"
    _emit(session, "set_deposit", {name: number_text(value)}, first, last)


def credit(session: Session, free: list[int]) -> None:
    """How much of an invoice is taken back; a bare number is an amount."""
    found = _share(session, free)
    if found is None:
        return
    value, first, last, money = found
    percent = session.items[first].kind == "percent" or (session.items[first].kind == "word" and not money)
    args = {"percent" if percent else "amount": number_text(value), "price_mode": session.items[first].mode}
    _emit(session, "issue_credit_note", args, first, last)


def age_choice(session: Session) -> None:
    """Asked how old the building is, the words of one of the two answers choose it ("moins de 2 ans, livrée en mars")."""
    if session.context.awaiting != "slot:vat":
        return
    said = fold(" ".join(item.text for item in session.items))
    meant = {value for value, phrase in _AGES.items() if phrase.search(said)}
    meant = meant or {value for value, word in _OPENING.items() if session.items[0].key in word}
    options = [c.number for c in session.context.choices if c.value in meant]
    if len(meant) == 1 and len(options) == 1 and not any(i.kind == "age" and i.whole != _BORDER for i in session.items):
        _emit(session, "choose", {"option": options[0]}, 0, len(session.items))


def either_of_two(numbers: Sequence[Item], items: Sequence[Item]) -> bool:
    """ "entre 35 et 40", "26 ou 27", "6ya 4": two numbers of one sort answer a question about one value with none."""
    if len(numbers) != 2:
        return False
    between = {item.key for item in items if numbers[0].start <= item.start <= numbers[1].start} | {items[-1].key}
    same = numbers[0].kind == numbers[1].kind and numbers[0].unit == numbers[1].unit
    return same or bool({"ou", "entre", "arasi", "ya", "veya"} & between)


def with_cents(session: Session, numbers: list[int]) -> list[int]:
    """ "soixante-deux cinquante" to the question of a price: euros and cents, said one after the other."""
    two = [session.items[i] for i in numbers]
    plain = len(two) == _BORDER and numbers[1] == numbers[0] + 1 and all(i.kind == "number" and i.spelled for i in two)
    if not plain or two[0].value is None or two[1].value is None or two[0].value >= 1000:
        return numbers
    if not 10 <= two[1].whole < 100 or two[1].whole % 5 or two[0].whole < 0:
        return numbers
    two[0].value += two[1].value / _WHOLE
    two[0].kind, two[0].key, two[0].marked = "money", "#m", True
    return numbers[:1]


def rate_alone(session: Session) -> None:
    """Asked for the rate, a message with one number that is a rate and no word of the trade says it ("tamam 20 yap")."""
    if session.context.awaiting not in ("slot:vat", "confirm:vat"):
        return
    free = [i for i, item in enumerate(session.items) if item.claimed is None and item.kind != "mark"]
    said = [session.items[i] for i in free if session.items[i].numeric or session.items[i].kind == "percent"]
    if len(said) != 1 or said[0].value is None or number_text(said[0].value) not in _RATES or said[0].spelled:
        return
    if said[0].kind == "quantity" or any(_of_lines(session, session.items[i]) for i in free):
        return
    if session.context.awaiting == "confirm:vat":
        normal_rate(session, free)
        return
    _emit(session, "set_vat", {"rate": number_text(said[0].value)}, free[0], free[-1] + 1)


def _of_lines(session: Session, item: Item) -> bool:
    """A word about a line or about the building, not about the rate."""
    words = session.lexicon.words
    building = item.key in words["dwellings"] or item.key in words["shops"] or item.key in ("is", "yeri", "local")
    about = is_trade(item.key) or building or item.key.startswith(("satir", "ligne", "kalem"))
    return item.kind == "word" and about


def normal_rate(session: Session, free: list[int]) -> None:
    """ "oui passe à 20" to the offer of the normal rate is a yes; another rate is said for the document."""
    for index in free:
        value = session.items[index].value
        if value is None or session.items[index].kind not in ("percent", "number", "money"):
            continue
        session.claim(free[0], free[-1] + 1, "confirm")
        if value == _NORMAL:
            session.emit("confirm", {}, index, index + 1)
        elif number_text(value) in _RATES:
            session.emit("set_vat", {"rate": number_text(value)}, index, index + 1)
        return


def due_date(session: Session, free: list[int]) -> None:
    """A day ("le 15 janvier", "fin décembre", "lundi") or a delay ("30 jours", "un mois")."""
    for index in free:
        day = session.items[index].iso if session.items[index].kind == "date" else None
        day = day or month_end(session, index) or relative_day(session, index, ahead=True)
        if day:
            _whole_answer(session, free, {"due_date": day}, index)
            return
        delay = duration_days(session, index)
        if delay is not None:
            _whole_answer(session, free, {"due_days": delay}, index)
            return


def service_date(session: Session, free: list[int]) -> None:
    """The day or the month of the works."""
    for index in free:
        slot, value = day_at(session, index)
        if value:
            _whole_answer(session, free, {f"service_{slot}": value}, index)
            return


def _share(session: Session, free: list[int]) -> tuple[Decimal, int, int, bool] | None:
    """The first part or amount of the answer: value, first, last item, and whether it is money."""
    for index in free:
        item: Item = session.items[index]
        if item.value is not None and item.kind in ("percent", "number", "money") and item.case != "loc":
            return item.value, index, index + 1, item.kind == "money"
        said = share_at(session, index)
        if said is not None:
            return said[0], index, said[1], False
    return None


def _emit(session: Session, name: str, args: dict[str, Any], first: int, last: int) -> None:
    session.claim(first, last, name)
    session.emit(name, args, first, last)


def _whole_answer(session: Session, free: list[int], args: dict[str, str], index: int) -> None:
    session.claim(free[0], free[-1] + 1, "set_dates")
    session.emit("set_dates", args, index, index + 1)
