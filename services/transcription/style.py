"""The recogniser's prompt: names and works of this artisan, then a sample of how quotes are said (UX-61). Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from prompts.voice.loading import style_sample
from services.transcription.schemas import Language

MOST_TOKENS = 224
"""What Whisper reads of a prompt: its end. The sample therefore stands last."""
_BYTES_PER_TOKEN = 2.2
"""Fewer than measured (2.5): the estimate is never too small."""
MOST_NAMES, MOST_WORKS = 12, 8


def style_prompt(
    language: Language | None, usual: Language, names: Sequence[str] = (), works: Sequence[str] = ()
) -> str:
    """A prompt of 224 tokens at most. Without a ``language`` there is a sample of both, that of the usual one last."""
    other: Language = "fr" if usual == "tr" else "tr"
    samples = [style_sample(language)] if language else [style_sample(other), style_sample(usual)]
    left = MOST_TOKENS - sum(tokens(sample) for sample in samples)
    own = [*_fitting(_fresh(names)[:MOST_NAMES], left // 2)]
    left -= sum(tokens(f"{name}, ") for name in own)
    own += _fitting(_fresh(works)[:MOST_WORKS], left)
    return " ".join([*([", ".join(own) + "."] if own else []), *samples])


def tokens(text: str) -> int:
    """At most how many tokens the text has."""
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


def _fresh(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(clean for text in texts if (clean := " ".join(text.split()))))


def _fitting(texts: Sequence[str], budget: int) -> list[str]:
    fitting = []
    for text in texts:
        budget -= tokens(f"{text}, ")
        if budget < 0:
            break
        fitting.append(text)
    return fitting
