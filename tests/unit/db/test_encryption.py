"""Sealing and opening one value: keys by id, the cell it belongs to, what cannot be opened."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from db.encryption import HOME_FILE, Keyring, NoEncryptionKeys, Unreadable, key_id_of, keyring_of, new_key
from db.models.base import new_id
from db.models.encrypted import EncryptedMembers, EncryptedText
from db.settings import Settings

WORDS = "Devis pour Mme Çelik, 12 m² — sıva ✓"
_KEY = base64.b64encode(bytes(32)).decode()
CELL = "whatsapp_messages.text"


def ring(*ids: str) -> Keyring:
    return Keyring({each: os.urandom(32) for each in ids})


def configured(home: Path, **values: Any) -> Settings:
    return Settings(USTA_HOME=home, **values)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCRYPTION_KEYS")


def test_what_was_sealed_opens_in_its_cell_and_shows_nothing() -> None:
    keys, row = ring("a"), new_id()
    sealed = keys.seal(WORDS, CELL, row)
    assert keys.open(sealed, CELL, row) == WORDS
    assert "Çelik" not in sealed and key_id_of(sealed) == "a"
    assert keys.seal(WORDS, CELL, row) != sealed, "the same words look different each time"


def test_text_from_before_encryption_is_read_as_it_is() -> None:
    assert ring("a").open(WORDS, CELL, new_id()) == WORDS


def test_it_opens_in_no_other_row_and_no_other_column() -> None:
    keys, row, other = ring("a"), new_id(), new_id()
    sealed = keys.seal(WORDS, CELL, row)
    with pytest.raises(Unreadable, match=str(row)):
        keys.open(sealed, CELL, other)
    with pytest.raises(Unreadable, match="transcription"):
        keys.open(sealed, "whatsapp_messages.transcription", row)
    with pytest.raises(Unreadable):
        keys.open(sealed.replace(str(row), str(other)), CELL, other)


def test_a_changed_or_damaged_value_does_not_open() -> None:
    keys, row = ring("a"), new_id()
    header, _, content = keys.seal(WORDS, CELL, row).rpartition(":")
    raw = bytearray(base64.b64decode(content))
    raw[20] ^= 1
    for broken in (base64.b64encode(raw).decode(), content[:8], "", "é"):
        with pytest.raises(Unreadable):
            keys.open(f"{header}:{broken}", CELL, row)


def test_the_first_key_seals_and_all_open() -> None:
    old, row = ring("old"), new_id()
    sealed = old.seal(WORDS, CELL, row)
    both = Keyring({"new": os.urandom(32), **old._keys})
    assert both.open(sealed, CELL, row) == WORDS
    assert key_id_of(both.seal(WORDS, CELL, row)) == "new"


def test_a_missing_and_a_wrong_key_are_told_apart() -> None:
    row = new_id()
    sealed = ring("old").seal(WORDS, CELL, row)
    with pytest.raises(Unreadable, match="'old', which is not among ENCRYPTION_KEYS"):
        ring("new").open(sealed, CELL, row)
    with pytest.raises(Unreadable, match="another key, or a changed value"):
        ring("old").open(sealed, CELL, row)


@pytest.mark.parametrize("keys", ['{"a": "short"}', '{"a": "%%%"}', f'{{"a b": "{_KEY}"}}', f'{{"a:b": "{_KEY}"}}'])
def test_what_is_no_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", keys)
    with pytest.raises(NoEncryptionKeys):
        keyring_of(configured(tmp_path))


def test_a_home_has_a_key_that_only_its_owner_reads_and_that_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, row = keyring_of(configured(tmp_path)), new_id()
    sealed = first.seal(WORDS, CELL, row)
    assert stat.S_IMODE((tmp_path / HOME_FILE).stat().st_mode) == 0o600
    assert keyring_of(configured(tmp_path)).open(sealed, CELL, row) == WORDS
    monkeypatch.setenv("ENCRYPTION_KEYS", f'{{"2026-11": "{new_key()}"}}')
    later = keyring_of(configured(tmp_path))
    assert (later.current, later.open(sealed, CELL, row)) == ("2026-11", WORDS)


def test_a_real_channel_needs_configured_keys(tmp_path: Path) -> None:
    with pytest.raises(NoEncryptionKeys, match="ENCRYPTION_KEYS is not set"):
        keyring_of(configured(tmp_path, UNIPILE_DSN="api1.unipile.com:13111"))
    keyring_of(configured(tmp_path))
    with pytest.raises(NoEncryptionKeys):
        keyring_of(configured(tmp_path, UNIPILE_DSN="api1.unipile.com:13111"))


def test_a_phone_has_one_pseudonym_that_does_not_tell_it() -> None:
    keys = ring("a")
    assert keys.pseudonym("+33612345678") == keys.pseudonym("+33612345678") != keys.pseudonym("+33612345679")
    assert "612345678" not in keys.pseudonym("+33612345678")
    assert ring("a").pseudonym("+33612345678") != keys.pseudonym("+33612345678")


def test_members_that_queries_need_stay_readable() -> None:
    kind, keys, row = EncryptedMembers(("stale", "seen.outcome")), ring("a"), new_id()
    kind.column_name = "whatsapp_messages.details"
    said = {"stale": "told", "edited_text": WORDS, "seen": {"outcome": "receipt", "supplier": "Point P", "lines": []}}
    stored = kind.sealed_value(keys, said, row)
    assert (stored["stale"], stored["seen"]["outcome"]) == ("told", "receipt")
    assert "Point P" not in str(stored) and WORDS not in str(stored)
    assert kind.plain(keys, stored, row) == said and kind.is_current(keys, stored)
    assert not kind.is_current(keys, {**stored, "contact": {"name": "Petit"}})


def test_a_value_without_its_row_is_refused() -> None:
    with pytest.raises(TypeError, match="cell"):
        EncryptedText().process_bind_param("mots", None)  # type: ignore[arg-type]
