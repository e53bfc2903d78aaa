"""The page says the same things in French and in Turkish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from prompts.demo import words


def _leaves(texts: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(texts, dict):
        for key, value in texts.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif not isinstance(texts, list):
        yield path, texts


def test_same_keys_and_same_values_to_fill_in() -> None:
    french, turkish = dict(_leaves(words("fr"))), dict(_leaves(words("tr")))
    assert french.keys() == turkish.keys()
    for key, text in french.items():
        assert text and turkish[key], key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", turkish[key])), key


def test_suggestions_have_a_title_and_a_text() -> None:
    for language in ("fr", "tr"):
        for group in words(language)["suggestions"].values():
            assert group and all(one["title"] and one["text"] for one in group)


def test_an_unknown_language_is_answered_in_french() -> None:
    assert words("de") is words("fr") or words("de") == words("fr")
