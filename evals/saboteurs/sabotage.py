"""How a saboteur gets at the product: functions are replaced in a worker's process, for the turns of one company only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

from tools.commands import Command, Reading

_at_work: ContextVar[str | None] = ContextVar("saboteur_at_work", default=None)
STRANGER = "Quercitron Toitures"
"""The company beside the artisan's, whose data must stay out of his sight."""


@dataclass(frozen=True)
class Saboteur:
    """A broken agent. ``gate`` is the one that must catch it when ``scenario`` is played; ``install`` breaks the product.

    ``locales`` are the languages in which what it breaks shows.
    """

    name: str
    gate: str
    scenario: str
    install: Callable[[], None]
    locales: tuple[str, ...] = ("fr", "tr")

    @property
    def does(self) -> str:
        """What it does wrong, in the words of its module."""
        return (sys.modules[f"evals.saboteurs.{self.name}"].__doc__ or "").strip().splitlines()[0]

    @property
    def company(self) -> str:
        """The name of the company in whose turns it works."""
        return f"Atelier {self.name.replace('_', ' ')}"


@contextmanager
def at_work(name: str | None) -> Iterator[None]:
    """Inside the block, and in what it starts, the saboteur of that name is at work."""
    token = _at_work.set(name)
    try:
        yield
    finally:
        _at_work.reset(token)


def instead(name: str, owner: Any, attribute: str, broken: Callable[..., Any]) -> None:
    """Replaces a function, or a property, while the saboteur is at work; ``broken`` gets the original first."""
    original = owner.__dict__[attribute] if isinstance(owner, type) else getattr(owner, attribute)
    if isinstance(original, property):
        read = original.fget
        assert read is not None
        setattr(owner, attribute, property(_switched(name, read, broken)))
        return
    setattr(owner, attribute, _switched(name, original, broken))


def _switched(name: str, original: Callable[..., Any], broken: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def either(*args: Any, **kwargs: Any) -> Any:
        return broken(original, *args, **kwargs) if _at_work.get() == name else original(*args, **kwargs)

    return either


def misreading(name: str, change: Callable[[list[Command], str | None], list[Command]]) -> Callable[[], None]:
    """Installs an understanding that is wrong: ``change`` gets the commands that were read and what was awaited."""

    async def read(original: Callable[..., Any], state: Any, context: Any) -> list[Command]:
        commands = change(await original(state, context), context.memory.awaiting)
        reading: Reading = context.reading
        context.reading = reading.model_copy(update={"commands": commands})
        return commands

    def install() -> None:
        from graphs.shared import understanding

        instead(name, understanding, "_read", read)

    return install
