"""The second factor: one-time codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost (R226)."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from uuid import UUID

import pyotp

from db.models import PlatformAdmin, UserCredentials
from services.identity.keys import Keys, Unreadable, long_hash

RECOVERY_CODES = 10
_ISSUER = "Usta"
_STEP_SECONDS = 30
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that is taken for a digit."""
_PURPOSE = "second factor"


def enrol(keys: Keys, holder_id: UUID, credentials: UserCredentials | PlatformAdmin, email: str) -> tuple[str, str]:
    """Begins anew with a secret that counts once it is confirmed: the secret, and the address an app reads as a QR code."""
    secret = pyotp.random_base32()
    credentials.totp_secret = keys.seal(secret, _PURPOSE, str(holder_id))
    credentials.totp_last_step = None
    return secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def confirm(
    keys: Keys, holder_id: UUID, credentials: UserCredentials | PlatformAdmin, code: str, now: datetime
) -> list[str] | None:
    """Takes the first code of the app: from now on it is asked. Returns the recovery codes, told only this once.

    None when the code is wrong.
    """
    if not _is_current(keys, holder_id, credentials, code, now):
        return None
    codes = [f"{_letters()}-{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES)]
    credentials.recovery_hashes = [long_hash(_plain(code)) for code in codes]
    credentials.totp_confirmed_at = now
    return codes


def accept(keys: Keys, holder_id: UUID, credentials: UserCredentials | PlatformAdmin, code: str, now: datetime) -> bool:
    """True for the app's code of now, once, or for a recovery code, which is used up by it."""
    if _is_current(keys, holder_id, credentials, code, now):
        return True
    given = long_hash(_plain(code))
    left = [stored for stored in credentials.recovery_hashes if not hmac.compare_digest(stored, given)]
    if len(left) == len(credentials.recovery_hashes):
        return False
    credentials.recovery_hashes = left
    return True


def sealed_anew(keys: Keys, holder_id: UUID, sealed: str) -> str | None:
    """A stored second factor under the current key; None when it is there already, or its key is gone."""
    if keys.is_current(sealed):
        return None
    try:
        return keys.seal(keys.unseal(sealed, _PURPOSE, str(holder_id)), _PURPOSE, str(holder_id))
    except Unreadable:
        return None


def take_away(credentials: UserCredentials | PlatformAdmin) -> None:
    """The password alone opens again."""
    credentials.totp_secret = credentials.totp_confirmed_at = credentials.totp_last_step = None
    credentials.recovery_hashes = []


def _is_current(
    keys: Keys, holder_id: UUID, credentials: UserCredentials | PlatformAdmin, code: str, now: datetime
) -> bool:
    """Compares with the codes of this step and its two neighbours; a step that opened once opens no more."""
    digits = code.replace(" ", "")
    if credentials.totp_secret is None or not digits.isascii() or not digits.isdigit():
        return False
    try:
        secret = keys.unseal(credentials.totp_secret, _PURPOSE, str(holder_id))
    except Unreadable:
        return False
    totp = pyotp.TOTP(secret)
    step = int(now.timestamp()) // _STEP_SECONDS
    for candidate in (step - 1, step, step + 1):
        expected = totp.generate_otp(candidate)
        if hmac.compare_digest(expected, digits) and candidate > (credentials.totp_last_step or 0):
            credentials.totp_last_step = candidate
            credentials.totp_secret = sealed_anew(keys, holder_id, credentials.totp_secret) or credentials.totp_secret
            return True
    return False


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(5))


def _plain(code: str) -> str:
    return code.strip().lower().replace("-", "").replace(" ", "")
