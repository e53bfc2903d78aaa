"""Who is at work in this request or turn, so that every line of the log says it without being told each time (R254)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A member (in the office or on his phone), a program with a key, or an admin of the installation."""

    kind: Literal["user", "key", "platform"]
    id: UUID
    ip_address: str | None = None
    user_agent: str | None = None


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def actor() -> Actor | None:
    """Who is at work; None for jobs of the house."""
    return _actor.get()


def begin(who: Actor) -> None:
    """From here to the end of the surrounding ``acting_as`` it is ``who``."""
    _actor.set(who)


@contextmanager
def acting_as(who: Actor | None) -> Iterator[None]:
    """Inside the block it is ``who``; None until somebody is known."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)
