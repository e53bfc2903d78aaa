"""Legal forms of the register (nomenclature of the INSEE, level III) as the profile of a company writes them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "data" / "legal_forms.yaml"


@cache
def _forms() -> dict[str, str]:
    return {str(code): str(form) for code, form in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items()}


def legal_form(code: str | None) -> str | None:
    """The form of a code: its own entry, else that of the longest beginning of it; None for one that is not known."""
    digits = (code or "").strip()
    return next((form for length in range(len(digits), 1, -1) if (form := _forms().get(digits[:length]))), None)
