"""The openai library against a scripted server: what is sent, and what each failure counts as."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.operations.breaker import BreakerPolicy
from services.transcription.openai_endpoint import OpenAITranscriber
from services.transcription.port import TranscriptionFailed
from services.transcription.schemas import Clip, Wish
from tests.fakes.sounds import note
from tests.fakes.voice_server import Hearing, fails, hears

CLIP = Clip(content=note("quote_fr"), filename="note.ogg", seconds=60)
WISH = Wish(usual="fr", prompt="Devis Mme Martin, 12 m²")


async def test_what_is_sent_and_read(server, recogniser) -> None:
    server.says(Hearing([("devis petit", 0.9), ("12 m²", 0.4)], "french"))
    heard = await recogniser.transcribe(CLIP.model_copy(update={"starts_at": 180.0}), WISH)
    (request,) = server.requests
    assert request["content"] == CLIP.content and request["filename"] == "note.ogg"
    sent = {name: request[name] for name in ("model", "response_format", "prompt", "temperature")}
    assert sent == {"model": "whisper-1", "response_format": "verbose_json", "prompt": WISH.prompt, "temperature": "0"}
    assert request["timestamp_granularities[]"] == "segment" and "language" not in request
    assert (heard.text, heard.language, heard.provider) == ("devis petit 12 m²", "fr", recogniser.provider)
    assert [(s.start, s.end, round(s.confidence, 2)) for s in heard.segments] == [(180, 183, 0.9), (183, 186, 0.4)]
    assert heard.cost_eur == Decimal("0.005160")


async def test_a_third_language_is_heard_again_in_his_own(server, recogniser) -> None:
    server.says(hears("merhaba", language="azerbaijani"), hears("merhaba", language="turkish"))
    heard = await recogniser.transcribe(CLIP, WISH.model_copy(update={"usual": "tr"}))
    assert heard.language == "tr" and [request.get("language") for request in server.requests] == [None, "tr"]


async def test_a_limit_that_passes_is_waited_out(server, recogniser) -> None:
    server.says(fails(429, retry_after_ms="10"), fails(500), hears("ok"))
    assert (await recogniser.transcribe(CLIP, WISH)).text == "ok" and len(server.requests) == 3


@pytest.mark.parametrize(
    ("reply", "reason", "requests"),
    [
        (fails(429, retry_after_ms="5"), "rate_limited", 3),
        (fails(500, retry_after_ms="5"), "server_error", 3),
        (fails(401), "configuration", 1),
        (fails(404), "configuration", 1),
        (fails(400), "refused", 1),
        (fails(413), "refused", 1),
        (Hearing(html="<html>proxy</html>"), "bad_output", 1),
        (Hearing(body={"language": "french"}), "bad_output", 1),
        (Hearing(hang_seconds=30), "timeout", 1),
    ],
    ids=["429", "500", "401", "404", "400", "413", "page", "no text", "silence"],
)
async def test_what_a_failure_counts_as(server, reply, reason, requests) -> None:
    server.says(reply)
    recogniser = OpenAITranscriber(server.base_url, "secret", "whisper-1", timeout=1.0)
    with pytest.raises(TranscriptionFailed) as failed:
        await recogniser.transcribe(CLIP, WISH)
    assert failed.value.reason == reason and len(server.requests) >= requests
    await recogniser.aclose()


async def test_an_endpoint_that_fails_is_left_alone(server) -> None:
    server.says(fails(500, retry_after_ms="5"))
    recogniser = OpenAITranscriber(
        server.base_url, "secret", "whisper-1", timeout=2.0, policy=BreakerPolicy(failures_to_open=1)
    )
    for reason in ("server_error", "circuit_open"):
        with pytest.raises(TranscriptionFailed) as failed:
            await recogniser.transcribe(CLIP, WISH)
        assert failed.value.reason == reason
    assert len(server.requests) == 3
    await recogniser.aclose()


async def test_nobody_there(recogniser) -> None:
    gone = OpenAITranscriber("http://127.0.0.1:9/v1", "secret", "whisper-1", timeout=2.0)
    with pytest.raises(TranscriptionFailed) as failed:
        await gone.transcribe(CLIP, WISH)
    assert failed.value.reason in ("unreachable", "timeout")
    await gone.aclose()


async def test_a_server_without_segments_is_believed(server, recogniser) -> None:
    server.says(Hearing(body={"text": "devis petit", "language": "fr", "duration": 3.0}))
    heard = await recogniser.transcribe(CLIP, WISH)
    assert (heard.text, heard.confidence, heard.language) == ("devis petit", 1.0, "fr")
