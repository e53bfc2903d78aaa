"""Every form of the provider's webhook body becomes one form inside (unipile.md §8–§9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from services.messaging.normalise import normalise
from services.messaging.payloads import UnreadablePayload
from services.messaging.schemas import AccountStatus, InboundMessage, OtherEvent

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OWN = "33699999999@s.whatsapp.net"
PEER = "33600000000@s.whatsapp.net"
LID = "160512172130375@lid"
BASE: dict[str, Any] = {
    "event": "message_received",
    "account_id": "zYnh13HWV76_G3KyE-cAyg",
    "account_info": {"user_id": OWN},
    "chat_id": "JJvVTeVAWIG4LCUHJFpD4A",
    "provider_chat_id": PEER,
    "message_id": "9f9uio56sopa456s",
    "provider_message_id": "3EB0C767D0",
    "timestamp": "2026-11-21T08:21:07.000Z",
    "message": "Bonjour",
    "is_sender": False,
    "sender": {"attendee_id": "uQ", "attendee_name": "Mme Durand", "attendee_provider_id": PEER},
}


def read(**changes: Any) -> InboundMessage:
    event = normalise(json.dumps(BASE | changes).encode(), NOW)
    assert isinstance(event, InboundMessage)
    return event


def test_plain_text() -> None:
    message = read()
    assert (message.kind, message.type, message.text, message.from_account) == ("message", "text", "Bonjour", False)
    assert (message.account_ref, message.chat_ref, message.message_ref) == (
        BASE["account_id"],
        BASE["chat_id"],
        BASE["message_id"],
    )
    assert (message.wire_id, message.chat_wire_id, message.peer_phone) == ("3EB0C767D0", PEER, "+33600000000")
    assert message.sent_at == datetime(2026, 11, 21, 8, 21, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sender", "phone"),
    [
        ({"attendee_provider_id": PEER}, "+33600000000"),
        ({"attendee_provider_id": "33600000000:12@s.whatsapp.net"}, "+33600000000"),
        ({"attendee_provider_id": "33600000000@c.us"}, "+33600000000"),
        ({"attendee_provider_id": LID}, None),
        ({"attendee_provider_id": LID, "attendee_public_identifier": PEER}, "+33600000000"),
        ({"attendee_provider_id": LID, "attendee_public_identifier": LID}, None),
        ({"attendee_provider_id": LID, "attendee_specifics": {"phone_number": "+33 6 11 11 11 11"}}, "+33611111111"),
        ({"attendee_provider_id": PEER, "attendee_specifics": {"phone_number": "0611111111"}}, "+33611111111"),
        ({"attendee_provider_id": PEER, "attendee_specifics": {"phone_number": "hidden"}}, "+33600000000"),
        ({"attendee_provider_id": LID, "attendee_specifics": {"phone_number": "hidden"}}, None),
        ({"attendee_provider_id": PEER, "attendee_specifics": None}, "+33600000000"),
        ({"attendee_provider_id": 33600000000}, None),
        ({}, None),
        (None, None),
        ("Mme Durand", None),
    ],
)
def test_phone_lookup_order(sender: Any, phone: str | None) -> None:
    message = read(sender=sender)
    assert message.sender_phone == message.peer_phone == phone


def test_privacy_id_is_the_lasting_one() -> None:
    specifics = {"phone_number": "+33600000000", "lid": LID}
    message = read(sender={"attendee_provider_id": PEER, "attendee_specifics": specifics})
    assert (message.peer_wire_id, message.peer_phone) == (LID, "+33600000000")


LIVE = {"attachment_id": "3EB0", "attachment_type": "audio", "mimetype": "audio/ogg; codecs=opus", "voice_note": True}
DOCUMENTED = {"id": "a1", "type": "img", "mimetype": "image/jpeg", "url": "att://x"}


@pytest.mark.parametrize(
    ("attachments", "expected", "type_"),
    [
        (None, [], "text"),
        ([], [], "text"),
        ({}, [], "text"),
        ("", [], "text"),
        ([None, 3], [], "text"),
        ([LIVE], [("3EB0", "audio", "audio/ogg")], "audio"),
        (LIVE, [("3EB0", "audio", "audio/ogg")], "audio"),
        ([DOCUMENTED], [("a1", "img", "image/jpeg")], "image"),
        (DOCUMENTED, [("a1", "img", "image/jpeg")], "image"),
        ({"0": LIVE, "1": DOCUMENTED}, [("3EB0", "audio", "audio/ogg"), ("a1", "img", "image/jpeg")], "audio"),
        ([{"id": "d", "type": "file", "mimetype": "application/PDF"}], [("d", "file", "application/pdf")], "document"),
        ([{"id": "v", "type": "video"}], [("v", "video", None)], "video"),
        ([{"id": "x", "mimetype": "image/png"}], [("x", "img", "image/png")], "image"),
        ([{"id": "s", "type": "img", "sticker": True}], [("s", "img", None)], "sticker"),
        ([{"id": "?", "type": "hologram"}], [("?", "file", None)], "document"),
    ],
)
def test_attachments(attachments: Any, expected: list[tuple[str, str, str | None]], type_: str) -> None:
    message = read(attachments=attachments)
    assert [(a.id, a.type, a.mimetype) for a in message.attachments] == expected
    assert message.type == type_


@pytest.mark.parametrize(
    ("values", "size"),
    [({"attachment_size": 12}, 12), ({"size": {"width": 3, "height": 4}}, None), ({"size": "x"}, None)],
)
def test_attachment_sizes(values: dict[str, Any], size: int | None) -> None:
    assert read(attachments=[LIVE | values]).attachments[0].size == size


def test_attachment_without_id_is_unavailable() -> None:
    assert read(attachments=[{"attachment_type": "audio"}]).attachments[0].unavailable


@pytest.mark.parametrize(
    ("changes", "from_account"),
    [
        ({"is_sender": True}, True),
        ({"is_sender": 1}, True),
        ({"is_sender": "true"}, True),
        ({"is_sender": "false"}, False),
        ({"is_sender": 0}, False),
        ({"is_sender": None, "sender": {"attendee_provider_id": OWN}}, True),
        ({"is_sender": False, "sender": {"attendee_provider_id": OWN}}, True),
        ({"is_sender": False, "sender": {"attendee_provider_id": LID, "attendee_public_identifier": OWN}}, True),
        ({"is_sender": False, "account_info": None}, False),
    ],
)
def test_who_wrote(changes: dict[str, Any], from_account: bool) -> None:
    assert read(**changes).from_account is from_account


SELF = {"attendee_provider_id": OWN}


@pytest.mark.parametrize(
    ("changes", "to_itself"),
    [
        ({"provider_chat_id": OWN, "sender": SELF}, True),
        ({"provider_chat_id": LID, "sender": {"attendee_provider_id": LID}}, True),
        ({"provider_chat_id": LID, "sender": {"attendee_provider_id": OWN, "attendee_specifics": {"lid": LID}}}, True),
        ({"provider_chat_id": PEER, "sender": SELF}, False),
        ({"provider_chat_id": PEER, "sender": {"attendee_provider_id": PEER}}, False),
        ({"provider_chat_id": "1203@g.us", "is_group": True, "sender": SELF}, False),
    ],
)
def test_self_chat(changes: dict[str, Any], to_itself: bool) -> None:
    assert read(is_sender=True, **changes).to_itself is to_itself


def test_peer_of_our_own_message_comes_from_the_attendees() -> None:
    person = {"attendee_provider_id": LID, "attendee_specifics": {"phone_number": "+33600000000"}}
    message = read(is_sender=True, sender=SELF, provider_chat_id=LID, attendees=[SELF, person])
    assert (message.peer_wire_id, message.peer_phone, message.chat_name) == (LID, "+33600000000", None)


@pytest.mark.parametrize(
    "changes", [{"is_group": True}, {"provider_chat_id": "1203@g.us"}, {"provider_chat_id": "status@broadcast"}]
)
def test_groups_have_no_peer(changes: dict[str, Any]) -> None:
    message = read(**changes)
    assert message.is_group and message.peer_phone is None and message.sender_phone == "+33600000000"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("message_received", "message"),
        ("message_sent", "message"),
        ("message_edited", "edited"),
        ("message_deleted", "deleted"),
        ("message_delivered", "delivered"),
        ("message_read", "read"),
        ("message_reaction", "reaction"),
    ],
)
def test_events(event: str, kind: str) -> None:
    assert read(event=event).kind == kind


@pytest.mark.parametrize("event", ["new_relation", "mail_received", 7, None, "x" * 500])
def test_other_events(event: Any) -> None:
    assert isinstance(normalise(json.dumps(BASE | {"event": event}).encode(), NOW), OtherEvent)


def test_calls_and_group_changes_are_events() -> None:
    assert read(is_event=1, event_type=8, message=None).type == "event"


def test_nothing_readable_is_unsupported() -> None:
    assert read(message=None).type == "unsupported"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-21T08:21:07.123Z", datetime(2026, 11, 21, 8, 21, 7, 123000, UTC)),
        ("2026-11-21T09:21:07+01:00", datetime(2026, 11, 21, 8, 21, 7, tzinfo=UTC)),
        ("2026-11-21T08:21:07", datetime(2026, 11, 21, 8, 21, 7, tzinfo=UTC)),
        (1795249267, datetime.fromtimestamp(1795249267, UTC)),
        (1795249267123, datetime.fromtimestamp(1795249267.123, UTC)),
        ("1795249267", datetime.fromtimestamp(1795249267, UTC)),
        ("yesterday", NOW),
        (None, NOW),
        (1e300, NOW),
        ((NOW + timedelta(days=400)).isoformat(), NOW),
    ],
)
def test_times(value: Any, expected: datetime) -> None:
    message = read(timestamp=value)
    assert message.sent_at.tzinfo is not None and abs(message.sent_at - expected) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b", "ab"),
        ("\ud83d\ude00", "😀"),
        ("x\ud83d", "x\ufffd"),
        ("\ude00x", "\ufffdx"),
        ("cafe\u0301", "café"),
        ("ı̇şçilik", "ı̇şçilik"),
    ],
)
def test_text_is_cleaned(text: str, expected: str) -> None:
    assert read(message=text).text == expected


def test_keys_and_nested_values_are_cleaned() -> None:
    message = read(quoted={"text": "a\x00", "sender_id": "\ud800"}, sender={"attendee_name": "K\x00"})
    assert message.quoted and (message.quoted.text, message.quoted.sender_id, message.sender_name) == (
        "a",
        "\ufffd",
        "K",
    )


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        (None, None),
        ({}, None),
        ([], None),
        ({"provider_id": "3EB", "sender_id": "s", "text": "Récap", "attachments": []}, ("Récap", "3EB", 0)),
        ({"id": "m", "message": "Récap", "attachments": [{"id": "1"}]}, ("Récap", None, 1)),
        ({"text": None, "attachments": {"id": "1"}}, (None, None, 1)),
    ],
)
def test_quoted(quoted: Any, expected: tuple[Any, ...] | None) -> None:
    found = read(quoted=quoted).quoted
    assert (found and (found.text, found.wire_id, found.attachments)) == expected


@pytest.mark.parametrize(
    ("changes", "forwarded"),
    [
        ({}, False),
        ({"is_forwarded": True}, True),
        ({"forwarded": 1}, True),
        ({"original": '{"contextInfo": {"isForwarded": true}}'}, True),
        ({"original": '{"contextInfo": {"isForwarded": false}}'}, False),
    ],
)
def test_forwarded(changes: dict[str, Any], forwarded: bool) -> None:
    assert read(**changes).is_forwarded is forwarded


def test_form_encoded() -> None:
    fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in BASE.items()}
    fields["attachments"] = json.dumps([LIVE])
    message = normalise(urlencode(fields).encode(), NOW)
    assert isinstance(message, InboundMessage)
    assert (message.text, message.from_account, message.peer_phone, message.type) == (
        "Bonjour",
        False,
        "+33600000000",
        "audio",
    )


def test_account_status() -> None:
    body = {"AccountStatus": {"account_id": "a", "account_type": "WHATSAPP", "message": "CREDENTIALS"}}
    assert normalise(json.dumps(body).encode(), NOW) == AccountStatus(account_ref="a", status="CREDENTIALS")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["body"]),
        (b"\x00\xff", ["body"]),
        (b'"text"', ["body"]),
        (b'{"event": "message_received"}', ["account_id", "chat_id", "message_id"]),
        (json.dumps(BASE | {"chat_id": None}).encode(), ["chat_id"]),
        (json.dumps(BASE | {"message_id": {}}).encode(), ["message_id"]),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, ["body"]),
        (b'{"event":"message_received","account_id":' + b"9" * 5000 + b"}", ["body"]),
    ],
)
def test_unreadable(body: bytes, fields: list[str]) -> None:
    with pytest.raises(UnreadablePayload) as caught:
        normalise(body, NOW)
    assert [problem.field for problem in caught.value.problems] == fields
