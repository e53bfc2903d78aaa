"""Whatever exists in French exists in Turkish: same files, same sentences, same keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, nodes

PROMPTS = Path(__file__).parents[2] / "prompts"


def pairs() -> Iterator[tuple[Path, Path]]:
    """French and Turkish counterparts below prompts/: folders fr/ and tr/, files fr.* and tr.*."""
    for french in sorted(PROMPTS.rglob("fr")):
        if french.is_dir():
            yield french, french.with_name("tr")
    for french in sorted(PROMPTS.rglob("fr.*")):
        yield french, french.with_name(f"tr{french.suffix}")


def keys(path: Path) -> set[str]:
    """What a file offers: the macros of a template, the keys of a YAML tree."""
    if path.suffix == ".j2":
        return {macro.name for macro in Environment(autoescape=False).parse(path.read_text()).find_all(nodes.Macro)}
    if path.suffix in (".yaml", ".yml"):
        return set(tree(yaml.safe_load(path.read_text())))
    return set()


def tree(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{prefix}{key}"
            yield from tree(inner, f"{prefix}{key}.")


@pytest.mark.parametrize(("french", "turkish"), list(pairs()), ids=lambda path: str(path.relative_to(PROMPTS)))
def test_both_languages_say_the_same(french: Path, turkish: Path) -> None:
    if french.is_file():
        assert keys(french) == keys(turkish)
        return
    files = {path.relative_to(french) for path in french.rglob("*") if path.is_file()}
    assert files == {path.relative_to(turkish) for path in turkish.rglob("*") if path.is_file()}
    for name in files:
        assert keys(french / name) == keys(turkish / name), name


def test_there_are_both_languages() -> None:
    assert any(french.parent.name == "replies" for french, _ in pairs())
