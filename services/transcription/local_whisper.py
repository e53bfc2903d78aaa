"""Whisper on this machine: faster-whisper with a model folder (extra ``whisper``), loaded once per process.

One clip at a time in a thread of its own: the recogniser uses its processors fully, and the event loop stays free.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import math
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.transcription.port import NotConfigured, TranscriptionFailed
from services.transcription.schemas import Clip, Heard, Language, Segment, Wish

COMPUTE_TYPE = "int8"
TEMPERATURES = [0.0, 0.4]
"""The second one only when the first reading repeats itself or is improbable."""
MOST_SECONDS_PER_SECOND = 20.0
LEAST_PATIENCE_SECONDS = 120.0
"""A clip that takes longer than both is given up; loading the model counts too."""
SHORT_SECONDS = 14.0
"""Clips for which the length of the answer is bounded: a recogniser that loops writes until it is full."""
OTHER_LANGUAGE = 3.0
"""How many times likelier than the artisan's own language the other one must be: his is full of its words (UX-60)."""


class LocalWhisper:
    """A model of faster-whisper. Raises ``NotConfigured`` when the library or the folder is missing."""

    provider = "faster-whisper"

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        if importlib.util.find_spec("faster_whisper") is None:
            raise NotConfigured("faster-whisper is not installed: pip install 'usta[whisper]'")
        if not (folder / "model.bin").is_file():
            raise NotConfigured(f"no model.bin in {folder}: give TRANSCRIPTION_MODEL_PATH a folder of faster-whisper")
        self._folder, self._threads = folder, threads
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="whisper")
        self._model: Any = None

    async def transcribe(self, clip: Clip, wish: Wish) -> Heard:
        patience = max(LEAST_PATIENCE_SECONDS, clip.seconds * MOST_SECONDS_PER_SECOND)
        running = asyncio.get_running_loop().run_in_executor(self._thread, self._transcribe, clip, wish)
        try:
            return await asyncio.wait_for(running, patience)
        except TimeoutError as error:
            raise TranscriptionFailed("timeout") from error
        except Exception as error:
            raise TranscriptionFailed("server_error", repr(error)[:300]) from error

    def _transcribe(self, clip: Clip, wish: Wish) -> Heard:
        segments, info = self._listen(clip, wish.language, wish)
        if wish.language is None and (language := _likelier(info, wish.usual)) != info.language:
            segments, info = self._listen(clip, language, wish)  # nothing was decoded yet: segments are lazy
        return Heard(
            segments=tuple(
                Segment(
                    start=clip.starts_at + each.start,
                    end=clip.starts_at + each.end,
                    text=each.text.strip(),
                    confidence=min(1.0, math.exp(each.avg_logprob)),
                    no_speech=each.no_speech_prob,
                )
                for each in segments
            ),
            language=info.language,
            provider=self.provider,
            model=self._folder.name,
            cost_eur=Decimal(0),
        )

    def _listen(self, clip: Clip, language: Language | None, wish: Wish) -> tuple[Any, Any]:
        if self._model is None:
            from faster_whisper import WhisperModel  # takes seconds: here, in its thread, at the first note

            self._model = WhisperModel(
                str(self._folder), device="cpu", compute_type=COMPUTE_TYPE, cpu_threads=self._threads
            )
        found: tuple[Any, Any] = self._model.transcribe(
            io.BytesIO(clip.content),
            language=language,
            initial_prompt=wish.prompt or None,
            temperature=TEMPERATURES,
            condition_on_previous_text=False,  # an invented sentence must not breed the next
            vad_filter=True,
            max_new_tokens=int(30 + 12 * clip.seconds) if clip.seconds <= SHORT_SECONDS else None,
        )
        return found


def _likelier(info: Any, usual: Language) -> Language:
    """The artisan's own language unless the other of the two is clearly likelier."""
    chances = dict(info.all_language_probs or [])
    other: Language = "fr" if usual == "tr" else "tr"
    return other if chances.get(other, 0.0) > OTHER_LANGUAGE * chances.get(usual, 0.0) else usual
