"""The lexicon: word lists and phrase rules, loaded once from the YAML files beside this module.

Everything is folded at load, so the files are written as the trade writes, accents and Turkish letters included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from agent.understanding.grammar.folding import fold

_FOLDER = Path(__file__).parent / "lexicon"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read(name: str) -> dict[str, Any]:
    with (_FOLDER / f"{name}.yaml").open(encoding="utf-8") as file:
        return dict(yaml.load(file, Loader=_LOADER))


def _keys(value: Any) -> list[str]:
    parts: Iterable[Any] = value.split() if isinstance(value, str) else value
    return [fold(str(part)) for part in parts]


class Phrases:
    """Multi-word phrases with a value each, found longest first at a place of a token list."""

    def __init__(self, table: dict[str, str]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrase, value in table.items():
            keys = tuple(fold(phrase).replace("'", " ").replace("-", " ").split())
            self._by_first.setdefault(keys[0], []).append((keys, value))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option[0]))

    def at(self, keys: list[str], index: int) -> tuple[int, str] | None:
        """The number of tokens taken and the value of the longest phrase starting at ``index``."""
        for phrase, value in self._by_first.get(keys[index], ()):
            if len(phrase) == 1 or tuple(keys[index : index + len(phrase)]) == phrase:
                return len(phrase), value
        return None

    def firsts(self) -> set[str]:
        return set(self._by_first)


@dataclass(frozen=True)
class Lexicon:
    """All word lists. ``words[list]`` is the union of the French and Turkish lists of that name."""

    words: dict[str, frozenset[str]]
    fr: dict[str, frozenset[str]]
    tr: dict[str, frozenset[str]]
    titles: dict[str, str]
    months: dict[str, int]
    weekdays: dict[str, int]
    spelling: dict[str, str]
    units: Phrases
    unit_nouns_possessed: dict[str, str]
    dimension_units: frozenset[str]
    dimension_prefixes: frozenset[str]
    currency: frozenset[str]
    modes: Phrases
    per: frozenset[str]
    repairs: Phrases
    rules: dict[str, Any] = field(default_factory=dict)

    def has(self, name: str, key: str) -> bool:
        return key in self.words[name]


def _swap(table: dict[str, Any]) -> dict[str, str]:
    return {str(phrase): str(value) for value, phrases in table.items() for phrase in phrases}


def word_set(name: str) -> frozenset[str]:
    """A small set of words from ``sets.yaml`` or ``sets_tr.yaml``."""
    return frozenset(_keys(_sets()[name]))


@lru_cache(maxsize=1)
def _sets() -> dict[str, Any]:
    return {**_read("sets"), **_read("sets_tr")}


@lru_cache(maxsize=2)
def load_for(language: str) -> Lexicon:
    """The lexicon with the small words of one language only: "de" and "dis" mean something in the other one."""
    lexicon = load()
    own = lexicon.fr if language == "fr" else lexicon.tr
    small = {name: own.get(name, frozenset()) for name in ("fillers", "connectors", "articles")}
    return replace(lexicon, words={**lexicon.words, **small})


@lru_cache(maxsize=1)
def load() -> Lexicon:
    french, turkish = _read("words_fr"), _read("words_tr")
    measures, repairs = _read("measures"), _read("repairs")
    lists_fr = {name: frozenset(_keys(value)) for name, value in french["lists"].items()}
    lists_tr = {name: frozenset(_keys(value)) for name, value in turkish["lists"].items()}
    union = {name: lists_fr.get(name, frozenset()) | lists_tr.get(name, frozenset()) for name in {*lists_fr, *lists_tr}}
    both: dict[str, Any] = {}
    for name in ("titles", "months", "weekdays"):
        both[name] = {
            fold(str(word)): value
            for source in (french, turkish)
            for value, words in source[name].items()
            for word in (words.split() if isinstance(words, str) else words)
        }
    spelling = {fold(k): fold(v) for k, v in {**repairs["spelling"]}.items()}
    return Lexicon(
        words=union,
        fr=lists_fr,
        tr=lists_tr,
        titles=both["titles"],
        months=both["months"],
        weekdays=both["weekdays"],
        spelling=spelling,
        units=Phrases(_swap(measures["units"])),
        unit_nouns_possessed={fold(k): v for k, v in _swap(measures["possessed_units"]).items()},
        dimension_units=frozenset(_keys(measures["dimension_units"])),
        dimension_prefixes=frozenset(_keys(measures["dimension_prefixes"])),
        currency=frozenset(_keys(measures["currency"])),
        modes=Phrases(_swap(measures["modes"])),
        per=frozenset(_keys(measures["per"])),
        repairs=Phrases(repairs["phrases"]),
        rules={
            language: [rule for file in ("orders", "clients", "rules") for rule in _read(f"{file}_{language}")["rules"]]
            for language in ("fr", "tr")
        },
    )
