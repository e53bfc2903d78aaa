"""Sizes: numbers that say how large a thing is ("60x60", "2,40 m par 2,15", "0/31,5") or belong to the number before them."""

from __future__ import annotations

from decimal import Decimal

from agent.understanding.grammar import digits, numbers_fr, numbers_tr
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.token_reader import TokenReader

_STOPS = frozenset([",", ";", ".", "+", "et", "puis", "ensuite", "apres", "ve", "bide", "sonra", "ayrica", "plus"])
_SMALL = 20
_SIZED_PLACES = frozenset(
    "havuz piscine bassin teras terrasse oda odasi chambre salon garaj garage abri pergola pergole".split()
)
TIMES = frozenset(["x", "fois", "*", "kere", "carpi", "par"])


class SizeReader(TokenReader):
    """Numbers that are sizes, and the parts of a number that are said after its unit."""

    def _size_follows(self, end: int) -> bool:
        """ "2 m x 3 m", "deux mètres par trois": a second length; "9 m x 17 €" is a price."""
        second = self._read_number(end + 1)
        if second is None:
            return False
        after = self.keys[second.end] if second.end < len(self.keys) else ""
        if after in self.lexicon.currency or after in ("ht", "ttc") or after in self.lexicon.per - {"de", "par"}:
            return False
        return self.keys[end] != "x" or after in ("m", "metre", "metres", "cm", "mt")

    def _towards_length(self, end: int) -> bool:
        """ "dört metreye iki metre", "4 m'ye 2 m": the second length of a size."""
        dative = self.keys[end - 1] in ("metreye", "ye", "ya", "mye")
        second = self._read_number(end) if self.language == "tr" and dative and end < len(self.tokens) else None
        if second is None or second.suffix or second.end >= len(self.keys):
            return False
        unit = self.lexicon.units.at(self.keys, second.end)
        return unit is not None and unit[1] == "ml"

    def _by(self, item: Item, end: int) -> int:
        """``deux mètres quarante par deux quinze``: a size, not a quantity."""
        second = self._read_number(end + 1)
        assert second is not None
        stop = second.end
        if stop < len(self.keys) and self.lexicon.units.at(self.keys, stop):
            stop += 1
        if second.value < 10 and (hundredths := self._hundredths(stop)):
            stop = hundredths[1]
        item.kind, item.unit = "dimension", None
        return stop

    def _fraction(self, end: int, unit: str) -> tuple[int, Decimal] | None:
        """``un mètre vingt``, ``3 m 20``, ``2 heures 30``, ``deux heures et demie``: the part after the unit."""
        if self.keys[end] == "bucuk":
            return end + 1, Decimal("0.5")
        number = self._read_number(end)
        hundredths = self._hundredths(end) if unit == "ml" and number is not None and number.value >= 100 else None
        if hundredths:
            return hundredths[1], Decimal(hundredths[0]) / 100
        if number is None or number.value != int(number.value) or not 10 <= number.value < 100:
            return None
        if number.suffix or self._case_at(number.end):
            return None
        after = self.keys[number.end] if number.end < len(self.keys) else ""
        if unit == "j":
            return None
        if unit == "h":
            priced = after in self.lexicon.currency or after in self.lexicon.per or after in ("ht", "ttc")
            if self.language == "tr" and (not after or self.tokens[number.end].kind != "word" or after in _STOPS):
                return None  # "7 saat 30": 30 an hour; half an hour is "buçuk"
            return (number.end, number.value / 60) if number.value in (15, 30, 45) and not priced else None
        if (
            after in ("par", "sur")
            and number.end + 1 < len(self.keys)
            and self._read_number(number.end + 1) is not None
        ):
            return number.end, number.value / 100
        if (
            after in self.lexicon.currency
            or after in self.lexicon.per
            or (after and self.lexicon.units.at(self.keys, number.end))
        ):
            return None
        if after == "a" or (after and self._read_number(number.end) is not None):
            return number.end, number.value / 100
        return None

    def _multiplied(self, item: Item, value: Decimal, end: int, index: int) -> tuple[int, Decimal]:
        """``2 x 140`` is a count and a price; ``60x60``, ``83 x 204 cm`` are dimensions."""
        second = self._read_number(end + 1)
        assert second is not None
        glued = self.tokens[end].glued
        if glued and self.tokens[end + 1].kind == "number":  # "90x120 380": 120, not 120 380
            second = numbers_fr.SpokenNumber(digits.parse(self.tokens[end + 1].text)[0], end + 2)
        stop = second.end
        after = self.keys[stop] if stop < len(self.keys) else ""
        third = after in TIMES
        priced = after in self.lexicon.currency or after in ("ht", "ttc")
        dimension = (
            third
            or after in ("cm", "mm", "m", "ht_")
            or (glued and (value >= 10 or self._small_size(value, second.value, stop)))
            or (glued and index > 0 and self.keys[index - 1] in _SIZED_PLACES)
            or (value >= 10 and second.value >= 10 and self._number_later(stop))
        )
        dimension = dimension or self.keys[end] == "par"
        if self.keys[end] in ("x", "*", "par", "carpi") and dimension and not priced:
            while stop < len(self.keys) and self.keys[stop] in TIMES and self._read_number(stop + 1) is not None:
                following = self._read_number(stop + 1)
                stop = following.end if following else stop + 1
            item.kind = "dimension"
            return (stop + 1 if stop < len(self.keys) and self.keys[stop] in ("cm", "mm", "m") else stop), value
        if (
            value > second.value
            and second.value < 20
            and value >= 20
            and not priced
            and self.keys[stop : stop + 1] != ["du"]
        ):
            item.kind, item.marked = "money", True  # "240 x 3"
            return end + 1, value
        if glued and value <= _SMALL and second.value <= _SMALL:
            item.facts["doubt"] = "quantity_assumed"  # "havuz 8x4" may be its size
        item.kind, item.unit, item.facts["times"] = "quantity", "u", "yes"
        return end + 1, value

    def _litre_price(self, end: int) -> bool:
        """A price per litre follows ("25 litre 9dan", "25 l à 9 le litre"): the litres are a quantity."""
        if end < len(self.keys) and self.keys[end] == "a":
            end += 1
        number = self._read_number(end) if end < len(self.keys) else None
        if number is None:
            return False
        if number.suffix == "abl" or self._case_at(number.end) == "abl":
            return number.value < 100
        return self.keys[number.end + 1 : number.end + 2] == ["litre"] or self.keys[
            number.end + 2 : number.end + 3
        ] == ["litre"]

    def _number_later(self, end: int) -> bool:
        for token in self.tokens[end : end + 8]:
            if token.kind == "newline" or token.key in _STOPS:
                return False
            if token.kind == "number" or (
                token.kind == "word" and token.key in numbers_fr.WORDS and token.key not in ("un", "une")
            ):
                return True
            if token.kind == "word" and self.language == "tr" and numbers_tr.is_number_word(token.key):
                return True
        return False

    def _hundredths(self, end: int) -> tuple[int, int] | None:
        """The two digits after a length and their end: "deux mètres cinquante | mille neuf cents"."""
        number = self._read_number(end) if end < len(self.tokens) else None
        if number is None or self.tokens[end].kind == "number" or number.value != int(number.value):
            return None
        if 10 <= number.value < 100:
            return int(number.value), number.end
        tens = numbers_fr.below_hundred(self.keys, end)
        if tens is not None and tens[0] % 5 and tens[1] == end + 2 and not self._hyphenated(end):
            tens = (tens[0] - tens[0] % 10, end + 1)  # "trois mètres cinquante | deux mille deux cents"
            return tens if self._read_number(tens[1]) is not None and self.keys[tens[1] + 1] == "mille" else None
        thousands = tens is not None and tens[1] < number.end and self.keys[tens[1]] == "mille"
        return tens if tens is not None and tens[0] >= 10 and thousands else None

    def _hyphenated(self, index: int) -> bool:
        return "-" in self.text[self.tokens[index].end : self.tokens[index + 1].start]

    def _small_size(self, value: Decimal, second: Decimal, stop: int) -> bool:
        """ "piscine 8x4 : …", "2x2,5kw": two small numbers written together, with a price still to come."""
        after = self.keys[stop] if stop < len(self.keys) else ""
        if after in self.lexicon.dimension_units and after not in ("a", "k"):
            return True
        if after and self.lexicon.units.at(self.keys, stop):
            return False
        return value < 20 and second < 20 and after not in self.lexicon.currency and self._number_later(stop)
