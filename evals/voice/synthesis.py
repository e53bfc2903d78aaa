"""Sentences become opus notes as a phone records them: espeak-ng speaks in several voices, PyAV encodes."""

from __future__ import annotations

import io
import shutil
import subprocess

import av

VOICES = ("", "+f2", "+klatt2", "+steph", "+m3")
WORDS_PER_MINUTE = (150, 140, 160)
RATE = 48_000
BIT_RATE = 24_000
"""About what WhatsApp records with."""


class NoSynthesiser(RuntimeError):
    """espeak-ng is not installed here."""


def spoken(text: str, language: str, number: int = 0) -> bytes:
    """An OGG/Opus note of the text; ``number`` picks one of the voices and speeds. Raises ``NoSynthesiser``."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise NoSynthesiser("espeak-ng is needed to make voice notes: apt install espeak-ng")
    voice, speed = VOICES[number % len(VOICES)], WORDS_PER_MINUTE[number % len(WORDS_PER_MINUTE)]
    order = [program, "-v", f"{language}{voice}", "-s", str(speed), "--stdout", text]
    return opus(subprocess.run(order, check=True, capture_output=True).stdout)


def opus(wav: bytes) -> bytes:
    """A WAV file as a phone records it."""
    target = io.BytesIO()
    with av.open(io.BytesIO(wav), mode="r", format="wav") as source, av.open(target, mode="w", format="ogg") as note:
        stream = note.add_stream("libopus", rate=RATE)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in [*source.decode(source.streams.audio[0]), None]:
            for piece in resampler.resample(frame):
                note.mux(stream.encode(piece))
        note.mux(stream.encode(None))
    return target.getvalue()
