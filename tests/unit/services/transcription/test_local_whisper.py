"""Whisper on this machine, with a stand-in for the library: it need not be installed, nor have a model."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from db.settings import Settings
from services.transcription.local_whisper import LocalWhisper
from services.transcription.port import NotConfigured, TranscriptionFailed
from services.transcription.schemas import Clip, Wish
from services.transcription.service import configured_transcriber, transcriber_or_none

CLIP = Clip(content=b"OggS", filename="note.ogg", seconds=8, starts_at=180)
SEGMENT = SimpleNamespace(start=0.0, end=2.0, text=" douze mètres", avg_logprob=math.log(0.7), no_speech_prob=0.1)


class Library:
    """Stands in for ``faster_whisper``; ``chances`` are the languages it thinks of."""

    def __init__(self, **chances: float) -> None:
        self.chances, self.calls, self.loaded = chances, [], 0
        self.failure: Exception | None = None

    def module(self) -> Any:
        library = self

        class WhisperModel:
            def __init__(self, folder: str, **options: Any) -> None:
                library.loaded += 1
                library.options = options

            def transcribe(self, audio: Any, **options: Any) -> tuple[Any, Any]:
                if library.failure:
                    raise library.failure
                library.calls.append(options)
                likeliest = max(library.chances, key=lambda language: library.chances[language])
                language = options["language"] or likeliest
                return iter([SEGMENT]), SimpleNamespace(
                    language=language, all_language_probs=list(library.chances.items())
                )

        module: Any = ModuleType("faster_whisper")
        module.WhisperModel = WhisperModel
        module.__spec__ = importlib.util.spec_from_loader("faster_whisper", None)
        return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(b"weights")
    return tmp_path


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library(fr=0.6, tr=0.3, en=0.1)
    monkeypatch.setitem(sys.modules, "faster_whisper", library.module())
    return library


async def test_what_it_hears_and_how(library: Library, folder: Path) -> None:
    whisper = LocalWhisper(folder, threads=2)
    heard = await whisper.transcribe(CLIP, Wish(usual="fr", language="fr", prompt="Devis"))
    (segment,) = heard.segments
    assert (segment.text, segment.start, round(segment.confidence, 2)) == ("douze mètres", 180.0, 0.7)
    assert (heard.language, heard.provider, heard.cost_eur) == ("fr", "faster-whisper", 0)
    assert library.options["cpu_threads"] == 2 and library.calls[0]["initial_prompt"] == "Devis"
    await whisper.transcribe(CLIP, Wish(usual="fr", language="fr"))
    assert library.loaded == 1


@pytest.mark.parametrize(
    ("chances", "usual", "language", "times"),
    [
        ({"fr": 0.6, "tr": 0.3}, "tr", "tr", 2),
        ({"fr": 0.95, "tr": 0.02}, "tr", "fr", 1),
        ({"az": 0.7, "tr": 0.2, "fr": 0.01}, "tr", "tr", 2),
        ({"en": 0.9, "fr": 0.05, "tr": 0.001}, "tr", "fr", 2),
        ({"tr": 0.9, "fr": 0.05}, "tr", "tr", 1),
    ],
    ids=["full of French words", "clearly French", "a neighbour of Turkish", "French with an accent", "Turkish"],
)
async def test_the_language_is_one_of_his(library: Library, folder: Path, chances, usual, language, times) -> None:
    library.chances = chances
    heard = await LocalWhisper(folder).transcribe(CLIP, Wish(usual=usual))
    assert heard.language == language and len(library.calls) == times


async def test_a_failure_of_the_library_is_one_of_ours(library: Library, folder: Path) -> None:
    library.failure = RuntimeError("out of memory")
    with pytest.raises(TranscriptionFailed):
        await LocalWhisper(folder).transcribe(CLIP, Wish(usual="fr"))


def test_what_is_missing_is_said(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured, match=r"model\.bin"):
        LocalWhisper(tmp_path)
    monkeypatch.delitem(sys.modules, "faster_whisper")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotConfigured, match=r"usta\[whisper\]"):
        LocalWhisper(tmp_path)


def test_who_listens_is_a_setting(library: Library, folder: Path) -> None:
    def chosen(**values: Any) -> str:
        return Settings(**values).transcription_in_use

    assert chosen() == "off"
    assert chosen(OPENAI_API_KEY="k" * 20) == "openai"
    assert chosen(OPENAI_API_KEY="k" * 20, OPENAI_BASE_URL="http://127.0.0.1:9/v1") == "off"
    assert chosen(TRANSCRIPTION_URL="http://127.0.0.1:9/v1") == "openai"
    assert chosen(TRANSCRIPTION_URL="http://127.0.0.1:9/v1", TRANSCRIPTION_MODEL_PATH=str(folder)) == "local"
    assert chosen(TRANSCRIPTION="off", TRANSCRIPTION_URL="http://127.0.0.1:9/v1") == "off"
    local = configured_transcriber(Settings(TRANSCRIPTION_MODEL_PATH=str(folder)))
    assert isinstance(local, LocalWhisper)
    remote = configured_transcriber(Settings(TRANSCRIPTION_URL="http://127.0.0.1:9/v1"))
    assert remote is not None and remote.provider == "127.0.0.1:9"


def test_a_worker_goes_on_without_a_recogniser_that_cannot_be_had(tmp_path: Path) -> None:
    assert transcriber_or_none(Settings(TRANSCRIPTION="local")) is None
    assert transcriber_or_none(Settings(TRANSCRIPTION_MODEL_PATH=str(tmp_path / "nowhere"))) is None
