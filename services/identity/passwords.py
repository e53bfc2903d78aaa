"""Passwords: argon2id off the event loop, the same work whether an account exists or not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from db.settings import Settings

SHORTEST, LONGEST = 12, 128
"""Length counts for more than kinds of characters (NIST SP 800-63B); the upper bound keeps hashing cheap to refuse."""
_NOBODYS = "a password that nobody has"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether it was the password, and its hash at today's cost where the stored one is cheaper."""

    correct: bool
    rehashed: str | None = None


class Passwords:
    """Hashing at one cost. Memory in KiB."""

    def __init__(self, memory_kib: int, rounds: int) -> None:
        self._hasher = PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=memory_kib),))
        self._decoy = self._hasher.hash(_NOBODYS)

    async def hash(self, password: str) -> str:
        """An argon2id hash with its own salt and parameters in it."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def check(self, password: str, stored: str | None) -> Checked:
        """Compares with a stored hash; with None the same work is done for nothing, so that time tells nothing."""
        return await asyncio.to_thread(self._check, password, stored)

    def _check(self, password: str, stored: str | None) -> Checked:
        try:
            correct, rehashed = self._hasher.verify_and_update(password, stored or self._decoy)
        except UnknownHashError:
            return Checked(False)
        return Checked(correct and stored is not None, rehashed if stored else None)


@cache
def _passwords(memory_kib: int, rounds: int) -> Passwords:
    return Passwords(memory_kib, rounds)


def passwords_of(configured: Settings) -> Passwords:
    """Hashing at the configured cost."""
    return _passwords(configured.password_memory_kib, configured.password_rounds)


def weakness(password: str, *known: str | None) -> str | None:
    """Why a password is not taken, for the person who chose it; None when it is. ``known``: his e-mail, his company."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    folded = password.casefold()
    if any(word and folded == word.casefold() for word in known):
        return "must not be your e-mail or your company's name"
    if len(set(password)) < 5:
        return "must not repeat a few characters"
    return None
