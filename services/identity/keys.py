"""The keys of this installation's sign-ins: what signs tokens, seals second factors and hashes short codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.settings import Settings
from services.messaging.credentials import derived_secret

_NONCE_BYTES = 12


class NoKeys(Exception):
    """``AUTH_KEYS`` is not set and the channel is a real one: nobody can sign in."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets by key id, the one that signs first. An id leaves the list once nothing signed with it counts any more."""

    secrets: dict[str, bytes]

    @property
    def current(self) -> str:
        return next(iter(self.secrets))

    def derived(self, key_id: str, purpose: str) -> bytes:
        """32 bytes for one purpose: a key that signs tokens is used for nothing else. Raises ``KeyError``."""
        return hmac.digest(self.secrets[key_id], f"usta/{purpose}".encode(), "sha256")

    def seal(self, text: str, purpose: str, context: str) -> str:
        """AES-256-GCM under the current key, readable only with the same ``context`` (the row it belongs to)."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.derived(self.current, purpose)).encrypt(nonce, text.encode(), context.encode())
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, purpose: str, context: str) -> str:
        """What was sealed. Raises ``Unreadable`` when its key is gone or it belongs to another row."""
        key_id, _, text = sealed.rpartition(":")
        raw = base64.b64decode(text)
        try:
            cipher = AESGCM(self.derived(key_id, purpose))
            return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except (KeyError, InvalidTag) as error:
            raise Unreadable(purpose) from error

    def is_current(self, sealed: str) -> bool:
        """False for what an earlier key sealed: it is sealed anew at the next occasion, so that the key can go."""
        return sealed.rpartition(":")[0] == self.current

    def short_hash(self, code: str, context: str) -> str:
        """Hash of a code too short for a plain one: without the key, a stolen table does not tell it."""
        digest = hmac.digest(self.derived(self.current, "codes"), f"{context}|{code}".encode(), "sha256")
        return f"{self.current}:{digest.hex()}"

    def is_short_hash(self, stored: str, code: str, context: str) -> bool:
        """Constant-time comparison; False when the key of ``stored`` is gone."""
        key_id, _, digest = stored.rpartition(":")
        if key_id not in self.secrets:
            return False
        given = hmac.digest(self.derived(key_id, "codes"), f"{context}|{code}".encode(), "sha256").hex()
        return hmac.compare_digest(digest, given)


class Unreadable(Exception):
    """A sealed text whose key is not configured any more."""


def keys_of(configured: Settings) -> Keys:
    """The configured keys; on the simulated channel, one of this home in their absence. Raises ``NoKeys``."""
    if configured.auth_keys:
        return Keys({name: secret.get_secret_value().encode() for name, secret in configured.auth_keys.items()})
    if not configured.simulated_channel:
        raise NoKeys("AUTH_KEYS is not set")
    return Keys({"home": derived_secret(configured.home, "sign-ins").encode()})


def long_hash(secret: str) -> str:
    """Hash of a random secret of 256 bits, which needs neither salt nor cost."""
    return hashlib.sha256(secret.encode()).hexdigest()
