"""Log lines: one JSON object each, of every library, with the identity of their job, and no secret in them (R256)."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from agent.job_record import recorded
from services.operations.log_secrets import HIDDEN, hide_secrets
from services.operations.logs import configure_logs
from services.operations.metrics import JOB_SECONDS


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Reads what was logged since the last reading."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    server = logging.getLogger("uvicorn")
    server.propagate, server.level = True, logging.NOTSET  # a server in this process has its own ideas of them
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
    logging.captureWarnings(False)  # an earlier test may have left it on, while pytest took its hook away
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:], root.level = before
    logging.captureWarnings(False)
    structlog.reset_defaults()


def test_every_library_logs_in_one_form(lines: Any) -> None:
    configure_logs("INFO", readable=False)
    structlog.get_logger("usta.test").warning("one", count=1)
    logging.getLogger("uvicorn.error").info("two %s", "deux")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("three", stacklevel=1)
    one, two, three = lines()
    assert (one["event"], one["count"], one["level"], one["logger"]) == ("one", 1, "warning", "usta.test")
    assert (two["event"], two["logger"]) == ("two deux", "uvicorn.error")
    assert "three" in three["event"]
    assert all("timestamp" in line for line in (one, two, three))


async def test_a_line_of_a_job_says_which_job_whose_and_which_try(lines: Any) -> None:
    configure_logs("INFO", readable=False)
    kwargs = {"organization_id": "o-1", "chat_id": "c-1", "text": "Bonjour"}
    context: Any = SimpleNamespace(job=SimpleNamespace(id=7, task_name="turn", attempts=2, task_kwargs=kwargs))

    async def work() -> None:
        structlog.get_logger("usta.test").info("inside")
        raise ZeroDivisionError

    failed = JOB_SECONDS.labels("turn", "failed")
    before = failed._sum.get()
    with pytest.raises(ZeroDivisionError):
        await recorded(work, context, None)  # type: ignore[arg-type]
    structlog.get_logger("usta.test").info("after")
    inside, after = lines()
    assert {name: inside[name] for name in ("job_id", "task", "attempt", "organization_id", "chat_id")} == {
        "job_id": 7,
        "task": "turn",
        "attempt": 3,
        "organization_id": "o-1",
        "chat_id": "c-1",
    }
    assert "text" not in inside and "job_id" not in after
    assert failed._sum.get() > before


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer 0123456789abcdef",
        "cannot reach postgresql://usta:hunter2@db:5432/usta",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "No such key: sk_live_0123456789abcdefgh",
        "key sk-proj-0123456789abcdefgh",
        "AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "{'api_key': 'abcdefgh'}",
        "https://api.example/?token=abcdefgh&x=1",
    ],
)
def test_secrets_in_running_text_are_hidden(text: str) -> None:
    found = hide_secrets(None, "info", {"event": text, "inner": {"list": [text]}})
    for shown in (found["event"], found["inner"]["list"][0]):
        assert HIDDEN in shown
        assert not any(
            secret in shown for secret in ("0123456789abcdef", "hunter2", "c2lnbm", "QQPZRY", "abcdefgh", "abcdefgh&")
        )


def test_fields_named_after_a_secret_are_hidden_and_others_are_not() -> None:
    event = {
        "event": "x",
        "password": "hunter2",
        "api_key": "k",
        "headers": {"Authorization": "Basic abc", "accept": "*/*"},
        "tokens": 900,
        "prompt_tokens": 12,
        "url": "https://api.example/v1?page=2",
        "number": "FACT-2026-0001",
    }
    assert hide_secrets(None, "info", event) == event | {
        "password": HIDDEN,
        "api_key": HIDDEN,
        "headers": {"Authorization": HIDDEN, "accept": "*/*"},
    }


def test_a_traceback_is_read_too(lines: Any) -> None:
    configure_logs("INFO", readable=False)
    try:
        raise ValueError("postgresql://usta:hunter2@db/usta")
    except ValueError:
        structlog.get_logger("usta.test").exception("failed")
    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert "ValueError" in line["exception"]
