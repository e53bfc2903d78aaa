"""The place said after a client's name to tell which one is meant: "à Villeurbanne", "(Bron)", "de Lyon 3"."""

from __future__ import annotations

import re

from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.session import Session, is_trade

_LIVING = word_set("places_living")
_HOME = frozenset("habite habitent demeure demeurent".split())


def _where_they_live(session: Session, end: int, last: int) -> tuple[str, int] | None:
    """ "M. et Mme Delaunay, ils habitent Meylan": the town after the verb."""
    items = session.items
    at = end + 1 if end < last and items[end].key == "," else end
    at += 1 if at < last and items[at].key in ("il", "elle", "ils", "elles", "qui") else 0
    if at >= last or items[at].key not in _HOME:
        return None
    at += 2 if at + 1 < last and items[at + 1].key in ("a", "sur") else 1
    town = items[at] if at < last else None
    if town is None or town.kind != "word" or not town.text[:1].isupper() or at + 1 < last:
        return None
    return town.text, at + 1


def _town_between_marks(session: Session, index: int) -> bool:
    """ "M. Meunier, Vénissieux. Devis": a capital of no other meaning between two marks."""
    items, words = session.items, session.lexicon.words
    town = items[index] if index < len(items) else None
    if town is None or town.kind != "word" or town.claimed is not None or town.case is not None:
        return False
    closed = index + 1 < len(items) and items[index + 1].key in (",", ".", "\n", ";")
    known = (
        is_trade(town.key) or town.key in words["function"] | words["fillers"] | words["documents"] | words["business"]
    )
    capital = town.text[:1].isupper() and not town.text.isupper() and len(town.key) > 3
    return closed and capital and not known and town.key not in session.lexicon.titles


def read_place(session: Session, end: int, last: int) -> tuple[str | None, int]:
    """``à Villeurbanne``, ``de Lyon 3``, ``(Bron)``, ``à Vaulx en Velin``."""
    if home := _where_they_live(session, end, last):
        return home
    items, lexicon = session.items, session.lexicon
    if (
        end + 1 < last
        and items[end].key in ("euh", "heu", ",")
        and items[end + 1].key == "a"
        and items[end].claimed is None
    ):
        end += 1  # "madame cordier euh à villefranche"
    if end + 2 < last + 1 and end + 2 < len(items) and items[end].key == "(" and items[end + 1].kind == "word":
        close = next((i for i in range(end + 1, min(end + 5, len(items))) if items[i].key == ")"), None)
        said = items[end + 1].key
        if close and (said in lexicon.words["business"] or is_trade(said)):
            return None, close + 1  # "association Les Petits Pas (crèche)"
        if close:
            return session.said(end + 1, close), close + 1
    begin = end + 1 if end < last and items[end].key == "," else end
    if session.language == "tr" and begin < len(items) and items[begin].case in ("abl", "loc"):
        town = items[begin]
        lives = begin + 1 < len(items) and items[begin + 1].key in _LIVING
        asked = session.context.awaiting == "slot:client.name" and begin + 1 >= last
        named = town.text[:1].isupper() or lives or asked  # "mösyö da silva lyon'da oturuyor"
        if town.kind == "word" and town.claimed is None and named and not is_trade(town.key):
            return re.sub(r"['’`][dt][ae]n?$", "", town.text), begin + 1 + lives  # "Bay Kaya, Décines'ten"
    if session.language == "tr" and begin == end + 1 and _town_between_marks(session, begin):
        return items[begin].text, begin + 1
    if (
        end >= last
        or items[end].kind != "word"
        or items[end].key not in ("a", "sur", "de", "d", "vers")
        or items[end].claimed
    ):
        return None, end
    position, words = end + 1, 0
    while position < last and words < 4:
        item = items[position]
        if item.facts.get("prefix") == "city" and words == 0 and not item.claimed:
            return session.said(end + 1, position + 1), position + 1
        if item.kind != "word" or item.claimed:
            break
        joins = item.key in ("en", "sur", "les", "la", "le", "l", "saint", "sainte", "st", "ste", "d", "des")
        if (
            joins
            and position + 1 < last
            and items[position + 1].kind == "word"
            and not is_trade(items[position + 1].key)
        ):
            if words and item.key in ("la", "le", "l", "les"):
                break
            if (
                words
                and item.key == "sur"
                and not items[position + 1].text[:1].isupper()
                and len(items[position + 1].key) < 4
            ):
                break
            if (
                item.key not in ("saint", "sainte", "st", "ste")
                and words == 0
                and item.key not in ("la", "le", "l", "les")
            ):
                break
            position += 1
            continue
        if (
            item.key in lexicon.words["function"]
            or item.key in lexicon.words["fillers"]
            or is_trade(item.key)
            or len(item.key) < 3
        ):
            break
        position, words = position + 1, words + 1
        following = items[position].key if position < last else ""
        if following not in ("en", "sur", "les", "la", "le") and not (
            words == 1 and item.key in ("saint", "sainte", "st", "ste", "villeneuve")
        ):
            break
    if words == 0:
        return None, end
    if (position < last and items[position].kind == "number" and 1 <= items[position].whole <= 20) and session.items[
        position - 1
    ].key in ("lyon", "paris", "marseille"):
        position += 1
    return session.said(end + 1, position), position
