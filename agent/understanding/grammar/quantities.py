"""From tokens to items: numbers with what stands around them become quantities, prices, percentages, dimensions, dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from agent.understanding.grammar import digits, numbers_fr, numbers_tr
from agent.understanding.grammar.entities import e164
from agent.understanding.grammar.items import CODES, Item, number_text
from agent.understanding.grammar.lexicon import Lexicon
from agent.understanding.grammar.tokens import Token

_STRICT_PREFIXES = frozenset(
    ["dn", "r", "ba", "ral", "ref", "reference", "n", "no", "numero", "fi", "classe", "ip", "rt", "re", "nfc"]
)
_BEFORE_TOTAL = frozenset(
    ["hepsi", "tamami", "tumu", "soit", "total", "toplam", "=", "toplamda", "tutari", "tutar", "totale"]
)
_AGE_WORDS = frozenset(
    "ans an annees yil yillik yilliki sene senelik yasinda yasindaki seneden yildan seneli yilli".split()
)
_ABBREVIATIONS = frozenset("m mr mme mlle mm st ste av bd tel ch pl dr me adr num ref".split())
_LITRES = frozenset(["litre", "litres", "l", "lt"])
_NUMBER_WORDS_AFTER_LES = frozenset(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "dix"])
_GLUED_METRES = re.compile(r"^m(\d{1,2})$")
_GLUED_HOURS = re.compile(r"^h(\d{2})$")
_TIMES = frozenset(["x", "fois", "*", "kere", "carpi", "par"])


class ItemBuilder:
    """Builds the items of one message."""

    def __init__(self, text: str, tokens: Sequence[Token], language: str, lexicon: Lexicon, today: date) -> None:
        self.text, self.tokens, self.language, self.lexicon, self.today = text, tokens, language, lexicon, today
        self.keys = [token.key for token in tokens]
        self.items: list[Item] = []

    def build(self) -> list[Item]:
        index = 0
        while index < len(self.tokens):
            index = self._step(index)
        return self.items

    def _step(self, index: int) -> int:
        token = self.tokens[index]
        if token.kind in CODES and token.kind != "number":
            self._entity(token)
            return index + 1
        for reader in (self._percent_before, self._phone_in_words, self._price_marker, self._prefixed_dimension):
            end = reader(index)
            if end:
                return end
        end = self._number(index, index)
        if end:
            return end
        return self._word(index)

    def _entity(self, token: Token) -> None:
        item = Item(token.kind, CODES[token.kind], token.text, token.start, token.end, iso=token.value)
        item.clean = token.value
        self.items.append(item)

    def _word(self, index: int) -> int:
        token = self.tokens[index]
        if token.kind == "suffix" and self.items and self.items[-1].kind == "word":
            word = self.items[-1]
            word.text, word.end = word.text + token.text, token.end
            word.case = numbers_tr.suffix_of(token.key) or "other"
            return index + 1
        month = self._month_at(index)
        if month:
            return month
        if (
            token.key == "."
            and self.items
            and self.items[-1].kind == "word"
            and self.items[-1].key in _ABBREVIATIONS
            and token.glued
        ):
            self.items[-1].end = token.end
            return index + 1
        mode = self.lexicon.modes.at(self.keys, index) if token.key != "net" else None
        if mode:
            self._add("mode", index, index + mode[0])
            self.items[-1].mode = mode[1]
            return index + mode[0]
        if token.kind in ("word", "suffix"):
            key = self.lexicon.spelling.get(token.key, token.key)
            item = Item("word", key, token.text, token.start, token.end, clean=token.value)
        else:
            item = Item("mark", token.key, token.text, token.start, token.end)
        self.items.append(item)
        return index + 1

    # -- what stands before a number ---------------------------------------------------------------------------------

    def _percent_before(self, index: int) -> int | None:
        if self.keys[index] not in ("%", "yuzde") or index + 1 >= len(self.tokens):
            return None
        number = self._read_number(index + 1)
        if number is None:
            return None
        end = self._skip_suffix(number.end)
        self._add("percent", index, end, value=number.value)
        return end

    def _phone_in_words(self, index: int) -> int | None:
        if self.keys[index] not in ("zero", "sifir"):
            return None
        said, end = "", index
        while end < len(self.tokens) and len(said) < 10:
            if self.keys[end] in ("zero", "sifir"):
                said, end = said + "0", end + 1
                continue
            number = self._read_number(end)
            if number is None or number.value != int(number.value):
                break
            part = str(int(number.value))
            said += (
                part if len(said) == 1 or self.language == "tr" or len(part) > 1 or said.endswith("0") else f"0{part}"
            )
            end = number.end
        phone = e164(said) if len(said) == 10 else None
        if phone is None:
            return None
        self._add("phone", index, end, iso=phone, clean=phone)
        return end

    def _price_marker(self, index: int) -> int | None:
        """``à 35``, ``@35``, ``tanesi 60``, ``prix 45``, ``soit 1530``, ``forfait 620``, ``pour 420``, ``le tout 900``."""
        key, keys = self.keys[index], self.keys
        after = index + 1
        unit = self.lexicon.unit_nouns_possessed.get(key)
        if unit and after < len(keys) and keys[after] in ("de", "da", ":", "="):
            after += 1
        total = key in _BEFORE_TOTAL
        if key in ("toplam", "total") and after < len(keys) and keys[after] in (":", "de", "a", "=", "ttc", "ht"):
            after += 1
        global_price = key in ("forfait", "goturu", "komple", "forfe", "forfet") or (
            key == "tout" and keys[index - 1 : index] in (["le"], ["en"])
        )
        if global_price and after < len(keys) and keys[after] in ("de", "a", ":", "pour", "est"):
            after += 1
        marker = key == "@" or (key in ("a", "prix", "tarif", "fiyat", "fiyati", "birim") and self._is_marker(index))
        pour = key == "pour" and self.language == "fr"
        if key in ("prix", "fiyat", "fiyati", "birim", "tarif"):
            while after < len(keys) and keys[after] in ("de", "a", ":", "=", "fiyat", "fiyati", "est", "c"):
                after += 1
        if not (unit or total or global_price or marker or pour) or after >= len(keys):
            return None
        if self._read_number(after) is None:
            return None
        before = len(self.items)
        end = self._number(after, index)
        if not end:
            return None
        item = self.items[before]
        if item.kind not in ("number", "money", "quantity") or (item.kind == "quantity" and not marker):
            return self._undo(before, index)
        if pour and item.kind == "number" and not self._ends_here(end):
            return self._undo(before, index)
        if key == "a" and item.kind == "quantity" and item.unit in ("h", "j") and not item.per:
            return self._undo(before, index)
        if marker:
            item.facts["at"] = "yes"
        item.marked, item.total, item.global_price = True, total, item.global_price or global_price
        item.per = item.per or unit
        if item.kind == "number":
            item.kind, item.key = "money", CODES["money"]
        return end

    def _is_marker(self, index: int) -> bool:
        if self.language == "tr" and self.tokens[index].text in ("a", "A"):
            return False
        return True

    def _ends_here(self, end: int) -> bool:
        return (
            end >= len(self.keys)
            or self.tokens[end].kind in ("mark", "newline")
            or self.keys[end] in ("et", "puis", "la", "le", "les", "l")
        )

    def _undo(self, before: int, index: int) -> None:
        del self.items[before:]

    def _prefixed_dimension(self, index: int) -> int | None:
        """``DN 100``, ``R=6,5``, ``BA 13``, ``n° 12``; soft prefixes (IPN, PER…) only when another number follows."""
        key = self.keys[index]
        if key not in self.lexicon.dimension_prefixes or self.tokens[index].text.endswith("'"):
            return None
        after = index + 1
        while after < len(self.keys) and self.keys[after] in ("=", "°", ".", ":", "de"):
            after += 1
        if after >= len(self.tokens) or self.tokens[after].kind != "number":
            return None
        end = after + 1
        following = self.keys[end] if end < len(self.keys) else ""
        if following in self.lexicon.dimension_units and following not in ("l", "a"):
            end += 1
        elif (self.lexicon.units.at(self.keys, end) if end < len(self.keys) else False) or (
            key not in _STRICT_PREFIXES and not self._number_later(end)
        ):
            return None
        if following in self.lexicon.currency:
            return None
        self._add("dimension", index, end, value=digits.parse(self.tokens[after].text)[0])
        self.items[-1].facts["prefix"] = key
        if key in ("n", "no", "numero"):
            self.items[-1].kind, self.items[-1].key = "number", CODES["number"]
            self.items[-1].facts["ordinal"] = "yes"
        return end

    def _number_later(self, end: int) -> bool:
        for token in self.tokens[end : end + 8]:
            if token.kind == "newline" or token.key in (",", ";", "."):
                return False
            if token.kind == "number" or (
                token.kind == "word" and token.key in numbers_fr.WORDS and token.key not in ("un", "une")
            ):
                return True
        return False

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _read_number(self, index: int) -> numbers_fr.SpokenNumber | None:
        token = self.tokens[index]
        if token.kind == "number":
            number = digits.read(self.tokens, index)
            return numbers_fr.SpokenNumber(number.value, number.end, number.alternative)
        if token.kind != "word":
            return None
        if self.language == "tr":
            return self._turkish(index) or self._french(index)
        return self._french(index) or self._turkish(index)

    def _french(self, index: int) -> numbers_fr.SpokenNumber | None:
        key = self.keys[index]
        number = numbers_fr.read(self.keys, index)
        if number is None or (self.language == "tr" and key in ("un", "une", "cent", "six")):
            return None
        if key in ("un", "une") and number.end == index + 1:
            unit = self.lexicon.units.at(self.keys, number.end) if number.end < len(self.keys) else None
            if unit is None or unit[1] in ("u", "ens", "forfait"):
                return None
        if key == "neuf" and number.end == index + 1 and not self._neuf_counts(index):
            return None
        return number

    def _neuf_counts(self, index: int) -> bool:
        """ "neuf" is 9 after à, before a unit or euros, or where a price must stand; else it is "new"."""
        after = self.keys[index + 1] if index + 1 < len(self.keys) else ""
        if index and self.keys[index - 1] in ("a", "de", "x", "fois"):
            return True
        if after in self.lexicon.currency or after in ("du", "le", "pour", "heures", "fois"):
            return True
        if after and self.lexicon.units.at(self.keys, index + 1):
            return True
        before = self.keys[index - 1] if index else ""
        return after == "et" or (not after and before in self.lexicon.words["works"])

    def _turkish(self, index: int) -> numbers_fr.SpokenNumber | None:
        number = numbers_tr.read(self.keys, index)
        if number is None:
            return None
        if self.language != "tr" and number.value < 11:
            return None
        key = self.keys[index]
        after = self.keys[number.end] if number.end < len(self.keys) else ""
        if key in ("bir", "alti", "yuz") and number.end == index + 1 and number.suffix is None:
            measured = bool(after) and (
                self.lexicon.units.at(self.keys, number.end) is not None or after in self.lexicon.currency
            )
            ended = not after or self.tokens[number.end].kind in ("mark", "newline")
            return number if measured or (ended and key != "bir") else None
        return number

    def _skip_suffix(self, end: int) -> int:
        return end + 1 if self._case_at(end) else end

    def _case_at(self, end: int) -> str | None:
        """A Turkish ending written on the number: 38den, 35'ten, 55'er."""
        if end >= len(self.tokens):
            return None
        token = self.tokens[end]
        if token.kind == "suffix" or (token.kind == "word" and token.glued):
            if token.kind == "word" and (
                self.lexicon.units.at(self.keys, end) or token.key in self.lexicon.dimension_units
            ):
                return None
            return numbers_tr.suffix_of(token.key)
        return None

    def _number(self, index: int, first: int) -> int | None:
        """Reads a number at ``index`` with all that belongs to it and adds one item that starts at token ``first``."""
        number = self._read_number(index)
        if number is None:
            return None
        spelled = self.tokens[index].kind == "word"
        value, end, case = number.value, number.end, number.suffix
        item = Item("number", CODES["number"], "", 0, 0, spelled=spelled, case=case)
        if number.colloquial is not None:
            item.alternative, item.doubt = number.colloquial, "thousands" if spelled else "digits"
        if end < len(self.keys) and self.keys[end] == "bucuk":
            value, end = value + Decimal("0.5"), end + 1
        if self.keys[end : end + 2] in (["et", "demi"], ["et", "demie"]):
            value, end = value + Decimal("0.5"), end + 2
        if case is None:
            item.case = self._case_at(end)
            end = self._skip_suffix(end)
        end, value = self._measure(item, value, end, index)
        item.value = value
        self._finish(item, first, end)
        return end

    def _measure(self, item: Item, value: Decimal, end: int, index: int) -> tuple[int, Decimal]:
        """What the number counts: its unit, currency, dimension, date…; returns the new end and value."""
        keys = self.keys
        key = keys[end] if end < len(keys) else ""
        if key in ("%", "pourcent") or keys[end : end + 2] == ["pour", "cent"]:
            item.kind = "percent"
            return self._skip_suffix(end + (2 if key == "pour" else 1)), value
        if self._month(key) and 1 <= value <= 31 and item.value is None and value == int(value):
            stop = self._dated(item, int(value), end)
            if stop:
                return stop, value
        if key in _AGE_WORDS:
            item.kind = "age"
            return end + 1, value
        if key in self.lexicon.currency:
            item.kind, item.marked = "money", True
            end += 1
            cents = self.tokens[end] if end < len(keys) else None
            if cents is not None and cents.kind == "number" and cents.glued and len(cents.text) == 2:
                value, end = value + Decimal(cents.text) / 100, end + 1
            end = self._skip_suffix(end)
            spoken = self._spoken_cents(end) if item.spelled else None
            if spoken:
                value, end = value + spoken[0], spoken[1]
            return self._price_tail(item, end), value
        glued = _GLUED_METRES.match(key) if key and self.tokens[end].glued else None
        if glued and key not in ("m2", "m3"):
            item.kind, item.unit, item.facts["length"] = "quantity", "ml", "yes"
            return end + 1, value + Decimal(glued[1]) / (10 if len(glued[1]) == 1 else 100)
        hours = _GLUED_HOURS.match(key) if key else None
        if hours:
            item.kind, item.unit = "quantity", "h"
            return end + 1, value + Decimal(hours[1]) / 60
        if key in _TIMES and end + 1 < len(keys) and self._read_number(end + 1) is not None:
            return self._multiplied(item, value, end, index)
        per_end = self._price_tail(item, end)
        if item.per or item.mode or item.global_price or item.total:
            item.marked = True
            return per_end, value
        unit = self.lexicon.units.at(keys, end) if key and not self.tokens[end].text.endswith("'") else None
        if unit:
            return self._with_unit(item, value, end, unit)
        if key in _LITRES and not self.tokens[end].text.endswith("'") and self._litre_price(end + 1):
            item.kind, item.unit = "quantity", "l"
            return end + 1, value
        if key in self.lexicon.dimension_units and not self.tokens[end].text.endswith("'"):
            if key not in ("a", "l", "k", "ton", "pos") or self.tokens[end].glued or key == "l":
                item.kind = "dimension"
                return end + 1, value
        if item.case == "lik":
            item.kind = "dimension"
        elif item.case in ("abl", "dist"):
            item.marked = True
            item.per = "u" if item.case == "dist" else None
        elif item.case == "ord":
            item.facts["ordinal"] = "yes"
        elif key in ("er", "ere", "e", "eme", "nd", "nde", "ieme") and self.tokens[end].glued and not item.spelled:
            item.facts["ordinal"] = "yes"
            return end + 1, value
        return end, value

    def _spoken_cents(self, end: int) -> tuple[Decimal, int] | None:
        """``quatre euros cinquante``: cents when nothing countable follows."""
        number = self._read_number(end) if end < len(self.tokens) and self.tokens[end].kind == "word" else None
        if number is None or not 5 <= number.value < 100 or number.suffix:
            return None
        after = self.tokens[number.end] if number.end < len(self.tokens) else None
        if (
            after is not None
            and after.kind == "word"
            and after.key not in ("et", "ht", "ttc", "du", "le", "l", "la", "hors", "ve", "les", "puis")
        ):
            return None
        return number.value / 100, number.end

    def _with_unit(self, item: Item, value: Decimal, end: int, unit: tuple[int, str]) -> tuple[int, Decimal]:
        key = self.keys[end]
        if unit[1] == "u" and key in ("piece", "unite") and value > 1 and self.language == "fr":
            item.per, item.marked = "u", True  # "65 pièce": a price each
            return self._price_tail(item, end + 1), value
        if unit[1] == "forfait":
            item.marked = item.global_price = True
            return end + 1, value
        if key == "m" and item.case:
            return end, value
        item.kind, item.unit = "quantity", unit[1]
        end += unit[0]
        end = self._skip_suffix(end)
        if unit[1] in ("ml", "h", "j") and end < len(self.keys):
            more = self._fraction(end, unit[1])
            if more:
                end, value = more[0], value + more[1]
        if (
            unit[1] == "ml"
            and end + 1 < len(self.keys)
            and self.keys[end] in ("par", "sur", "x")
            and self._read_number(end + 1)
        ):
            return self._by(item, end), value
        return end, value

    def _by(self, item: Item, end: int) -> int:
        """``deux mètres quarante par deux quinze``: a size, not a quantity."""
        second = self._read_number(end + 1)
        assert second is not None
        stop = second.end
        if stop < len(self.keys) and self.lexicon.units.at(self.keys, stop):
            stop += 1
        third = self._read_number(stop) if stop < len(self.keys) else None
        if third is not None and 10 <= third.value < 100 and second.value < 10:
            stop = third.end
        item.kind, item.unit = "dimension", None
        return stop

    def _fraction(self, end: int, unit: str) -> tuple[int, Decimal] | None:
        """``un mètre vingt``, ``3 m 20``, ``2 heures 30``, ``deux heures et demie``: the part after the unit."""
        if self.keys[end : end + 2] in (["et", "demi"], ["et", "demie"]):
            return end + 2, Decimal("0.5")
        if self.keys[end] == "bucuk":
            return end + 1, Decimal("0.5")
        number = self._read_number(end)
        if number is None or number.value != int(number.value) or not 10 <= number.value < 100:
            return None
        if number.suffix or self._case_at(number.end):
            return None
        after = self.keys[number.end] if number.end < len(self.keys) else ""
        if unit == "j":
            return None
        if unit == "h":
            return (number.end, number.value / 60) if number.value in (15, 30, 45) else None
        if after == "par" and number.end + 1 < len(self.keys) and self._read_number(number.end + 1) is not None:
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
        stop = second.end
        glued = self.tokens[end].glued
        after = self.keys[stop] if stop < len(self.keys) else ""
        third = after in _TIMES
        priced = after in self.lexicon.currency or after in ("ht", "ttc")
        dimension = (
            third
            or after in ("cm", "mm", "m", "ht_")
            or (glued and value >= 10)
            or (value >= 10 and second.value >= 10 and self._number_later(stop))
        )
        dimension = dimension or self.keys[end] == "par"
        if self.keys[end] in ("x", "*", "par") and dimension and not priced:
            while stop < len(self.keys) and self.keys[stop] in _TIMES and self._read_number(stop + 1) is not None:
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
        item.kind, item.unit, item.facts["times"] = "quantity", "u", "yes"
        return end + 1, value

    def _price_tail(self, item: Item, end: int) -> int:
        """After a price: per unit ("du m²", "/ml", "l'unité", "tanesi"), forfait, HT/TTC, in any order."""
        keys = self.keys
        moved = True
        while moved and end < len(keys):
            moved = False
            mode = self.lexicon.modes.at(keys, end)
            if mode and not item.mode:
                item.mode, end, moved = mode[1], end + mode[0], True
                continue
            per = self._per_unit(item, end)
            if per:
                end, moved = per, True
                continue
            if keys[end : end + 2] in (
                ["au", "forfait"],
                ["en", "forfait"],
                ["le", "tout"],
                ["pour", "tout"],
                ["le", "forfait"],
            ):
                item.global_price, item.marked, end, moved = True, True, end + 2, True
            elif keys[end : end + 3] in (["pour", "le", "tout"], ["en", "tout", "forfait"]):
                item.global_price, item.marked, end, moved = True, True, end + 3, True
            elif keys[end] in ("goturu", "komple", "forfait", "forfe") and not self._price_follows(end + 1):
                item.global_price, item.marked, end, moved = True, True, end + 1, True
            elif keys[end] in ("toplam", "toplamda") and not self._price_follows(end + 1):
                item.total, item.marked, end, moved = True, True, end + 1, True
            elif keys[end : end + 2] in (["au", "total"], ["en", "tout"], ["le", "lot"], ["l", "ensemble"]):
                item.total, item.marked, end, moved = True, True, end + 2, True
            elif keys[end] in ("hepsi", "hepsine", "tamami", "ikisi", "tumu") and not self._price_follows(end + 1):
                item.total, item.marked, end, moved = True, True, end + 1, True
            elif (
                keys[end] == "les"
                and end + 1 < len(keys)
                and (keys[end + 1] in _NUMBER_WORDS_AFTER_LES or self.tokens[end + 1].text.isdigit())
            ):
                after = self.tokens[end + 2] if end + 2 < len(keys) else None
                if after is None or after.kind != "word":
                    item.total, item.marked, end, moved = True, True, end + 2, True
        return end

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

    def _price_follows(self, end: int) -> bool:
        return (
            end < len(self.keys) and self.tokens[end].kind in ("number", "word") and self._read_number(end) is not None
        )

    def _per_unit(self, item: Item, end: int) -> int | None:
        keys = self.keys
        if item.per:
            return None
        possessed = self.lexicon.unit_nouns_possessed.get(keys[end])
        if possessed and not self._price_follows(end + 1):
            item.per = possessed
            return end + 1
        if keys[end] in ("chaque", "chacun", "chacune", "unitaire", "unitaires"):
            item.per = "u"
            return end + 1
        start = end
        while start < len(keys) and keys[start] in self.lexicon.per and start - end < 2:
            start += 1
        money = item.kind == "money" or item.mode is not None
        if start >= len(keys) or (start == end and not money):
            return None
        unit = self.lexicon.units.at(keys, start)
        if (
            unit is None
            or unit[1] == "forfait"
            or (start == end and unit[1] in ("u", "j", "h") and keys[start] not in ("piece", "unite"))
        ):
            return None
        if start == end and self.tokens[start].text.endswith("'"):
            return None
        item.per = unit[1]
        end = start + unit[0]
        if end < len(keys) and keys[end] in ("basi", "basina"):
            end += 1
        return end

    # -- dates -------------------------------------------------------------------------------------------------------

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

    def _month(self, key: str) -> int | None:
        month = self.lexicon.months.get(key)
        if month is None and self.language == "tr" and len(key) > 4:
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
        if not said:
            return None
        self._add("month", index, end, iso=f"{year:04d}-{month:02d}")
        return end

    # -- adding ------------------------------------------------------------------------------------------------------

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
        if item.kind == "number" and item.marked:
            item.kind = "money"
            item.key = CODES["money"]
        self.items.append(item)

    def describe(self) -> list[tuple[str, str, str]]:
        """For tests and ``usta understand``: kind, text and value of every item that is not a plain word."""
        return [
            (i.kind, i.text, number_text(i.value) if i.value is not None else i.iso or "")
            for i in self.items
            if i.kind not in ("word", "mark")
        ]
