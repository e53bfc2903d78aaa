"""Brings the line numbers in docs/walk.md in step with the code: `make walk`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WALK = ROOT / "docs/walk.md"
LINK = re.compile(r"\[`(?P<symbol>\w+)`\]\(\.\./(?P<path>[\w/.]+)#L(?P<line>\d+)\)")


def definition_line(symbol: str, path: str) -> int:
    """The line on which ``symbol`` is defined in ``path``. Raises ``LookupError``."""
    wanted = re.compile(rf"^\s*((async )?def|class) {symbol}\b|^{symbol}\b.*=|name=\"{symbol}\"")
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
        if wanted.search(line):
            return number
    raise LookupError(f"docs/walk.md speaks of {symbol}, which {path} does not define any more")


def corrected(text: str) -> str:
    """The walk with every link at the right line."""
    return LINK.sub(
        lambda link: f"[`{link['symbol']}`](../{link['path']}#L{definition_line(link['symbol'], link['path'])})", text
    )


if __name__ == "__main__":
    WALK.write_text(corrected(WALK.read_text(encoding="utf-8")), encoding="utf-8")
