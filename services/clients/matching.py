"""Which client is meant by a name as it was typed or heard: folding, French phonetics, fuzzy scores (UX-28)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from rapidfuzz import fuzz

from services.documents.text import fold

SURE = 0.9
"""At or above this score one client is taken without asking (UX-28)."""
PLAUSIBLE = 0.8
"""Between this score and ``SURE`` a client is proposed in a list, never taken."""

_TITLES = {
    "m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "mosyo", "madam", "bay", "bayan", "hanim", "bey",
    "sarl", "sas", "sasu", "eurl", "ei", "ets", "ste", "societe", "entreprise",
}  # fmt: skip
_SOUNDS = (
    (r"ph", "f"), (r"eaux?|aux?", "o"), (r"ai|ei", "e"), (r"oe|eu", "e"), (r"ou", "u"), (r"gu(?=[eiy])", "g"),
    (r"g(?=[eiy])", "j"), (r"ch|sh", "x"), (r"qu|ck|c(?![eiy])|k", "k"), (r"c(?=[eiy])", "s"), (r"y", "i"), (r"h", ""),
    (r"(.)\1+", r"\1"), (r"(?<=\w\w)(?:es?|s|t|d|x|z|p)+$", ""), (r"(?<=\w\w)er$", "e"),
)  # fmt: skip


_IN_TURKISH = re.compile(r"(?<=\w\w)iye\b")


class Named(Protocol):
    """Anything that carries a client's name."""

    name: str
    city: str | None


_N = TypeVar("_N", bound=Named)


def letters(text: str) -> str:
    """Folded words of letters and digits only: "Şükrü-Öğüt" → "sukru ogut"."""
    return re.sub(r"[^a-z0-9]+", " ", fold(text.replace("æ", "ae"))).strip()


def name_key(name: str) -> str:
    """The key under which a client is stored and looked up: folded, without titles and legal forms."""
    words = letters(name).split()
    kept = [word for word in words if word not in _TITLES]
    return " ".join(kept or words)


def sound_key(key: str) -> str:
    """How a folded name sounds in French, roughly: "lofevr" and "lefevre" agree once ö is read as e."""
    words = []
    for word in key.split():
        for pattern, sound in _SOUNDS:
            word = re.sub(pattern, sound, word)
        words.append(word)
    return " ".join(words)


def _key_as_heard(name: str) -> str:
    heard = name_key(name.replace("ö", "e").replace("Ö", "e").replace("ü", "u"))
    return sound_key(_IN_TURKISH.sub("ier", heard))  # "karliye" is how a Turkish ear writes Carlier


def score(said: str, name: str) -> float:
    """How sure it is, 0 to 1, that ``said`` means the client ``name``."""
    a, b = name_key(said), name_key(name)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    heard, sound = _key_as_heard(said), _key_as_heard(name)
    best = max(fuzz.ratio(a, b), 0.97 * fuzz.ratio(heard, sound)) / 100
    shorter, longer = sorted((set(a.split()), set(b.split())), key=len)
    if shorter and shorter <= longer:
        best = max(best, 0.95)
    heard_words, sound_words = set(heard.split()), set(sound.split())
    if heard_words and heard_words <= sound_words:
        best = max(best, 0.93)
    return best


def match(said: str, clients: Iterable[_N], place: str | None = None) -> tuple[_N | None, list[_N]]:
    """The client that is surely meant, or None and up to five plausible ones, best first (UX-28).

    ``place`` (a town that was said) decides between namesakes.
    """
    scored = sorted(((score(said, client.name), client) for client in clients), key=lambda pair: -pair[0])
    sure = [client for value, client in scored if value >= SURE]
    if len(sure) > 1:
        exact = [client for client in sure if name_key(client.name) == name_key(said)]
        sure = exact or sure
    if len(sure) > 1 and place:
        there = [client for client in sure if client.city and letters(client.city).startswith(letters(place)[:5])]
        sure = there or sure
    if len(sure) == 1:
        return sure[0], []
    if sure:
        return None, sure[:5]
    return None, [client for value, client in scored if value >= PLAUSIBLE][:5]
