"""An organization's own wording of sentences: written by somebody outside, so it runs in a sandbox and is checked first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prompts.replies.sentences import template_of, values_of

LONGEST = 1500
"""Characters of a template: a reply has at most 900, and what is longer is no sentence."""
_own: ContextVar[Mapping[str, str]] = ContextVar("own_wording", default={})  # noqa: B039 (never changed in place)


class UnusableWording(ValueError):
    """A wording that could not be said; the message says what is wrong and what would be right."""


@contextmanager
def own_wording(templates: Mapping[str, str]) -> Iterator[None]:
    """Inside the block the sentences named "language/file.macro" are said in these words."""
    token = _own.set(templates)
    try:
        yield
    finally:
        _own.reset(token)


def own_template(language: str, key: str) -> str | None:
    """The wording in force for a sentence, None for the house's."""
    return _own.get().get(f"{language}/{key}")


def say_own(template: str, values: Mapping[str, Any]) -> str | None:
    """The sentence in its own wording; None when it cannot be said with these values, so that the house's is."""
    try:
        return _compiled(template).render(v=values, f=values["f"]).strip() or None
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError):
        return None


def check_wording(language: str, key: str, template: str) -> None:
    """Raises ``UnusableWording`` for a template that is empty, too long, no template, or asks for values there are not.

    Raises KeyError for an unknown sentence.
    """
    house = values_of(template_of(language, key))
    if not template.strip():
        raise UnusableWording("An empty sentence says nothing. Remove the wording to return to the house's.")
    if len(template) > LONGEST:
        raise UnusableWording(f"The sentence has {len(template)} characters, {LONGEST} are allowed.")
    try:
        _compiled(template)
    except TemplateError as error:
        raise UnusableWording(f"This is no template: {error}") from error
    if unknown := values_of(template) - house - {"f"}:
        known = ", ".join(f"v.{name}" for name in sorted(house - {"f"})) or "none"
        raise UnusableWording(
            f"There is no {', '.join(sorted(f'v.{name}' for name in unknown))} here. Values: {known}."
        )


@lru_cache(maxsize=1024)
def _compiled(template: str) -> Template:
    return _sandbox.from_string(template)


_sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_sandbox.globals = {}
