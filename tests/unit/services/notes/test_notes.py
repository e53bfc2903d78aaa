"""What is a silent note, and how notes are read when a document is made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from db.models import SiteNote
from services.notes.recall import asks_for_notes, recalled
from services.notes.service import spoken_note

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words", "site"),
    [
        ("note : 12 prises chez Petit", "12 prises chez Petit", False),
        ("Not: Petit'de 12 priz", "Petit'de 12 priz", False),
        ("note chantier : code portail 4512", "code portail 4512", True),
        ("şantiye notu: kapı kodu 4512", "kapı kodu 4512", True),
        ("notes: a\nb", "a\nb", False),
    ],
)
def test_a_note_says_so_itself(text: str, words: str, site: bool) -> None:
    spoken = spoken_note(text)
    assert spoken and (spoken.words, spoken.site) == (words, site)


@pytest.mark.parametrize(
    "text", ["note 12 prises", "notez : ok", "la note :", "devis pour Note : 3 m²", "", None, "not kaldı"]
)
def test_anything_else_is_none(text: str | None) -> None:
    assert spoken_note(text) is None


def note(text: str, client_id: UUID | None = None, hours: int = 0) -> SiteNote:
    return SiteNote(id=uuid4(), text=text, client_id=client_id, noted_at=MONDAY + timedelta(hours=hours))


def test_the_notes_of_the_client_are_read_oldest_first() -> None:
    petit = uuid4()
    late, early, other = note("3 spots à 60 chez Mme Petit", petit, 5), note("12 prises", petit), note("x chez M. Roux")
    found = recalled("fais le devis pour Mme Petit avec mes notes", [late, early, other], {petit: "Mme Petit"})
    assert found and found.text == "fais le devis pour Mme Petit\n12 prises\n3 spots à 60"
    assert found.note_ids == (late.id, early.id) and other.id not in found.note_ids


def test_a_client_without_a_card_is_known_by_the_words_of_the_note() -> None:
    found = recalled("Durand'a notlarımla devis yap", [note("Durand'da 12 priz 45'ten")], {})
    assert found and found.text == "Durand'a devis yap\n12 priz 45'ten"


def test_without_a_name_only_notes_about_one_client_are_meant() -> None:
    first = note("12 prises chez Mme Petit")
    found = recalled("fais le devis avec mes notes", [first, note("code portail")], {})
    assert found and found.text == "fais le devis pour Mme Petit\n12 prises" and found.note_ids == (first.id,)
    assert recalled("fais le devis avec mes notes", [first, note("3 portes chez M. Roux")], {}) is None
    assert recalled("fais le devis avec mes notes", [], {}) is None


def test_only_words_that_call_for_them_do() -> None:
    assert asks_for_notes("Mme Petit'ye notlarımla devis yap") and asks_for_notes("devis d'après mes notes")
    assert not asks_for_notes("prends note : 12 prises") and not asks_for_notes("devis avec notice")
