"""An artisan who speaks: his notes wait in a chat, a scripted recogniser listens, the grammar reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.transcription.openai_endpoint import OpenAITranscriber
from tests.fakes.voice_server import VoiceServer, running
from tests.integration.voice.phone import Phone, new_chat

TIMEOUT_SECONDS = 3.0
"""For a clip in these tests: short, because some replies hang for good."""


@pytest.fixture(scope="module")
def _server() -> Iterator[VoiceServer]:
    with running() as fake:
        yield fake


@pytest.fixture
def server(_server: VoiceServer) -> VoiceServer:
    """The recogniser, its script empty."""
    return _server.says()


@pytest.fixture
async def recogniser(server: VoiceServer) -> AsyncIterator[OpenAITranscriber]:
    """The real client on the scripted server."""
    transcriber = OpenAITranscriber(server.base_url, "secret", "whisper-1", timeout=TIMEOUT_SECONDS)
    yield transcriber
    await transcriber.aclose()


@pytest.fixture
async def phone(database, organization, artisan, assistant_account, recogniser, tmp_path: Path) -> Phone:
    chat = await new_chat(database, organization, artisan, assistant_account)
    return Phone(database, organization, artisan, chat, recogniser, tmp_path)
