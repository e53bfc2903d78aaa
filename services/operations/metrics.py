"""What is counted, and where (R255).

``REGISTRY`` is of one process: its HTTP answers, its memory. ``SHARED`` is of the whole installation: workers and API
processes add what they counted to one table (``totals``), and every API process shows the sums. No label ever names a
tenant, a person or a phone: each takes a few values, known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

disable_created_metrics()  # a second series beside each counter, of when its process began to count
SHARED = CollectorRegistry(auto_describe=True)
_QUICK = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200)

REQUEST_SECONDS = Histogram(
    "usta_http_request_seconds",
    "Time to answer an HTTP request, in seconds",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
)
JOB_SECONDS = Histogram(
    "usta_job_seconds", "Time that a job took, in seconds", ["task", "outcome"], buckets=_QUICK, registry=SHARED
)
TURN_SECONDS = Histogram(
    "usta_turn_seconds",
    "Time of a turn from the first look at its messages to the commit, in seconds",
    ["workflow", "understander", "outcome"],
    buckets=_QUICK,
    registry=SHARED,
)
MODEL_SECONDS = Histogram(
    "usta_model_call_seconds",
    "Time of a call of a language model, in seconds",
    ["model", "purpose", "outcome"],
    buckets=_QUICK,
    registry=SHARED,
)
MODEL_TOKENS = Counter("usta_model_tokens", "Tokens read and written by models", ["model", "kind"], registry=SHARED)
MODEL_COST = Counter("usta_model_cost_eur", "EUR spent on language models at list price", ["model"], registry=SHARED)
UNGROUNDED = Counter(
    "usta_ungrounded_numbers", "Numbers of a model that nobody had said, so that they were not used", registry=SHARED
)
TRANSCRIPTIONS = Counter("usta_transcriptions", "Voice notes by what became of them", ["outcome"], registry=SHARED)
TRANSCRIPTION_SECONDS = Histogram(
    "usta_transcription_seconds", "Time from a voice note to its words, in seconds", buckets=_QUICK, registry=SHARED
)
TRANSCRIPTION_COST = Counter("usta_transcription_cost_eur", "EUR spent on transcription", registry=SHARED)
DELIVERIES = Counter(
    "usta_deliveries",
    "Tries to send a message by channel and what became of them",
    ["channel", "outcome"],
    registry=SHARED,
)
DELIVERY_SECONDS = Histogram(
    "usta_delivery_seconds",
    "Time from a message's commit until the provider took it, in seconds; pace reply = an answer that somebody waits for",
    ["pace"],
    buckets=_SLOW,
    registry=SHARED,
)
DOCUMENTS_ISSUED = Counter("usta_documents_issued", "Documents that were issued", ["kind"], registry=SHARED)
PDF_SECONDS = Histogram(
    "usta_pdf_seconds", "Time to make the PDF of a document, in seconds", ["outcome"], buckets=_QUICK, registry=SHARED
)
SIGN_INS = Counter(
    "usta_sign_ins", "Sign-ins with a password by what became of them", ["kind", "outcome"], registry=SHARED
)


def _known_beforehand() -> None:
    """What may fail stands on the page before it does: an alert compares with the value before the first time."""
    for outcome in ("done", "failed"):
        PDF_SECONDS.labels(outcome)
    TURN_SECONDS.labels("none", "none", "failed")
    for channel in ("whatsapp", "email"):
        for outcome in ("sent", "again", "failed"):
            DELIVERIES.labels(channel, outcome)
    for kind in ("user", "platform"):
        for outcome in ("ok", "failed", "locked", "unknown"):
            SIGN_INS.labels(kind, outcome)


_known_beforehand()


class ModelCall(Protocol):
    """What is counted of one call of a model."""

    @property
    def model(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def milliseconds(self) -> int: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def cached_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def cost_eur(self) -> Decimal | None: ...


def count_model_call(call: ModelCall) -> None:
    """Counts a call, whether its turn is committed or not: it was paid for."""
    MODEL_SECONDS.labels(call.model, call.purpose, call.outcome).observe(call.milliseconds / 1000)
    kinds = (("input", call.input_tokens), ("cached", call.cached_tokens), ("output", call.output_tokens))
    for kind, tokens in kinds:
        if tokens:
            MODEL_TOKENS.labels(call.model, kind).inc(tokens)
    if call.cost_eur:
        MODEL_COST.labels(call.model).inc(float(call.cost_eur))


def on_commit(session: AsyncSession, count: Callable[[], object]) -> None:
    """Counts once the session's transaction is committed; what is rolled back did not happen."""
    event.listen(session.sync_session, "after_commit", lambda _: count(), once=True)
