"""Seconds of processing per second of audio: a note as the worker hears it, beside the bare model on the same file.

Both use the model folder of the settings with the same threads; they take turns, so that a noisy minute touches both. What
ours adds is opening and judging the note, the voice detector, the style prompt and cleaning; what it saves is loops that
are cut short and second readings.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from db.settings import settings
from evals.voice.sentences import CLIENTS, WORKS, sentences
from evals.voice.synthesis import spoken
from services.transcription.local_whisper import COMPUTE_TYPE, LocalWhisper
from services.transcription.service import judge, listen
from services.transcription.sound import Sound
from tools.commands import Language

SHARED = {
    "unit": "s of processing per s of audio",
    "baseline_is": "WhisperModel.transcribe of faster-whisper with its defaults, the language given",
}


class NoModel(RuntimeError):
    """There is no model folder to measure with."""


def measure(*, notes: int) -> Iterable[dict[str, Any]]:
    """Figures over so many notes of each language. Raises ``NoModel``."""
    folder = settings().transcription_model_path
    if folder is None:
        raise NoModel("TRANSCRIPTION_MODEL_PATH names no folder of a faster-whisper model")
    return asyncio.run(_measure(folder, settings().transcription_threads, notes))


async def _measure(folder: Path, threads: int, notes: int) -> list[dict[str, Any]]:
    from faster_whisper import WhisperModel

    ours = LocalWhisper(folder, threads=threads)
    bare = WhisperModel(str(folder), device="cpu", compute_type=COMPUTE_TYPE, cpu_threads=threads)
    figures = []
    languages: tuple[Language, ...] = ("fr", "tr")
    for language in languages:
        files = [spoken(row.say, language, number) for number, row in enumerate(sentences(language)[:notes])]
        await _ours(ours, files[0], language)  # loads the model
        audio = judged = mine = theirs = 0.0
        for content in files:
            seconds, judging, all_of_it = await _ours(ours, content, language)
            audio, judged, mine = audio + seconds, judged + judging, mine + all_of_it
            theirs += _bare(bare, content, language)
        figures += [
            _figure(f"hearing a note, {language}", mine, theirs, audio, len(files), threads),
            _figure(f"of it opening and judging, {language}", judged, theirs, audio, len(files), threads),
        ]
    return figures


def _figure(name: str, mine: float, theirs: float, audio: float, notes: int, threads: int) -> dict[str, Any]:
    return {
        "figure": name,
        "value": round(mine / audio, 3),
        "baseline": round(theirs / audio, 3),
        "ratio": round(mine / theirs, 3),
        "notes": notes,
        "audio_seconds": round(audio, 1),
        "threads": threads,
        **SHARED,
    }


async def _ours(whisper: LocalWhisper, content: bytes, language: Language) -> tuple[float, float, float]:
    """Seconds of audio, of judging, of everything."""
    started = time.perf_counter()
    sound = await judge(content)
    assert isinstance(sound, Sound)
    judged = time.perf_counter() - started
    await listen(whisper, sound, language, names=CLIENTS, works=WORKS)
    return sound.seconds, judged, time.perf_counter() - started


def _bare(model: Any, content: bytes, language: Language) -> float:
    started = time.perf_counter()
    segments, _ = model.transcribe(io.BytesIO(content), language=language)
    list(segments)
    return time.perf_counter() - started
