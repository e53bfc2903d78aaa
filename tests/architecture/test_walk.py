"""docs/walk.md points at the lines it talks about (`make walk` brings them in step)."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("walk", Path(__file__).parents[2] / "scripts/walk.py")
walk = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(walk)


def test_every_link_points_at_its_definition():
    text = walk.WALK.read_text(encoding="utf-8")
    assert len(walk.LINK.findall(text)) > 20
    assert text == walk.corrected(text), "run `make walk`"
