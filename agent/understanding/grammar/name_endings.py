"""Turkish endings on client names: "Lefevre'ye", "bernara", "sendikasına" become the bare name (UX-28)."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.session import Session, is_trade

_VOWELS = "aeiou"
_LEAST_OWNED = 6


def strip_case(session: Session, name: str, item: Item, end: int) -> str:
    """Lefevre'e, Garnier'ye, Bâti Sud'a, bernara → the bare name."""
    if item.case:
        cut = max(name.rfind(mark) for mark in "'’‘`´ʼ")
        return name[:cut] if cut > 0 else name
    if session.language != "tr":
        return name
    known = closest(name, session.context.clients)
    located = re.sub(r"(?:n?[ıiuü]n)?(?:d|t)[ae]ki$|(?<=[aeıioöuü])n[ıiuü]n(?:ki)?$|[ıü]n$", "", name)
    if located != name and len(located) >= 4 and not closest(name, session.context.clients, cutoff=93):
        return located
    if known and fold(known).split()[-1] == fold(name).split()[-1]:
        return name
    owned = re.sub(r"(?<=[sS][ıiuüIİUÜ])(?:n[ae]|n[ıiuü]n|nd[ae]n?)$", "", name)
    if owned != name and len(owned) >= _LEAST_OWNED:
        return owned  # "sendikasına": of the syndicate
    for ending in ("nin", "nun", "ye", "ya", "in", "un", "e", "a"):
        stem = name[: -len(ending)]
        if not fold(name).endswith(ending) or len(stem) < 4:
            continue
        if closest(stem, session.context.clients, cutoff=93):
            return stem
        vowel = fold(stem)[-1] in _VOWELS
        following = session.items[end].key if end < len(session.items) else ""
        documents = following in session.lexicon.words["documents"] or following in ("bir", "bi", "yeni")
        if ending in ("ye", "ya") and vowel and documents:
            return stem
        heard = session.kind == "voice" and is_trade(following) and fold(stem)[-1] != "i"
        if ending in ("ye", "ya") and vowel and heard:
            return stem  # "madam perroya mutfak evyesi…"; "karpantiye" is how Charpentier sounds
        if ending in ("e", "a") and not vowel and documents and len(stem) >= 5:
            return stem
    return name


def closest(name: str, names: list[str], cutoff: float = 88) -> str | None:
    """The known name nearest to what was said, by spelling; None below the cutoff."""
    folded, found, best = fold(name), None, cutoff
    for candidate in names:
        other = fold(candidate)
        for part in {other, *(p for p in other.split() if len(p) > 3)}:
            score = fuzz.ratio(folded, part)
            if score > best:
                found, best = candidate, score
    return found
