"""Readers of facts about the document: notes, VAT scope, discount removal, dates, the building and its address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from agent.understanding.grammar.dates import relative_day
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.line_matching import content_words, find
from agent.understanding.grammar.names import read_backward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session, is_trade

Reader = Callable[[Session, Match], bool]
_SEPARATORS = frozenset([",", ".", ";", "\n", "!", "?", "et", "ve", "le", "tout", "bide", "de", "sonra", ":"])


def scope_vat(session: Session, match: Match, args: dict[str, Any]) -> bool:
    """VAT said inside a line belongs to that line; after a separator, or alone, to the whole document."""
    items = session.items
    rate = args.get("rate")
    if rate is not None and rate not in ("20", "10", "5.5", "8.5", "2.1", "0"):
        return False
    first, last = session.clause(match.first)
    line = (
        _line_after(session, match.last, last)
        or _line_before(session, match.first, first)
        or _owner(session, match.first, first)
    )
    if line:
        args.update(line)
        return True
    start = match.first
    before = items[start - 1] if start > first else None
    if before is not None and before.key not in _SEPARATORS and before.numeric and not session.has_lines():
        numbers = sum(1 for i in items[first:last] if i.numeric and i.claimed is None)
        rate_item = next(i for i in items[match.first : match.last] if i.value is not None) if rate != "0" else None
        if numbers >= 1 and rate_item is not None:
            rate_item.kind, rate_item.key = "percent", "#p"  # stays in the line: see line_reading
            for item in items[match.first : match.last]:
                item.claimed = "vat_word" if item is not rate_item else None
            return False
    return True


def _line_after(session: Session, index: int, last: int) -> dict[str, Any] | None:
    """ "TVA 20 sur la ligne 2", "tva 5,5 pour l'isolation"."""
    items = session.items
    if index >= last or items[index].key not in ("sur", "pour"):
        return None
    position = index + 1
    while position < last and items[position].key in ("la", "le", "les", "l", "ligne"):
        position += 1
    if (
        position < last
        and items[position].kind == "number"
        and items[position].value is not None
        and not items[position].claimed
    ):
        session.claim(index, position + 1, "set_vat")
        return {"line": items[position].whole}
    end = position
    while end < last and items[end].kind == "word" and items[end].claimed is None and end - position < 4:
        end += 1
    if end > position and items[position].key not in ("tout", "toutes", "tous", "ensemble"):
        words = session.said(position, end)
        session.claim(index, end, "set_vat")
        return {"match": words}
    return None


def _owner(session: Session, index: int, first: int) -> dict[str, Any] | None:
    """The line of the draft before the word VAT: "bataryanın tvası 20", "le radiateur en tva 20"."""
    items = session.items
    if not session.has_lines():
        return None
    position = index
    while (
        position > first
        and items[position - 1].kind == "word"
        and items[position - 1].claimed is None
        and index - position < 5
    ):
        position -= 1
    words = [
        i
        for i in items[position:index]
        if i.key not in ("icin", "en", "a", "la", "le", "mets", "passe", "pour", "l", "les", "et", "tout")
    ]
    if not words or not any(is_trade(w.key) or w.case for w in words):
        return None
    said = session.said(items.index(words[0]), items.index(words[-1]) + 1)
    session.claim(position, index, "set_vat")
    return {"match": re.sub(r"['’]?(?:n?[ıiuü]n|ya|ye|yı|yi)$", "", said) if session.language == "tr" else said}


def _line_before(session: Session, index: int, first: int) -> dict[str, Any] | None:
    """ "la 2 en tva 20", "2. satır kdv 10"."""
    items = session.items
    position = index - 1
    if position >= first and items[position].key in (
        "en",
        "a",
        "icin",
        "satir",
        "satira",
        "satirin",
        "satiri",
        ":",
        "numara",
    ):
        position -= 1
    if position >= first and items[position].key == ".":
        position -= 1
    if position < first or items[position].kind != "number" or items[position].claimed or items[position].value is None:
        return None
    named = position > 0 and items[position - 1].key in ("la", "le", "ligne", "l")
    if not named and not (index - position > 1 and items[index - 1].key.startswith("satir")):
        return None
    session.claim(max(first, position - 1) if named else position, index, "set_vat")
    return {"line": items[position].whole}


def _note_before(session: Session, match: Match) -> bool:
    first, _ = session.clause(match.first)
    text = session.said(first, match.first).strip(" ,:")
    if not text:
        return False
    session.claim(first, match.first, "set_note")
    session.emit("set_note", {"text": text}, first, match.last)
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
    item = session.items[match.slots["validity"][0]]
    if item.value is None:
        return False
    session.emit("set_dates", {"validity_days": number_text(item.value * 30)}, match.first, match.last)
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
        today = session.context.today or date.today()
        year = today.year if month <= today.month else today.year - 1
        value = f"{year:04d}-{month:02d}"
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
            if 10 <= value < 100 and any(i.key in ("annees", "lerden", "larden") for i in items):
                value += 1900 if value > 26 else 2000
            if not 1000 <= value <= today.year + 3:
                return False
            args["completed_year"] = value
        elif item.kind == "date":
            args["completed_on"] = item.iso
        elif item.kind == "month" and item.iso:
            args["completed_on"] = f"{item.iso}-01"
        elif item.key in session.lexicon.words["dwellings"]:
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
    """ "gerland şantiyesi"."""
    first, _ = session.clause(match.first)
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


READERS: dict[str, Reader] = {
    "relative_start": _relative("start_date"),
    "relative_service": _relative("service_date"),
    "wording": _wording,
    "copy_before": _copy_before,
    "copy_of_case": _copy_of_case,
    "set_note_before": _note_before,
    "accepted_note": _note_said,
    "client_side_note": _client_side_note,
    "remove_discount": _remove_discount,
    "set_dates_months": _dates_in_months,
    "service_month": _service_month,
    "site_facts": _site_facts,
    "site_address": _site_address,
    "site_address_before": _site_address_before,
}
