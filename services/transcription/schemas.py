"""What is asked of a recogniser and what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["fr", "tr"]
UNCLEAR = 0.4
"""Confidence of a whole note under which nothing is made of it: he is asked to say it again (UX-30).

Of 40 spoken notes under it two slots of a line were right, of 34 above it twenty-one (docs/voice.md).
"""
UNSURE = 0.6
"""Confidence of a passage under which its numbers are doubted and its yes is asked again (UX-58)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clip(_Frozen):
    """A sound file of ``seconds`` that begins ``starts_at`` seconds into the note; the name's ending tells its format."""

    content: bytes
    filename: str
    seconds: float
    starts_at: float = 0.0


class Wish(_Frozen):
    """How to listen: in ``language``, or in what is heard when None; ``usual`` is the artisan's own (UX-60).

    ``prompt`` is a sample of the style expected, never an instruction (UX-61).
    """

    usual: Language
    language: Language | None = None
    prompt: str = ""


class Segment(_Frozen):
    """A stretch of speech: seconds from the beginning of the note, and how sure the recogniser was (0 to 1).

    ``no_speech``: its belief that nobody speaks there.
    """

    start: float
    end: float
    text: str
    confidence: float = 1.0
    no_speech: float = 0.0


class Heard(_Frozen):
    """What a recogniser made of a clip or a whole note. ``cost_eur``: None when the price is not known."""

    segments: tuple[Segment, ...]
    language: str
    provider: str
    model: str
    cost_eur: Decimal | None = None

    @property
    def text(self) -> str:
        return " ".join(text for segment in self.segments if (text := segment.text.strip()))

    @property
    def confidence(self) -> float:
        """The mean of the segments, each by its length in letters; 0 when nothing was heard."""
        letters = sum(len(segment.text) for segment in self.segments)
        return sum(s.confidence * len(s.text) for s in self.segments) / letters if letters else 0.0
