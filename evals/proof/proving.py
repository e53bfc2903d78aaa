"""Draws, renders and checks documents on all cores; each worker process does the whole of a document by itself."""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from db.models import Invoice, Quote
from evals.proof.draw import Draw
from evals.proof.papers import KINDS, Paper, a_paper
from services.documents import content
from services.documents.completeness import blocking, missing_for_issue
from services.documents.mentions import mentions_for
from services.documents.schemas import DocumentKind
from services.documents.totals import compute_totals

RENDERED_AGAIN = 20
"""Every so many documents one is rendered twice: the bytes must be the same."""
_BATCH = 4


@dataclass(frozen=True)
class Proved:
    """What became of one document. ``violations`` are (rule, what is wrong); milliseconds of one core."""

    index: int
    kind: DocumentKind
    regime: str
    lines: int
    kilobytes: int
    milliseconds: int
    violations: tuple[tuple[str, str], ...]


@dataclass
class Tally:
    """The sums of many: per kind, and how often each rule was broken."""

    documents: int = 0
    invalid: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, list[Proved]] = field(default_factory=dict)

    def add(self, proved: Proved) -> None:
        self.documents += 1
        self.invalid += bool(proved.violations)
        self.by_rule.update({rule for rule, _ in proved.violations})
        self.by_kind.setdefault(proved.kind, []).append(proved)


def prove(count: int, seed: int, kinds: Iterable[DocumentKind] = ()) -> Iterator[Proved]:
    """Proves ``count`` documents, as they get ready. The same count, seed and kinds give the same documents."""
    wanted = tuple(kinds) or tuple(KINDS)
    processes = min(os.cpu_count() or 1, count)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        tasks = ((seed, first, min(first + _BATCH, count), wanted) for first in range(0, count, _BATCH))
        for batch in pool.map(_prove_some, tasks):
            yield from batch


def _prove_some(task: tuple[int, int, int, tuple[DocumentKind, ...]]) -> list[Proved]:
    seed, first, end, kinds = task
    return [prove_one(seed, index, kinds) for index in range(first, end)]


def prove_one(seed: int, index: int, kinds: tuple[DocumentKind, ...] = tuple(KINDS)) -> Proved:
    """One document from drawing to the last check. What cannot even be rendered is a violation named ERROR."""
    draw = Draw(f"{seed}:{index}")
    kind = draw.weighted({kind: KINDS[kind] for kind in kinds})
    paper = a_paper(draw, kind)
    started = time.process_time()
    try:
        pdf, found = _checked(paper, twice=index % RENDERED_AGAIN == 0)
    except Exception as error:
        pdf, found = b"", [("ERROR", f"{type(error).__name__}: {error}")]
    return Proved(
        index=index,
        kind=kind,
        regime=paper.regime,
        lines=len(paper.document.lines),
        kilobytes=len(pdf) // 1000,
        milliseconds=int((time.process_time() - started) * 1000),
        violations=tuple(found),
    )


def _checked(paper: Paper, *, twice: bool) -> tuple[bytes, list[tuple[str, str]]]:
    from services.documents.rendering import render_snapshot
    from services.documents.validation import violations

    snapshot, found = frozen(paper)
    files = (paper.logo, paper.attestation)
    pdf = render_snapshot(snapshot, *files)
    if twice and render_snapshot(snapshot, *files) != pdf:
        found.append(("USTA-REPRODUCIBLE", "rendered again, the bytes differ"))
    return pdf, found + [(violation.rule, violation.text) for violation in violations(snapshot, pdf)]


def frozen(paper: Paper) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The snapshot as the database keeps it (JSON), and what already contradicts the law or the row's own columns."""
    document, seller, today = paper.document, paper.seller, paper.today
    row = Quote() if document.kind == "quote" else Invoice(type=document.kind)
    content.set_dates(row, document, today)
    totals = compute_totals(document)
    content.write_amounts(row, document, totals)
    lacks = blocking(missing_for_issue(document, seller, today=today))
    found = [("USTA-INCOMPLETE", f"{lack.code} {lack.values}") for lack in lacks]
    stored = {"subtotal": totals.subtotal, "vat_amount": totals.vat_total, "total": totals.total}
    if isinstance(row, Invoice):
        stored |= {"amount_due": totals.amount_due, "retention": totals.retention}
    found += [
        ("USTA-STORED", f"{column} is {getattr(row, column)}, not {amount}")
        for column, amount in stored.items()
        if getattr(row, column) != amount
    ]
    moment = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    mentions = mentions_for(document, seller, totals, today)
    snapshot: dict[str, Any] = json.loads(
        json.dumps(content.frozen(document, seller, totals, mentions, issued_at=moment))
    )
    return snapshot, found
