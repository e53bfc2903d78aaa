"""The port to a recogniser, and why it may fail."""

from __future__ import annotations

from typing import Protocol

from services.transcription.schemas import Clip, Heard, Wish


class TranscriptionFailed(Exception):
    """Nobody could listen now. ``reason`` is one word for logs; ``retry_after``: seconds, when the provider said so."""

    def __init__(self, reason: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.retry_after = reason, retry_after


class NotConfigured(Exception):
    """The settings ask for a recogniser that cannot be had; the text says what is missing."""


class Transcriber(Protocol):
    """A recogniser. ``provider`` names it in records."""

    provider: str

    async def transcribe(self, clip: Clip, wish: Wish) -> Heard:
        """Listens to one clip. Raises ``TranscriptionFailed``."""
        ...
