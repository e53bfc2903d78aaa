"""What the assistant says on WhatsApp, in French and in Turkish: one folder per language with the same files and macros.

A sentence is named ``file.macro``. Numbers and dates arrive as texts; ``f(familiar, polite)`` picks tu/vous or sen/siz.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prompts.replies.own_wording import own_template, say_own
from prompts.replies.sentences import FOLDER, fingerprint

_FAMILIAR = {"tu", "sen"}
_said: ContextVar[dict[str, None] | None] = ContextVar("sentences_said", default=None)


class _Values(dict[str, Any]):
    """The values of a sentence; a value that the template wants and nobody gave is an error, not a blank."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
    )


@cache
def _macro(language: str, key: str) -> Callable[[_Values], str]:
    file, _, name = key.partition(".")
    module = _environment().get_template(f"{language}/{file}.j2").module
    macro: Callable[[_Values], str] | None = getattr(module, name, None)
    if macro is None:
        raise KeyError(f"no sentence {key} in {language}")
    return macro


def say(language: str, key: str, *, form: str | None = None, **values: Any) -> str:
    """The sentence ``key`` in ``language`` ("fr", "tr"). ``form`` is tu/vous/sen/siz, polite when None (UX-89).

    An organization's own wording comes first (``own_wording``); where it cannot be said, the house's is.
    Raises ``KeyError`` for an unknown sentence and ``jinja2.UndefinedError`` for a missing value.
    """
    familiar = form in _FAMILIAR

    def pick(informal: str, polite: str) -> str:
        return informal if familiar else polite

    given = _Values(values, f=pick)
    template = own_template(language, key)
    if template is not None and (text := say_own(template, given)) is not None:
        _note(language, key, f"own-{hashlib.sha256(template.encode()).hexdigest()[:8]}")
        return text
    text = _macro(language, key)(given).strip()
    _note(language, key, fingerprint(language, key))
    return text


def _note(language: str, key: str, print_: str) -> None:
    said = _said.get()
    if said is not None:
        said[f"{language}/{key}@{print_}"] = None


@contextmanager
def noting_sentences() -> Iterator[dict[str, None]]:
    """Gathers the names of what is said inside the block, each "language/file.macro@fingerprint", in order, once."""
    said: dict[str, None] = {}
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)


def sentences_said() -> list[str]:
    """What the surrounding ``noting_sentences`` block has gathered so far."""
    return list(_said.get() or ())


def keys(language: str) -> set[str]:
    """Every sentence of a language, as ``file.macro``."""
    found = set()
    for path in sorted((FOLDER / language).glob("*.j2")):
        module = _environment().get_template(f"{language}/{path.name}").module
        found |= {f"{path.stem}.{name}" for name in vars(module) if not name.startswith("_")}
    return found
