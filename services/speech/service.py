"""The port to a voice, the endpoint behind it, and who wants to hear it."""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models.base import new_id
from db.queue import defer
from db.repositories import voice as repository
from db.settings import Settings, settings
from services.messaging.schemas import OutgoingMessage
from services.operations.breaker import Breaker

TIMEOUT_SECONDS = 30.0
MEDIA_TYPE, ENDING = "audio/mpeg", "mp3"
"""What the provider of WhatsApp advises for voice messages (unipile.md §6.3)."""


class SpeechFailed(Exception):
    """Nobody could say it now; the text went anyway."""


class NoVoice(Exception):
    """This installation cannot speak."""


class Speaker(Protocol):
    """A voice."""

    async def speak(self, text: str) -> bytes:
        """An MP3 of the text. Raises ``SpeechFailed``."""
        ...


class OpenAISpeaker:
    """A voice behind an OpenAI-compatible endpoint (``/audio/speech``)."""

    def __init__(
        self, base_url: str, api_key: str, model: str, voice: str, *, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._base_url, self._api_key, self._model, self._voice = base_url, api_key, model, voice
        self._timeout, self._breaker = timeout, Breaker()

    async def speak(self, text: str) -> bytes:
        if not self._breaker.allows():
            raise SpeechFailed("circuit open")
        openai = await asyncio.to_thread(__import__, "openai")
        try:
            async with (
                asyncio.timeout(self._timeout),
                openai.AsyncOpenAI(base_url=self._base_url, api_key=self._api_key, timeout=self._timeout) as client,
            ):
                answer = await client.audio.speech.create(
                    input=text, model=self._model, voice=self._voice, response_format=ENDING
                )
                content: bytes = await answer.aread()
        except Exception as error:
            self._breaker.failed()
            raise SpeechFailed(repr(error)[:300]) from error
        self._breaker.succeeded()
        return content


def configured_speaker(configured: Settings | None = None) -> Speaker | None:
    """The voice of the settings; None when there is none."""
    configured = configured or settings()
    if configured.speech_url is None:
        return None
    key = configured.speech_api_key or configured.openai_api_key
    return OpenAISpeaker(
        configured.speech_url,
        key.get_secret_value() if key else "none",
        configured.speech_model,
        configured.speech_voice,
    )


def can_speak() -> bool:
    return settings().speech_url is not None


async def want_replies(session: AsyncSession, organization_id: UUID, user_id: UUID, *, wanted: bool) -> None:
    """Notes whether the artisan wants recaps said aloud. Raises ``NoVoice`` when that is not possible here."""
    if wanted and not can_speak():
        raise NoVoice
    await repository.set_voice_replies(session, organization_id, user_id, wanted=wanted)


async def order(session: AsyncSession, message: OutgoingMessage) -> None:
    """Defers the voice note that says ``message.body``; it goes where the message goes, after it."""
    await defer(session, "speak", message=message.model_dump(mode="json"), note_id=str(new_id()))
