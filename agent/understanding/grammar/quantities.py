"""From tokens to items: what stands before a number makes it a price, a percentage, a dimension, a phone."""

from __future__ import annotations

import re
from decimal import Decimal

from agent.understanding.grammar import digits, numbers_fr, numbers_tr
from agent.understanding.grammar.entities import e164
from agent.understanding.grammar.items import CODES, Item, number_text
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.measures import MeasureReader
from agent.understanding.grammar.tokens import Token

_STRICT_PREFIXES = frozenset(
    ["dn", "r", "ba", "ral", "ref", "reference", "n", "no", "numero", "fi", "classe", "ip", "rt", "re", "nfc"]
)
_BEFORE_TOTAL = frozenset("hepsi tamami tumu soit total toplam = toplamda tutari tutar ikisi ikisine".split())
_AGE_WORDS = word_set("quantities_age_words")
_ABBREVIATIONS = word_set("quantities_abbreviations")
_LITRES = frozenset(["litre", "litres", "l", "lt"])
_NUMBER_WORDS_AFTER_LES = frozenset(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "dix"])
_GLUED_METRES = re.compile(r"^m(\d{1,2})$")
_GLUED_HOURS = re.compile(r"^h(\d{2})$")
_HOLDERS = frozenset(["y", "en", "on", "il", "elle", "tu", "qui"])
_TIMES = frozenset(["x", "fois", "*", "kere", "carpi", "par"])
_PRICE_WORDS = frozenset("a prix tarif coute coutent coutera vaut valent fiyat fiyati birim".split())
_GIVEN = frozenset("offert offerte offerts offertes gratuit gratuite gratuits gratuites".split())
_IS = frozenset("est sont c sera seront ai as a avons ont ca cela tout etre".split())
_COUNT_AFTER = re.compile(r"^x(\d{1,3})$")


class ItemBuilder(MeasureReader):
    """Builds the items of one message."""

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
        if self._bullet(index):
            return index + 2
        for reader in (
            self._percent_before,
            self._phone_in_words,
            self._price_marker,
            self._city_district,
            self._prefixed_dimension,
            self._half,
            self._count_after,
            self._for_those,
        ):
            end = reader(index)
            if end:
                return end
        end = self._one_document(index) or self._only_one(index) or self._number(index, index)
        if end:
            last = self.items[-1]
            ordinal = last.kind == "number" and end + 1 < len(self.tokens) and self.keys[end] == "."
            if ordinal and self.keys[end + 1].startswith(("satir", "kalem", "kat", "sira", "madde")):
                last.end = self.tokens[end].end  # "2. satır": the dot ends no sentence
                return end + 1
            return end
        return self._word(index)

    def _bullet(self, index: int) -> bool:
        """``1) dépose…``, ``2. dalle…`` at the start of a message line: the number only numbers the line."""
        token = self.tokens[index]
        if token.kind != "number" or len(token.text) > 2:
            return False
        before = self.tokens[index - 1] if index else None
        listed = before is None or before.kind == "newline" or before.text in (":", ";", ",")
        inside = before is not None and before.kind != "newline"
        if not listed or (inside and (self.tokens[index + 1].text if index + 1 < len(self.tokens) else "") not in ")/"):
            return False
        if index + 2 >= len(self.tokens):
            return False
        mark, word = self.tokens[index + 1], self.tokens[index + 2]
        if mark.kind != "mark" or mark.text not in ").-/°" or not mark.glued or word.kind != "word" or word.glued:
            return False
        if word.key.startswith(("satir", "ligne", "kalem", "kat")) or word.key in self.lexicon.units.firsts():
            return False
        self.items.append(Item("mark", ";", token.text, token.start, mark.end))
        return True

    def _one_document(self, index: int) -> int | None:
        """ "fai moi 1 devis": the digit is an article."""
        following = self.keys[index + 1] if index + 1 < len(self.keys) else ""
        document = self.lexicon.spelling.get(following, following)
        if self.tokens[index].text != "1" or document not in self.lexicon.words["documents"]:
            return None
        token = self.tokens[index]
        self.items.append(Item("word", "un" if self.language == "fr" else "bir", token.text, token.start, token.end))
        return index + 1

    def _only_one(self, index: int) -> int | None:
        """``une seule porte``: one."""
        if self.keys[index] not in ("un", "une") or self.keys[index + 1 : index + 2] not in (["seul"], ["seule"]):
            return None
        self._add("number", index, index + 2, value=Decimal(1))
        return index + 2

    def _half(self, index: int) -> int | None:
        """``une demi-journée``, ``1/2 journée``, ``demi-heure``: half a unit of time."""
        keys, at = self.keys, index
        if keys[at] in ("une", "un") and at + 1 < len(keys):
            at += 1
        if (keys[at] not in ("demi", "demie") and self.tokens[at].text != "1/2") or at + 1 >= len(keys):
            return None
        unit = self.lexicon.units.at(keys, at + 1)
        if unit is None or unit[1] not in ("j", "h"):
            return None
        self._add("quantity", index, at + 1 + unit[0], value=Decimal("0.5"))
        self.items[-1].unit = unit[1]
        return at + 1 + unit[0]

    def _count_after(self, index: int) -> int | None:
        """``coudes 14 x6``: how many, after the designation."""
        count = _COUNT_AFTER.match(self.keys[index])
        if count is None:
            return None
        self._add("quantity", index, index + 1, value=Decimal(count[1]))
        self.items[-1].unit = "u"
        return index + 1

    def _for_those(self, index: int) -> int | None:
        """``45 euros par appareil pour les cinq``: how many of what has a price each."""
        if self.keys[index : index + 2] != ["pour", "les"] or index + 2 >= len(self.keys):
            return None
        number = self._read_number(index + 2)
        if number is None or not self.items or self.items[-1].per != "u" or not 1 < number.value < 100:
            return None
        self._add("quantity", index, number.end, value=number.value)
        self.items[-1].unit = "u"
        return number.end

    def _entity(self, token: Token) -> None:
        item = Item(token.kind, CODES[token.kind], token.text, token.start, token.end, iso=token.value)
        item.clean = token.value
        self.items.append(item)

    def _word(self, index: int) -> int:
        token = self.tokens[index]
        if token.kind == "suffix" and self.items and self.items[-1].kind in ("word", "reference"):
            word = self.items[-1]
            word.text, word.end = word.text + token.text, token.end
            word.case = numbers_tr.suffix_of(token.key) or "other"
            return index + 1
        month = self._month_at(index)
        if month:
            return month
        if token.key in _GIVEN and self._of_a_thing(index):
            self._add("money", index, index + 1, value=Decimal(0))
            self.items[-1].marked = True
            return index + 1
        if (
            token.key == "."
            and self.items
            and self.items[-1].kind == "word"
            and _ABBREVIATIONS & {self.items[-1].key, self.items[-1].text.lower()}
            and token.glued
        ):
            self.items[-1].end = token.end
            return index + 1
        mode = self.lexicon.modes.at(self.keys, index) if token.key != "net" else None
        if mode:
            self._add("mode", index, index + mode[0])
            self.items[-1].mode = mode[1]
            return index + mode[0]
        if token.key in ("x", "*") and self.items and self.items[-1].numeric:
            return index + 1  # "25 m² x 80 €"
        if token.kind in ("word", "suffix"):
            key = self.lexicon.spelling.get(token.key, token.key)
            item = Item("word", key, token.text, token.start, token.end, clean=token.value)
        else:
            item = Item("mark", token.key, token.text, token.start, token.end)
        self.items.append(item)
        return index + 1

    def _of_a_thing(self, index: int) -> bool:
        """ "ménage de fin de chantier offert": a thing stands before it, and it closes what is said of that thing."""
        before = self.items[-1] if self.items else None
        after = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        closed = (
            after is None
            or (after.kind in ("mark", "newline") and after.text != "?")
            or after.key in ("et", "puis", "avec")
        )
        thing = before is not None and before.kind in ("word", "dimension", "quantity") and before.key not in _IS
        return self.language == "fr" and thing and closed

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
            number = numbers_fr.read(self.keys, end) if self.keys[end] == "neuf" else self._read_number(end)
            number = number or numbers_tr.read(self.keys, end)
            if number is None or number.value != int(number.value) or number.value >= 100:
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
        """``à 35``, ``tanesi 60``, ``prix 45``, ``soit 1530``, ``forfait 620``, ``pour 420``, ``le tout 900``."""
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
        marker = key == "@" or (key in _PRICE_WORDS and self._is_marker(index))
        if key == "prix" and after < len(keys) and keys[after] in ("global", "forfaitaire"):
            global_price, after = True, after + 1  # "prix global 2850"
        marker = marker or (key == "fait" and keys[index - 1 : index] == ["qui"])  # "un meuble qui fait 450"
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
            return self._undo(before)
        if pour and item.kind == "number" and not item.total and not self._ends_here(end):
            return self._undo(before)
        if pour:
            item.facts["pour"] = "yes"
        if key == "a" and item.kind == "quantity" and item.unit in ("h", "j") and not item.per:
            return self._undo(before)
        if marker:
            item.facts["at"] = "yes"
        item.marked, item.total, item.global_price = True, total, item.global_price or global_price
        item.per = item.per or unit
        if item.kind == "number":
            item.kind, item.key = "money", CODES["money"]
        return end

    def _is_marker(self, index: int) -> bool:
        if self.tokens[index].text not in ("a", "A"):
            return True
        has = index > 0 and self.keys[index - 1] in _HOLDERS  # "il y en a 12": a verb
        return not has and self.language != "tr"

    def _ends_here(self, end: int) -> bool:
        return (
            end >= len(self.keys)
            or self.tokens[end].kind in ("mark", "newline")
            or self.keys[end] in ("et", "puis", "la", "le", "les", "l")
        )

    def _undo(self, before: int) -> int | None:
        del self.items[before:]
        return None

    def _city_district(self, index: int) -> int | None:
        """``Lyon 3``, ``Marseille 8``: a district, never a quantity."""
        if self.keys[index] not in ("lyon", "paris", "marseille") or index + 1 >= len(self.tokens):
            return None
        number = self.tokens[index + 1]
        if number.kind != "number" or not number.text.isdigit() or not 1 <= int(number.text) <= 20:
            return None
        following = self.keys[index + 2] if index + 2 < len(self.keys) else ""
        end = index + 2
        if following in ("e", "eme", "er"):
            end += 1
        elif following and self.lexicon.units.at(self.keys, index + 2):
            return None
        end = self._skip_suffix(end)
        self._add("dimension", index, end)
        self.items[-1].facts["prefix"] = "city"
        return end

    def _prefixed_dimension(self, index: int) -> int | None:
        """``DN 100``, ``R=6,5``, ``BA 13``, ``n° 12``; soft prefixes (IPN, PER…) only when another number follows."""
        key = self.keys[index]
        girth = key == "dev" and "é" in self.tokens[index].text  # "gouttière zinc dév 33"; "dev" is a quote
        if not (key in self.lexicon.dimension_prefixes or girth) or self.tokens[index].text.endswith("'"):
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

    def describe(self) -> list[tuple[str, str, str]]:
        """For tests and ``usta understand``: kind, text and value of every item that is not a plain word."""
        return [
            (i.kind, i.text, i.iso or (number_text(i.value) if i.value is not None else ""))
            for i in self.items
            if i.kind not in ("word", "mark")
        ]
