"""What a number counts: its unit, currency, dimension, price per unit, HT/TTC; the words around it become one item."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.understanding.grammar.items import CODES, Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.numbers_fr import SpokenNumber
from agent.understanding.grammar.sizes import TIMES, SizeReader

_STRICT_PREFIXES = frozenset(
    ["dn", "r", "ba", "ral", "ref", "reference", "n", "no", "numero", "fi", "classe", "ip", "rt", "re", "nfc"]
)
_BEFORE_TOTAL = frozenset("hepsi tamami tumu soit total toplam = toplamda tutari tutar ikisi ikisine".split())
_AGE_WORDS = word_set("measures_age_words")
_ABBREVIATIONS = word_set("measures_abbreviations")
_AFTER_CENTS = frozenset("et ht ttc du le l la hors ve les puis piece chaque au pas non maintenant".split())
_SIZES = frozenset("long haut large profond profondeur hauteur longueur largeur epaisseur diametre cote portee".split())
_LEAST_WATTS = 30
"""Fewer "wc" are toilets, not the peak watts (Wc) of a solar panel."""
_HALF = re.compile(r"^bucuk(t[ae]n)?$")
_SHORTENED = frozenset("ad adt mt m sa st pce pcs kg".split())
_NOUNS_TOO = frozenset(["parca", "takim", "set", "ensemble"])
_HUNDRED = Decimal(100)
_CENTS = re.compile(r"^(?:sent|sant|cent|centimes?|kurus)(?:[td][ae]n|e|a|i|lik|luk)?$")
_WEEKS = frozenset(["hafta", "haftalik", "semaine", "semaines", "ay", "mois"])
_LITRES = frozenset(["litre", "litres", "l", "lt"])
_NUMBER_WORDS_AFTER_LES = frozenset(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "dix"])
_GLUED_METRES = re.compile(r"^m(\d{1,2})$")
_GLUED_HOURS = re.compile(r"^h(\d{2})$")
_BEFORE_CLOCK = frozenset("a vers des avant apres demain hier matin soir midi rdv".split())
_LASTING = frozenset("contrat entretien garantie maintenance abonnement decennale garanti garantis suivi".split())
_HALVES = (["et", "demi"], ["et", "demie"])
_PER_HEAD = (["personne"], ["homme"], ["gars"], ["tete"], ["compagnon"], ["ouvrier"])
_NEXT_LINE = frozenset("et puis ensuite la le les l avec plus".split())
_FOR_ALL = (["au", "total"], ["en", "tout"], ["le", "lot"], ["l", "ensemble"])
_EACH = word_set("measures_each")


def _doubt_of(number: SpokenNumber, spelled: bool) -> str:
    return "split" if number.split else "thousands" if spelled else "digits"


class MeasureReader(SizeReader):
    """Numbers with what stands after them."""

    def _number(self, index: int, first: int) -> int | None:
        """Reads a number at ``index`` with all that belongs to it and adds one item that starts at token ``first``."""
        number = self._read_number(index)
        if number is None:
            return None
        spelled = self.tokens[index].kind == "word"
        value, end, case = number.value, number.end, number.suffix
        item = Item("number", CODES["number"], "", 0, 0, spelled=spelled, case=case)
        if number.colloquial is not None:
            item.alternative, item.doubt = number.colloquial, _doubt_of(number, spelled)
        if end < len(self.keys) and (half := _HALF.match(self.keys[end])) is not None and case is None:
            value, end, case = value + Decimal("0.5"), end + 1, "abl" if half[1] else None
            item.case = case
        if self.keys[end : end + 2] in (["et", "demi"], ["et", "demie"]):
            value, end = value + Decimal("0.5"), end + 2
        if case is None:
            item.case = self._case_at(end)
            end = self._skip_suffix(end)
        if spelled and index and self.keys[index - 1] == "a" and value >= 2 and value == int(value):
            cents = self._spoken_cents(end)
            if cents and cents[0] >= Decimal("0.1") and cents[2]:
                value, end = value + cents[0], cents[1]  # "à trente-deux cinquante"
        elif spelled and item.case is None and value < _HUNDRED and (said := self._priced_cents(end)) is not None:
            value, end, item.case = value + said.value / _HUNDRED, said.end, "abl"
        elif spelled and item.case is None and index and self._announces_price(self.keys[index - 1]):
            cents = self._spoken_cents(end)
            if cents and cents[0] >= Decimal("0.1") and cents[2]:
                value, end = value + cents[0], cents[1]  # "toplam yetmiş üç elli"
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
            lasts = index and self.keys[index - 1] in _LASTING  # "contrat entretien 1 an": no age of a building
            item.kind = "dimension" if lasts else "age"
            return end + 1, value
        if _CENTS.match(key) and self.language == "tr" and value < _HUNDRED:
            item.kind, item.marked = "money", True
            return self._price_tail(item, self._skip_suffix(end + 1)), value / _HUNDRED
        if key in self.lexicon.currency:
            item.kind, item.marked = "money", True
            end += 1
            if end + 1 < len(keys) and self.language == "tr" and self._counts_cents(end):
                cents_said = self._read_number(end)
                assert cents_said is not None
                value, end = value + cents_said.value / _HUNDRED, cents_said.end + 1
            cents = self.tokens[end] if end < len(keys) else None
            if cents is not None and cents.kind == "number" and len(cents.text) == 2 and self._cents_at(end):
                value, end = value + Decimal(cents.text) / 100, end + 1
            end = self._skip_suffix(end)
            spoken = self._spoken_cents(end) if item.spelled else None
            if spoken:
                value, end = value + spoken[0], spoken[1]
                if not spoken[2]:
                    item.facts["unsure"] = "yes"
            return self._price_tail(item, end), value
        glued = _GLUED_METRES.match(key) if key and self.tokens[end].glued else None
        if glued and key not in ("m2", "m3"):
            item.kind, item.unit, item.facts["length"] = "quantity", "ml", "yes"
            return end + 1, value + Decimal(glued[1]) / (10 if len(glued[1]) == 1 else 100)
        if key == "/" and self.tokens[end].glued and self._ratio(end):
            item.kind = "dimension"  # "0/31,5", "48/35"
            return end + 2, value
        hours = _GLUED_HOURS.match(key) if key else None
        if hours and self._clock(index):
            item.kind = "dimension"  # "dimanche 8h30"
            return end + 1, value
        if hours:
            item.kind, item.unit = "quantity", "h"
            return end + 1, value + Decimal(hours[1]) / 60
        if key in TIMES and end + 1 < len(keys) and self._read_number(end + 1) is not None:
            return self._multiplied(item, value, end, index)
        if key == "fois":
            item.kind = "dimension"  # "compté deux fois"
            return end + 1, value
        per_end = self._price_tail(item, end)
        if item.per or item.mode or item.global_price or item.total:
            item.marked = True
            return per_end, value
        unit = self.lexicon.units.at(keys, end) if key and not self.tokens[end].text.endswith("'") else None
        if unit and item.case == "abl":
            return self._after_price(item, end, unit), value
        if unit:
            return self._with_unit(item, value, end, unit)
        if key in _LITRES and not self.tokens[end].text.endswith("'") and self._litre_price(end + 1):
            item.kind, item.unit = "quantity", "l"
            return end + 1, value
        if key in _WEEKS and self.items and self.items[-1].marked and self.items[-1].end == self.tokens[index - 1].end:
            item.kind, item.facts["duration"] = "dimension", "yes"  # "iskele kira 180 m2 9dan 3 hafta": after the price
            return end + 1, value
        sized = (
            item.case not in ("abl", "dist")
            and key in self.lexicon.dimension_units
            and not self.tokens[end].text.endswith("'")
        )
        sized = sized and not (key == "wc" and value is not None and value < _LEAST_WATTS)
        sized = sized and not (item.case == "ord" and key == "kalem")  # "birinci kalem": a line
        if sized and (key not in ("a", "k", "ton", "pos") or self.tokens[end].glued):
            item.kind = "dimension"
            return end + 1, value
        if item.case == "lik":
            item.kind = "dimension"
        elif item.case in ("abl", "dist"):
            item.marked = True
            item.per = "u" if item.case == "dist" else None
        elif item.case == "ord":
            item.facts["ordinal"] = "yes"
        elif not item.spelled and re.fullmatch(r"0\d", self.tokens[index].text):
            item.kind = "dimension"  # "le 06 de Costa": no amount is written with a zero before it
        elif key in ("er", "ere", "e", "eme", "nd", "nde", "ieme") and self.tokens[end].glued and not item.spelled:
            item.facts["ordinal"] = "yes"
            return end + 1, value
        return end, value

    def _sold_by_metre(self, end: int) -> bool:
        """ "muret vingt-deux mètres de long à cent quarante le mètre": the length is what is sold."""
        at = end + 1 if self.keys[end : end + 1] == ["a"] else end
        number = self._read_number(at) if at < len(self.tokens) else None
        if number is None or self.keys[end - 1] not in ("long", "longueur"):
            return False
        after = number.end + (self.keys[number.end : number.end + 1] in (["euro"], ["euros"], ["€"]))
        unit = self.lexicon.units.at(self.keys, after + 1) if after + 1 < len(self.keys) else None
        return (
            self.keys[after : after + 1] in (["le"], ["du"], ["/"], ["par"], ["au"])
            and unit is not None
            and unit[1] == "ml"
        )

    def _after_price(self, item: Item, end: int, unit: tuple[int, str]) -> int:
        """ "altmıştan parça kırk beş": the ending makes the number a price; the unit is its own only where it closes."""
        item.marked = True
        after = self.tokens[end + unit[0]] if end + unit[0] < len(self.tokens) else None
        if after is not None and after.kind not in ("mark", "newline"):
            return end
        item.per = unit[1]
        return end + unit[0]

    def _announces_price(self, key: str) -> bool:
        return self.language == "tr" and (key in _BEFORE_TOTAL or key in self.lexicon.unit_nouns_possessed)

    def _counts_cents(self, end: int) -> bool:
        """ "bir euro seksen sent", "2 euro 50 sent": a number of cents stands here."""
        number = self._read_number(end) if self.tokens[end].kind in ("word", "number") else None
        return number is not None and number.end < len(self.keys) and _CENTS.match(self.keys[number.end]) is not None

    def _spoken_cents(self, end: int) -> tuple[Decimal, int, bool] | None:
        """``quatre euros cinquante``: cents, the end, and whether nothing countable follows ("cinquante vitres")."""
        number = self._read_number(end) if end < len(self.tokens) and self.tokens[end].kind == "word" else None
        if number is None or not 5 <= number.value < 100 or number.suffix:
            return None
        after = self.tokens[number.end] if number.end < len(self.tokens) else None
        if after is None or after.kind != "word" or after.key in _AFTER_CENTS:
            return number.value / 100, number.end, True
        round_cents = number.value % 5 == 0 and number.value >= 20
        if not round_cents or self.lexicon.units.at(self.keys, number.end) or after.key in self.lexicon.dimension_units:
            return None
        return number.value / 100, number.end, False

    def _cents_at(self, end: int) -> bool:
        """ "13 euros 50": nothing that could be counted stands after the cents; written together they are sure."""
        after = self.tokens[end + 1] if end + 1 < len(self.tokens) else None
        ends = after is None or after.kind != "word" or after.key in _AFTER_CENTS
        return self.tokens[end].glued or (ends and (after is None or after.key not in ("x", "%")))

    def _ratio(self, end: int) -> bool:
        after = self.tokens[end + 1] if end + 1 < len(self.tokens) else None
        return after is not None and after.kind == "number" and after.glued

    def _clock(self, index: int) -> bool:
        """A time of day, not a duration: a day or "à" stands before it."""
        before = self.keys[index - 1] if index else ""
        return before in self.lexicon.weekdays or before in _BEFORE_CLOCK

    def _with_unit(self, item: Item, value: Decimal, end: int, unit: tuple[int, str]) -> tuple[int, Decimal]:
        key = self.keys[end]
        if unit[1] == "u" and key in ("piece", "unite") and value > 1 and self.language == "fr":
            item.per, item.marked = "u", True  # "65 pièce": a price each
            return self._price_tail(item, end + 1), value
        if unit[1] == "forfait" and self._price_follows(end + 1):
            item.kind, item.unit = "quantity", "forfait"  # "1 forfait 180 euro"
            return end + 1, value
        if unit[1] == "forfait":
            item.marked = item.global_price = True
            return end + 1, value
        if key == "m" and item.case:
            return end, value
        if (
            self.keys[end + unit[0] : end + unit[0] + 1] == ["de"]
            and self.keys[end + unit[0] + 1 : end + unit[0] + 2]
            and (self.keys[end + unit[0] + 1] in _SIZES)
        ):
            if not self._sold_by_metre(end + unit[0] + 2):
                item.kind = "dimension"  # "2,5 m de haut"
                return end + unit[0] + 2, value
            item.kind, item.unit = "quantity", "ml"
            return end + unit[0] + 2, value
        if key in _NOUNS_TOO and self.keys[end + 1 : end + 2] and self.keys[end + 1] in _BEFORE_TOTAL and self.items:
            return end, value  # "yol 40 parça toplam 73,50": the parts are a line of their own
        item.kind, item.unit = "quantity", unit[1]
        end += unit[0]
        if key in _SHORTENED and self.keys[end : end + 1] == ["."] and end + 1 < len(self.keys):
            end += self.tokens[end].glued and self.tokens[end + 1].kind == "number"  # "3 ad. 85€"
        end = self._skip_suffix(end)
        if self.language == "tr" and self.keys[end : end + 1] in (["si"], ["su"]) and self._price_follows(end + 1):
            end += 1  # "62 m2 si 54 ten"
        if unit[1] == "ml" and self._towards_length(end):
            return self._by(item, end - 1), value
        if self.keys[end : end + 2] in _HALVES:
            end, value = end + 2, value + Decimal("0.5")
        elif unit[1] in ("ml", "h", "j") and end < len(self.keys):
            more = self._fraction(end, unit[1])
            if more:
                end, value = more[0], value + more[1]
        if (
            unit[1] == "ml"
            and end + 1 < len(self.keys)
            and self.keys[end] in ("par", "sur", "x")
            and self._size_follows(end)
        ):
            return self._by(item, end), value
        return end, value

    def _price_tail(self, item: Item, end: int) -> int:
        """After a price: per unit ("du m²", "/ml", "l'unité", "tanesi"), forfait, HT/TTC, in any order."""
        keys = self.keys
        moved = True
        while moved and end < len(keys):
            moved = False
            mode = self.lexicon.modes.at(keys, end)
            if mode and item.mode in (None, mode[1]):
                item.mode, end, moved = mode[1], self._skip_suffix(end + mode[0]), True
                continue
            per = None if keys[end : end + 2] in _FOR_ALL else self._per_unit(item, end)
            if per:
                end, moved = per, True
                continue
            if item.per in ("j", "h") and keys[end : end + 2] == ["et", "par"] and keys[end + 2 : end + 3] in _PER_HEAD:
                end, moved = end + 3, True
                continue
            if keys[end : end + 2] in (["le", "tout"], ["tout", "ca"]) and self._mode_of_all(end + 2):
                break  # "… 720, le tout hors taxes": said of all lines
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
            elif keys[end : end + 2] in _FOR_ALL:
                item.total, item.marked, end, moved = True, True, end + 2, True
            elif keys[end] in ("hepsi", "hepsine", "tamami", "ikisi", "tumu") and not self._price_follows(end + 1):
                item.total, item.marked, end, moved = True, True, end + 1, True
            elif (
                keys[end] == "les"
                and self.tokens[end].text.lower() == "les"  # not "4 lés"
                and end + 1 < len(keys)
                and (keys[end + 1] in _NUMBER_WORDS_AFTER_LES or self.tokens[end + 1].text.isdigit())
            ):
                after = self.tokens[end + 2] if end + 2 < len(keys) else None
                if after is None or after.kind != "word" or after.key in _NEXT_LINE:
                    count = self._read_number(end + 1)
                    item.facts["for"] = str(count.value) if count is not None else ""
                    item.total, item.marked, end, moved = True, True, end + 2, True
        return end

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
        if self._per_named(end, start, money):
            item.per = "u"
            return start + 1
        if start >= len(keys) or (start == end and not money):
            return None
        unit = self.lexicon.units.at(keys, start)
        if (
            unit is None
            or unit[1] == "forfait"
            or (start == end and unit[1] in ("u", "j", "h") and not self._each_piece(start))
        ):
            return None
        if start == end and self.tokens[start].text.endswith("'"):
            return None
        if self.tokens[start].text == "M" and self.keys[start + 1 : start + 2] == ["."]:
            return None  # "le chèque de 850 de M. Blin"
        item.per = unit[1]
        end = start + unit[0]
        if end < len(keys) and keys[end] in ("basi", "basina"):
            end += 1
        return end

    def _each_piece(self, at: int) -> bool:
        """ "45 € pièce"; "45 € pièces", which sounds the same, when nothing follows that could be rooms."""
        closed = at + 1 >= len(self.tokens) or self.tokens[at + 1].kind in ("mark", "newline")
        return self.keys[at] in ("piece", "unite") or (self.keys[at] == "pieces" and closed)

    def _per_named(self, end: int, start: int, money: bool) -> bool:
        """ "45 euros par appareil"; "590 euros la fenêtre" after "quatre fenêtres": a price for each of them."""
        noun = self.keys[start] if start < len(self.keys) else ""
        closed = start + 1 >= len(self.tokens) or self.tokens[start + 1].kind in ("mark", "newline")
        if not (money or closed) or start != end + 1 or not noun or self._price_follows(start + 1):
            return False
        if self.keys[end] == "par":
            return noun in _EACH
        plurals = {f"{noun}s", f"{noun}x"}
        return self.keys[end] in ("la", "le", "l") and any(item.key in plurals for item in self.items[-8:])

    def _mode_of_all(self, end: int) -> bool:
        """HT or TTC closes the message after several prices."""
        mode = self.lexicon.modes.at(self.keys, end) if end < len(self.keys) else None
        after = self.tokens[end + mode[0]] if mode and end + mode[0] < len(self.tokens) else None
        priced = sum(1 for item in self.items if item.numeric)
        return mode is not None and priced > 0 and (after is None or after.kind in ("mark", "newline"))
