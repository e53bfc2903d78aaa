"""An OpenAI-compatible server of voice: hears what a test scripted, and speaks; right, wrong, late or not at all.

Real HTTP on loopback, so that the real openai library meets real multipart bodies, status codes and silence. Each request
takes the next reply of the script, the last one repeats; ``by_file`` answers a file by its bytes, whenever it comes.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from tests.fakes.loopback import listener, serving
from tests.fakes.sounds import tone


@dataclass
class Hearing:
    """One scripted answer: segments as (text, confidence), or an error."""

    segments: list[tuple[str, float]] = field(default_factory=list)
    language: str = "french"
    no_speech: float = 0.01
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    html: str | None = None
    hang_seconds: float = 0.0


def hears(text: str, confidence: float = 0.9, language: str = "french") -> Hearing:
    """A normal answer of one segment."""
    return Hearing([(text, confidence)], language)


def fails(status: int, **headers: str) -> Hearing:
    return Hearing(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body={"error": {"message": "no", "type": "server_error", "code": None, "param": None}},
    )


class VoiceServer:
    """The running server: ``base_url`` for the client, ``requests`` for the fields and files it received."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.script: list[Hearing] = []
        self.by_file: dict[bytes, Hearing] = {}
        self.requests: list[dict[str, Any]] = []
        self.spoken: list[dict[str, Any]] = []

    def says(self, *replies: Hearing) -> VoiceServer:
        """Sets the script and forgets what was received."""
        self.script, self.by_file, self.requests, self.spoken = list(replies), {}, [], []
        return self

    def note_of(self, hearing: Hearing) -> bytes:
        """A note unlike all others, of which ``hearing`` will be heard."""
        content = tone(1.5 + len(self.by_file) / 100)
        self.by_file[content] = hearing
        return content

    def reply_to(self, content: bytes) -> Hearing:
        if content in self.by_file:
            return self.by_file[content]
        if not self.script:
            return Hearing()
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _verbose_json(reply: Hearing) -> dict[str, Any]:
    """As the API reference shows it: language by its English name, one object per segment."""
    return {
        "task": "transcribe",
        "language": reply.language,
        "duration": 3.0 * len(reply.segments),
        "text": " ".join(text for text, _ in reply.segments),
        "segments": [
            {
                "id": number,
                "seek": 0,
                "start": 3.0 * number,
                "end": 3.0 * (number + 1),
                "text": f" {text}",
                "tokens": [50364, 440],
                "temperature": 0.0,
                "avg_logprob": math.log(confidence),
                "compression_ratio": 1.2,
                "no_speech_prob": reply.no_speech,
            }
            for number, (text, confidence) in enumerate(reply.segments)
        ],
        "usage": {"type": "duration", "seconds": 3 * len(reply.segments)},
    }


def _application(fake: VoiceServer) -> FastAPI:
    application = FastAPI()

    @application.post("/v1/audio/transcriptions")
    async def transcriptions(request: Request) -> Response:
        form = await request.form()
        file: Any = form["file"]
        content = await file.read()
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        fake.requests.append({**fields, "filename": file.filename, "content": content})
        reply = fake.reply_to(content)
        if reply.hang_seconds:
            await _wait_unless_gone(request, reply.hang_seconds)
        if reply.html is not None:
            return Response(reply.html, media_type="text/html")
        if reply.status != 200:
            return JSONResponse(reply.body, status_code=reply.status, headers=reply.headers)
        return JSONResponse(reply.body if reply.body is not None else _verbose_json(reply))

    @application.post("/v1/audio/speech")
    async def speech(request: Request) -> Response:
        body = await request.json()
        fake.spoken.append(body)
        reply = fake.script[0] if fake.script else Hearing()
        if reply.status != 200:
            return JSONResponse(reply.body, status_code=reply.status)
        return Response(b"ID3" + body["input"].encode(), media_type="audio/mpeg")

    return application


async def _wait_unless_gone(request: Request, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not await request.is_disconnected():
        await asyncio.sleep(0.02)


@contextmanager
def running() -> Iterator[VoiceServer]:
    """The server on a free loopback port, until the block ends."""
    bound = listener()
    fake = VoiceServer(bound.getsockname()[1])
    with serving(_application(fake), bound):
        yield fake
