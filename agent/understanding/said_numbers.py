"""Every number that a text says, with the readings it allows: the ground that a model's numbers stand on.

It is deliberately generous in values ("mille deux" is 1002 and 1200, "1.250" is 1250 and 1.25) and strict in roles:
a number with a currency is no quantity, "12 m²" is no price, digits of a phone number are no amount. Built on the
grammar's tokens and number words; it does not depend on how the grammar assembles lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from agent.understanding.grammar import entities, lexicon, numbers_fr, numbers_tr
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.tokens import Span, Token, tokenise

NumberKind = Literal["plain", "money", "measure", "percent", "dimension", "identifier", "ordinal"]

_PIECES = lexicon.word_set("line_reading_pieces")
_POSTCODE = re.compile(r"\b\d{5}\b(?=\s+[^\W\d_]{3})")
_STREET = frozenset(
    "rue avenue av bd boulevard chemin place allee allees impasse route quai cours square bis ter sokak cadde".split()
)
_FRENCH_ORDINALS = {
    "premier": 1, "premiere": 1, "second": 2, "seconde": 2, "deuxieme": 2, "troisieme": 3, "quatrieme": 4,
    "cinquieme": 5, "sixieme": 6, "septieme": 7, "huitieme": 8, "neuvieme": 9, "dixieme": 10,
}  # fmt: skip
# "350 pièce", "220 forfait": these follow a price as often as a quantity.
_UNITS_OF_PRICES = frozenset(["u", "forfait", "ens"])
_TURKISH_ORDINALS = {
    "ilk": 1, "birinci": 1, "ikinci": 2, "ucuncu": 3, "dorduncu": 4, "besinci": 5, "altinci": 6, "yedinci": 7, "sekizinci": 8,
    "dokuzuncu": 9, "onuncu": 10,
}  # fmt: skip
_NOT_NUMBERS = frozenset(["yuzde"])  # the percent sign, not a hundred
# French words that are spelled like Turkish numbers.
_FRENCH_WORDS = frozenset(["on", "bin"])
# After these, digits may be a line number: "ligne 1 250" is line 1 at 250 as well as 1250.
_LINE_WORDS = frozenset("ligne lignes la le l les numero no n satir satiri".split())
_BEFORE_A_PLACE = _LINE_WORDS | {"et", "ve"}
_AFTER_A_PLACE = frozenset(
    "a en est c passe devient satir satiri satirdaki satira numara numarayi nolu no kalem kalemi".split()
)
# Written without a space only ("16A"): apart, they are words ("20 à 45").
_GLUED_DIMENSIONS = frozenset("a v w k va".split())
_MEN = lexicon.word_set("man_days_men")
_MOST_MEN = 30
_COUNT_AFTER = re.compile(r"^x(\d{1,3})$")
_FIRST_WORD = re.compile(r"\s*[^\W\d_]+")
_FACTORS = {"bin": 1000, "mille": 1000, "k": 1000, "cent": 100, "cents": 100, "yuz": 100}
_CENTS = frozenset("centime centimes sant santim sent kurus".split())
# Breakers end at 125 A: "460a" is a Turkish dative.
_MOST_AMPERES = 125
_DECADES = frozenset("larda lerde larin lerin lardan lerden".split())
_PARTS = {"ucte": Decimal("33.33"), "dortte": Decimal(25), "beste": Decimal(20)}
_HALVES = {
    "demi": Decimal("0.5"),
    "demie": Decimal("0.5"),
    "quart": Decimal("0.25"),
    "bucuk": Decimal("0.5"),
    "bucuktan": Decimal("0.5"),
}


@dataclass(frozen=True)
class SaidNumber:
    """A number said at ``start``–``end``.

    ``values``: all that these words may mean; ``unit``: one that follows it; ``near_vat``: a word for VAT is beside it;
    ``points``: said as a place in a list ("la 2", "2yi", "2. satır") and not as a count of something ("3 kapı").
    """

    values: frozenset[Decimal]
    kind: NumberKind
    start: int
    end: int
    unit: str | None = None
    near_vat: bool = False
    points: bool = False

    def overlaps(self, other: SaidNumber) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class _Piece:
    """Tokens ``[first, last)`` read as one number."""

    values: frozenset[Decimal]
    first: int
    last: int
    ordinal: bool = False
    unit: str | None = None
    case: str | None = None


def said_numbers(text: str, language: str | None = None, today: date | None = None) -> list[SaidNumber]:
    """The numbers of a text in its order.

    Readings may overlap ("ligne 1 250": 1250, or 1 then 250), but parts are no readings: "sept cent quatre-vingt" is
    780 and never 80.
    """
    spans = entities.find(text, today or date.min)
    spans += [Span("postcode", m.start(), m.end(), m.group()) for m in _POSTCODE.finditer(text)]
    tokens = tokenise(text, spans)
    keys = [token.key for token in tokens]
    kinds = {span.kind for span in spans}
    found = [_identifier(token) for token in tokens if token.kind in kinds]
    found += _with_man_days([_said_number(piece, tokens, keys) for piece in _pieces(tokens, keys, language)], text)
    return sorted(found, key=lambda m: (m.start, -m.end))


def _with_man_days(found: list[SaidNumber], text: str) -> list[SaidNumber]:
    """ "4 gars pendant 2 jours" also says eight days: a time beside a number of men may be their product."""
    men = [n for n in found if (after := _FIRST_WORD.match(text, n.end)) and fold(after[0]).strip() in _MEN]
    if not men:
        return found
    counts = {value for number in men for value in number.values if value <= _MOST_MEN}
    return [
        replace(n, values=n.values | {value * count for value in n.values for count in counts})
        if n.unit in ("j", "h")
        else n
        for n in found
    ]


def _identifier(token: Token) -> SaidNumber:
    digits = re.sub(r"\D", "", token.text)
    values = frozenset([Decimal(digits)]) if digits else frozenset()
    return SaidNumber(values, "identifier", token.start, token.end)


def _pieces(tokens: Sequence[Token], keys: Sequence[str], language: str | None) -> Iterator[_Piece]:
    index = 0
    while index < len(tokens):
        piece = _simple(tokens, keys, index, language)
        if piece is None:
            index += 1
            continue
        piece = _continued(piece, tokens, keys)
        grouped = _spaced_thousands(tokens, index)
        if grouped:
            yield _continued(grouped, tokens, keys)
            if not (index and keys[index - 1] in _LINE_WORDS):
                index = grouped.last
                continue
        loose = _with_decimals_after_unit(piece, tokens, keys)
        if loose or (loose := _spoken_cents(piece, tokens, keys)):
            yield loose
        yield piece
        index = piece.last


def _simple(tokens: Sequence[Token], keys: Sequence[str], index: int, language: str | None = None) -> _Piece | None:
    """A number written in digits or in words of either language, at one place."""
    token = tokens[index]
    if token.kind == "number":
        values = digit_values(token.text)
        return _Piece(values, index, index + 1) if values else None
    if token.kind == "word" and (count := _COUNT_AFTER.match(token.key)):
        return _Piece(frozenset([Decimal(count[1])]), index, index + 1)
    if token.key in ("demi", "demie"):
        return _Piece(frozenset([_HALVES[token.key]]), index, index + 1)
    if token.kind != "word" or token.key in _NOT_NUMBERS or (language == "fr" and token.key in _FRENCH_WORDS):
        return None
    ordinal = _FRENCH_ORDINALS.get(token.key) or _turkish_ordinal(token.key)
    if ordinal:
        return _Piece(frozenset([Decimal(ordinal)]), index, index + 1, ordinal=True)
    best: _Piece | None = None
    for read in (numbers_fr.read, numbers_tr.read):
        spoken = read(keys, index)
        if spoken is None:
            continue
        spelled = {spoken.value} | ({spoken.colloquial} if spoken.colloquial is not None else set())
        ordinal = spoken.suffix == "ord"
        if keys[spoken.end - 2 : spoken.end] == ["et", "une"]:
            spelled.add(spoken.value - 1)  # "trois cent vingt | et une fenêtre"
        piece = _Piece(frozenset(spelled), index, spoken.end, ordinal, case=spoken.suffix)
        if best is None or piece.last > best.last:
            best = piece
    return best


def _turkish_ordinal(key: str) -> int | None:
    return next((value for stem, value in _TURKISH_ORDINALS.items() if key.startswith(stem)), None)


def digit_values(written: str) -> frozenset[Decimal]:
    """Readings of digits with separators: "1.250" is 1250 or 1.25, "1.250,50" is 1250.50, "14,5" is 14.5 (UX-29)."""
    out: set[Decimal] = set()
    for thousands, decimal in ((".", ","), (",", "."), ("", ","), ("", ".")):
        plain = written.replace(thousands, "") if thousands else written
        grouped = rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})*(?:{re.escape(decimal)}\d+)?"
        if thousands and not re.fullmatch(grouped, written):
            continue
        if plain.count(decimal) > 1:
            continue
        try:
            out.add(Decimal(plain.replace(decimal, ".")))
        except InvalidOperation:
            continue
    return frozenset(out)


def _spaced_thousands(tokens: Sequence[Token], index: int) -> _Piece | None:
    """ "1 250", "12 500,50": groups of three digits after a single space; in "90x120 380" the format ends first."""
    if index >= 2 and tokens[index - 1].key == "x" and tokens[index - 1].glued and tokens[index].glued:
        return None
    if not re.fullmatch(r"[1-9]\d{0,2}", tokens[index].text):
        return None
    joined, end = tokens[index].text, index + 1
    while end < len(tokens) and tokens[end].kind == "number" and tokens[end].start == tokens[end - 1].end + 1:
        match = re.fullmatch(r"(\d{3})([.,]\d+)?", tokens[end].text)
        if match is None:
            break
        joined, end = joined + tokens[end].text.replace(",", "."), end + 1
        if match.group(2):
            break
    return _Piece(frozenset([Decimal(joined)]), index, end) if end > index + 1 else None


def _continued(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> _Piece:
    """The same number with what goes on it: "2 buçuk", "deux et demi", "12 bin 500", "3m20", "1h30", "12€50"."""
    place = piece.last
    key = keys[place] if place < len(keys) else ""
    more = {1900 + value for value in piece.values if value < 100} if key in _DECADES else set()
    more |= (
        {_PARTS[keys[piece.first]]} if key.startswith("bir") and keys[piece.first] in _PARTS else set()
    )  # "üçte biri"
    piece = replace(piece, values=piece.values | more)
    following = keys[place + 1] if place + 1 < len(keys) else ""
    if key in _HALVES and key != "demi":
        piece = _Piece(_plus(piece, _HALVES[key]), piece.first, place + 1)
    elif key == "et" and following in _HALVES:
        piece = _Piece(_plus(piece, _HALVES[following]), piece.first, place + 2)
    elif key in _CENTS:
        piece = _Piece(frozenset(value / 100 for value in piece.values), piece.first, place + 1)
    piece = _multiplied(piece, tokens, keys)
    place = piece.last
    if place < len(tokens) and tokens[place].glued and tokens[place - 1].kind == "number":
        joined = re.fullmatch(r"(m|h)(\d{2})", keys[place])
        if joined:
            return _fraction(piece, joined.group(1), joined.group(2), place + 1)
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if keys[place] in ("€", "e", "h") and after and after.glued and re.fullmatch(r"\d{2}", after.text):
            return _fraction(piece, keys[place], after.text, place + 2)
    return piece


def _with_decimals_after_unit(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> _Piece | None:
    """ "un mètre vingt", "douze euros cinquante", "45 virgule 5": possible readings beside that of the first number."""
    place = piece.last
    if place + 1 >= len(tokens) or tokens[place].kind != "word":
        return None
    lex = lexicon.load()
    unit = lex.units.at(list(keys), place)
    if unit and (half := _half_after(keys, place + unit[0])):
        return _Piece(_plus(piece, half[0]), piece.first, half[1], unit=unit[1])
    if not (keys[place] in lex.currency or keys[place] in ("virgule", "point") or (unit and unit[1] in ("ml", "h"))):
        return None
    following = _simple(tokens, keys, place + 1)
    cents = {int(v) for v in following.values if v == v.to_integral_value() and 0 < v < 100} if following else set()
    if following is None or not cents:
        return None
    kind = "h" if unit and unit[1] == "h" else "m" if unit else "€"
    digits = [str(c) if keys[place] in ("virgule", "point") else f"{c:02d}" for c in sorted(cents)]
    values = frozenset(v for written in digits for v in _fraction(piece, kind, written, 0).values)
    return _Piece(values, piece.first, following.last, unit=unit[1] if unit else None)


def _half_after(keys: Sequence[str], place: int) -> tuple[Decimal, int] | None:
    """ "(un mètre cube) et demi", "(bir metre) buçuk": the half and where it ends."""
    if list(keys[place : place + 1]) == ["bucuk"]:
        return _HALVES["bucuk"], place + 1
    if list(keys[place : place + 1]) == ["et"] and "".join(keys[place + 1 : place + 2]) in _HALVES:
        return _HALVES[keys[place + 1]], place + 2
    return None


def _spoken_cents(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> _Piece | None:
    """ "à six quinze", "toplam yetmiş üç elli": the second number may be cents."""
    announced = piece.first > 0 and keys[piece.first - 1] in ("a", "toplam", "tanesi", "metresi", "adedi", "hepsi")
    if tokens[piece.first].kind != "word" or not announced or piece.last >= len(tokens):
        return None
    following = _simple(tokens, keys, piece.last) if tokens[piece.last].kind == "word" else None
    cents = {int(v) for v in following.values if v == v.to_integral_value() and 10 <= v < 100} if following else set()
    if following is None or not cents:
        return None
    return _Piece(_fraction(piece, "€", f"{min(cents):02d}", 0).values, piece.first, following.last)


def _plus(piece: _Piece, fraction: Decimal) -> frozenset[Decimal]:
    return frozenset(value + fraction for value in piece.values)


def _fraction(piece: _Piece, unit: str, digits: str, last: int) -> _Piece:
    part = Decimal(digits) / 60 if unit == "h" else Decimal(f"0.{digits}")
    return _Piece(_plus(piece, part), piece.first, last, unit={"h": "h", "m": "ml"}.get(unit))


def _multiplied(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> _Piece:
    """ "12 bin 500", "2 mille", "5k": digits go on in words."""
    place = piece.last
    if place >= len(tokens) or (tokens[place - 1].kind != "number" and keys[place - 1] not in _HALVES):
        return piece
    factor = _FACTORS.get(keys[place])
    if factor is None:
        return piece
    values = frozenset(value * factor for value in piece.values)
    following = _simple(tokens, keys, place + 1) if place + 1 < len(tokens) and factor == 1000 else None
    rest = {value for value in following.values if 0 < value < factor} if following else set()
    if following is None or not rest:
        return _Piece(values, piece.first, place + 1)
    sums = {a + b for a in values for b in rest} | {a + b * 100 for a in values for b in rest if b < 10}
    return _Piece(frozenset(sums), piece.first, following.last)


def _said_number(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> SaidNumber:
    start, end = tokens[piece.first].start, tokens[piece.last - 1].end
    kind, unit = _role(piece, tokens, keys)
    around = [*keys[max(piece.first - 4, 0) : piece.first], *keys[piece.last : piece.last + 4]]
    near_vat = (
        any(key.startswith(("tva", "kdv", "teveya", "taux")) for key in around) or " t v a " in f" {' '.join(around)} "
    )
    return SaidNumber(piece.values, kind, start, end, unit, near_vat, _points(piece, tokens, keys))


def _case(piece: _Piece, tokens: Sequence[Token]) -> str | None:
    """The Turkish ending of a number: in its word ("otuzbeşten") or after its digits ("38den", "55'ten")."""
    if piece.case is not None or piece.last >= len(tokens):
        return piece.case
    ending = tokens[piece.last]
    joined = ending.kind == "suffix" or (ending.kind == "word" and ending.glued)
    return numbers_tr.suffix_of(ending.key) if joined else None


def _points(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> bool:
    if piece.ordinal or (piece.first and keys[piece.first - 1] in _BEFORE_A_PLACE):
        return True
    following = tokens[piece.last] if piece.last < len(tokens) else None
    if following is None or following.kind in ("newline", "mark") or following.key in _AFTER_A_PLACE:
        return True
    return _case(piece, tokens) in ("acc", "dat", "gen", "loc", "ord")


def _role(piece: _Piece, tokens: Sequence[Token], keys: Sequence[str]) -> tuple[NumberKind, str | None]:
    lex = lexicon.load()
    before = keys[piece.first - 1] if piece.first else ""
    place = piece.last
    after = keys[place] if place < len(keys) else ""
    if piece.ordinal:
        return "ordinal", None
    if piece.unit:
        return "measure", piece.unit
    if _crossed(piece, tokens):
        return "dimension", None
    if after in _STREET or (after == "," and place + 1 < len(keys) and keys[place + 1] in _STREET):
        return "identifier", None
    if _is_percent(tokens, keys, piece.first, place):
        return "percent", None
    if after in lex.currency or before in ("€", "eur") or _case(piece, tokens) in ("abl", "dist"):
        return "money", None
    if place < len(keys) and tokens[place].kind == "word" and not tokens[place].text.endswith("'"):
        unit = lex.units.at(list(keys), place)
        if unit and unit[1] in _UNITS_OF_PRICES:
            return "plain", unit[1]
        if unit:
            return "measure", unit[1]
        if after in _PIECES:
            return "plain", None  # "14 basamak 35'er": steps are sold by the piece as often as they are a size
        amperes = after != "a" or max(piece.values) <= _MOST_AMPERES
        if after in lex.dimension_units and amperes and (tokens[place].glued or after not in _GLUED_DIMENSIONS):
            return "dimension", "l" if after in ("l", "lt", "ltr", "litre", "litres") else None
    return "plain", None


def _is_percent(tokens: Sequence[Token], keys: Sequence[str], first: int, place: int) -> bool:
    """ "5 %", "5 pour cent", "%5", "yüzde 5"; in "70 %5" the sign belongs to the 5."""
    if first and keys[first - 1] in ("%", "yuzde") and not (keys[first - 1] == "%" and tokens[first - 1].glued):
        return True
    if list(keys[place : place + 2]) == ["pour", "cent"] or keys[place : place + 1] in (["pourcent"], ["pourcents"]):
        return True
    if place >= len(keys) or keys[place] != "%":
        return False
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    return tokens[place].glued or following is None or following.kind != "number" or not following.glued


def _crossed(piece: _Piece, tokens: Sequence[Token]) -> bool:
    """ "60x60", "20x120": a format. "2x140" is two at 140."""
    for times, other in ((piece.first - 1, piece.first - 2), (piece.last, piece.last + 1)):
        if other < 0 or other >= len(tokens) or tokens[times].key != "x" or tokens[other].kind != "number":
            continue
        glued = tokens[times].glued and tokens[times + 1].glued
        if glued and len(tokens[other].text) >= 2 and len(tokens[piece.first].text) >= 2:
            return True
    return False
