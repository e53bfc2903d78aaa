"""Dates that a message says, so that a date in a model's call can be checked (when was the work done?)."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import date, timedelta

from agent.understanding.grammar import entities, lexicon
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.numbers_tr import suffix_of
from agent.understanding.said_numbers import SaidNumber
from agent.understanding.said_words import SaidWords

_RELATIVE_DAYS = {
    "aujourd hui": 0, "aujourd'hui": 0, "ce matin": 0, "ce jour": 0, "bugun": 0, "hier": -1, "dun": -1, "avant hier": -2,
    "evvelsi gun": -2, "onceki gun": -2, "demain": 1, "yarin": 1, "apres demain": 2, "obur gun": 2,
}  # fmt: skip
_MONTH_ENDS = ("fin du mois", "fin de mois", "fin mois", "ay sonu", "ay sonuna", "ay sonunda")
_RELATIVE_MONTHS = {
    "ce mois": 0, "bu ay": 0, "le mois dernier": -1, "mois dernier": -1, "gecen ay": -1, "le mois prochain": 1,
    "mois prochain": 1, "gelecek ay": 1, "onumuzdeki ay": 1,
}  # fmt: skip


def says_date(iso: str, words: SaidWords, numbers: list[SaidNumber], today: date) -> bool:
    """Whether the message says this day: in digits, as day and month, or relative to today ("hier", "ay sonu")."""
    day = date.fromisoformat(iso)
    if any(span.kind == "date" and span.value == iso for span in entities.find(words.text, today)):
        return True
    lex = lexicon.load()
    if day.month in _said(lex.months, words) and _says(day.day, numbers):
        return abs((day - today).days) < 366 or _says(day.year, numbers)
    if any((day - today).days == shift and words.says_any([phrase]) for phrase, shift in _RELATIVE_DAYS.items()):
        return True
    if day.weekday() in _said(lex.weekdays, words) and abs((day - today).days) <= 8:
        return True
    if day.day == calendar.monthrange(day.year, day.month)[1] and words.says_any(_MONTH_ENDS):
        return (day.year, day.month) == (today.year, today.month)
    # "le 18": the day of this month, or of the last one when it is still to come.
    if any(day.day in said.values and said.points for said in numbers) and 0 <= (today - day).days < 31:
        return True
    if day.day == calendar.monthrange(day.year, day.month)[1] and "fin" in words.keys:
        return day.month in _said(lex.months, words) and abs((day - today).days) < 366
    return day != today and _says(abs((day - today).days), numbers)


_DAYS = {"mois": 30, "mensuel": 30, "ay": 30, "semaine": 7, "semaines": 7, "hafta": 7}
_AT_ONCE = ("a reception", "reception de facture", "comptant", "pesin", "hemen")


def says_days(count: int, words: SaidWords, numbers: list[SaidNumber]) -> bool:
    """Whether the message says so many days as months or weeks ("2 mois", "3 hafta"), or as none ("à réception")."""
    if count == 0:
        return words.says_any(_AT_ONCE)
    for said in numbers:
        after = re.match(r"\W*([^\W\d_]+)", words.text[said.end :])
        each = _DAYS.get(fold(after[1])) if after else None
        if each is not None and count / each in said.values:
            return True
    return False


def says_month(month: str, words: SaidWords, numbers: list[SaidNumber], today: date) -> bool:
    """Whether the message says this month ("2026-11"): its name, "ce mois", or a day in it."""
    year, number = map(int, month.split("-"))
    if number in _said(lexicon.load().months, words):
        return abs(year - today.year) <= 1 or _says(year, numbers)
    distance = (year - today.year) * 12 + number - today.month
    if any(distance == shift and words.says_any([phrase]) for phrase, shift in _RELATIVE_MONTHS.items()):
        return True
    first = date(year, number, 1)
    days = calendar.monthrange(year, number)[1]
    return any(
        says_date((first + timedelta(days=offset)).isoformat(), words, numbers, today)
        for offset in range(days)
        if (first + timedelta(days=offset)) != today
    )


def _said(table: Mapping[str, int], words: SaidWords) -> set[int]:
    """Months or weekdays said, with Turkish endings too ("kasımda", "pazartesiye")."""
    found = {table[key] for key in words.keys if key in table}
    for key in words.keys:
        for name, value in table.items():
            if len(name) >= 4 and key.startswith(name) and suffix_of(key[len(name) :]):
                found.add(value)
    return found


def _says(number: int, numbers: list[SaidNumber]) -> bool:
    return any(number in said.values for said in numbers if said.kind != "money")
