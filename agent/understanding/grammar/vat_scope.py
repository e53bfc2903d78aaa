"""Which lines a VAT rate is said of: the whole document, a line by its number or its words, the line it was said inside."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session, is_trade

_RATES = frozenset(["20", "10", "5.5", "8.5", "2.1", "0"])
_REST = word_set("vat_scope_rest")
_VAT = ("kdv", "tva", "teveya")
_BEFORE_RATE = frozenset("kdv tva de da yuzde icin ise :".split()) | {"kdvyi", "tvayi", "kdvsi", "tvasi"}
_AFTER_RATE = frozenset("kdv tva olsun yap olacak yapalim yaz koy ile den dan ten tan hepsi".split())
_SEPARATORS = frozenset([",", ".", ";", "\n", "!", "?", "et", "ve", "le", "tout", "bide", "de", "sonra", ":"])


def scope_vat(session: Session, match: Match, args: dict[str, Any]) -> bool:
    """VAT said inside a line belongs to that line; after a separator, or alone, to the whole document."""
    items = session.items
    rate = args.get("rate")
    if rate is not None and rate not in _RATES:
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
    if session.language == "tr" and _closes_all(session, match):
        return True
    if before is not None and before.key not in _SEPARATORS and before.numeric and not session.has_lines():
        numbers = sum(1 for i in items[first:last] if i.numeric and i.claimed is None)
        rate_item = next(i for i in items[match.first : match.last] if i.value is not None) if rate != "0" else None
        if numbers >= 1 and rate_item is not None:
            rate_item.kind, rate_item.key = "percent", "#p"  # stays in the line: see line_reading
            for item in items[match.first : match.last]:
                item.claimed = "vat_word" if item is not rate_item else None
            return False
    return True


def rate_of_the_rest(session: Session) -> None:
    """ "prize kdv 20 gerisi 10", "gerisine 10 yap": after a rate, what the rest of the document gets."""
    items = session.items
    for index, item in enumerate(items):
        if (
            session.language != "tr"
            or item.key not in _REST
            or item.claimed is not None
            or not _rate_before(session, index)
        ):
            continue
        at = index + 1
        while at < len(items) and items[at].key in _BEFORE_RATE:
            at += 1
        if at >= len(items) or items[at].kind not in ("number", "percent") or items[at].value is None:
            continue
        rate, last = number_text(items[at].value or Decimal(0)), at + 1
        while last < len(items) and items[last].key in _AFTER_RATE and items[last].claimed is None:
            last += 1
        if rate in _RATES and not (last < len(items) and items[last].numeric):
            session.claim(index, last, "set_vat")
            session.emit("set_vat", {"rate": rate}, index, last)


def _rate_before(session: Session, index: int) -> bool:
    return any(item.key.startswith(_VAT) for item in session.items[max(0, index - 7) : index])


def _closes_all(session: Session, match: Match) -> bool:
    """ "kesim 3 tane 180 nakliye 120 tva 20": one rate, said after several lines, is that of all of them."""
    items = session.items
    if any(i.key in ("tva", "kdv") or i.kind == "percent" for i in items[: match.first] + items[match.last :]):
        return False
    lines, open_line = 0, False  # "duvar 140 m² 14 cm strafor 95": one line until its price is said
    for one, other in pairwise(items[: match.first]):
        if other.numeric and one.kind == "word" and not open_line:
            lines, open_line = lines + 1, True
        if other.numeric and other.kind != "quantity":
            open_line = False
    return lines > 1 and not any(i.numeric for i in items[match.last :])


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


def excepted(session: Session, match: Match) -> bool:
    """ "tva 10 sur tout sauf la faïence à 20": the rate of one line, beside that of the document."""
    item = next(i for i in session.items[match.slots["pm"][0] : match.slots["pm"][1]] if i.value is not None)
    value = item.value
    if value is None or not any(c.name == "set_vat" for c in session.commands):
        return False
    rate = f"{value.normalize():f}"
    if rate not in _RATES:
        return False
    session.emit("set_vat", {"rate": rate, "match": session.said(*match.slots["lines"])}, match.first, match.last)
    return True


def lines_joined(session: Session, first: int) -> list[int]:
    """ "la 3 et la 4 en tva 20": the other lines named before the last one."""
    items, found, index = session.items, [], first
    while index >= 3 and items[index - 1].key in ("et", ",") and items[index - 2].kind == "number":
        size = 3 if items[index - 3].key in ("la", "le", "ligne") else 2
        if not session.free(index - size, index):
            break
        found.append(items[index - 2].whole)
        session.claim(index - size, index, "set_vat")
        index -= size
    return found[::-1]
