"""Cuts a designation as said into pieces: trade words of the glossary, measures, small words, unknown words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.documents.glossary import Entry, Glossary, Language, Match
from services.documents.spelled_numbers import in_digits
from services.documents.text import fold
from services.documents.word_forms import TURKISH_ONLY, keys, turkish_plural

PieceKind = Literal["entry", "word", "number", "measure", "dimension", "detail", "mark", "small"]

SMALL_FRENCH = frozenset(
    """de d du des la le les l un une et en sur sous dans pour avec sans au aux a à par ou contre entre vers chez jusqu
    jusque""".split()
)
_FRENCH_ONLY = frozenset("du des d la les et avec sans sur aux au pour dans par".split())
"""Small words that no Turkish sentence has: with one of them, the words are a French phrase."""
_TURKISH_FILLERS = frozenset(
    """bir bi de da icin olan olacak yapilacak yapilsin olsun bide ayrica sonra adet tane tanesi su bu o mi mu isi isleri
    lazim var yap yapalim sadece hani iste ekstra olarak gore kadar her edilecek edilmesi""".split()
)
_TURKISH_AND = frozenset("ve ile arti".split())
_NUMBER_WORDS = {"deux": "2", "trois": "3", "quatre": "4", "iki": "2", "uc": "3", "dort": "4"}
_INCLUDED = frozenset("dahil dahili icinde".split())
_EXCLUDED = frozenset("haric harici".split())
_FRENCH_INCLUDED = re.compile(r"(non )?(compris|inclus)e?s?")

_UNITS = {
    "litre": "L", "litres": "L", "litrelik": "L", "lt": "L", "l": "L", "kw": "kW", "kwh": "kWh", "w": "W", "watt": "W",
    "watts": "W", "kva": "kVA", "va": "VA", "v": "V", "volts": "V", "a": "A", "amperes": "A", "ampere": "A", "amper": "A",
    "cm": "cm", "mm": "mm", "m": "m", "m2": "m²", "m²": "m²", "m3": "m³", "m³": "m³", "mm2": "mm²", "mm²": "mm²", "ml": "ml",
    "kg": "kg", "bar": "bar", "bars": "bars", "santim": "cm", "santimetre": "cm", "metre": "m", "mètre": "m", "mètres": "m",
    "metres": "m", "pouces": "pouces", "tonnes": "t", "kilo": "kg", "kilos": "kg", "µ": "µ", "°c": "°C", "db": "dB",
}  # fmt: skip
_NUMBER = r"\d+(?:[.,]\d+)?"
_UNIT = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_TOKEN = re.compile(
    rf"(?P<dimension>(?<![\w.,]){_NUMBER}(?:\s?[x×*X]\s?{_NUMBER})+(?:\s?(?:mm|cm|m)\b)?(?!\w))"
    rf"|(?P<detail>(?<!\w)[rR]\s?=\s?{_NUMBER}(?!\w)|(?<!\w)[rR]\s{_NUMBER}(?![\w]))"
    rf"|(?P<measure>(?<![\w.,]){_NUMBER}\s?(?:{_UNIT})(?!\w))"
    rf"|(?P<number>(?<![\w.,]){_NUMBER}(?!\w))"
    r"|(?P<word>\w+(?:[.,/]\w*\d\w*)*(?:\.\w\b)*)"
    r"|(?P<mark>[^\w\s])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Piece:
    """One unit of a designation. ``text``: what is printed of it when nothing else is known."""

    kind: PieceKind
    text: str
    entry: Entry | None = None
    match: Match | None = None
    plural: bool | None = None
    glue: str = " "
    key: str = ""
    definite: bool = False

    @property
    def noun(self) -> bool:
        return self.entry is not None and self.entry.kind in ("object", "material", "surface", "room")

    @property
    def work(self) -> bool:
        return self.entry is not None and self.entry.kind == "work"


@dataclass(slots=True)
class _Token:
    kind: str
    text: str
    key: str
    glue: str


def looks_french(said: str) -> bool:
    """Whether small French words make it a French phrase, whatever the language of the conversation."""
    words = [token.key for token in _tokens(said)]
    return any(word in _FRENCH_ONLY for word in words) and not TURKISH_ONLY.search(said)


def read(said: str, language: Language, glossary: Glossary) -> list[Piece]:
    """The pieces of a designation in the order said. Nothing is lost except Turkish filler words."""
    tokens = _tokens(in_digits(said, language))
    pieces: list[Piece] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        found = _entry_at(tokens, index, language, glossary, pieces)
        if found:
            piece, used = found
            pieces.append(piece)
            index += used
            continue
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        pieces += _other(token, following, language, glossary)
        index += 1
    return pieces


def _tokens(said: str) -> list[_Token]:
    shouted = said.isupper() and len(keys(said)) > 1
    tokens: list[_Token] = []
    end = 0
    for found in _TOKEN.finditer(said):
        kind = found.lastgroup or "mark"
        gap = said[end : found.start()]
        text = (
            found.group().lower()
            if shouted and kind == "word" and not re.search(r"\d", found.group())
            else found.group()
        )
        glue = " " if gap or not tokens else ""
        if kind == "mark" and text in "-’'":
            if tokens and not gap and said[found.end() : found.end() + 1].strip():
                tokens.append(_Token("glue", "’'"[1] if text != "-" else "-", text, ""))
            elif text == "-":
                tokens.append(_Token("mark", "–", "-", glue))
        else:
            tokens.append(_Token(kind, text, fold(text), glue))
        end = found.end()
    return _joined(tokens)


def _joined(tokens: list[_Token]) -> list[_Token]:
    """Words keep the hyphen or apostrophe before them as their glue."""
    joined: list[_Token] = []
    pending = ""
    for token in tokens:
        if token.kind == "glue":
            pending = token.text
            continue
        if pending:
            token.glue, pending = pending, ""
        joined.append(token)
    return joined


def _entry_at(
    tokens: list[_Token], index: int, language: Language, glossary: Glossary, before: list[Piece]
) -> tuple[Piece, int] | None:
    words: list[str] = []
    for token in tokens[index : index + 9]:
        if token.text in "()/" and words:
            continue
        if token.kind not in ("word", "number", "measure"):
            break
        words += keys(token.text) if token.kind != "measure" else [token.key.replace(" ", "")]
    if not words:
        return None
    if language == "fr" and words[0] in SMALL_FRENCH and tokens[index].kind == "word" and len(words) == 1:
        return None
    matches = glossary.find(words, language)
    homonym = any(match.entry.kind == "object" for match in matches)
    for match in matches:
        if match.words and _fits(match, tokens[index], before, language, homonym=homonym):
            used = _tokens_used(tokens, index, match.words)
            marks = {token.text for token in tokens[index : index + used] if token.kind == "mark"}
            if used and all(mark in match.form for mark in marks):
                return _entry_piece(tokens, index, used, match, language), used
    return None


def _tokens_used(tokens: list[_Token], index: int, words: int) -> int:
    """How many tokens make up ``words`` keys; 0 when a token would be cut in two."""
    used = opened = 0
    while words > 0 and index + used < len(tokens):
        token = tokens[index + used]
        opened += token.text == "("
        words -= 1 if token.kind == "measure" else len(keys(token.text))
        used += 1
    if opened and index + used < len(tokens) and tokens[index + used].text == ")":
        used += 1
    return used if words == 0 else 0


def _fits(match: Match, token: _Token, before: list[Piece], language: Language, *, homonym: bool) -> bool:
    """Whether the entry makes sense here: counted details follow a number ("2 portes" of a cupboard already named, where
    the word is also a thing), one-letter words are no entries."""
    if match.entry.kind == "count":
        if not before or before[-1].kind != "number":
            return False
        return not homonym or any(piece.noun for piece in before[:-1])
    if match.entry.kind == "place":
        return language == "tr" and bool(before) and before[-1].noun and match.source == "tr"
    if match.words == 1 and language == "fr" and token.key in SMALL_FRENCH:
        return False
    if (
        match.words == 1
        and language == "tr"
        and (token.key in _TURKISH_FILLERS | _TURKISH_AND | _INCLUDED | _EXCLUDED and match.source != "tr")
    ):
        return False
    if token.kind == "number":
        return False
    return match.words > 1 or len(token.key) > 1


def _entry_piece(tokens: list[_Token], index: int, used: int, match: Match, language: Language) -> Piece:
    span = tokens[index : index + used]
    text = "".join((token.glue if position else "") + token.text for position, token in enumerate(span))
    return Piece(
        kind="entry",
        text=text,
        entry=match.entry,
        match=match,
        plural=_is_plural(span, match, language),
        glue=span[0].glue,
        key=" ".join(token.key for token in span),
    )


def _is_plural(span: list[_Token], match: Match, language: Language) -> bool | None:
    """The number that was heard, or None where the form does not tell (Turkish compounds, chauffe-eau)."""
    entry = match.entry
    if entry.kind not in ("object", "material", "surface", "room", "count"):
        return None
    if fold(entry.plural) == fold(entry.fr):
        return True if entry.usual_plural else None
    if language == "tr" and match.source in ("tr", "asr"):
        return True if turkish_plural(span[-1].key) or match.form.endswith(("lar", "ler")) else None
    said = " ".join(word for token in span for word in keys(token.text))
    if match.source in ("fr", "plural"):
        first, single = said.split(" ")[0], keys(entry.fr)[0]
        return first != single or said == " ".join(keys(entry.plural))
    if language == "tr":
        return None
    if match.source == "asr":
        return entry.usual_plural
    head = said.split(" ")[0]
    return head.endswith(("s", "x")) and head != keys(entry.fr)[0] and not entry.fr.isupper()


def _other(token: _Token, following: _Token | None, language: Language, glossary: Glossary) -> list[Piece]:
    if token.kind == "measure":
        return [Piece("measure", _measure(token.text), glue=token.glue)]
    if token.kind == "dimension":
        return [Piece("dimension", _dimension(token.text), glue=token.glue)]
    if token.kind == "detail":
        value = re.search(_NUMBER, token.text)
        return [Piece("detail", f"R = {_decimal(value.group()) if value else ''}", glue=token.glue)]
    if token.kind == "number":
        return [Piece("number", _decimal(token.text), glue=token.glue, key=token.key)]
    if token.kind == "mark":
        if token.text in "+&":
            return [Piece("small", "et", key="et")]
        return [Piece("mark", token.text, glue=token.glue, key=token.text)]
    if language == "fr" and token.key == "ep":
        return [Piece("word", "épaisseur", glue=token.glue, key="epaisseur")]
    if token.key in _NUMBER_WORDS and not (following and following.key in ("cent", "cents", "mille", "yuz", "bin")):
        return [Piece("number", _NUMBER_WORDS[token.key], glue=token.glue, key=token.key)]
    if language == "fr":
        if token.key in SMALL_FRENCH and token.glue != "-":
            return [Piece("small", "à" if token.key == "a" else token.text.lower(), glue=token.glue, key=token.key)]
        return [Piece("word", _french_word(token.text, glossary), glue=token.glue, key=token.key)]
    if token.key in _TURKISH_AND:
        return [Piece("small", "et", key="et")]
    if token.key in _INCLUDED:
        return [Piece("small", "dahil", key="included")]
    if token.key in _EXCLUDED:
        return [Piece("small", "hariç", key="excluded")]
    if token.key in _TURKISH_FILLERS or (token.glue == "'" and len(token.key) <= 5):
        return []
    return [Piece("word", _french_word(token.text, glossary), glue=token.glue, key=token.key)]


def _french_word(text: str, glossary: Glossary) -> str:
    """The word with its accents and capitals restored; references and words that nobody knows stay as said."""
    word = glossary.spelling.words.get(fold(text))
    if word is None or (fold(text) == text and word in ("TV", "MO", "MC", "GR", "PE")):
        return text
    return word if not word.islower() or text.islower() or text.isupper() else text[:1] + word[1:]


def included(piece: Piece) -> bool:
    """Whether a French word says that what precedes is part of the price ("sous-couche comprise")."""
    return piece.kind == "word" and bool(_FRENCH_INCLUDED.fullmatch(piece.key))


def _measure(text: str) -> str:
    found = re.fullmatch(rf"({_NUMBER})\s?(.+)", text)
    if not found:
        return text
    unit = _UNITS.get(found[2].lower(), _UNITS.get(fold(found[2]), found[2]))
    return f"{_decimal(found[1])} {unit}"


def _dimension(text: str) -> str:
    tight = re.sub(r"\s?[x×*X]\s?", "×", text)
    tight = re.sub(r"(\d)\s?(mm|cm|m)$", r"\1 \2", tight, flags=re.IGNORECASE)
    return _decimal(tight)


def _decimal(text: str) -> str:
    return re.sub(r"(\d)\.(\d)", r"\1,\2", text)
