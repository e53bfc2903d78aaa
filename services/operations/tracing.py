"""Traces, when somebody asks for them (R257): a message is one trace from its webhook over its turn to its delivery.

On when OTEL_EXPORTER_OTLP_ENDPOINT is set and the extra ``tracing`` is installed; the other variables of OpenTelemetry
(OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, …) work as everywhere. Off, nothing of it is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queue import carry_along

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace.export import SpanExporter

_log = structlog.get_logger(__name__)
SWITCH = "OTEL_EXPORTER_OTLP_ENDPOINT"
NOT_TRACED = "health,metrics,files/,whatsapp/,simulator,demo,webhooks/chatwoot/"
"""Probes, the simulator, and every address that is a secret itself: a trace shows addresses."""
_tracer: list[Any] = []


@contextmanager
def tracing(
    role: str, engine: AsyncEngine, *, app: FastAPI | None = None, exporter: SpanExporter | None = None
) -> Iterator[bool]:
    """Traces inside the block; False when it is off. ``exporter`` replaces the one that the environment names."""
    if exporter is None and not os.environ.get(SWITCH):
        yield False
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        _log.warning("tracing.not_installed", remedy="pip install 'usta[tracing]', or unset " + SWITCH)
        yield False
        return
    name = os.environ.get("OTEL_SERVICE_NAME", f"usta-{role}")
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": version("usta")}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    httpx_calls, statements = HTTPXClientInstrumentor(), SQLAlchemyInstrumentor()
    httpx_calls.instrument(tracer_provider=provider)
    # Its range of versions lags behind SQLAlchemy's; it only listens to the engine's events.
    statements.instrument(engine=engine.sync_engine, tracer_provider=provider, skip_dep_check=True)
    if app is not None:
        FastAPIInstrumentor.instrument_app(
            app, tracer_provider=provider, excluded_urls=NOT_TRACED, exclude_spans=["receive", "send"]
        )
    _tracer[:] = [provider.get_tracer("usta")]
    carry_along(_here)
    try:
        yield True
    finally:
        carry_along(None)
        _tracer.clear()
        httpx_calls.uninstrument()
        statements.uninstrument()
        if app is not None:
            FastAPIInstrumentor.uninstrument_app(app)
        provider.shutdown()


def _here() -> dict[str, str]:
    """The trace that is under way, as a job carries it along."""
    from opentelemetry.propagate import inject

    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier


@contextmanager
def job_span(carried: dict[str, str], *, task: str, **attributes: Any) -> Iterator[None]:
    """A job as a part of the trace that deferred it; nothing when tracing is off."""
    if not _tracer:
        yield
        return
    from opentelemetry.propagate import extract

    named = {f"usta.{name}": value for name, value in attributes.items()}
    with _tracer[0].start_as_current_span(f"job {task}", context=extract(carried), attributes=named):
        yield
