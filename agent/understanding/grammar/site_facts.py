"""What is said about the place of the works and decides its VAT: mixed premises and their share, territory, residence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agent.understanding.grammar.company_parts import flat
from agent.understanding.grammar.folding import whole_words
from agent.understanding.grammar.items import number_text
from agent.understanding.grammar.session import Session

_FILE = Path(__file__).parent / "lexicon" / "site_facts.yaml"
_WHOLE = Decimal(100)
_DIGITS = re.compile(r"(?:%|yuzde) ?(\d+(?:[.,]\d+)?)|(\d+(?:[.,]\d+)?) ?(?:%|pour ?cent)")


@dataclass(frozen=True)
class _Fact:
    constants: dict[str, Any]
    share: str | None
    say: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _facts() -> tuple[_Fact, ...]:
    return tuple(
        _Fact(
            entry.get("set", {}),
            entry.get("share"),
            tuple(whole_words(said) for said in entry["say"]),
        )
        for entry in _data()["facts"]
    )


def read(session: Session) -> None:
    """Notes the facts and claims their words; the first fact about one thing stands."""
    text = flat(session.text)
    facts: dict[str, Any] = {}
    for fact in _facts():
        for match in (match for pattern in fact.say for match in pattern.finditer(text)):
            touched = [
                i for i, item in enumerate(session.items) if item.start < match.end() and item.end > match.start()
            ]
            if not touched or not session.free(touched[0], touched[-1] + 1) or session.is_question(touched[0]):
                continue
            values = _values(session, fact, match, touched)
            if values is None or facts.keys() & values.keys():
                continue
            session.claim(touched[0], touched[-1] + 1, "set_site")
            session.emit("set_site", values, touched[0], touched[-1] + 1)
            facts |= values


def _values(session: Session, fact: _Fact, match: re.Match[str], touched: list[int]) -> dict[str, Any] | None:
    values, said = dict(fact.constants), match.groupdict()
    if territory := said.get("territory"):
        values["territory"] = _data()["territories"].get(territory, territory)
    if year := said.get("year"):
        if session.context.today is not None and int(year) > session.context.today.year + 3:
            return None
        values["completed_year"] = int(year)
    if tens := said.get("tens"):
        values["age_years"] = _data()["tens"][tens]
    if fact.share is not None:
        percent = _percent(session, match.group(), touched)
        if percent is None:
            return None
        values["dwelling_share"] = number_text(percent if fact.share == "lived_in" else _WHOLE - percent)
    return values


def _percent(session: Session, said: str, touched: list[int]) -> Decimal | None:
    """The percentage in the words, in digits or in full; None when it cannot be a share."""
    if found := _DIGITS.search(said):
        value: Decimal | None = Decimal((found[1] or found[2]).replace(",", "."))
    else:
        value = next((session.items[i].value for i in touched if session.items[i].kind == "percent"), None)
    return value if value is not None and 0 <= value <= _WHOLE else None
