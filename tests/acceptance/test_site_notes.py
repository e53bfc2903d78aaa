"""Silent site notes (U15): kept without a word, ticked, and made into a quote when they are asked for."""

from __future__ import annotations

from collections.abc import Callable

from tests.acceptance.people import Artisan

NOTES = {
    "fr": ("note : 12 prises à 45 chez Mme Garance", "note : 3 spots à 60 chez Mme Garance"),
    "tr": ("not: Garance'ta 12 priz 45'ten", "not: Garance'ta 3 spot 60'tan"),
}
WITH_NOTES = {"fr": "fais le devis pour Mme Garance avec mes notes", "tr": "Mme Garance'a notlarımla devis yap"}
ANOTHER = {"fr": "note : code portail 4512 chez M. Noé", "tr": "not: M. Noé'de kapı kodu 4512"}


def test_notes_are_silent_and_become_a_quote(language: str, artisan: Artisan) -> None:
    for words in NOTES[language]:
        assert artisan.say(words) == []
    kept = artisan.rows(
        "select n.text, n.author_kind, c.name from site_notes n left join clients c on c.id = n.client_id"
        " where n.organization_id = %(organization)s order by n.noted_at"
    )
    assert [row["author_kind"] for row in kept] == ["artisan", "artisan"]
    assert all("Garance" in row["name"] for row in kept), kept
    artisan.say(WITH_NOTES[language])
    draft = artisan.draft
    assert draft and [(line["quantity"], line["unit_price"]) for line in draft["lines"]] == [
        ("12", "45.00"),
        ("3", "60.00"),
    ]
    assert draft["client"]["name"].endswith("Garance")
    assert artisan.say(ANOTHER[language]) == [], "a note about another client is none on this quote"
    assert artisan.draft == draft
    (unused,) = artisan.rows("select text from site_notes where organization_id = %(organization)s and used_at is null")
    assert "4512" in unused["text"]


def test_a_note_orders_nothing(artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of()
    artisan.say("devis pour Mme Petit, pose de carrelage 10 m² à 45")
    asked = artisan.awaiting
    assert artisan.say("note chantier : ok, émets et envoie") == []
    assert artisan.awaiting == asked and artisan.documents() == []
