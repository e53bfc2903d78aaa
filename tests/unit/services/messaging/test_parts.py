"""Small parts of messaging: addresses, secrets, retry table, echo comparison, times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from db.settings import Settings
from services.messaging import channel_errors, credentials
from services.messaging.addresses import phone_of_text, phone_of_wire_id, wire_id_of_phone
from services.messaging.channel_errors import ChannelError
from services.messaging.echoes import same_content
from services.messaging.moments import moment
from services.messaging.retry_policy import POLICY, rule_for
from services.messaging.simulator.wire import chat_id_of, decode_cursor, encode_cursor, lid_of, parts_of_chat_id


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        ("+33 6 12 34 56 78", "+33612345678"),
        (" 33612345678", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("06.12.34.56.78", "+33612345678"),
        ("+90 532 123 45 67", "+905321234567"),
        ("hidden", None),
        ("12", None),
        ("", None),
        (None, None),
        ("+٣٣٦١٢٣٤٥٦٧٨", None),
        ("1" * 16, None),
    ],
)
def test_phone_of_text(value: str | None, phone: str | None) -> None:
    assert phone_of_text(value) == phone


def test_wire_ids_of_phones_go_both_ways() -> None:
    assert phone_of_wire_id(wire_id_of_phone("+33612345678")) == "+33612345678"


def test_simulator_secret_is_made_once_and_shared(tmp_path: Path) -> None:
    first, second = (Settings(USTA_HOME=tmp_path / "home", _env_file=None) for _ in range(2))
    assert credentials.webhook_secret(first) == credentials.webhook_secret(second) != None  # noqa: E711
    assert credentials.api_key(first) != credentials.webhook_secret(first).decode()
    (file,) = (tmp_path / "home").iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_real_channel_without_secrets_has_none(tmp_path: Path) -> None:
    real = Settings(USTA_HOME=tmp_path, UNIPILE_DSN="api1.unipile.com:13111", _env_file=None)
    assert credentials.webhook_secret(real) is None and credentials.api_key(real) == ""
    assert credentials.provider_url(real) == "https://api1.unipile.com:13111/api/v1"


def test_simulated_provider_is_reached_on_this_machine(tmp_path: Path) -> None:
    everywhere = Settings(USTA_HOME=tmp_path, HOST="0.0.0.0", PORT=9000, _env_file=None)
    assert credentials.provider_url(everywhere) == "http://127.0.0.1:9000/simulator/unipile/api/v1"


def test_every_error_of_the_channel_has_a_rule() -> None:
    errors = {
        kind
        for kind in vars(channel_errors).values()
        if isinstance(kind, type) and issubclass(kind, ChannelError) and kind is not ChannelError
    }
    assert errors <= POLICY.keys()


def test_only_uncertain_sends_are_looked_at_first() -> None:
    assert [kind for kind, rule in POLICY.items() if rule.look_first] == [channel_errors.OutcomeUnknown]
    assert rule_for(ChannelError()).look_first


def test_delays_grow_and_the_last_one_repeats() -> None:
    rule = POLICY[channel_errors.Unavailable]
    delays = [rule.delay(attempt) for attempt in range(1, 20)]
    assert delays == sorted(delays) and delays[0] == 1 and delays[-1] == 300
    assert POLICY[channel_errors.InvalidRecipient].delay(1) == 0


@dataclass
class Row:
    kind: str = "text"
    body: str | None = "Bonjour\nà vous"
    filename: str | None = None


@pytest.mark.parametrize(
    ("row", "text", "files", "same"),
    [
        (Row(), "Bonjour à vous ", [], True),
        (Row(), "Bonjour", [], False),
        (Row(), "Bonjour à vous", ["a.pdf"], False),
        (Row("document", "Voici", "a.pdf"), "Voici", ["a.pdf"], True),
        (Row("document", "Voici", "a.pdf"), None, ["a.pdf"], True),
        (Row("document", "Voici", "a.pdf"), "Voici", [None], True),
        (Row("document", "Voici", "a.pdf"), "Voici", [], False),
        (Row("document", "Voici", "a.pdf"), "Voici", ["b.pdf"], False),
        (Row("document", None, "a.pdf"), None, [None], True),
    ],
)
def test_same_content(row: Row, text: str | None, files: list[str | None], same: bool) -> None:
    assert same_content(row, text, files) is same


def test_moment_has_three_digits_and_z() -> None:
    paris = timezone(timedelta(hours=1))
    assert moment(datetime(2026, 11, 21, 9, 0, 0, 1999, paris)) == "2026-11-21T08:00:00.001Z"


def test_chat_ids_survive_a_restart() -> None:
    assert parts_of_chat_id(chat_id_of("sim-assistant", "+33612345678")) == ("sim-assistant", "+33612345678")
    assert parts_of_chat_id("JJvVTeVAWIG4LCUHJFpD4A") is None and parts_of_chat_id("é") is None
    assert lid_of("+33612345678") == lid_of("+33612345678") != lid_of("+33612345679")


def test_cursor_carries_the_filters() -> None:
    assert decode_cursor(encode_cursor({"after": "x", "last_id": "1"})) == {"after": "x", "last_id": "1"}
