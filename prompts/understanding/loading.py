"""Renders the prompts of understanding and gives them a fingerprint, so that traces say which wording was in use."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ROOM = Path(__file__).parent


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_ROOM), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def system_prompt(stage: str) -> str:
    """The stable part of a stage (a file of ``stages/``), the same for every message and language."""
    return _environment().get_template("system.j2").render(stage=stage)


@cache
def picture_prompt() -> str:
    """What a model is told that looks at a picture; the same for every picture."""
    return _environment().get_template("picture.j2").render()


def repair_prompt(problems: list[str]) -> str:
    """Asks once more after an answer that could not be used; ``problems`` are sentences in English."""
    return _environment().get_template("repair.j2").render(problems=problems)


@cache
def prompt_hash(stage: str, *more: str) -> str:
    """Twelve hexadecimal digits over the stage's system prompt and ``more`` (the tool schemas sent with it)."""
    return hashlib.sha256("\0".join((system_prompt(stage), *more)).encode()).hexdigest()[:12]
