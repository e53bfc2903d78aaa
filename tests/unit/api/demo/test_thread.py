"""What the simulated network carried becomes the bubbles of the phone in hand."""

from __future__ import annotations

from typing import Any

from api.demo.thread import Bubble, bubbles
from services.messaging.simulator.feed import Feed

ASSISTANT, ARTISAN = "+33180000000", "+33611000001"


def _thread(*messages: dict[str, Any], with_options: bool = True) -> list[Bubble]:
    feed = Feed()
    for message in messages:
        sender = message.pop("sender", ASSISTANT)
        feed.add("message", sender, ARTISAN if sender == ASSISTANT else ASSISTANT, **message)
    return bubbles(feed.entries(ARTISAN, 0), ARTISAN, with_options=with_options)


def test_mine_and_theirs() -> None:
    mine, theirs, again = _thread(
        {"sender": ARTISAN, "message_id": "a", "text": "<b>devis</b>", "status": "delivered"},
        {"message_id": "b", "text": "*ok*"},
        {"message_id": "c", "text": "?"},
    )
    assert (mine.mine, mine.status, str(mine.text)) == (True, "delivered", "&lt;b&gt;devis&lt;/b&gt;")
    assert (theirs.mine, str(theirs.text)) == (False, "<strong>ok</strong>")
    assert mine.opens_day and not theirs.opens_day
    assert (theirs.follows_same, again.follows_same) == (False, True)


def test_answers_are_offered_on_the_last_message_only() -> None:
    question = {"message_id": "q", "text": "J'envoie ? 1 Envoyer  2 Garder"}
    (asked,) = _thread(dict(question))
    assert [option.label for option in asked.options] == ["Envoyer", "Garder"]
    answered = _thread(dict(question), {"sender": ARTISAN, "message_id": "r", "text": "1"})
    assert not any(bubble.options for bubble in answered)
    assert not _thread(dict(question), with_options=False)[0].options


def test_shapes_of_files() -> None:
    shapes = {
        bubble.attached.filename: bubble.attached.shape
        for bubble in _thread(
            {"kind": "document", "media_id": "1", "filename": "d.pdf", "media_type": "application/pdf"},
            {"kind": "document", "media_id": "2", "filename": "p.jpg", "media_type": "image/jpeg"},
            {"kind": "audio", "media_id": "3", "filename": "v.ogg", "media_type": "audio/ogg"},
            {"kind": "document", "media_id": "4", "filename": "x.bin", "media_type": None},
        )
        if bubble.attached
    }
    assert shapes == {"d.pdf": "pdf", "p.jpg": "image", "v.ogg": "audio", "x.bin": "file"}


def test_typing_and_receipts_are_not_messages() -> None:
    feed = Feed()
    feed.add("typing", ASSISTANT, ARTISAN)
    feed.add("status", ASSISTANT, ARTISAN, message_id="a", status="read")
    assert bubbles(feed.entries(ARTISAN, 0), ARTISAN, with_options=True) == []
