"""Nothing is issued and nothing reaches a client without the artisan's plain word about what he was shown (UX-39…46)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import new_phone

LANGUAGES = ["fr", "tr"]
QUOTE = {
    "fr": "devis pour {client}, pose de carrelage 10 m² à 45",
    "tr": "{client} için devis, 10 m² karo döşeme 45'ten",
}
OK = {"fr": "ok", "tr": "tamam"}
NOT_A_CONFIRMATION = {
    "fr": ["ok mais", "c'est bon ?", "d'accord ?", "oui sauf la 1", "hmm", "ok je te redis", "pas encore ok", "ok ?"],
    "tr": ["tamam mı ?", "tamam ama", "olur mu", "evet de", "hmm", "tamam mi", "daha tamam değil", "olmaz"],
}
AMOUNT_CHANGES = {"fr": "ok mais la 1 à 50", "tr": "tamam ama 1. satır 50 olsun"}
SEND = {"fr": "envoie", "tr": "gönder"}
STOPS = [("fr", "annule"), ("fr", "stop"), ("tr", "dur"), ("tr", "iptal")]


def with_quote(artisan_of: Callable[..., Artisan], language: str) -> tuple[Artisan, str]:
    """An artisan who has just been shown the recap of a quote of 450 € HT, and his client's phone."""
    client_phone = new_phone()
    artisan = artisan_of(language, clients=[{"name": "Mme Garance", "phone": client_phone, "address": "69003 Lyon"}])
    artisan.say(QUOTE[language].format(client="Mme Garance"))
    draft = artisan.draft
    assert artisan.awaiting == "confirm:issue" and draft is not None and draft["subtotal"] == "450.00"
    return artisan, client_phone


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_confirmations_make_one_document(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.burst(OK[language], OK[language])
    artisan.inbox()
    artisan.say("ok")
    assert len(artisan.documents()) == 1
    assert artisan.documents()[0]["status"] in ("issued", "sent")
    assert len(artisan.rows("select 1 from approvals where organization_id = %(organization)s and kind = 'issue'")) == 1
    assert client_phone


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_confirmations_at_once_send_nothing(language: str, artisan_of: Callable[..., Artisan]) -> None:
    """The second "ok" of a burst was said before the question whether to send was asked."""
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.burst(OK[language], OK[language])
    artisan.inbox()
    assert artisan.awaiting == "confirm:send_to_client"
    assert artisan.nothing_leaves_to(client_phone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_with_a_changed_amount_issues_nothing(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, _ = with_quote(artisan_of, language)
    (answer,) = artisan.say(AMOUNT_CHANGES[language])
    draft = artisan.draft
    assert artisan.documents() == [] and draft is not None and draft["subtotal"] == "500.00"
    assert "500,00" in answer and artisan.awaiting == "confirm:issue"
    artisan.say(OK[language])
    assert artisan.documents()[0]["subtotal"] == "500.00"


@pytest.mark.parametrize(("language", "words"), [(code, w) for code in LANGUAGES for w in NOT_A_CONFIRMATION[code]])
def test_what_is_no_confirmation_issues_nothing(language: str, words: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    assert artisan.say(words) != []
    assert artisan.documents() == []
    assert artisan.nothing_leaves_to(client_phone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_older_than_the_recap_does_not_count(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, _ = with_quote(artisan_of, language)
    (answer,) = artisan.say(OK[language], timestamp=datetime.now(UTC) - timedelta(minutes=3))
    assert artisan.documents() == [] and artisan.awaiting == "confirm:issue" and OK[language] in answer
    artisan.say(OK[language])
    assert len(artisan.documents()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_in_the_same_breath_comes_before_the_recap(
    language: str, artisan_of: Callable[..., Artisan]
) -> None:
    artisan = artisan_of(language, clients=[{"name": "Mme Garance", "phone": new_phone()}])
    artisan.burst(QUOTE[language].format(client="Mme Garance"), OK[language])
    (recap,) = artisan.replies()
    assert "450,00" in recap and artisan.documents() == [] and artisan.awaiting == "confirm:issue"
    artisan.say(OK[language])
    assert len(artisan.documents()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_sending_takes_its_own_word(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    assert artisan.awaiting == "confirm:send_to_client" and artisan.nothing_leaves_to(client_phone)
    artisan.say({"fr": "garde", "tr": "kalsın"}[language])
    assert artisan.nothing_leaves_to(client_phone)
    artisan.say(SEND[language])
    if artisan.awaiting == "confirm:send_to_client":
        artisan.say("1")
    (message,) = artisan.client_inbox(client_phone)
    assert artisan.numbers()[0] in message.text


@pytest.mark.parametrize(("language", "word"), STOPS)
def test_a_held_message_is_stopped(language: str, word: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    # Whatever the machine does meanwhile, the hold is not over before the word comes.
    with longer_hold(artisan):
        artisan.say("1")
        (held,) = artisan.rows(
            "select status, not_before > created_at as later from outbox"
            " where organization_id = %(organization)s and recipient = 'client'"
        )
        assert held == {"status": "queued", "later": True}
        (answer,) = artisan.say(word)
    assert answer == {"fr": "Annulé : rien n'est parti.", "tr": "İptal ettim, hiçbir şey gitmedi."}[language]
    assert artisan.nothing_leaves_to(client_phone)
    assert artisan.documents()[0]["status"] == "issued"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wrong_version_is_never_sent(language: str, artisan_of: Callable[..., Artisan]) -> None:
    """A quote corrected after it was issued: only the version that he agreed to goes out, once."""
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    artisan.say({"fr": "finalement la 1 à 60", "tr": "1. satır 60 olsun"}[language])
    assert artisan.awaiting == "confirm:issue" and artisan.nothing_leaves_to(client_phone)
    artisan.say("1")
    (message,) = artisan.client_inbox(client_phone)
    assert "version 2" in message.text and "-v2.pdf" in (message.filename or "")
    assert "660,00" in message.text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_within_the_hold_stops_the_old_version(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    with longer_hold(artisan):
        artisan.say("1")
        artisan.say({"fr": "non attends, la 1 à 60", "tr": "dur, 1. satır 60 olsun"}[language])
    assert artisan.nothing_leaves_to(client_phone)


class longer_hold:
    """Keeps what is held for clients of this artisan from leaving while the block runs."""

    def __init__(self, artisan: Artisan) -> None:
        self.artisan = artisan

    def __enter__(self) -> None:
        name = f"hold_{self.artisan.phone[1:]}"
        self.artisan.stack.rows(
            f"create function {name}() returns trigger language plpgsql as $$ begin"
            " if new.organization_id = '" + self.artisan.organization_id + "' and new.not_before is not null then"
            " new.not_before = new.not_before + interval '10 minutes'; end if; return new; end $$"
        )
        self.artisan.stack.rows(f"create trigger {name} before insert on outbox for each row execute function {name}()")

    def __exit__(self, *_: object) -> None:
        name = f"hold_{self.artisan.phone[1:]}"
        self.artisan.stack.rows(f"drop trigger {name} on outbox")
        self.artisan.stack.rows(f"drop function {name}()")
        self.artisan.stack.rows(
            "update outbox set not_before = now() where organization_id = %(organization)s and status = 'queued'",
            organization=self.artisan.organization_id,
        )
