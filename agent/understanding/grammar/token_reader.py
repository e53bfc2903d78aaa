"""Reading numbers and dates at a place of the token list, in either language; adding the item they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from agent.understanding.grammar import digits, numbers_fr, numbers_tr
from agent.understanding.grammar.items import CODES, Item, number_text
from agent.understanding.grammar.lexicon import Lexicon
from agent.understanding.grammar.tokens import Token
from agent.understanding.grammar.turkish_trade import is_turkish_object

_DAY = re.compile(r"^([a-z]+?)s?[iu]nd[ae]$")
_SOFTENED = {"araligin": "aralik", "ocagin": "ocak", "araliga": "aralik", "ocaga": "ocak", "araligi": "aralik"}
_LOOSE_EACH = frozenset("er ar ser sar".split())
_LOOSE_ABLATIVE = frozenset("den dan ten tan".split())
_LOOSE_DATIVE = frozenset("e a ye ya".split())
_TOWARDS = (
    "yuvarla",
    "bagla",
    "tamamla",
    "cek",
    "cik",
    "indir",
    "dusur",
    "sabitle",
    "getir",
    "yap",
    "anlas",
    "dus",
    "in",
)
"""Stems of verbs that bring a sum to an amount."""
_HUNDREDS, _FIVE = 100, 5
_OF_SEVERAL = frozenset("tanesi adedi adeti hepsi tamami tumu toplam toplami ikisi ucu".split())
_AFTER_YEAR = frozenset("yapimi yillik senelik yapilmis dahil haric".split())
"""Words that end what was said before: "altı" after them is six, not "under"."""
_JOINTS = frozenset("et puis ensuite apres plus alors avec ve bide sonra ayrica artik ile".split())
_YEARS_OF_AGE = frozenset(["yillik", "senelik", "yasinda"])


class TokenReader:
    """The tokens of one message and the items made of them so far."""

    def __init__(self, text: str, tokens: Sequence[Token], language: str, lexicon: Lexicon, today: date) -> None:
        self.text, self.tokens, self.language, self.lexicon, self.today = text, tokens, language, lexicon, today
        self.keys = ["lais" if token.text.lower() == "lés" else token.key for token in tokens]  # "4 lés", not "les"
        self.items: list[Item] = []

    def _read_number(self, index: int) -> numbers_fr.SpokenNumber | None:
        token = self.tokens[index]
        if token.kind == "number":
            number = digits.read(self.tokens, index)
            return numbers_fr.SpokenNumber(number.value, number.end, number.alternative)
        if token.kind != "word":
            return None
        if self.language == "tr":
            named = token.text[:1].isupper() and not token.text.isupper() and index and not self._opens_line(index)
            return self._turkish(index) or (None if named else self._french(index))
        return self._french(index) or self._turkish(index)

    def _french(self, index: int) -> numbers_fr.SpokenNumber | None:
        key = self.keys[index]
        number = numbers_fr.read(self.keys, index)
        if number is None or (self.language == "tr" and key in ("un", "une", "cent", "six")):
            return None
        if key in ("un", "une") and number.end == index + 1:
            unit = self.lexicon.units.at(self.keys, number.end) if number.end < len(self.keys) else None
            money = key == "un" and self.keys[number.end : number.end + 1] in (["euro"], ["euros"])
            if not money and (unit is None or unit[1] in ("u", "ens", "forfait")):
                return None
        last = self.keys[number.end - 2 : number.end]
        if last in (["et", "un"], ["et", "une"]) and self._noun_at(number.end) and not self._plural_at(number.end):
            number.value, number.end = number.value - 1, number.end - 2  # "320 | et une fenêtre"
        priced = index > 0 and self.keys[index - 1] in ("forfait", "a", "prix")
        if last == ["et", "onze"] and priced and self._noun_at(number.end) and self._plural_at(number.end):
            number.value, number.end = number.value - 11, number.end - 2  # "à 760 | et onze poteaux"
        if key == "neuf" and number.end == index + 1 and not self._neuf_counts(index):
            return None
        return number

    def _noun_at(self, end: int) -> bool:
        token = self.tokens[end] if end < len(self.tokens) else None
        if token is None or token.kind != "word" or token.key in self.lexicon.currency or token.key in self.lexicon.per:
            return False
        if token.key in self.lexicon.words["correction"] or token.key in self.lexicon.words["fillers"]:
            return False
        return self.lexicon.units.at(self.keys, end) is None and token.key not in (
            "pour",
            "cent",
            "ht",
            "ttc",
            "ans",
            "mille",
            *_JOINTS,
        )

    def _plural_at(self, end: int) -> bool:
        """ "vingt et un spots", "quarante et un chacun": the number goes with what follows."""
        key = self.keys[end]
        return (len(key) > 2 and key.endswith(("s", "x"))) or key in ("chacun", "chacune", "piece", "unite", "l")

    def _neuf_counts(self, index: int) -> bool:
        """ "neuf" is 9 after à, before a unit or euros, or where a price must stand; else it is "new"."""
        after = self.keys[index + 1] if index + 1 < len(self.keys) else ""
        if index and self.keys[index - 1] in ("a", "de", "x", "fois"):
            return True
        if after in self.lexicon.currency or after in ("du", "le", "pour", "heures", "fois"):
            return True
        if after and self.lexicon.units.at(self.keys, index + 1):
            return True
        plural = bool(after) and after.endswith(("s", "x")) and self.tokens[index + 1].kind == "word"
        if plural and (self._opens_line(index) or after in self.lexicon.fr["things"]):
            return True
        before = self.keys[index - 1] if index else ""
        return after == "et" or (not after and before in self.lexicon.words["works"])

    def _turkish(self, index: int) -> numbers_fr.SpokenNumber | None:
        number = numbers_tr.read(self.keys, index)
        if number is None and self.keys[index] == "ondan" and self._unpriced():
            return numbers_fr.SpokenNumber(Decimal(10), index + 1, None, "abl")  # "20 metrekare ondan"
        if number is None:
            return None
        if self.language != "tr" and number.value < 11:
            return None
        key = self.keys[index]
        after = self.keys[number.end] if number.end < len(self.keys) else ""
        if key == "yuz" and index and self.keys[index - 1] in ("tek", "cift"):
            return None  # "tek yüz": one side
        if key == "alti" and number.end == index + 1 and self._priced_cents(number.end) is not None:
            return number
        if key in ("bir", "alti", "yuz") and number.end == index + 1 and number.suffix is None:
            measured = bool(after) and (
                self.lexicon.units.at(self.keys, number.end) is not None
                or after in self.lexicon.currency
                or after in _YEARS_OF_AGE
            )
            ended = not after or self.tokens[number.end].kind in ("mark", "newline") or after in ("bide", "ve", "artik")
            opens = key == "alti" and self._opens_line(index)
            return number if measured or opens or (ended and key != "bir") else None
        return self._without_count(index, number)

    def _priced_cents(self, end: int) -> numbers_fr.SpokenNumber | None:
        """ "220 metrekare altı seksenden": after a measured quantity, cents with the ending of a price."""
        measured = bool(self.items) and self.items[-1].kind == "quantity" and self.items[-1].unit != "u"
        if not measured or end >= len(self.tokens) or self.tokens[end].kind != "word":
            return None
        cents = numbers_tr.read(self.keys, end)
        sure = cents is not None and cents.suffix == "abl" and 10 <= cents.value < _HUNDREDS and cents.value % 5 == 0
        return cents if sure else None

    def _without_count(self, index: int, number: numbers_fr.SpokenNumber) -> numbers_fr.SpokenNumber:
        """ "salon boyası dört yüz dört kapı hepsi 320": 400, then four doors; "sifon kırk iki priz altmış" stays 42,
        with 40 as its other reading."""
        after, rest = number.end, number.value % _HUNDREDS
        if number.suffix or after - index < 2 or number.colloquial is not None or number.value < 20:
            return number
        if after >= len(self.keys) or not self._in_price_place(index) or not is_turkish_object(self.keys[after]):
            return number
        evidence = self._priced_each(after + 1)
        if evidence is None:
            return number
        digit = self._last_digit(number)
        hundreds = number.value >= _HUNDREDS
        if digit is None:  # "bin iki yüz yirmi priz altmıştan": twenty of them, or 1220
            tens = hundreds and evidence and 0 < rest < _HUNDREDS and rest % 10 == 0
            return replace(number, colloquial=number.value - rest, split=True) if tens else number
        if hundreds and evidence and 10 < rest < 20:  # "bin iki yüz on iki priz": twelve of them
            return numbers_fr.SpokenNumber(number.value - rest, after - 2, number.value - digit, split=True)
        if hundreds and (evidence or digit != _FIVE):
            return numbers_fr.SpokenNumber(number.value - digit, after - 1)
        return numbers_fr.SpokenNumber(number.value, number.end, number.value - digit, split=True)

    def _last_digit(self, number: numbers_fr.SpokenNumber) -> int | None:
        """The digit that a number of several words ends with, if it counts more than one."""
        last = numbers_tr.read(self.keys[number.end - 1 : number.end], 0)
        digit = int(last.value) if last is not None and last.value == int(last.value) else 0
        return digit if 2 <= digit <= 9 else None

    def _in_price_place(self, index: int) -> bool:
        """What stands before is a designation, a quantity or a word of price, not the start of a line."""
        before = self.tokens[index - 1] if index else None
        if before is None or before.kind in ("mark", "newline", "number") or before.key in _JOINTS:
            return False
        priced = bool(self.items) and self.items[-1].kind in ("money", "number") and self.items[-1].end == before.end
        return not priced

    def _priced_each(self, start: int) -> bool | None:
        """Whether the next number is surely the price of several ("tanesi 40", "altmıştan", "hepsi 320"); None: no number."""
        for place in range(start, min(start + 5, len(self.keys))):
            if self.tokens[place].kind in ("mark", "newline"):
                return None
            if self.keys[place] in _OF_SEVERAL:
                return True
            number = numbers_tr.read(self.keys, place) if self.tokens[place].kind == "word" else None
            if number is not None:
                return number.suffix in ("abl", "dist")
        return None

    def _unpriced(self) -> bool:
        """A quantity stands before, with no number after it yet."""
        numbers = [item for item in self.items[-5:] if item.numeric]
        return bool(numbers) and numbers[-1].kind == "quantity"

    def _opens_line(self, index: int) -> bool:
        """Whether nothing stands before that a word like "neuf" (new) or "altı" (under) could belong to."""
        while index and self.keys[index - 1] in self.lexicon.words["fillers"] and self.keys[index - 1] not in _JOINTS:
            index -= 1
        before = self.tokens[index - 1] if index else None
        if before is None or before.kind in ("mark", "newline") or before.key in _JOINTS or before.key in _AFTER_YEAR:
            return True
        return bool(self.items) and self.items[-1].numeric and self.items[-1].end == before.end

    def _skip_suffix(self, end: int) -> int:
        return end + 1 if self._case_at(end) else end

    def _case_at(self, end: int) -> str | None:
        """A Turkish ending written on the number: 38den, 35'ten, 55'er."""
        if end >= len(self.tokens):
            return None
        token = self.tokens[end]
        if self.language == "tr" and token.kind == "word" and self._loose(end):
            return "abl" if token.key in _LOOSE_ABLATIVE else "dist" if token.key in _LOOSE_EACH else "dat"
        if token.kind == "word" and token.glued and token.text in ("ü", "ı"):
            return "acc"  # "4ü": no unit is written so
        if token.kind == "suffix" or (token.kind == "word" and token.glued):
            if token.kind == "word" and (
                self.lexicon.units.at(self.keys, end) or token.key in self.lexicon.dimension_units
            ):
                return None
            return numbers_tr.suffix_of(token.key)
        return None

    def _loose(self, end: int) -> bool:
        """An ending written apart from its number: "35 ten", "1250 ye yuvarla"."""
        key = self.keys[end]
        if key in _LOOSE_ABLATIVE or key in _LOOSE_EACH:
            return True
        following = self.keys[end + 1] if end + 1 < len(self.keys) else ""
        return key in _LOOSE_DATIVE and following.startswith(_TOWARDS)

    def _month(self, key: str) -> int | None:
        month = self.lexicon.months.get(key)
        if month is None and self.language == "tr" and len(key) > 4:
            if key in _SOFTENED:
                return self.lexicon.months[_SOFTENED[key]]
            for ending in ("ta", "te", "da", "de", "tan", "ten", "dan", "den", "a", "e", "in", "un", "i", "u"):
                if key.endswith(ending) and key[: -len(ending)] in self.lexicon.months:
                    return self.lexicon.months[key[: -len(ending)]]
        return month

    def _year(self, end: int) -> tuple[int, int, bool]:
        token = self.tokens[end] if end < len(self.tokens) else None
        if token is not None and token.kind == "number" and token.text.isdigit() and 1900 <= int(token.text) <= 2100:
            return int(token.text), self._skip_suffix(end + 1), True
        return self.today.year, end, False

    def _month_at(self, index: int) -> int | None:
        """A month with its year: ``mars 2024``, ``mart 2024te``."""
        month = self._month(self.keys[index])
        if month is None:
            return None
        year, end, said = self._year(self._skip_suffix(index + 1))
        day = self._day_of_month(index + 1)
        if day is not None:
            self._add("date", index, index + 2, iso=date(self.today.year, month, day).isoformat())
            self.items[-1].facts["year_said"] = ""
            return index + 2
        if not said:
            return None
        self._add("month", index, end, iso=f"{year:04d}-{month:02d}")
        return end

    def _day_of_month(self, index: int) -> int | None:
        """ "aralığın onunda", "ocağın yirmi beşinde": the day after its month, in one word."""
        found = _DAY.match(self.keys[index]) if index < len(self.keys) and self.language == "tr" else None
        number = numbers_tr.read([found[1]], 0) if found else None
        return int(number.value) if number is not None and number.suffix is None and 1 <= number.value <= 28 else None

    def _dated(self, item: Item, day: int, end: int) -> int | None:
        month = self._month(self.keys[end]) or 1
        end = self._skip_suffix(end + 1)
        year, end, said = self._year(end)
        if not said:
            year = self.today.year
        try:
            item.iso = date(year, month, day).isoformat()
        except ValueError:
            return None
        item.kind = "date"
        item.facts["year_said"] = "yes" if said else ""
        return end

    def _add(
        self,
        kind: str,
        first: int,
        end: int,
        value: Decimal | None = None,
        iso: str | None = None,
        clean: str | None = None,
    ) -> None:
        self._finish(Item(kind, CODES[kind], "", 0, 0, value=value, iso=iso, clean=clean), first, end)

    def _finish(self, item: Item, first: int, end: int) -> None:
        item.key = CODES[item.kind]
        if item.marked and item.doubt == "digits":
            item.alternative = item.doubt = None  # "à 9 400", "9 400 ht": one price
        item.start, item.end = self.tokens[first].start, self.tokens[end - 1].end
        item.text = self.text[item.start : item.end]
        if item.kind == "dimension" and item.spelled and item.value is not None and item.value >= 20:
            item.facts["digits"] = f"{number_text(item.value)} {item.text.split()[-1]}"  # "200 litres"
        if item.kind == "number" and item.marked:
            item.kind = "money"
            item.key = CODES["money"]
        self.items.append(item)
