"""Opens a voice note and judges it before anybody listens: what it is, how long, whether there is a voice (UX-59, UX-62).

Samples are 16-bit mono at 16 kHz, as recognisers want them. The container is told from the first bytes and only that
demuxer is opened: a crafted file must not make the decoder open other files or addresses.
"""

from __future__ import annotations

import io
import itertools
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import av

from services.transcription.schemas import Clip

RATE = 16_000
SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 600.0
"""Beyond it the artisan is asked to split (UX-62)."""
CHUNK_SECONDS = 180.0
_SEARCH_SECONDS = 30.0
"""How far before the end of a chunk its cut may lie: at the quietest moment there."""
_WINDOW = RATE * 30 // 1000
_AUDIBLE = 330
"""Peak of a 30 ms window from which something is heard: 40 dB under full scale."""
_LEAST_AUDIBLE_SECONDS = 0.3
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"OggS", "ogg", "ogg"),
    (0, b"\x1aE\xdf\xa3", "matroska", "webm"),
    (4, b"ftyp", "mov", "m4a"),
    (0, b"RIFF", "wav", "wav"),
    (0, b"ID3", "mp3", "mp3"),
    (0, b"\xff\xfb", "mp3", "mp3"),
    (0, b"\xff\xf3", "mp3", "mp3"),
    (0, b"fLaC", "flac", "flac"),
    (0, b"\xff\xf1", "aac", "aac"),
    (0, b"#!AMR", "amr", "amr"),
)
"""Offset and first bytes, the demuxer, the file ending."""
_SENT_AS_IT_IS = frozenset(["ogg", "webm", "m4a", "wav", "mp3", "flac"])
"""Endings that OpenAI-compatible endpoints accept."""


class UnreadableSound(ValueError):
    """The file is not a sound that can be decoded."""


@dataclass(frozen=True)
class Sound:
    """A decoded note with the file it came from. ``cut``: it went on beyond the longest that is listened to."""

    samples: array[int]
    content: bytes
    extension: str
    cut: bool = False

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    @cached_property
    def peaks(self) -> list[int]:
        """The loudest sample of each window of 30 ms."""
        windows = (self.samples[at : at + _WINDOW] for at in range(0, len(self.samples), _WINDOW))
        return [max(*window, -min(window)) for window in windows]

    @property
    def silent(self) -> bool:
        """Too short to be a word, or nothing to hear."""
        audible = sum(peak >= _AUDIBLE for peak in self.peaks) * _WINDOW / RATE
        return self.seconds < SHORTEST_SECONDS or audible < _LEAST_AUDIBLE_SECONDS

    @property
    def too_long(self) -> bool:
        return self.cut or self.seconds > LONGEST_SECONDS

    def clips(self) -> list[Clip]:
        """The note in pieces of three minutes at most, cut where it is quietest; one piece is the file as it came."""
        if self.seconds <= CHUNK_SECONDS and self.extension in _SENT_AS_IT_IS:
            return [Clip(content=self.content, filename=f"note.{self.extension}", seconds=self.seconds)]
        edges = [0, *self._cuts(), len(self.samples)]
        return [
            Clip(
                content=wav(self.samples[start:end]),
                filename="note.wav",
                seconds=(end - start) / RATE,
                starts_at=start / RATE,
            )
            for start, end in itertools.pairwise(edges)
        ]

    def _cuts(self) -> Iterator[int]:
        """Samples to cut at: the middle of the quietest five windows in a row before each three minutes."""
        chunk, search = int(CHUNK_SECONDS * RATE / _WINDOW), int(_SEARCH_SECONDS * RATE / _WINDOW)
        start = 0
        while len(self.peaks) - start > chunk:
            begin = start + chunk - search
            quiet = min(range(begin, start + chunk - 5), key=lambda at: sum(self.peaks[at : at + 5]))
            start = quiet + 2
            yield start * _WINDOW


def open_sound(content: bytes) -> Sound:
    """Decodes a voice note. Raises ``UnreadableSound``. Takes processor time: call it in a thread."""
    found = next(
        ((demuxer, ending) for at, magic, demuxer, ending in _MAGIC if content[at : at + len(magic)] == magic), None
    )
    if found is None:
        raise UnreadableSound("not a sound file")
    demuxer, extension = found
    samples: array[int] = array("h")
    most = int((LONGEST_SECONDS + 1) * RATE)
    try:
        for piece in _decoded(content, demuxer):
            samples.frombytes(piece)
            if len(samples) > most:
                return Sound(samples, content, extension, cut=True)
    except (av.FFmpegError, ValueError, IndexError) as error:
        if not samples:  # what was heard before a damaged place still counts
            raise UnreadableSound(str(error)) from error
    if not samples:
        raise UnreadableSound("no sound in the file")
    return Sound(samples, content, extension)


def _decoded(content: bytes, demuxer: str) -> Iterator[bytes]:
    with av.open(io.BytesIO(content), mode="r", format=demuxer, metadata_errors="ignore") as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in container.decode(stream):
            frame.pts = None  # times of a recording that was paused run wild, and are not needed
            for out in resampler.resample(frame):
                yield bytes(out.planes[0])[: out.samples * 2]
        for out in resampler.resample(None):
            yield bytes(out.planes[0])[: out.samples * 2]


def wav(samples: array[int]) -> bytes:
    """Mono samples at ``RATE`` as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return target.getvalue()
