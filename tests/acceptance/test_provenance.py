"""Every message says how it came about, and a company is spoken to in its own words (R061)."""

from __future__ import annotations

from collections.abc import Callable

from prompts.replies.sentences import fingerprint
from tests.acceptance.people import Artisan


def test_messages_name_their_turn_their_prompt_and_their_sentences(artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of("fr")
    artisan.say("devis mme Klein 12 m² de placo à 35")
    [turn] = artisan.turns()
    sentence = f"fr/recap.full@{fingerprint('fr', 'recap.full')}"
    assert sentence in turn["sentences"] and turn["prompt_hash"] is None
    messages = artisan.rows(
        "select direction, provenance from whatsapp_messages where organization_id = %(organization)s order by sent_at"
    )
    asked, answered = [message["provenance"] for message in messages]
    assert asked["turn"] == answered["turn"] == str(turn["id"])
    assert answered["understander"] == "grammar" and answered["models"] == []
    assert sentence in answered["sentences"]
    artisan.say("ok")
    [caption] = artisan.rows(
        "select provenance from outbox where organization_id = %(organization)s and kind = 'document'"
    )
    assert any(name.startswith("fr/") for name in caption["provenance"]["sentences"])


def test_a_company_is_answered_in_its_own_words(artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of("tr")
    artisan.rows(
        "insert into wording_overrides (id, organization_id, language, sentence, version, template, author)"
        " values (gen_random_uuid(), %(organization)s, 'tr', 'questions.client_and_lines', 1, %(words)s, 'test')",
        words="Buyur usta, kime ne yapıyoruz?",
    )
    assert artisan.say("devis") == ["Buyur usta, kime ne yapıyoruz?"]
    assert any(name.startswith("tr/questions.client_and_lines@own-") for name in artisan.turns()[-1]["sentences"])
