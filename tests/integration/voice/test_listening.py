"""A voice note in a turn: heard, doubted, refused or kept, and the other messages answered all the same (G06)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from agent import hearing_again
from services.messaging.channel_errors import NotFound, Unavailable
from tests.fakes.sounds import note, tone
from tests.fakes.voice_server import Hearing, fails, hears

QUOTE = "devis pour madame Petit douze mètres carrés de placo à trente-cinq"
TEKLIF = "Bayan Petit'ye teklif on iki metrekare alçıpan otuz beşten"


@pytest.mark.parametrize(
    ("language", "words", "named"), [("fr", QUOTE, "french"), ("tr", TEKLIF, "turkish")], ids=["fr", "tr"]
)
async def test_a_note_becomes_a_draft(phone, server, language, words, named) -> None:
    server.says(hears(words, 0.9, named))
    message_id = await phone.speaks(note(f"quote_{language}"))
    (told,) = await phone.turn()
    assert "420,00" in told and [line.doubt for line in await phone.lines()] == [None]
    message, record = await phone.message(message_id), await phone.record(message_id)
    assert (message.transcription, message.transcription_language) == (words, language)
    assert message.processing_status == "processed" and message.prepared_at is not None
    assert (record.outcome, record.text, record.language) == ("heard", words, language)
    assert record.provider == phone.recogniser.provider and record.model == "whisper-1"
    assert record.confidence == Decimal("0.900") and 4 < (record.duration_seconds or 0) < 6
    assert record.cost_eur is not None and record.segments[0]["text"] == words
    usage = [row for row in await phone.usage() if row.purpose == "transcribe"]
    assert [row.cost_eur for row in usage] == [record.cost_eur]


async def test_audio_goes_once_it_is_understood(phone, server) -> None:
    server.says(hears(QUOTE))
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn()
    assert (await phone.record(message_id)).audio_key is None
    assert not list((phone.folder / "files").rglob("*audio*/*"))


async def test_the_recogniser_is_told_whose_words_to_expect(phone, server) -> None:
    server.says(hears("devis pour Mme Kerbrat, ragréage 12 m² à 20"), hears("récap"))
    await phone.speaks(note("quote_fr"))
    await phone.turn()
    await phone.speaks(note("quote_fr"))
    await phone.turn()
    prompt = server.requests[-1]["prompt"]
    assert "Kerbrat" in prompt and "ragréage" in prompt.lower() and "TVA 10 %" in prompt


async def test_a_short_note_is_heard_in_his_language(phone, server) -> None:
    server.says(hears("oui"))
    await phone.speaks(note("yes_fr"))
    await phone.turn()
    assert server.requests[0]["language"] == "fr"


async def test_a_number_that_was_hardly_heard_is_doubted(phone, server) -> None:
    server.says(Hearing([("devis madame Petit peinture 20 m²", 0.9), ("à 18 euros", 0.5)], "french"))
    message_id = await phone.speaks(note("quote_fr"))
    (told,) = await phone.turn()
    assert "⚠️" in told and "c'est bien 18 ?" in told.replace("\u202f", " ").replace("\u00a0", " ")
    assert [line.doubt for line in await phone.lines()] == ["heard_badly:18"]
    assert (await phone.record(message_id)).audio_key is None, "the note as a whole was sure enough"


async def test_a_yes_that_was_hardly_heard_issues_nothing(phone, server) -> None:
    server.says(hears(QUOTE + ", logement de plus de deux ans"), hears("oui", 0.5), hears("oui", 0.9))
    await phone.speaks(note("quote_fr"))
    await phone.turn()
    await phone.speaks(note("yes_fr"))
    (told,) = await phone.turn()
    assert "« oui »" in told and "DEVIS-" not in told
    await phone.speaks(note("yes_fr"))
    assert "« oui »" not in " ".join(await phone.turn())


async def test_words_put_right_are_read_and_what_was_heard_can_be_shown(phone, server) -> None:
    heard = "devis madame Petit chauffe haut 200 litres à 780"
    server.says(hears(heard))
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn()
    assert "chauffe-eau" in ((await phone.message(message_id)).transcription or "")
    await phone.writes("transcription")
    assert heard in " ".join(await phone.turn())


async def test_without_a_note_there_is_no_transcript(phone) -> None:
    await phone.writes("transcription")
    assert "pas de vocal" in " ".join(await phone.turn())


@pytest.mark.parametrize(
    ("sound", "piece"),
    [
        (note("silence"), "n'entends rien"),
        (b"\xff\xd8\xff\xe0 a photo", "ouvrir ce vocal"),
        (tone(610), "10 minutes"),
    ],
    ids=["silence", "no sound", "too long"],
)
async def test_what_cannot_be_heard_is_said_and_nobody_is_asked(phone, server, sound, piece) -> None:
    server.says(hears("Sous-titres réalisés par la communauté d'Amara.org"))
    await phone.speaks(sound)
    (told,) = await phone.turn()
    assert piece in told and not server.requests


async def test_an_invention_is_silence(phone, server) -> None:
    server.says(hears("Abone olmayı unutmayın.", 0.9, "turkish"))
    message_id = await phone.speaks(note("quote_fr"))
    (told,) = await phone.turn()
    assert "n'entends rien" in told
    assert (await phone.message(message_id)).transcription is None


async def test_mumbling_is_asked_again_and_its_audio_stays(phone, server) -> None:
    server.says(hears("de l'épaule matin petit", 0.3))
    message_id = await phone.speaks(note("quote_fr"))
    (told,) = await phone.turn()
    assert "mal entendu" in told and "de l'épaule matin petit" in told
    record = await phone.record(message_id)
    assert record.outcome == "unclear" and await phone.storage.get(record.audio_key or "") == note("quote_fr")


async def test_a_forwarded_note_is_nobodys_order(phone, server) -> None:
    server.says(hears(QUOTE))
    await phone.speaks(note("quote_fr"), forwarded=True)
    (told,) = await phone.turn()
    assert "transféré" in told and not server.requests and not await phone.lines()


async def test_the_other_messages_of_the_burst_are_answered(phone, server) -> None:
    server.says(fails(401))
    await phone.speaks(note("quote_fr"))
    await phone.writes("devis Mme Petit 12 m² de placo à 35")
    (told,) = await phone.turn()
    assert "vocal pour l'instant" in told and "420,00" in told


@pytest.mark.parametrize("reply", [fails(500, retry_after_ms="5"), fails(401), Hearing(html="no")])
async def test_what_nobody_could_hear_is_kept_and_heard_later(phone, server, reply) -> None:
    server.says(reply)
    message_id = await phone.speaks(note("quote_fr"), ago=timedelta(minutes=12))
    (told,) = await phone.turn()
    assert "je le garde" in told and "voice.not_heard" in await phone.logs()
    record = await phone.record(message_id)
    assert record.outcome == "waiting" and record.next_try_at is not None and record.error
    phone.provider.files.clear()  # the provider may not have it any more
    server.says(hears(QUOTE))
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, message_id)
    (told,) = await phone.turn()
    assert told.startswith("Reçu en retard (") and "420,00" in told
    record = await phone.record(message_id)
    assert (record.outcome, record.audio_key, record.attempts) == ("heard", None, 2)


async def test_without_a_recogniser_the_note_waits_for_one(phone, server) -> None:
    message_id = await phone.speaks(note("quote_fr"))
    (told,) = await phone.turn(phone.deaf)
    assert "Je ne peux pas encore écouter" in told and not server.requests
    record = await phone.record(message_id)
    assert (record.outcome, record.error, record.attempts) == ("waiting", None, 0)
    server.says(hears(QUOTE))
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, message_id)
    assert "420,00" in " ".join(await phone.turn())


async def test_what_he_has_written_since_is_not_done_twice(phone, server) -> None:
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn(phone.deaf)
    await phone.writes("devis Mme Petit 12 m² de placo à 35")
    await phone.turn()
    server.says(hears(QUOTE))
    before = len(await phone.told())
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, message_id)
    (told,) = (await phone.told())[before:]
    assert "enfin pu écouter" in told and QUOTE in told
    assert await phone.turn() == [] and len(await phone.lines()) == 1


async def test_a_note_is_heard_once(phone, server) -> None:
    server.says(hears(QUOTE))
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn()
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, message_id)
    assert len(server.requests) == 1 and await phone.turn() == []


async def test_trying_ends(phone, server) -> None:
    server.says(fails(500, retry_after_ms="5"))
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn()
    await phone.change(message_id, attempts=9)
    before = len(await phone.told())
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, message_id)
    record = await phone.record(message_id)
    assert (record.outcome, record.audio_key) == ("lost", None)
    assert "renvoyez-le" in " ".join([*(await phone.told())[before:], *await phone.turn()])


@pytest.mark.parametrize(("failure", "outcome"), [(NotFound("gone"), "lost"), (Unavailable("down"), "waiting")])
async def test_a_file_the_provider_does_not_give(phone, server, failure, outcome) -> None:
    phone.provider.failure = failure
    message_id = await phone.speaks(note("quote_fr"))
    (told,) = await phone.turn()
    assert "vocal" in told and (await phone.record(message_id)).outcome == outcome and not server.requests


async def test_a_long_note_is_heard_in_pieces_as_one(phone, server) -> None:
    server.says(
        hears("devis pour madame Petit placo douze mètres carrés à trente-cinq"), hears("et peinture vingt à dix")
    )
    await phone.speaks(tone(200, pauses=(170.0,)))
    (told,) = await phone.turn()
    assert len(server.requests) == 2 and "420,00" in told
    assert len(await phone.lines()) == 2


async def test_due_notes_are_called_for_once(phone, server) -> None:
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn(phone.deaf)
    assert await hearing_again.call_for_due_notes(phone.database) == 0, "not due yet"
    await phone.change(message_id, next_try_at=(await phone.record(message_id)).created_at)
    assert await hearing_again.call_for_due_notes(phone.database) == 1
    assert await hearing_again.call_for_due_notes(phone.database) == 0


async def test_audio_is_forgotten_after_thirty_days(phone, server) -> None:
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn(phone.deaf)
    record = await phone.record(message_id)
    assert await hearing_again.forget_audio(phone.database, phone.listener) == 0
    await phone.change(message_id, created_at=record.created_at - timedelta(days=31))
    assert await hearing_again.forget_audio(phone.database, phone.listener) == 1
    assert not await phone.storage.exists(record.audio_key or "")
    assert (await phone.record(message_id)).outcome == "lost"


async def test_another_company_does_not_see_the_record(phone, server, database) -> None:
    from db.models.base import new_id
    from db.repositories import voice as repository

    server.says(hears(QUOTE))
    message_id = await phone.speaks(note("quote_fr"))
    await phone.turn()
    async with database.tenant(new_id()) as session:
        assert not await repository.records_of(session, phone.organization.id, [message_id])
