"""Log lines are JSON objects that carry who and what they are about."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.operations.logs import configure_logs


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_both_kinds_of_loggers_write_json_with_the_bound_identity(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", readable=False)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("usta.test").info("devis émis", number="DEVIS-2026-0001")
        logging.getLogger("library").warning("%s retries", 3)
    own, foreign = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert own["event"] == "devis émis" and own["number"] == "DEVIS-2026-0001" and own["request_id"] == "r1"
    assert foreign["event"] == "3 retries" and foreign["request_id"] == "r1" and foreign["level"] == "warning"


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", readable=False)
    structlog.get_logger("usta.test").info("not shown")
    assert capsys.readouterr().err == ""


def test_an_exception_is_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(readable=False)
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("usta.test").exception("failed")
    assert "ValueError: no" in json.loads(capsys.readouterr().err)["exception"]


def test_phones_are_named_by_a_keyed_hash(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", readable=False)
    log = structlog.get_logger("usta.test")
    log.info("lane account:+33612345678", to="33612345678@s.whatsapp.net", number="DEVIS-2026-0001", count=33612345678)
    written = capsys.readouterr().err
    line = json.loads(written)
    assert line["event"].startswith("lane account:phone-") and line["to"].endswith("@s.whatsapp.net")
    assert line["event"].removeprefix("lane account:") == line["to"].removesuffix("@s.whatsapp.net")
    assert "+336" not in written and line["number"] == "DEVIS-2026-0001"


def test_readable_lines_show_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", readable=True)
    said = "devis pour Mme " + "Garance"
    try:
        raise ValueError(len(said))
    except ValueError:
        structlog.get_logger("usta.test").exception("turn failed")
    written = capsys.readouterr().err
    assert "ValueError" in written and "Garance" not in written.replace('"Garance"', "")
