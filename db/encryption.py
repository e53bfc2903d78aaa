"""AES-256-GCM for what people wrote and what opens other doors (R235): keys by id, one sealed value per cell.

A sealed value says which key, which column and which row it belongs to, and is only opened there:
``usta1:<key id>:<table.column>:<row id>:<base64 of nonce, ciphertext, tag>``. Everything before the last colon is
authenticated with it. What lies in the clear from before encryption is read as it is.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from collections.abc import Callable
from functools import cache, cached_property
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.settings import Settings, settings
from db.shared_file import make_once

PREFIX = "usta1:"
HOME_FILE = "encryption.key"
_NONCE_BYTES, _KEY_BYTES = 12, 32
KEY_ID = r"[A-Za-z0-9_.-]{1,40}"


class NoEncryptionKeys(Exception):
    """``ENCRYPTION_KEYS`` is missing on a real channel, or holds something that is no key."""


class Unreadable(Exception):
    """A sealed value that does not open: its key is not configured, it was changed, or it belongs to another cell."""


class Keyring:
    """Keys of 32 bytes by key id: the first seals, all open."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        for key_id, key in keys.items():
            if not re.fullmatch(KEY_ID, key_id):
                raise NoEncryptionKeys(f"ENCRYPTION_KEYS: {key_id!r} is no key id (letters, digits, . _ - only)")
            if len(key) != _KEY_BYTES:
                raise NoEncryptionKeys(f"ENCRYPTION_KEYS: key {key_id!r} has {len(key)} bytes instead of {_KEY_BYTES}")
        self._keys = keys
        self._ciphers = {key_id: AESGCM(self._derived(key, "cells")) for key_id, key in keys.items()}

    @cached_property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self._keys))

    @property
    def ids(self) -> list[str]:
        return list(self._keys)

    def seal(self, text: str, column: str, row: UUID) -> str:
        """``text`` for one cell. ``column`` is "table.column"."""
        header = f"{PREFIX}{self.current}:{column}:{row}"
        return f"{header}:{base64.b64encode(self._encrypt(text.encode(), header)).decode()}"

    def open(self, stored: str, column: str, row: UUID) -> str:
        """What was sealed for this cell; a text from before encryption as it is. Raises ``Unreadable``."""
        if not stored.startswith(PREFIX):
            return stored
        own = f"{column}:{row}"
        if (named := cell_of(stored)) != own:
            raise Unreadable(f"{own} holds a value that was sealed for {named}")
        return self.open_anywhere(stored)

    def open_anywhere(self, stored: str) -> str:
        """What was sealed, wherever it lies now: for reports on rows whose place was checked otherwise."""
        if not stored.startswith(PREFIX):
            return stored
        header, _, sealed = stored.rpartition(":")
        try:
            raw = base64.b64decode(sealed, validate=True)
        except ValueError as error:
            raise Unreadable(f"{cell_of(stored)} holds a damaged value") from error
        return self._decrypt(raw, key_id_of(stored), header, cell_of(stored)).decode()

    def seal_bytes(self, content: bytes, context: str) -> tuple[str, bytes]:
        """Key id and ciphertext of a blob that only opens in the same ``context``."""
        return self.current, self._encrypt(content, f"{self.current}:{context}")

    def open_bytes(self, key_id: str, sealed: bytes, context: str) -> bytes:
        """Raises ``Unreadable``."""
        return self._decrypt(sealed, key_id, f"{key_id}:{context}", context)

    def pseudonym(self, phone: str) -> str:
        """What stands for a phone number in logs and figures (R237): the same number, the same name, and no way back."""
        key = self._derived(self._keys[self.current], "phones")
        return f"phone-{hmac.digest(key, phone.encode(), 'sha256').hex()[:16]}"

    def _encrypt(self, content: bytes, bound_to: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[self.current].encrypt(nonce, content, bound_to.encode())

    def _decrypt(self, raw: bytes, key_id: str, bound_to: str, cell: str) -> bytes:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unreadable(f"{cell} is sealed with key {key_id!r}, which is not among ENCRYPTION_KEYS")
        try:
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"{cell} does not open with key {key_id!r}: another key, or a changed value") from error

    @staticmethod
    def _derived(key: bytes, purpose: str) -> bytes:
        return hmac.digest(key, f"usta/{purpose}".encode(), "sha256")


def key_id_of(stored: str) -> str:
    """The id of the key that a value is sealed with; "" for one in the clear."""
    return stored.split(":", 2)[1] if stored.startswith(PREFIX) else ""


def cell_of(stored: str) -> str:
    """ "table.column:row" that a sealed value was made for."""
    return ":".join(stored.split(":", 4)[2:4])


def new_key() -> str:
    """A new random key as ``ENCRYPTION_KEYS`` takes it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def keyring_of(configured: Settings) -> Keyring:
    """The configured keys; on the simulated channel, in their absence, one made once for this home.

    A key of this home goes on opening what it sealed after others were configured. Raises ``NoEncryptionKeys``.
    """
    keys = {name: _decoded(name, secret.get_secret_value()) for name, secret in configured.encryption_keys.items()}
    path = configured.home.absolute() / HOME_FILE
    if not keys and not path.exists():
        if not configured.simulated_channel:
            raise NoEncryptionKeys("ENCRYPTION_KEYS is not set: what people write cannot be kept (usta keys new)")
        make_once(path, new_key)
    if path.exists():
        own = _decoded(str(path), path.read_text())
        keys |= {f"home-{sha256(own).hexdigest()[:8]}": own}
    if not configured.simulated_channel and not configured.encryption_keys:
        raise NoEncryptionKeys(
            "ENCRYPTION_KEYS is not set: a key in a file of one machine is not enough (usta keys new)"
        )
    return Keyring(keys)


def configured_keyring(configured: Settings | None = None) -> Callable[[], Keyring]:
    """The keys of ``configured``, else of this process's settings, read when they are first needed."""
    return cache(lambda: keyring_of(configured or settings()))


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise NoEncryptionKeys(f"ENCRYPTION_KEYS: key {name!r} is not base64") from error
