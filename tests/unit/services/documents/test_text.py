"""Texts that are compared and texts that are printed."""

from __future__ import annotations

import pytest

from services.documents.text import clean, fold

LATIN = frozenset(range(0x20, 0x180)) | {0x20AC, 0x2013, 0x2019}


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Isı Pompası", "isi pompasi"), ("ŞÜKRÜ ÖĞÜT İĞDE", "sukru ogut igde"), ("Cœur  de\nchêne", "coeur de chene")],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Ş\u0327u\u0308kru\u0308", "Ş\u0327ükrü"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("tab\there\x00\x1b[31m", "tab here[31m"),
        ("pose 🚿 douche", "pose douche"),
        ("deux\nlignes", "deux\nlignes"),
        ("\ud800seul", "seul"),
    ],
)
def test_invisible_characters_are_dropped(text: str, printed: str) -> None:
    assert clean(text, LATIN | {0x327}) == printed


def test_characters_the_font_lacks_take_their_plain_form() -> None:
    assert clean("a\u2011b ﬁn Nguyễn ²", LATIN) == "a-b fin Nguyên ²"
