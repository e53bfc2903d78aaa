"""Readers of facts about the document: notes, VAT scope, discount removal, dates, the building and its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from agent.understanding.grammar.dates import month_before, month_end, relative_day
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.line_matching import amount, content_words, find
from agent.understanding.grammar.names import read_backward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session
from tools.commands import LineView

Reader = Callable[[Session, Match], bool]
_HOUSES = frozenset(["ferme", "longere", "batisse"])
_BUILT = ("annees", "lerd", "lard", "larin", "lerin", "construi", "bati", "date", "datant", "fini", "achev", "livre")
_WHOLE = Decimal(100)
_CURRENCY = re.compile(r"€|eur|avro|balle|\be\b", re.IGNORECASE)


def deposit_share(session: Session, match: Match, args: dict[str, Any]) -> dict[str, Any]:
    """ "acompte 30 à la commande": a bare number up to 100 is a percentage, as in the answer to the question."""
    items = session.items[match.first : match.last]
    said = next((i for i in items if i.kind in ("number", "money") and i.value is not None), None)
    if "amount" not in args or said is None or said.value is None or said.value > _WHOLE:
        return args
    return args if _CURRENCY.search(said.text) else {"percent": args["amount"]}


def _note_before(session: Session, match: Match) -> bool:
    first, _ = session.clause(match.first)
    text = session.said(first, match.first).strip(" ,:")
    if not text:
        return False
    session.claim(first, match.first, "set_note")
    session.emit("set_note", {"text": text}, first, match.last)
    return True


def _noted(session: Session, match: Match) -> bool:
    """Everything after the marker is the text, unless a document is asked for: "note un devis pour Costa"."""
    if "rest" not in match.slots:
        return False  # "noté": nothing follows the marker
    first, last = match.slots["rest"]
    documents = session.lexicon.words["documents"]
    if match.last > match.first and any(i.key in documents for i in session.items[first : min(last, first + 2)]):
        return False
    session.emit("set_note", {"text": session.said(first, last)}, match.first, match.last)
    return True


def _note_said(session: Session, match: Match) -> bool:
    first, last = match.first, match.last
    session.emit("set_note", {"text": session.said(first, last)}, first, last)
    return True


def _client_side_note(session: Session, match: Match) -> bool:
    _, last = session.clause(match.first)
    end = match.last
    while (
        end < last and session.items[end].kind == "word" and session.items[end].claimed is None and end - match.last < 6
    ):
        end += 1
    session.claim(match.first, end, "set_note")
    session.emit("set_note", {"text": session.said(match.first, end)}, match.first, end)
    return True


def _copy_before(session: Session, match: Match) -> bool:
    """ "Legrand'ın aynısı", "geçen seferkinin aynısı"."""
    first, _ = session.clause(match.first)
    name = read_backward(session, match.first, first)
    if name is not None:
        session.claim(name.first, match.first, "copy_document")
    session.emit(
        "copy_document", {"client_name": name.name if name else None}, name.first if name else match.first, match.last
    )
    return True


def _copy_of_case(session: Session, match: Match) -> bool:
    """ "Costa'daki gibi", "Costa'nınkiyle aynı", "Costa'daki fiyatlarla": the word before has an ending after its name."""
    index = match.first
    if not index or session.items[index - 1].case not in ("loc", "other", "gen") or session.items[index - 1].claimed:
        return False
    return _copy_before(session, match)


def _remove_discount(session: Session, match: Match) -> bool:
    session.emit("set_discount", {"remove": True}, match.first, match.last)
    return True


def _dates_in_months(session: Session, match: Match) -> bool:
    place = match.slots.get("validity")
    count = session.items[place[0]].value if place is not None else Decimal(1)
    if count is None:
        return False
    days = 7 if session.items[match.last - 1].key.startswith("semaine") else 30
    session.emit("set_dates", {"validity_days": number_text(count * days)}, match.first, match.last)
    return True


def _relative(slot: str) -> Reader:
    """A reader of a day said relative to today."""

    def read(session: Session, match: Match) -> bool:
        for index in range(match.first, match.last):
            day = relative_day(session, index, ahead=slot == "start_date")
            if day:
                session.emit("set_dates", {slot: day}, match.first, match.last)
                return True
        return False

    return read


def _due_end(session: Session, match: Match) -> bool:
    """ "échéance fin décembre"."""
    index = next(i for i in range(match.first, match.last) if session.items[i].key == "fin")
    day = month_end(session, index)
    if day is not None:
        session.emit("set_dates", {"due_date": day}, match.first, match.last)
    return day is not None


def _service_month(session: Session, match: Match) -> bool:
    place = match.slots.get("month") or match.slots.get("month_word")
    item = session.items[place[0]] if place else None
    if item is None:
        return False
    if item.iso:
        value = item.iso
    else:
        month = session.lexicon.months.get(item.key)
        if month is None:
            return False
        value = month_before(session, month)
    session.emit("set_dates", {"service_month": value}, match.first, match.last)
    return True


def _site_facts(session: Session, match: Match) -> bool:
    items = session.items[match.first : match.last]
    args: dict[str, Any] = {}
    today = session.context.today or date.today()
    for item in items:
        if item.kind == "age" and item.value is not None:
            args["age_years"] = int(item.value)
        elif item.kind in ("number", "money") and item.value is not None:
            value = int(item.value)
            of_house = len(items) > 2 and items[-2].key == "de" and items[-3].key in ("est", "etait")
            if 10 <= value < 100 and (of_house or any(i.key.startswith(_BUILT) for i in items)):
                value += 1900 if value > 26 else 2000
            if not 1000 <= value <= today.year + 3:
                return False
            args["completed_year"] = value
        elif item.kind == "date":
            args["completed_on"] = item.iso
        elif item.kind == "month" and item.iso:
            args["completed_on"] = f"{item.iso}-01"
        elif item.key in session.lexicon.words["dwellings"] or item.key in _HOUSES:
            args["premises"] = "dwelling"
    if not {"age_years", "completed_year", "completed_on"} & set(args):
        return False
    before = session.items[match.first - 1] if match.first else None
    if "premises" not in args and any(
        i.key in session.lexicon.words["dwellings"] for i in session.items[max(0, match.first - 4) : match.first]
    ):
        args["premises"] = "dwelling"
    if before is not None and before.key in ("l", "la", "le") and before.claimed is None:
        before.claimed = "set_site"
    index = match.first - 1
    while (
        index >= 0
        and session.items[index].claimed is None
        and session.items[index].key
        in (
            *session.lexicon.words["dwellings"],
            "il",
            "elle",
            "la",
            "le",
            "l",
            "eski",
            "c",
            "est",
            "dans",
            "une",
            "un",
        )
    ):
        session.items[index].claimed = "set_site"
        index -= 1
    last = match.last
    while (
        last < len(session.items)
        and session.items[last].claimed is None
        and session.items[last].key in session.lexicon.words["dwellings"]
    ):
        session.items[last].claimed = "set_site"
        args["premises"] = "dwelling"
        last += 1
    last = _other_year(session, last, args)
    session.emit("set_site", args, index + 1, last)
    return True


def _other_year(session: Session, last: int, args: dict[str, Any]) -> int:
    """ "maison des années 50… enfin 1954": the year said last."""
    items, index = session.items, last
    while index < len(items) and (
        items[index].kind == "mark" or items[index].key in session.lexicon.words["correction"]
    ):
        index += 1
    corrected = any(i.key in session.lexicon.words["correction"] for i in items[last:index])
    if not corrected or index >= len(items) or not 1000 <= items[index].whole <= 2100 or "completed_year" not in args:
        return last
    args["completed_year"] = items[index].whole
    session.claim(last, index + 1, "set_site")
    return index + 1


def _site_address(session: Session, match: Match) -> bool:
    place = match.slots.get("who") or match.slots.get("district")
    if place is None:
        return False
    text = re.sub(
        r"^(?:à|a|au|sur|:)\s+|['’](?:te|ta|de|da)$", "", session.said(*place).strip(" ,:"), flags=re.IGNORECASE
    )
    first = session.items[place[0]]
    if not text or first.key in session.lexicon.words["function"] or first.key in session.lexicon.words["works"]:
        return False
    session.emit("set_site", {"address": text}, match.first, match.last)
    return True


def _site_address_before(session: Session, match: Match) -> bool:
    """ "gerland şantiyesi"; "Moreau şantiyesinde hakediş kes" names the client."""
    first, last = session.clause(match.first)
    if any(i.key.startswith(("hakedis", "bakiye")) for i in session.items[first:last]):
        return False
    name = read_backward(session, match.first, first)
    if name is None:
        return False
    session.claim(name.first, match.first, "set_site")
    session.emit("set_site", {"address": name.name}, name.first, match.last)
    return True


def _wording(session: Session, match: Match) -> bool:
    """ "kapılara sous-couche dahil yazsın", "précise fourni par le client pour le lavabo": words added to one line."""
    draft = session.context.draft
    if draft is None or not draft.lines:
        return False
    items = session.items
    if "owner" in match.slots and "rest" not in match.slots:
        return False  # "précise pour le lavabo": not what
    if "owner" in match.slots:
        line, _ = find(content_words(items[slice(*match.slots["owner"])]), draft.lines)
        said = session.said(*match.slots["rest"])
        owner = session.said(*match.slots["owner"])
        first = match.first
        if any(i.numeric for i in items[match.first : match.last]):
            return False
    else:
        first = match.first
        while (
            first > 0
            and items[first - 1].kind == "word"
            and items[first - 1].claimed is None
            and match.first - first < 6
        ):
            first -= 1
        while first < match.first and items[first].key in (
            "tamam",
            "ama",
            "evet",
            "ok",
            "olur",
            "bi",
            "bir",
            "de",
            "da",
            "sadece",
            "yalniz",
        ):
            first += 1
        line, _ = find(content_words(items[first : first + 1]), draft.lines)
        owner, said = session.said(first, first + 1), session.said(first + 1, match.first + 1)
    if line is None or not said:
        return False
    session.claim(first, match.last, "update_line_item")
    description = f"{line.said or line.description}, {said.strip()}"
    session.emit("update_line_item", {"match": owner, "description": description}, first, match.last)
    return True


def _round_price(session: Session, match: Match) -> bool:
    """ "je lui fais à 1900": near the total it is the new total, far below it is what is taken off."""
    item = session.items[match.slots["m"][0]]
    draft = session.context.draft
    if item.value is None or draft is None or not draft.lines:
        return False
    mode = item.mode or next((i.mode for i in session.items[match.first : match.last] if i.mode), None)
    whole = sum((_worth(line) for line in draft.lines), Decimal(0))
    slot = "target_total" if item.facts.get("at") or item.value * 2 > whole else "amount"
    session.emit("set_discount", {slot: number_text(item.value), "price_mode": mode}, match.first, match.last)
    return True


def _worth(line: LineView) -> Decimal:
    price = amount(line.total) or (amount(line.unit_price) or Decimal(0)) * (amount(line.quantity) or Decimal(1))
    return price


READERS: dict[str, Reader] = {
    "round_price": _round_price,
    "relative_start": _relative("start_date"),
    "relative_service": _relative("service_date"),
    "wording": _wording,
    "copy_before": _copy_before,
    "copy_of_case": _copy_of_case,
    "set_note_before": _note_before,
    "accepted_note": _note_said,
    "noted": _noted,
    "client_side_note": _client_side_note,
    "remove_discount": _remove_discount,
    "set_dates_months": _dates_in_months,
    "service_month": _service_month,
    "due_end": _due_end,
    "site_facts": _site_facts,
    "site_address": _site_address,
    "site_address_before": _site_address_before,
}
