"""``usta understand`` as a program: one answer per JSON line, whatever the line holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

_GOOD = {"text": "pose wc 320", "lang": "fr", "kind": "typed"}


def answers(*lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "understand"],
        input=b"\n".join(lines) + b"\n",
        capture_output=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def row(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def test_one_answer_per_line_and_a_bad_line_stops_nothing() -> None:
    bad = [
        b"not json", b"[]", b"null", b'"x"', b'{"lang":"fr"}', b'{"text":12}', b'\xff\xfe{"text"',
        row(text="x", kind="sms"), row(text="x", lang="xx"), row(text="x", state="no"),
    ]  # fmt: skip
    found = answers(*bad, row(**_GOOD))

    assert len(found) == len(bad) + 1
    assert all(set(answer) == {"error"} for answer in found[:-1])
    assert found[-1]["commands"][0]["args"] == {"description": "pose wc", "unit_price": "320"}


def test_odd_texts_are_read() -> None:
    long_text = "devis pour Mme Petit 12 m² de placo à 35 et " * 230
    found = answers(
        row(text=""),
        row(text="pose wc 320"),
        row(text="12 m² karo döşeme 45'ten", lang=None),
        row(text="😀" * 2000),
        row(text=long_text),
        row(text="ok 👍", state={"awaiting": "confirm:issue"}),
        b"",
        b'{"text": "\\ud800 pose wc 320"}',
    )

    assert [[c["name"] for c in answer["commands"]][:1] for answer in found] == [
        [], ["add_line_item"], ["add_line_item"], [], ["start_document"], ["confirm"], ["add_line_item"],
    ]  # fmt: skip
    assert found[2]["language"] == "tr"
    assert len(long_text) > 10_000
    assert found[4]["confidence"] < 0.8
