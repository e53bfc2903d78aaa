"""The labelled utterances read by the grammar, by a model, and by both together, scored alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.understanding.endpoints import Endpoint
from agent.understanding.hybrid import HybridUnderstander
from agent.understanding.learned.reader import EmbeddedUnderstander
from agent.understanding.llm import LlmUnderstander
from agent.understanding.stages import STAGES, stage_of
from agent.understanding.usage import ModelUsageRecord
from evals.models.recordings import RecordedTransport
from evals.utterances.loading import Part, Utterance, utterances
from evals.utterances.measuring import Summary, measure, summarise
from evals.utterances.scoring import Scored
from services.documents.glossary import trade_words
from services.operations.breaker import BreakerPolicy
from tools.commands import DialogueContext, Language, Understander

Reader = Literal["grammar", "llm", "hybrid"]
READERS: tuple[Reader, ...] = ("grammar", "llm", "hybrid")
_PATIENCE_SECONDS = 3600.0
"""A small model on a busy machine is slow; what it answers is scored, not how fast."""
_NEVER = BreakerPolicy(failures_to_open=1_000_000)


@dataclass
class Read:
    """One utterance read in one way: the score and what the model cost. ``calls`` = 0: the model was not asked."""

    reader: Reader
    scored: Scored
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass
class Row:
    """Figures of one slice read in one way. ``asked`` is the share of utterances that went to the model."""

    part: str
    language: str
    kind: str
    reader: Reader
    summary: Summary
    asked: float = 0.0
    ungrounded: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass
class _Meter:
    records: list[ModelUsageRecord] = field(default_factory=list)

    def __call__(self, record: ModelUsageRecord) -> None:
        self.records.append(record)


def chosen(parts: Iterable[Part], languages: Iterable[Language], limit: int | None = None) -> list[Utterance]:
    """The utterances to read. ``limit`` takes that many per part and language, in the order of a hash of the text.

    The hash has no opinion on how hard a message is, and adding rows changes few of those that were chosen before.
    """
    found: list[Utterance] = []
    for part in parts:
        for language in languages:
            rows = sorted(utterances(part, language), key=_lot)
            found += rows if limit is None else rows[:limit]
    # The same stage in a row: a local model then keeps the prompt in its cache.
    return sorted(found, key=lambda row: STAGES.index(stage_of(row.context or DialogueContext())))


def _lot(row: Utterance) -> str:
    return hashlib.sha256(row.text.encode()).hexdigest()


async def read(
    reader: Reader,
    rows: Sequence[Utterance],
    model: Endpoint | None,
    transport: RecordedTransport | None,
    progress: Callable[[], object] = lambda: None,
) -> list[Read]:
    """Every row read in one way. Raises what ``RecordedTransport.check`` raises at the first row without an answer."""
    meter = _Meter()
    understander = _understander(reader, model, transport, meter)
    found: list[Read] = []
    try:
        for row in rows:
            before, seconds = len(meter.records), transport.seconds if transport else 0.0
            (scored,) = await measure(understander, [row])
            if transport is not None:
                transport.check()
            made = meter.records[before:]
            tokens = sum(record.input_tokens + record.output_tokens for record in made)
            spent = (transport.seconds if transport else 0.0) - seconds
            found.append(Read(reader, scored, len(made), tokens, spent))
            progress()
    finally:
        if isinstance(understander, LlmUnderstander | HybridUnderstander):
            await understander.aclose()
    return found


def _understander(
    reader: Reader, model: Endpoint | None, transport: RecordedTransport | None, meter: _Meter
) -> Understander:
    grammar = EmbeddedUnderstander()
    if reader == "grammar":
        return grammar
    assert model is not None
    llm = LlmUnderstander(
        [model],
        grammar,
        timeout_seconds=_PATIENCE_SECONDS,
        usage_sink=meter,
        glossary=trade_words,
        breaker_policy=_NEVER,
        transport=transport,
    )
    return llm if reader == "llm" else HybridUnderstander(grammar, llm)


def figures(found: Sequence[Read]) -> list[Row]:
    """One row per part, language, kind and way of reading; never two languages in one row."""
    slices: dict[tuple[str, str, str, int], list[Read]] = {}
    for each in found:
        said = each.scored.utterance
        key = (said.part, said.language, said.kind, READERS.index(each.reader))
        slices.setdefault(key, []).append(each)
    return [
        Row(
            part,
            language,
            kind,
            READERS[reader],
            summarise([each.scored for each in reads]),
            asked=sum(bool(each.calls) for each in reads) / len(reads),
            ungrounded=sum(each.scored.reading.ungrounded for each in reads),
            calls=sum(each.calls for each in reads),
            tokens=sum(each.tokens for each in reads),
            seconds=sum(each.seconds for each in reads),
        )
        for (part, language, kind, reader), reads in sorted(slices.items())
    ]


def worse(rows: Sequence[Row]) -> list[str]:
    """Where both together are worse than the grammar alone, one sentence each: nothing, if the model only adds."""
    alone = {(row.part, row.language, row.kind): row.summary for row in rows if row.reader == "grammar"}
    found = []
    for row in rows:
        before = alone.get((row.part, row.language, row.kind))
        if row.reader != "hybrid" or before is None:
            continue
        for name, mine, its in (
            ("exact", row.summary.exact, before.exact),
            ("intent", row.summary.intent, before.intent),
            ("line F1", row.summary.line_f1, before.line_f1),
            ("client F1", row.summary.client_f1, before.client_f1),
            ("silently right", -row.summary.silent, -before.silent),
        ):
            if mine < its:
                found.append(f"{row.part} {row.language} {row.kind}: {name} {mine:.4g}, the grammar alone {its:.4g}")
    return found
