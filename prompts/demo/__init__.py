"""The words of the demo: page and terminal chat, one YAML file per language with the same keys.

What is shown follows the language of the artisan whose phone is in hand. Suggestions are opening messages to try.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
LANGUAGES = ("fr", "tr")


@cache
def words(language: str) -> dict[str, Any]:
    """Every text of the demo in ``language``; French for a language that has no file."""
    name = language if language in LANGUAGES else "fr"
    texts: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return texts
