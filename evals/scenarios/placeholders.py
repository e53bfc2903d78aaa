"""Fills the placeholders of a scenario's texts, seeds and expectations; which there are is told in ``schema``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import phonenumbers

from evals.scenarios.schema import Text, Words
from tools.commands import Language

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.+-]*)\}")


class UnknownPlaceholder(ValueError):
    """A text has a placeholder that stands for nothing; the message says which and what there is."""


def worded(text: Text, language: Language) -> str:
    """The text in one language."""
    return text.of(language) if isinstance(text, Words) else text


def filled(value: Any, *, language: Language, knows: Mapping[str, Text], phones: Mapping[str, str], today: date) -> Any:
    """``value`` with every text of it, however deep, in ``language`` and its placeholders replaced.

    ``phones`` are E.164 by name. Raises ``UnknownPlaceholder``.
    """

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: _meaning(found[1], language, knows, phones, today), text)

    def walk(node: Any) -> Any:
        if isinstance(node, Words):
            return fill(node.of(language))
        if isinstance(node, dict):
            if set(node) == {"fr", "tr"}:
                return walk(node[language])
            return {key: walk(each) for key, each in node.items()}
        if isinstance(node, list | tuple):
            return [walk(each) for each in node]
        return fill(node) if isinstance(node, str) else node

    return walk(value)


def national(phone: str) -> str:
    """A phone number as people in its country write it: "06 12 34 56 78"."""
    return phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.NATIONAL)


def _meaning(name: str, language: Language, knows: Mapping[str, Text], phones: Mapping[str, str], today: date) -> str:
    kind, _, rest = name.partition(".")
    if kind == "phone" and rest in phones:
        return phones[rest]
    if kind == "phone" and rest.endswith(".national") and rest.removesuffix(".national") in phones:
        return national(phones[rest.removesuffix(".national")])
    if kind == "knows" and rest in knows:
        return worded(knows[rest], language)
    if name == "year":
        return str(today.year)
    if found := re.fullmatch(r"today([+-]\d+)?", name):
        return (today + timedelta(days=int(found[1] or 0))).isoformat()
    known = ["today", "year", *(f"knows.{key}" for key in knows), *(f"phone.{key}" for key in phones)]
    raise UnknownPlaceholder(f"{{{name}}} stands for nothing; there are {', '.join(sorted(known))}")
