"""Forms of words: French plurals and elision, Turkish endings. Nothing here knows a trade."""

from __future__ import annotations

import re
from functools import lru_cache

from services.documents.text import fold

TURKISH_ONLY = re.compile(r"[ğışĞİŞ]")
"""Letters that no French word has (UX-91)."""

_ENDINGS = sorted(
    """larindan lerinden larinda lerinde larinin lerinin larina lerine larini lerini larin lerin lari leri lara lere lar ler
    sinin sunun sina sine suna sini sunu sinda sinde sunda sindan sinden si su nin nun in un na ne ni nu yi yu ya ye
    inin unun ini unu ina ine una inda inde unda indan inden undan daki deki taki teki da de ta te dan den tan ten
    yla yle i u a e li lu""".split(),
    key=lambda ending: (len(ending), ending),
)
_HARDENED = {"g": "k", "b": "p", "d": "t"}
_SHORTEST_STEM = 3
_PREPOSITIONS = {"de", "d", "du", "des", "a", "au", "aux", "en", "sous", "sur", "par", "pour", "dans"}


def keys(text: str) -> list[str]:
    """The words of a text as they are compared: folded, split at spaces, hyphens and apostrophes."""
    return re.findall(r"[a-z0-9]+", fold(text))


@lru_cache(maxsize=8192)
def french_stems(word: str) -> tuple[str, ...]:
    """A folded French word and what it may be the plural of, the likeliest first."""
    stems = [word]
    if len(word) > _SHORTEST_STEM:
        if word.endswith("aux"):
            stems += [word[:-1], word[:-3] + "al", word[:-3] + "ail"]
        elif word.endswith(("s", "x")):
            stems.append(word[:-1])
    return tuple(dict.fromkeys(stems))


@lru_cache(maxsize=8192)
def turkish_stems(word: str) -> tuple[str, ...]:
    """A folded Turkish word and what remains without its endings: "kapilara" → "kapi", "dolabi" → "dolap"."""
    stems = [word]
    for ending in _ENDINGS:
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) >= _SHORTEST_STEM:
            stems.append(stem)
            if stem[-1] in _HARDENED:
                stems.append(stem[:-1] + _HARDENED[stem[-1]])
    return tuple(dict.fromkeys(stems))


def turkish_plural(word: str) -> bool:
    """Whether a folded Turkish word carries the plural ending."""
    return bool(re.search(r"..(lar|ler)(i|a|e|in|in[aei]|den|dan|inin)?$", word))


def french_plural(noun: str) -> str:
    """The regular plural of a noun with its adjectives, up to the first preposition: "prise de courant" → "prises de…"."""
    words = noun.split(" ")
    for index, word in enumerate(words):
        if fold(word).split("'")[0] in _PREPOSITIONS or word.startswith("("):
            break
        words[index] = _plural_of_word(word)
    return " ".join(words)


def _plural_of_word(word: str) -> str:
    if word.endswith(("s", "x", "z")) or word.isupper() or re.search(r"\d", word):
        return word
    if word.endswith(("eau", "au", "eu")):
        return word + "x"
    if word.endswith("al"):
        return word[:-2] + "aux"
    return word + "s"


def elides(text: str, aspirated: frozenset[str]) -> bool:
    """Whether "de" and "le" lose their vowel before this text. Acronyms read letter by letter: "d'un IPN", "de la VMC"."""
    first = re.match(r"[^\W_]+", text)
    if not first:
        return False
    word = fold(first.group())
    if not word or word in aspirated or first.group() in aspirated:
        return False
    return word[0] in "aeiou" or (word[0] == "h" and len(word) > 1) or (word[0] == "y" and word[1:2] not in "aeiou")


def capitalised(text: str, *, turkish: bool = False) -> str:
    """The text with a capital; a Turkish i becomes İ."""
    for index, char in enumerate(text):
        if char.isalpha():
            upper = "İ" if turkish and char == "i" else char.upper()
            return text[:index] + upper + text[index + 1 :]
        if char.isdigit():
            return text
    return text
