"""Language of a message and how the artisan addresses the assistant.

Function words, Turkish endings and letters decide; French trade words in a Turkish sentence do not count (UX-60, UX-89).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agent.understanding.grammar import numbers_tr
from agent.understanding.grammar.lexicon import Lexicon, word_set
from agent.understanding.grammar.tokens import Token
from tools.commands import AddressForm, Language

# Words of one language that the other borrows or shares: they do not decide.
_SHARED = word_set("language_shared")
_TURKISH_LETTERS = frozenset("ıİşŞğĞ")
_FRENCH_LETTERS = frozenset("éèêàâîïôùûœÉÈÊÀÂÎÔ")
_TURKISH_ENDINGS = re.compile(
    r"(?:lar[ia]?|ler[ie]?|masi|mesi|iyor|uyor|acak|ecek|mis|mus|di|dim|sin|siniz|iniz|unuz|lik|luk|nda|nde|ndan|nden|yim|yor|sek|sak|ayim|eyim|elim|alim)$"
)
_IN_ADDRESSES = word_set("addresses_inner") | {"et", "e", "maison", "immeuble"}
_TU = word_set("language_tu")
_VOUS = re.compile(r"^(?:vous|votre|vos|\w{2,}ez|faites|dites)$")
_NOT_VOUS = frozenset("chez assez rez nez".split())
_SIZ = re.compile(
    r"^(?:siz|size|sizin|sizden|\w+(?:siniz|sunuz|iniz|unuz)|(?:yap|kes|hazirlay|gonder|yollay|ekley|sil|cikar|yaz|gonderi|verin|acin|koyu|kaldir|alin|degistiri|indiri)(?:in|un|n)|\w+misiniz|\w+musunuz|misiniz|musunuz)$"
)
_NAME = 5
"""Words and marks that a name before an address may have."""
_SEN = word_set("language_sen")
_OFFERED = word_set("language_offered")
_AFTER_T = frozenset("as es avais etais aurais auras ai a".split())
"""Verbs after "t'" that show who is spoken to: "t'as vu ?"."""


def detect(tokens: Sequence[Token], lexicon: Lexicon, hint: Language | None, text: str) -> Language:
    """The language of the message; the hint, else French, when nothing in it decides."""
    if hint and _only_an_address(tokens, lexicon):
        return hint
    french = turkish = 0.0
    if any(c in _TURKISH_LETTERS for c in text):
        turkish += 1.5
    if any(c in _FRENCH_LETTERS for c in text):  # in one or two words it may be somebody's name: "Léa"
        french += 1.0 if sum(token.kind == "word" for token in tokens[:3]) > 2 else 0.5
    for token in tokens[:400]:
        key = token.key
        if token.kind == "suffix":
            turkish += 1.5
        if token.text in ("à", "À"):
            french += 0.7
        if token.kind != "word" or len(key) < 2:
            continue
        in_french, in_turkish = key in lexicon.fr["detect"], key in lexicon.tr["detect"]
        if token.glued and numbers_tr.suffix_of(key) and not in_french:
            turkish += 1.5  # "38den"
        if key in _SHARED:
            french += 0.1 if in_french else 0
            continue
        if in_french and not in_turkish:
            french += 1.0 if len(key) > 2 else 0.7
        elif in_turkish and not in_french:
            turkish += 1.0
        elif numbers_tr.is_number_word(key) and key not in ("on", "bin"):
            turkish += 0.8
        elif key in lexicon.tr["works"] or key in lexicon.tr["things"] or key in lexicon.tr["function"]:
            turkish += 0.5 if key not in lexicon.fr["things"] and key not in lexicon.fr["works"] else 0
        elif key in lexicon.fr["works"] or key in lexicon.fr["things"] or key in lexicon.fr["function"]:
            french += 0.25
        elif len(key) > 4 and _TURKISH_ENDINGS.search(key) and "'" not in key:
            turkish += 0.4
    if abs(french - turkish) < 0.8:
        if hint:
            return hint
        return "tr" if turkish > french else "fr"
    return "tr" if turkish > french else "fr"


def _only_an_address(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """ "Mme Pons, 12 rue des Lilas 69003 Lyon": an address in France, with a name or not, says nothing about who writes."""
    number = next((i for i, token in enumerate(tokens) if token.kind == "number"), len(tokens))
    named = [t for t in tokens[:number] if t.kind == "word"]
    if named and number <= _NAME and all(t.text[:1].isupper() or t.key in lexicon.titles for t in named):
        tokens = tokens[number:]
    if len(tokens) < 3 or len(tokens) > 14 or tokens[0].kind != "number":
        return False
    street = 2 if tokens[1].key in ("bis", "ter", ",") else 1
    if tokens[street].key not in lexicon.words["streets"]:
        return False
    said = lexicon.fr["function"] | lexicon.tr["function"]
    return not any(
        t.key in said - _IN_ADDRESSES or t.key in lexicon.words["works"]
        for t in tokens[street + 1 :]
        if t.kind == "word"
    )


def address_form(tokens: Sequence[Token], language: Language) -> AddressForm | None:
    """tu/vous or sen/siz as the artisan speaks to the assistant; None when the message does not show it (UX-89)."""
    words = [token.key for token in tokens if token.kind == "word"]
    for index, key in enumerate(words):
        before = words[index - 1] if index else ""
        if language == "fr":
            if _VOUS.match(key) and key not in _NOT_VOUS:
                return "vous"
            if before == "s" and key == "il" and words[index + 1 : index + 2] == ["vous"]:
                return "vous"
        elif _SIZ.match(key):
            return "siz"
    if set(words) <= _OFFERED:
        return None  # words that the assistant itself put forward say nothing
    if language == "fr":
        elided = any(a == "t" and b in _AFTER_T for a, b in pairwise(words))
        return "tu" if elided or any(key in _TU for key in words) else None
    return "sen" if any(key in _SEN for key in words) else None
