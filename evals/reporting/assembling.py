"""Puts the page of a run together: its dialogues as they were traced, the utterances read anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from agent.understanding.factory import understander
from db.settings import settings
from evals.reporting.comparison import Flip, compare
from evals.reporting.conversations import figures, known_scenarios
from evals.reporting.page import Page, UtteranceSlice
from evals.reporting.targets import targets
from evals.traces import Trace
from evals.utterances.loading import utterances
from evals.utterances.measuring import measure, summarise
from evals.utterances.scoring import Scored


async def page_of(traces: Sequence[Trace], before: Sequence[Trace] | None = None) -> Page:
    """The page of ``traces``; with ``before`` also what flipped since. Utterances are read by the configured understander."""
    reader = understander(settings())
    scored = [
        each
        for part in ("test", "dev")
        for language in ("fr", "tr")
        for each in await measure(reader, utterances(part, language))
    ]
    slices = slices_of(scored)
    conversations = figures(traces, known_scenarios())
    return Page(
        title="Usta: understanding and conversations",
        made_at=datetime.now(UTC),
        understander=", ".join(sorted({trace.understander for trace in traces})) or "grammar",
        commit=next((trace.commit for trace in traces if trace.commit), None),
        targets=targets(slices, conversations),
        conversations=conversations,
        utterances=slices,
        misread=[each for each in scored if each.utterance.part == "dev" and not each.right],
        failed=[trace for trace in traces if trace.part == "dev" and not trace.passed and trace.user_fault is None],
        flips=_shown(compare(before, traces)) if before is not None else [],
    )


def slices_of(scored: Sequence[Scored]) -> list[UtteranceSlice]:
    """The scores per part, language and kind, the test part first."""

    def key(each: Scored) -> tuple[bool, str, str, str]:
        utterance = each.utterance
        return utterance.part != "test", utterance.part, utterance.language, utterance.kind

    return [
        UtteranceSlice(part, language, kind, summarise(list(rows)))
        for (_, part, language, kind), rows in groupby(sorted(scored, key=key), key)
    ]


def _shown(flips: Sequence[Flip]) -> list[Flip]:
    """Dialogues of the test part stay unseen."""
    return [flip for flip in flips if all(trace is None or trace.part == "dev" for trace in (flip.before, flip.after))]
