"""Finding the line of the draft that a few words or a number point at (UX-47), across spelling and language."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from rapidfuzz import fuzz

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import _read, load, word_set
from services.documents.word_forms import turkish_stems
from tools.commands import LineView

_ENOUGH = 0.6
_SHORT = 3
_EMPTY = word_set("line_matching_empty")


@lru_cache(maxsize=1)
def _groups() -> dict[str, int]:
    return {fold(str(word)): number for number, group in enumerate(_read("equivalents")["groups"]) for word in group}


def content_words(items: Sequence[Item]) -> list[str]:
    """The folded words that name something: no articles, fillers or function words."""
    lexicon = load()
    skip = lexicon.words["articles"] | lexicon.words["fillers"] | lexicon.words["connectors"] | _EMPTY
    return [item.key for item in items if item.kind == "word" and item.key not in skip and len(item.key) > 1]


def same_word(one: str, other: str) -> bool:
    """Whether two folded words name the same thing: spelling, endings, and equivalents in the other language."""
    if one == other:
        return True
    if (_groups_of(one) & _groups_of(other)) or one in _stems(other) or other in _stems(one):
        return True
    shorter = min(len(one), len(other))
    if shorter >= 4 and (one.startswith(other) or other.startswith(one)) and abs(len(one) - len(other)) <= 4:
        return True
    return shorter >= 4 and fuzz.ratio(one, other) >= 80


@lru_cache(maxsize=4096)
def _stems(word: str) -> tuple[str, ...]:
    """The word, and what remains without its endings."""
    plural = (word[:-1],) if word.endswith("s") and len(word) > _SHORT else ()
    return (*turkish_stems(word), *plural)


@lru_cache(maxsize=4096)
def _groups_of(word: str) -> frozenset[int]:
    groups = _groups()
    return frozenset(groups[stem] for stem in _stems(word) if stem in groups)


@lru_cache(maxsize=1)
def _sides() -> dict[str, tuple[tuple[int, int], ...]]:
    """The sides of pairs of opposites (pair, side) that a folded word stands for."""
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for pair, sides in enumerate(_read("equivalents")["opposites"]):
        for side, words in enumerate(sides):
            for word in words.split():
                found[fold(word)] = (*found.get(fold(word), ()), (pair, side))
    return found


def opposed(words: Sequence[str], tokens: Sequence[str]) -> bool:
    """ "meubles hauts" is not "meubles bas": a side is said that the line lacks, and the line carries another one."""
    sides = _sides()
    held = {each for token in tokens for each in sides.get(token, ())}
    for word in words:
        said = sides.get(word, ())
        against = [(pair, side) for pair, side in said if any(p == pair and s != side for p, s in held)]
        if against and not held.intersection(said):
            return True
    return False


def words_of(line: LineView) -> list[str]:
    """The folded words of a line, as printed and as said; words with a hyphen whole and in parts."""
    folded = fold(f"{line.description} {line.said or ''}").replace("'", " ")
    return [t for t in folded.replace("-", " ").split() if len(t) > 1] + [t for t in folded.split() if "-" in t]


def find(words: Sequence[str], lines: Sequence[LineView]) -> tuple[LineView | None, float]:
    """The best line for these words and how well they fit (0–1); None when no line fits enough."""
    best: LineView | None = None
    best_score = 0.0
    best_key = (-1, 0.0)
    for line in lines:
        tokens = words_of(line)
        if not words or not tokens:
            continue
        if opposed(words, tokens):
            continue
        hits = sum(1 for word in words if any(same_word(word, token) for token in tokens))
        score = hits / len(words) + 0.05 * hits / len(tokens)
        own = sum(1 for word in words if word in tokens)  # its own words before what only means the same
        key = (own if score >= _ENOUGH else -1, score)
        if key > best_key:
            best, best_score, best_key = line, score, key
    return (best, best_score) if best_score >= _ENOUGH else (None, best_score)


def carrying(value: Decimal, lines: Sequence[LineView]) -> tuple[LineView, str] | None:
    """The line that carries this number, and which of its slots does ("quantity" or "unit_price")."""
    for slot in ("unit_price", "quantity", "total"):
        for line in lines:
            if amount(getattr(line, slot)) == value:
                return line, slot
    return None


def amount(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def slot_of(value: Decimal, line: LineView) -> str:
    """Which slot of a line a bare new number changes: the one whose present value it is nearest to."""
    quantity, price = amount(line.quantity), amount(line.unit_price)
    if quantity is None and price is not None and line.unit in (None, "forfait", "ens"):
        return "unit_price"
    if quantity is None:
        return "quantity" if price is not None else "unit_price"
    if price is None:
        return "unit_price"
    if quantity == 1 and line.unit in (None, "forfait", "ens", "u"):
        return "unit_price" if value > 10 or value != int(value) or price < 20 else "quantity"
    if value <= 0 or quantity <= 0 or price <= 0:
        return "unit_price"
    to_quantity = max(value / quantity, quantity / value)
    to_price = max(value / price, price / value)
    return "quantity" if to_quantity < to_price else "unit_price"
