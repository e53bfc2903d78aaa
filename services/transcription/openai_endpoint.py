"""A recogniser behind an OpenAI-compatible endpoint (``/audio/transcriptions``, verbose_json), hosted or local (R087).

The openai library is imported at the first call: it costs seconds that a process without voice should not pay.
"""

from __future__ import annotations

import asyncio
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from services.operations.breaker import Breaker, BreakerPolicy, retry_after
from services.transcription.port import TranscriptionFailed
from services.transcription.schemas import Clip, Heard, Segment, Wish

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RETRIES = 2
"""By the library, with growing pauses or as long as the provider says, inside the time of one call."""
PRICES_PER_MINUTE = {"whisper-1": Decimal("0.00516")}
"""EUR at list price (0.006 USD at 0.86)."""
_NAMES = {"french": "fr", "turkish": "tr", "english": "en"}
"""verbose_json names the language by its English name; some servers by its code."""

_log = structlog.get_logger(__name__)


class OpenAITranscriber:
    """Asks one endpoint. ``timeout`` (seconds) is for a clip with all its retries. Serves one event loop at a time."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        timeout: float = 60.0,
        eur_per_minute: Decimal | None = None,
        policy: BreakerPolicy | None = None,
    ) -> None:
        self.provider = urlsplit(base_url).netloc.rpartition("@")[2] or base_url
        self._base_url, self._api_key, self._model, self._timeout = base_url, api_key, model, timeout
        self._price = eur_per_minute if eur_per_minute is not None else PRICES_PER_MINUTE.get(model)
        self._breaker = Breaker(policy)
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def transcribe(self, clip: Clip, wish: Wish) -> Heard:
        """Listens to one clip, once more in the artisan's language when a third one was heard (UX-60)."""
        heard = await self._ask(clip, wish)
        if wish.language is None and heard.language not in ("fr", "tr"):
            heard = await self._ask(clip, wish.model_copy(update={"language": wish.usual}))
        return heard

    async def _ask(self, clip: Clip, wish: Wish) -> Heard:
        if not self._breaker.allows():
            raise TranscriptionFailed("circuit_open", self.provider)
        client = await self._ready()
        wanted: dict[str, Any] = {"prompt": wish.prompt} if wish.prompt else {}
        if wish.language:
            wanted["language"] = wish.language
        try:
            async with asyncio.timeout(self._timeout):
                answer = await client.audio.transcriptions.create(
                    file=(clip.filename, clip.content),
                    model=self._model,
                    response_format="verbose_json",
                    timestamp_granularities=["segment"],
                    temperature=0,
                    **wanted,
                )
            heard = self._read(answer, clip, wish)
        except Exception as error:
            failure = _failure(error)
            _log.warning("transcription failed", provider=self.provider, reason=failure.reason)
            if failure.reason != "refused":  # a file it does not take says nothing about the endpoint's health
                self._breaker.failed(failure.retry_after)
            raise failure from error
        self._breaker.succeeded()
        return heard

    def _read(self, answer: Any, clip: Clip, wish: Wish) -> Heard:
        """The answer in our terms; a server that tells no segments is believed as a whole."""
        text, language = getattr(answer, "text", None), getattr(answer, "language", None)
        if not isinstance(text, str):
            raise TranscriptionFailed("bad_output", f"{type(answer).__name__} without a text")
        segments = tuple(_segment(each, clip) for each in getattr(answer, "segments", None) or [])
        if not segments and text.strip():
            segments = (Segment(start=clip.starts_at, end=clip.starts_at + clip.seconds, text=text.strip()),)
        named = str(language or wish.language or wish.usual).lower()
        cost = None if self._price is None else self._price * Decimal(str(round(clip.seconds, 2))) / 60
        return Heard(
            segments=segments,
            language=_NAMES.get(named, named),
            provider=self.provider,
            model=self._model,
            cost_eur=cost.quantize(Decimal("0.000001")) if cost is not None else None,
        )

    async def _ready(self) -> AsyncOpenAI:
        """The client of this event loop: connections of another one can neither be used nor closed from here."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop, self._client = loop, await asyncio.to_thread(self._build)
        return self._client

    def _build(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            base_url=self._base_url, api_key=self._api_key, timeout=self._timeout * 0.6, max_retries=RETRIES
        )

    async def aclose(self) -> None:
        """Closes the connections; a later call opens new ones."""
        if self._client is not None:
            await self._client.close()
            self._client = None


def _segment(answer: Any, clip: Clip) -> Segment:
    sureness = getattr(answer, "avg_logprob", None)
    return Segment(
        start=clip.starts_at + (getattr(answer, "start", None) or 0.0),
        end=clip.starts_at + (getattr(answer, "end", None) or 0.0),
        text=str(getattr(answer, "text", "")).strip(),
        confidence=1.0 if sureness is None else min(1.0, math.exp(sureness)),
        no_speech=getattr(answer, "no_speech_prob", None) or 0.0,
    )


def _failure(error: Exception) -> TranscriptionFailed:
    """What a failed call counts as."""
    import openai

    if isinstance(error, TranscriptionFailed):
        return error
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return TranscriptionFailed("timeout")
    if isinstance(error, openai.RateLimitError):
        return TranscriptionFailed("rate_limited", retry_after=retry_after(error.response.headers))
    if isinstance(error, openai.APIStatusError) and error.status_code in (400, 413, 415, 422):
        return TranscriptionFailed("refused", f"{error.status_code} {error.message}"[:300])
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        return TranscriptionFailed("configuration", f"{error.status_code} {error.message}"[:300])
    if isinstance(error, openai.APIStatusError):
        return TranscriptionFailed("server_error", str(error.status_code))
    if isinstance(error, openai.APIConnectionError | OSError):
        return TranscriptionFailed("unreachable", str(error)[:300])
    return TranscriptionFailed("bad_output", repr(error)[:300])
