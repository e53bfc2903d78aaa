"""Words of the trades in Turkish mouths: the grammar's own lists and the trade glossary, with any Turkish ending."""

from __future__ import annotations

from functools import lru_cache

from agent.understanding.grammar.lexicon import load, word_set
from services.documents.glossary import load_glossary
from services.documents.word_forms import keys, turkish_stems

_KINDS = frozenset(["work", "object", "material", "surface", "room"])
_LISTS = ("works", "things", "rooms", "surfaces")
_SHORT = 4
"""Letters from which a word of a compound counts by itself: "su" and "alt" say too little."""


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    lexicon = load()
    words: set[str] = set().union(*(lexicon.tr.get(name, frozenset()) for name in _LISTS))
    for entry in load_glossary().entries:
        if entry.kind not in _KINDS:
            continue
        for form in (*entry.tr, *entry.asr, *entry.possessed.values()):
            parts = keys(form)
            alone = len(parts) == 1
            if alone or form not in entry.asr:
                words.update(part for part in parts if len(part) >= (_SHORT - 1 if alone else _SHORT))
    plain = lexicon.words["function"] | lexicon.words["fillers"] | word_set("turkish_trade_plain")
    own = set().union(*(lexicon.tr.get(name, frozenset()) for name in _LISTS))
    return frozenset(word for word in words if not word.isdigit() and (word in own or word not in plain))


@lru_cache(maxsize=1)
def _works() -> frozenset[str]:
    entries = (entry for entry in load_glossary().entries if entry.kind == "work")
    forms = {form for entry in entries for form in (*entry.tr, *entry.possessed.values())}
    return load().tr["works"] | {keys(form)[0] for form in forms if len(keys(form)) == 1}


@lru_cache(maxsize=2048)
def is_turkish_work(key: str) -> bool:
    """Whether a folded word names what is done ("yıkama", "astarı"), not what it is done to."""
    return any(stem in _works() for stem in turkish_stems(key))


@lru_cache(maxsize=1)
def _objects() -> frozenset[str]:
    entries = (entry for entry in load_glossary().entries if entry.kind == "object")
    return frozenset(keys(form)[0] for entry in entries for form in (*entry.tr, *entry.asr) if len(keys(form)) == 1)


@lru_cache(maxsize=2048)
def is_turkish_object(key: str) -> bool:
    """Whether a folded word names a thing that is counted by the piece ("kapı", "spotu")."""
    return any(stem in _objects() for stem in turkish_stems(key))


@lru_cache(maxsize=8192)
def is_turkish_trade(key: str) -> bool:
    """Whether a folded word names a work, a thing or a place of the trades, with or without an ending."""
    words = _vocabulary()
    return any(stem in words for stem in turkish_stems(key))
