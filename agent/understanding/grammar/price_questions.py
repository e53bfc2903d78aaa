"""Questions about prices of earlier documents: "je fais le carrelage à combien d'habitude ?", "prizi kaça koyuyorum"."""

from __future__ import annotations

import re

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import load
from agent.understanding.grammar.names import read_backward, read_forward
from agent.understanding.grammar.patterns import Match
from agent.understanding.grammar.session import Session
from agent.understanding.grammar.targets import kind_of

_WHEN = re.compile(
    r"^(?:ge[çc]en (?:sefer|ay|y[ıi]l|hafta|sene|seferki)|son sefer|en son|daha [öo]nce)\s+", re.IGNORECASE
)
_LAST_TIME = re.compile(
    r"\b(?:genelde|genellikle|normalde|hep|çoğunlukla|kaçtan|kaça|kactan|kaca|ne kadara|en son|son sefer|ge[çc]en(?: sefer)?"
    r"|la derni[èe]re fois|d'habitude)\b.*$",
    re.IGNORECASE,
)
_HABIT = re.compile(r"^\s*(?:d'habitude|normalement|en général|en general|souvent)\s+(?:pour |sur )?", re.IGNORECASE)
_WHEN_ONLY = re.compile(
    r"(?:ce|cette|le|la|en|bu|gecen|au|du)?[ -]*"
    r"(?:mois|annee|semaine|jour|total|tout|ay|hafta|sene|yil)(?:[ -].*)?"
)
_LEAST = 2


def _nominative(text: str) -> str:
    """ "karoyu", "prizi": the thing asked about without the ending of the object."""
    *before, last = text.split() or [""]
    words = load().tr
    for ending in ("yu", "yü", "yı", "yi", "u", "ü", "ı", "i"):
        stem = last[: -len(ending)]
        known = fold(stem) in words["things"] or fold(stem) in words["works"]
        if last.endswith(ending) and len(stem) > _LEAST and known:
            return " ".join([*before, stem])
    return text


def price_history(session: Session, match: Match) -> bool:
    place = match.slots.get("rest")
    first, last = session.clause(match.first)
    items = session.items
    if place is None:
        place = (first, match.first)
    begin, end = place[0], min(place[1], last)
    if any(i.kind == "word" and kind_of(i.key) for i in items[begin:end]):
        return False  # "geçen ay kaç fatura kestim": documents are counted, not prices
    name = None
    for index in range(begin, end):
        if items[index].case and items[index].kind == "word" and items[index].case in ("dat", "gen", "loc"):
            name = read_backward(session, index + 1, first)
            begin = index + 1 if name is not None else begin
            break
    for index in range(first, last):
        if items[index].key in ("chez", "pour", "a") and index + 1 < last and name is None:
            name = read_forward(session, index + 1, last)
            if name is not None:
                end = min(end, index) if index > begin else end
                break
    text = _HABIT.sub("", session.said(begin, end))
    text = re.sub(r"(?i)\s+(?:à|a|en|pour)\s*$", "", _LAST_TIME.sub("", _WHEN.sub("", text)))
    text = re.sub(r"(?i)^\s*(le|la|les|l'|du|de|d'|des|pour|m²|m2)\s+", "", text)
    text = re.sub(r"(?i)^\s*(m²|m2|mètre|metre|ml|prix)\s+(?:de |d'|du )?", "", text)
    text = re.sub(r"(?i)^\s*(le|la|les|l'|du|de|d'|des)\s*\b", "", text).strip(" ?,.")
    text = _nominative(text) if session.language == "tr" else text
    if _WHEN_ONLY.fullmatch(fold(text)):
        return False  # "combien j'ai facturé ce mois-ci": documents are meant, no work
    session.claim(first, last, "price_history")
    session.emit(
        "price_history", {"description": text or None, "client_name": name.name if name else None}, first, last
    )
    return True
