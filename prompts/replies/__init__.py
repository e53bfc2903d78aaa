"""What the assistant says on WhatsApp, in French and in Turkish: one folder per language with the same files and macros.

A sentence is named ``file.macro``. Numbers and dates arrive as texts; ``f(familiar, polite)`` picks tu/vous or sen/siz.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent
_FAMILIAR = {"tu", "sen"}


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
        loader=FileSystemLoader(_FOLDER),
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

    Raises ``KeyError`` for an unknown sentence and ``jinja2.UndefinedError`` for a missing value.
    """
    familiar = form in _FAMILIAR

    def pick(informal: str, polite: str) -> str:
        return informal if familiar else polite

    return _macro(language, key)(_Values(values, f=pick)).strip()


def keys(language: str) -> set[str]:
    """Every sentence of a language, as ``file.macro``."""
    found = set()
    for path in sorted((_FOLDER / language).glob("*.j2")):
        module = _environment().get_template(f"{language}/{path.name}").module
        found |= {f"{path.stem}.{name}" for name in vars(module) if not name.startswith("_")}
    return found
