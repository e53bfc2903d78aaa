"""Designations: phrase pairs of both languages (data/designations_*.yaml) and what holds for every text."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.documents.designations import designate
from services.documents.glossary import load_glossary
from services.documents.word_forms import TURKISH_ONLY

_DATA = Path(__file__).parent / "data"


def _pairs(name: str) -> list[Any]:
    rows = yaml.safe_load((_DATA / f"designations_{name}.yaml").read_text(encoding="utf-8"))
    return [
        pytest.param(str(row[0]), row[1], row[2] if len(row) > 2 else {}, id=f"{row[0]}-{index}")
        for index, row in enumerate(rows)
    ]


def _designated(said: str, language: Any, options: dict[str, Any]) -> Any:
    numbers = {key: Decimal(options[key]) for key in ("quantity", "unit_price") if key in options}
    texts = {key: options[key] for key in ("topic", "unit") if key in options}
    return designate(said, language, **numbers, **texts, before=options.get("before", ()))


@pytest.mark.parametrize(("said", "printed", "options"), _pairs("french"))
def test_french_phrase(said: str, printed: str, options: dict[str, Any]) -> None:
    result = _designated(said, "fr", options)
    assert result.french == printed
    assert result.chat == printed
    assert result.known
    assert result.default_unit == options.get("default_unit", result.default_unit)


@pytest.mark.parametrize(("said", "printed", "options"), _pairs("turkish"))
def test_turkish_phrase(said: str, printed: str, options: dict[str, Any]) -> None:
    result = _designated(said, "tr", options)
    assert result.french == printed
    assert result.chat == options.get("chat", result.chat)
    assert result.default_unit == options.get("default_unit", result.default_unit)
    assert result.doubt == options.get("doubt", result.doubt)
    assert result.unknown_words == options.get("unknown", [])
    assert result.known == (not options.get("unknown"))


@pytest.mark.parametrize("name", ["french", "turkish"])
def test_printed_french_is_left_alone(name: str) -> None:
    for row in yaml.safe_load((_DATA / f"designations_{name}.yaml").read_text(encoding="utf-8")):
        assert designate(row[1], "fr").french == row[1]


def test_glossary_is_large_and_sound() -> None:
    entries = load_glossary().entries
    assert len(entries) >= 450
    assert sum(1 for entry in entries if entry.tr) >= 400
    for entry in entries:
        assert not TURKISH_ONLY.search(entry.fr), entry.fr
        for work in entry.works.values():
            assert load_glossary().french(work), work
        for work in filter(None, [entry.implied, *entry.by_kind.values(), entry.same_as]):
            assert load_glossary().french(work), work


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_every_entry_is_understood_and_printed(language: Any) -> None:
    """Each form of each entry gives a known French text without Turkish letters."""
    for entry in load_glossary().entries:
        if entry.kind in ("count", "place", "adjective"):
            continue
        for form in (entry.fr, *entry.aliases, *(entry.tr if language == "tr" else ())):
            result = designate(form, language)
            assert result.known, (form, result)
            assert result.french and not TURKISH_ONLY.search(result.french), form


_ENTRIES = load_glossary().entries
_FRENCH = {form for entry in _ENTRIES for form in (entry.fr, *entry.aliases) if form}
_ANY = _FRENCH | {form for entry in _ENTRIES for form in (*entry.tr, *entry.asr)}
_SMALL = ["de", "la", "et", "le", "des", "ve", "dahil", "2", "60x60", "200 l", "du", "eski", ",", "posé", "fourni"]
_FRENCH_WORDS, _GLOSSARY_WORDS, _SMALL_WORDS = (st.sampled_from(sorted(words)) for words in (_FRENCH, _ANY, _SMALL))
_FRENCH_SMALL = st.sampled_from([word for word in _SMALL if word not in ("ve", "dahil", "eski")])
_PHRASES = st.lists(st.one_of(_GLOSSARY_WORDS, _SMALL_WORDS), min_size=1, max_size=5).map(" ".join)
_LETTERS = st.text(alphabet="abcçdeéğıişzü ", min_size=1, max_size=30)
_LANGUAGES = st.sampled_from(["fr", "tr"])


@settings(max_examples=300, deadline=None)
@given(said=st.one_of(st.text(max_size=60), _PHRASES), language=_LANGUAGES)
def test_no_turkish_letter_is_printed_unflagged(said: str, language: Any) -> None:
    result = designate(said, language)
    for word in result.french.split():
        if TURKISH_ONLY.search(word):
            assert not result.known
            assert any(word in unknown or unknown in word for unknown in result.unknown_words)


@settings(max_examples=300, deadline=None)
@given(said=st.one_of(_LETTERS, _PHRASES), language=_LANGUAGES)
def test_words_never_vanish_altogether(said: str, language: Any) -> None:
    result = designate(said, language)
    if any(char.isalpha() for char in said):
        assert result.french.strip()
        assert result.chat.strip()


@settings(max_examples=400, deadline=None)
@given(words=st.lists(st.one_of(_FRENCH_WORDS, _FRENCH_SMALL), min_size=1, max_size=4))
def test_french_output_is_stable(words: list[str]) -> None:
    once = designate(" ".join(words), "fr").french
    assert designate(once, "fr").french == once
