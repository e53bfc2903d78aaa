"""The sentences as texts: where each is written, what it is made of, and a fingerprint that changes with its wording."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_MACRO = re.compile(r"{%-? macro (\w+)\(v\) -?%}(.*?){%-? endmacro -?%}", re.DOTALL)
_CONSTANT = re.compile(r"^{% set (\w+) = .*? %}$", re.MULTILINE)
_VALUE = re.compile(r"\bv\.(\w+)")
_PART = re.compile(r"(?<![.\w])(\w+(?=\()|_\w+)")
"""Macros that are called and constants, whose names begin with an underscore."""


def sentences(language: str) -> dict[str, str]:
    """Every sentence of a language with its template, as ``file.macro``."""
    found: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.j2")):
        found |= {f"{path.stem}.{name}": body for name, body in sentences_in(path.read_text(encoding="utf-8")).items()}
    return found


def sentences_in(text: str) -> dict[str, str]:
    """The sentences of one file's text, by the name of their macro."""
    return dict(_MACRO.findall(text))


def template_of(language: str, key: str) -> str:
    """The template of a sentence. Raises KeyError for an unknown one."""
    return _parts(language, key.partition(".")[0])[key.partition(".")[2]]


def values_of(template: str) -> set[str]:
    """Names of the values that a template uses; ``f`` picks between the familiar and the polite form."""
    return set(_VALUE.findall(template))


@cache
def fingerprint(language: str, key: str) -> str:
    """Eight hexadecimal digits over the sentence and whatever of its file it is made of. Raises KeyError."""
    file, _, name = key.partition(".")
    parts = _parts(language, file)
    wanted, made_of = [name], {}
    while wanted:
        part = wanted.pop()
        made_of[part] = parts[part]
        wanted += [word for word in set(_PART.findall(parts[part])) if word in parts and word not in made_of]
    text = "\0".join(f"{part}\0{made_of[part]}" for part in sorted(made_of))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@cache
def _parts(language: str, file: str) -> dict[str, str]:
    path = FOLDER / language / f"{file}.j2"
    if not path.exists():
        raise KeyError(f"no sentences {file} in {language}")
    text = path.read_text(encoding="utf-8")
    return dict(_MACRO.findall(text)) | {found[1]: found[0] for found in _CONSTANT.finditer(text)}
