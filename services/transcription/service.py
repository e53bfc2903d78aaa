"""Listens to a note from its bytes to clean words: judged, cut, recognised, cleaned. The recogniser of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import structlog
from pydantic import BaseModel, ConfigDict

from db.settings import Settings
from services.transcription.cleaning import cleaned, repaired
from services.transcription.local_whisper import LocalWhisper
from services.transcription.openai_endpoint import OpenAITranscriber
from services.transcription.port import NotConfigured, Transcriber
from services.transcription.schemas import UNCLEAR, Heard, Language, Segment, Wish
from services.transcription.sound import Sound, UnreadableSound, open_sound
from services.transcription.style import style_prompt

FORCED_BELOW_SECONDS = 4.0
"""Shorter notes are too little to tell a language by (UX-60)."""

_log = structlog.get_logger(__name__)
Verdict = Literal["heard", "silent", "too_long", "unreadable", "unclear"]


class Note(BaseModel):
    """What became of a note. ``text`` as the recogniser wrote it; ``words``, and the segments, as they are read."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    seconds: float = 0.0
    text: str = ""
    words: str = ""
    segments: tuple[Segment, ...] = ()
    language: str | None = None
    confidence: float | None = None
    provider: str | None = None
    model: str | None = None
    cost_eur: Decimal | None = None


async def judge(content: bytes) -> Sound | Note:
    """The opened note, or what is wrong with it before anybody listens (UX-59, UX-62)."""
    try:
        sound = await asyncio.to_thread(open_sound, content)
    except UnreadableSound:
        return Note(verdict="unreadable")
    if sound.too_long:
        return Note(verdict="too_long", seconds=sound.seconds)
    if await asyncio.to_thread(lambda: sound.silent):
        return Note(verdict="silent", seconds=sound.seconds)
    return sound


async def listen(
    transcriber: Transcriber,
    sound: Sound,
    usual: Language,
    *,
    names: Sequence[str] = (),
    works: Sequence[str] = (),
    style: bool = True,
    repair: bool = True,
) -> Note:
    """Words of a judged note. Raises ``TranscriptionFailed``; a part of it that nobody could hear fails the whole.

    ``names`` and ``works``: the artisan's clients and latest designations, for the recogniser's prompt.
    """
    language: Language | None = usual if sound.seconds < FORCED_BELOW_SECONDS else None
    prompt = style_prompt(language, usual, names, works) if style else ""
    parts = []
    for clip in await asyncio.to_thread(sound.clips):
        parts.append(await transcriber.transcribe(clip, Wish(usual=usual, language=language, prompt=prompt)))
        language = _known(parts[0].language, usual)  # one note, one language
    segments = cleaned(tuple(segment for part in parts for segment in part.segments), prompt, [*names, *works])
    return _note(parts[0], segments, [part.cost_eur for part in parts], sound, _known(parts[0].language, usual), repair)


def _note(
    first: Heard,
    segments: tuple[Segment, ...],
    costs: Sequence[Decimal | None],
    sound: Sound,
    language: Language,
    repair: bool,
) -> Note:
    heard = Heard(segments=segments, language=language, provider=first.provider, model=first.model)
    read = tuple(s.model_copy(update={"text": repaired(s.text, language)}) for s in segments) if repair else segments
    verdict: Verdict = "heard" if heard.confidence >= UNCLEAR else "unclear"
    return Note(
        verdict=verdict if segments else "silent",
        seconds=sound.seconds,
        text=heard.text,
        words=" ".join(segment.text for segment in read),
        segments=read,
        language=language,
        confidence=round(heard.confidence, 3) if segments else None,
        provider=first.provider,
        model=first.model,
        cost_eur=None if None in costs else sum((cost or Decimal(0) for cost in costs), Decimal(0)),
    )


def _known(heard: str, usual: Language) -> Language:
    return "fr" if heard == "fr" else "tr" if heard == "tr" else usual


def configured_transcriber(settings: Settings) -> Transcriber | None:
    """The recogniser of the settings; None when there is none. Raises ``NotConfigured`` when it cannot be had."""
    chosen = settings.transcription_in_use
    if chosen == "off":
        return None
    if chosen == "local":
        if settings.transcription_model_path is None:
            raise NotConfigured("TRANSCRIPTION=local needs TRANSCRIPTION_MODEL_PATH, a folder of faster-whisper")
        return LocalWhisper(settings.transcription_model_path, threads=settings.transcription_threads)
    key = settings.transcription_api_key or settings.openai_api_key
    return OpenAITranscriber(
        settings.transcription_url or settings.openai_base_url,
        key.get_secret_value() if key else "none",
        settings.transcription_model,
        timeout=settings.transcription_timeout_seconds,
        eur_per_minute=settings.transcription_eur_per_minute,
    )


def transcriber_or_none(settings: Settings) -> Transcriber | None:
    """The same for a worker: one that cannot be had is logged and notes wait for it, nothing else stops."""
    try:
        return configured_transcriber(settings)
    except NotConfigured as error:
        _log.error("transcription.not_configured", detail=str(error))
        return None
