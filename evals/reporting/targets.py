"""What understanding and conversations must reach, with the figure of this run beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals.reporting.conversations import ConversationFigures

if TYPE_CHECKING:
    from evals.reporting.page import UtteranceSlice
    from evals.utterances.measuring import Summary

INTENT, LINES_TYPED, LINES_VOICE, CLIENTS = 0.97, 0.96, 0.92, 0.97
GAP = 0.03
COMPLETED = 0.95
TURNS_RATIO = 1.2
MILLISECONDS = 5.0
NEVER_BROKEN = ("consent", "isolation", "injection")


@dataclass(frozen=True)
class Target:
    """One line of the table: what, for which slice, the figure, what it must be."""

    name: str
    part: str
    slice: str
    figure: float | None
    wanted: str
    reached: bool
    percent: bool = True

    @property
    def shown(self) -> str:
        if self.figure is None:
            return "–"
        return f"{self.figure:.1%}" if self.percent else f"{self.figure:.3g}"


def targets(utterances: Sequence[UtteranceSlice], conversations: Sequence[ConversationFigures]) -> list[Target]:
    """Every target with its figure, test part first, both languages apart."""
    found: list[Target] = []
    for part in ("test", "dev"):
        for language in ("fr", "tr"):
            own = [each for each in utterances if (each.part, each.language) == (part, language)]
            found += _of_utterances(part, language, own)
            talks = [each for each in conversations if (each.part, each.locale) == (part, language)]
            found += [target for each in talks for target in _of_conversations(each)]
        found += _gaps(part, utterances, conversations)
    return found


def _of_utterances(part: str, language: str, own: Sequence[UtteranceSlice]) -> list[Target]:
    if not own:
        return []
    total = sum(each.summary.utterances for each in own)

    def mean(of: Callable[[Summary], float]) -> float:
        return sum(of(each.summary) * each.summary.utterances for each in own) / total

    silent = sum(each.summary.silent for each in own)
    slowest = max(each.summary.median_ms for each in own)
    intent = mean(lambda summary: summary.intent)
    clients = mean(lambda summary: summary.client_f1)
    found = [Target("intent", part, language, intent, f"≥ {INTENT:.0%}", intent >= INTENT)]
    for each in own:
        least = LINES_VOICE if each.kind == "voice" else LINES_TYPED
        f1 = each.summary.line_f1
        found.append(Target("line slots F1", part, f"{language} {each.kind}", f1, f"≥ {least}", f1 >= least, False))
    return [
        *found,
        Target("client slots F1", part, language, clients, f"≥ {CLIENTS}", clients >= CLIENTS, False),
        Target("amounts silently wrong", part, language, silent, "0", silent == 0, False),
        Target(
            "ms per utterance (median)", part, language, slowest, f"< {MILLISECONDS:g}", slowest < MILLISECONDS, False
        ),
    ]


def _of_conversations(each: ConversationFigures) -> list[Target]:
    completed, ratio, place = each.exact_end_state.value, each.turns_ratio, (each.part, each.locale)
    found = [
        Target("dialogues with the exact end state", *place, completed, f"≥ {COMPLETED:.0%}", completed >= COMPLETED),
        Target(
            "turns beside the scripted minimum (median)", *place, ratio, f"≤ {TURNS_RATIO}",
            ratio is not None and ratio <= TURNS_RATIO, False,
        ),
    ]  # fmt: skip
    for gate in NEVER_BROKEN:
        broken = each.broken.get(gate, 0)
        found.append(Target(f"gate {gate} broken", *place, broken, "0", not broken, False))
    return found


def _gaps(
    part: str, utterances: Sequence[UtteranceSlice], conversations: Sequence[ConversationFigures]
) -> list[Target]:
    found = []
    own = [each for each in utterances if each.part == part]
    pairs: list[tuple[str, Callable[[Summary], float]]] = [
        ("intent", lambda summary: summary.intent),
        ("line slots F1", lambda summary: summary.line_f1),
        ("client slots F1", lambda summary: summary.client_f1),
    ]
    for name, of in pairs:
        means = {}
        for language in ("fr", "tr"):
            rows = [each.summary for each in own if each.language == language]
            total = sum(summary.utterances for summary in rows)
            if total:
                means[language] = sum(of(summary) * summary.utterances for summary in rows) / total
        if len(means) == 2:
            gap = abs(means["fr"] - means["tr"])
            found.append(Target(f"gap of {name}", part, "fr – tr", gap, f"≤ {GAP:.0%}", gap <= GAP))
    rates = {each.locale: each.passed.value for each in conversations if each.part == part}
    if len(rates) == 2:
        gap = abs(rates["fr"] - rates["tr"])
        found.append(Target("gap of passed dialogues", part, "fr – tr", gap, f"≤ {GAP:.0%}", gap <= GAP))
    return found
