"""docs/walk.md points at the lines it talks about."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINKS = re.findall(r"\[`(\w+)`\]\(\.\./([\w/.]+)#L(\d+)\)", (ROOT / "docs/walk.md").read_text(encoding="utf-8"))


def test_the_walk_has_its_stops():
    assert len(LINKS) > 20


@pytest.mark.parametrize(("symbol", "path", "line"), LINKS)
def test_each_link_points_at_its_definition(symbol, path, line):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    definition = re.compile(rf"^\s*((async )?def|class) {symbol}\b|^{symbol}\b.*=|name=\"{symbol}\"")
    found = [number for number, text in enumerate(lines, start=1) if definition.search(text)]
    assert int(line) in found, f"{symbol} is at line {found} of {path}"
