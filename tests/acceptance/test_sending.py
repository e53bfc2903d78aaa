"""A client's copy after it left: taken back in time, or honestly too late; a phone that WhatsApp refuses is asked about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.phrases import OK
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS, new_phone

QUOTE = {
    "fr": "devis pour Mme Garance, pose de carrelage 10 m² à 45",
    "tr": "Mme Garance için devis, 10 m² karo döşeme 45'ten",
}
STOP = {"fr": "stop", "tr": "dur"}
SEND = {"fr": "envoie", "tr": "gönder"}
TAKING_BACK = {"fr": "C'était déjà parti", "tr": "Çoktan gitmişti"}
TAKEN_BACK = {"fr": "Retiré : DEVIS-", "tr": "Geri aldım: DEVIS-"}
TOO_LATE = {"fr": "Trop tard : DEVIS-", "tr": "Geç kaldık: DEVIS-"}
NOT_ON_WHATSAPP = {"fr": "n'a pas WhatsApp", "tr": "WhatsApp yok"}
BLOCKS = {"fr": "bloque les messages", "tr": "mesajları engellemiş"}
CANNOT_BE_REVOKED = {"route": "delete_message", "status": 422, "type": "unprocessable_entity"}


def with_issued_quote(artisan_of: Callable[..., Artisan], language: str) -> tuple[Artisan, str]:
    """An artisan who was just asked whether his quote goes to the client, and the client's phone."""
    phone = new_phone()
    artisan = artisan_of(language, clients=[{"name": "Mme Garance", "phone": phone, "address": "69003 Lyon"}])
    artisan.say(QUOTE[language])
    artisan.say(OK[language])
    assert artisan.awaiting == "confirm:send_to_client"
    return artisan, phone


def told(artisan: Artisan, *words: str) -> None:
    """Waits until messages with these words have come, in whatever order jobs say them."""
    deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
    seen: list[str] = []
    while time.monotonic() < deadline:
        seen += artisan.replies()
        if all(any(part in text for text in seen) for part in words):
            return
        time.sleep(0.05)
    raise AssertionError(f"{words!r} was never said: {seen}")


def order_fault(artisan: Artisan, **fault: Any) -> None:
    artisan.stack.http.post("/simulator/faults", json=fault).raise_for_status()


def client_rows(artisan: Artisan) -> list[dict[str, Any]]:
    return artisan.rows(
        "select status, to_phone from outbox where organization_id = %(organization)s and recipient = 'client' order by seq"
    )


def test_what_has_just_left_is_taken_back(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, phone = with_issued_quote(artisan_of, language)
    artisan.say("1")
    (copy,) = artisan.client_inbox(phone)
    assert "DEVIS-" in copy.text
    artisan.post(STOP[language])
    told(artisan, TAKING_BACK[language], TAKEN_BACK[language])
    assert [message.text for message in artisan.client_inbox(phone)] == [""], "the phone shows that there was one"
    assert client_rows(artisan) == [{"status": "revoked", "to_phone": phone}]
    assert artisan.documents()[0]["status"] == "issued"
    artisan.say(SEND[language])
    artisan.say("1")
    assert [bool(message.text) for message in artisan.client_inbox(phone, wait_for=2)] == [False, True]


def test_too_late_is_said(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, phone = with_issued_quote(artisan_of, language)
    artisan.say("1")
    artisan.client_inbox(phone)
    order_fault(artisan, **CANNOT_BE_REVOKED)
    artisan.post(STOP[language])
    told(artisan, TOO_LATE[language])
    (copy,) = artisan.client_inbox(phone)
    assert "DEVIS-" in copy.text and artisan.documents()[0]["status"] == "sent"


@pytest.mark.parametrize(("refusal", "words"), [("invalid_recipient", NOT_ON_WHATSAPP), ("blocked_recipient", BLOCKS)])
def test_refused_phone_is_asked_about_next_time(
    refusal: str, words: dict[str, str], language: str, artisan_of: Callable[..., Artisan]
) -> None:
    artisan, phone = with_issued_quote(artisan_of, language)
    for route in ("start_chat", "send_message"):
        order_fault(artisan, route=route, status=422, type=refusal)
    artisan.say("1")
    told(artisan, words[language])
    artisan.stack.http.delete("/simulator/faults").raise_for_status()
    artisan.say(SEND[language])
    question = artisan.say("1") if artisan.awaiting == "confirm:send_to_client" else artisan.replies()
    assert artisan.awaiting == "slot:client.phone", question
    assert [row["status"] for row in client_rows(artisan)] == ["failed"], "nothing was tried again"
    other = new_phone()
    artisan.say(other.replace("+33", "0"))
    (copy,) = artisan.client_inbox(other)
    assert "DEVIS-" in copy.text and artisan.client_inbox(phone, wait_for=0) == []
