"""What is said about a client besides how to reach him: what he is, SIREN, foreign VAT number, where invoices go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from stdnum.eu import vat as eu_vat

from agent.understanding.grammar.company_parts import flat, street_in, tidy
from agent.understanding.grammar.folding import whole_words
from agent.understanding.grammar.session import Session

SMALL = 5
"""Most employees of a business that is protected off premises like a consumer (CCo L221-3)."""
_FILE = Path(__file__).parent / "lexicon" / "client_facts.yaml"
_NEAR = 3  # letters between "facturation au" and the street


@dataclass(frozen=True)
class _Fact:
    read: str | None
    constants: dict[str, Any]
    say: tuple[re.Pattern[str], ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _facts() -> tuple[_Fact, ...]:
    return tuple(
        _Fact(
            entry.get("read"),
            entry.get("set", {}),
            tuple(whole_words(said) for said in entry["say"]),
        )
        for entry in _data()["facts"]
    )


def read(session: Session) -> dict[str, Any]:
    """The facts of the client, their words claimed; the first fact about one thing stands."""
    text = flat(session.text)
    facts: dict[str, Any] = {}
    for fact in _facts():
        for pattern in fact.say:
            for match in pattern.finditer(text):
                _take(session, text, fact, match, facts)
    return facts


def _take(session: Session, text: str, fact: _Fact, match: re.Match[str], facts: dict[str, Any]) -> None:
    found = _value(session, text, fact, match)
    if found is None:
        return
    values, end = found
    touched = [i for i, item in enumerate(session.items) if item.start < end and item.end > match.start()]
    if not touched or not session.free(touched[0], touched[-1] + 1) or session.is_question(touched[0]):
        return
    if facts.keys() & values.keys():
        return
    session.claim(touched[0], touched[-1] + 1, "contact")
    facts |= values


def _value(session: Session, text: str, fact: _Fact, match: re.Match[str]) -> tuple[dict[str, Any], int] | None:
    if fact.read is None:
        return dict(fact.constants), match.end()
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    if fact.read == "billing_address":
        place = street_in(text[match.end() :])
        if place is None or place[0] > _NEAR:
            return None
        begin, end = match.end() + place[0], match.end() + place[1]
        values = {"billing_address": tidy(session.text[begin:end])}
        if said.get("name"):
            values["name"] = session.text[match.start("name") : match.end("name")]
        return values, end
    if fact.read == "employees":
        count = _data()["counts"].get(said["count"]) or int(said["count"])
        return {"small_business": count <= SMALL}, match.end()
    if fact.read == "country":
        code = _country(said["country"])
        return ({"country": code}, match.end()) if code else None
    if fact.read == "vat_number":
        number = said["vat_number"].replace(" ", "").upper()
        return ({"vat_number": number}, match.end()) if eu_vat.is_valid(number) else None
    return {name: re.sub(r"\s", "", value).upper() for name, value in said.items()}, match.end()


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return {
        flat(name): str(code)
        for language in ("fr", "tr")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha()
    }


def _country(said: str) -> str | None:
    """ISO 3166 alpha-2 of a country named in French or Turkish."""
    return _countries().get(said.strip())
