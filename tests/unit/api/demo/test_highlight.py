"""The words that each command was read from are found again in the message."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from api.demo.highlight import COLOURS, Stretch, colour_of, stretches


def _command(text: str, evidence: str) -> dict[str, Any]:
    start = text.find(evidence)
    return {"name": "x", "evidence": evidence, "start": start, "end": start + len(evidence)}


def test_each_command_has_its_colour() -> None:
    text = "devis Mme Martin pose 420"
    cut = stretches(text, [_command(text, "devis"), _command(text, "pose 420")])
    assert cut == [Stretch("devis", 1), Stretch(" Mme Martin "), Stretch("pose 420", 2)]


def test_of_overlapping_evidence_the_shorter_shows() -> None:
    text = "pose carrelage 12 m2"
    cut = stretches(text, [_command(text, "12 m2"), _command(text, text)])
    assert cut == [Stretch("pose carrelage ", 2), Stretch("12 m2", 1)]


def test_wrong_offsets_are_mended_by_the_words() -> None:
    command = {"evidence": "Garnier", "start": 40, "end": 47}
    assert stretches("facture Garnier", [command]) == [Stretch("facture "), Stretch("Garnier", 1)]


def test_colours_repeat() -> None:
    assert colour_of(0) == colour_of(COLOURS) == 1


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 80), st.integers(-5, 80), st.text(max_size=5)), max_size=8),
)
def test_nothing_of_the_message_is_lost(text: str, places: list[tuple[int, int, str]]) -> None:
    commands = [{"start": start, "end": end, "evidence": words} for start, end, words in places]
    assert "".join(stretch.text for stretch in stretches(text, commands)) == text
