"""How names of people and companies are written on French documents."""

from __future__ import annotations

import re

from services.clients.places import address_in_french, place_name
from services.documents.text import clean, fold
from services.documents.word_forms import TURKISH_ONLY

_LEGAL_FORMS = frozenset(
    "sarl sas sasu eurl sci snc ei sa scp scm selarl earl gaec btp hlm oph ehpad sdc asl aful tp cse gie scop scic".split()
)
_PARTICLES = frozenset("de du des d van von der den ben bin".split())
_SMALL = frozenset("de du des d la le les l et au aux a à en sur sous chez par pour".split())
_TRADES = frozenset(
    """agence association atelier auberge bar boucherie boulangerie boutique brasserie cabinet cafe camping centre
    clinique college commune construction constructions copropriete couverture creche domaine ecole eglise
    electricite entreprise epicerie etablissements ets eurl ferme fromagerie garage gite groupe hotel imprimerie
    institut jardinerie kebab librairie lycee maconnerie magasin mairie maison menuiserie moulin musee opticien
    patisserie peinture pharmacie pizzeria plomberie pressing regie residence restaurant salon sarl sas sasu sci snc
    societe station supermarche syndic tabac toiture traiteur ville""".split()
)

__all__ = ["address_in_french", "person_name", "place_name"]


def person_name(text: str) -> str:
    """A person's or company's name with its capitals: "lefebvre" → "Lefebvre", "boulangerie de la gare" → "Boulangerie de
    la Gare". Accents are not guessed; acronyms and capitals inside a word stay."""
    words = clean(text).replace("\n", " ").split()
    shouted = len(words) > 0 and all(word == word.upper() for word in words)
    trade = bool(words) and fold(words[0]) in _TRADES
    turkish = bool(TURKISH_ONLY.search(text))
    written: list[str] = []
    for index, word in enumerate(words):
        before = fold(words[index - 1]) if index else ""
        written.append(_word(word, first=index == 0, before=before, trade=trade, shouted=shouted, turkish=turkish))
    return " ".join(written)


def _word(word: str, *, first: bool, before: str, trade: bool, shouted: bool, turkish: bool) -> str:
    bare = fold(word).strip(".")
    if bare in _LEGAL_FORMS:
        return word.upper()
    if _keeps_capitals(word, shouted):
        return word
    if not first and bare in (_SMALL if trade else _PARTICLES) and before not in _LEGAL_FORMS:
        return word.lower()
    parts = re.split(r"([-'’])", word)
    return "".join(
        _part(
            part,
            parts[index - 1] if index else "",
            first=first or index > 0,
            turkish=turkish,
            elided=_elided(parts, index),
        )
        for index, part in enumerate(parts)
    )


def _elided(parts: list[str], index: int) -> bool:
    return len(parts) > index + 1 and parts[index + 1] in ("'", "’") and fold(parts[index]) in ("d", "l")


def _part(part: str, separator: str, *, first: bool, turkish: bool, elided: bool) -> str:
    lower = part.replace("I", "ı").replace("İ", "i").lower() if turkish else part.lower()
    if not lower:
        return ""
    if elided and not first:
        return lower
    if separator == "-" and fold(lower) in _SMALL:
        return lower
    if lower.startswith("mc") and len(lower) > 4:
        return "Mc" + lower[2:].capitalize()
    start = "İ" if turkish and lower[0] == "i" else lower[0].upper()
    return start + lower[1:]


def _keeps_capitals(word: str, shouted: bool) -> bool:
    """Whether capitals mean something: "McDonald", "KB Plomberie"; not in a name typed all in capitals."""
    letters = [char for char in word if char.isalpha()]
    if not letters:
        return True
    if all(char.isupper() for char in letters):
        vowels = any(char in "aeiouy" for char in fold(word))
        return len(letters) <= 5 and (not shouted or not vowels) if len(letters) > 1 else True
    return any(char.isupper() for char in letters[1:])
