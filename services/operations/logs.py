"""Structured logs: one JSON object per line, or readable lines when a person looks at a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from services.operations.log_secrets import hide_secrets

_QUIET = {
    "httpx": logging.WARNING,
    "procrastinate": logging.WARNING,
    "fontTools": logging.WARNING,
    "weasyprint": logging.ERROR,
    "alembic": logging.WARNING,
    "pikepdf": logging.WARNING,
}
"""Libraries that tell every step at INFO."""


def configure_logs(level: str = "INFO", *, readable: bool | None = None) -> None:
    """Sends structlog's and the standard library's records to stderr in one format.

    ``readable`` None: readable on a terminal, JSON elsewhere. Values bound with ``structlog.contextvars`` appear on every
    line of the request (request_id, organization_id) or job (job_id, task, attempt, organization_id, chat_id, turn_id).
    """
    if readable is None:
        readable = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_colours,
                *(_readable() if readable else _json()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name, quiet_level in _QUIET.items():
        logging.getLogger(name).setLevel(quiet_level)


def _without_colours(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """uvicorn gives every message once more with escape codes."""
    event.pop("color_message", None)
    return event


def _readable() -> list[Any]:
    plain = structlog.dev.plain_traceback  # one with the values of variables would show what people write
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)
    return [structlog.processors.format_exc_info, hide_secrets, renderer]


def _json() -> list[Any]:
    return [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
