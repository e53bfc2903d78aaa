"""Reads the data of the ear."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_ROOM = Path(__file__).parent
_TO_DOTLESS = str.maketrans({"ı": "i", "İ": "i", "I": "i", "œ": "oe", "Œ": "oe", "æ": "ae"})
_WORD = re.compile(r"[^\W_]+")


def key_of(text: str) -> str:
    """Words alone, without case, accents and punctuation: "Sous-titres réalisés…" → "sous titres realises"."""
    plain = unicodedata.normalize("NFKD", text.translate(_TO_DOTLESS).lower())
    return " ".join(_WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


@cache
def style_sample(language: str) -> str:
    """A few sentences as an artisan would say them, written as they should be written."""
    return " ".join(str(_data("style")[language]).split())


@cache
def inventions() -> tuple[frozenset[str], tuple[str, ...]]:
    """What recognisers write when nobody speaks: whole sentences, and beginnings of sentences, as ``key_of`` gives them."""
    listed = [line for lines in _data("inventions").values() for line in lines]
    beginnings = tuple(key_of(line) for line in listed if line.endswith("*"))
    return frozenset(key_of(line) for line in listed if not line.endswith("*")), beginnings


@cache
def repairs(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What a recogniser writes and what was said, longest first; whole words, whatever their case."""
    listed: dict[str, str] = _data("repairs")[language]
    return tuple(
        (re.compile(rf"(?<![\w-]){_spaced(heard)}(?![\w-])", re.IGNORECASE), meant)
        for heard, meant in sorted(listed.items(), key=lambda pair: -len(pair[0]))
    )


def _spaced(heard: str) -> str:
    """The words in a row, however they are joined: spaces, hyphens or nothing but an apostrophe."""
    return r"[\s\-’']+".join(re.escape(word) for word in re.split(r"[\s\-’']+", heard))


def _data(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((_ROOM / f"{name}.yaml").read_text(encoding="utf-8"))
    return data
