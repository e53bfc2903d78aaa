"""Sentences become opus notes as a phone records them: espeak-ng speaks in several voices, PyAV encodes.

Its own voices are formants, which recognisers hear badly. MBROLA's, which it can drive, are cut from a person's recordings.
"""

from __future__ import annotations

import io
import shutil
import subprocess

import av

VOICES = ("", "+f2", "+klatt2", "+steph", "+m3")
DIPHONES = {"fr": ("mb-fr1", "mb-fr4", "mb-fr3", "mb-fr2", "mb-fr6"), "tr": ("mb-tr1", "mb-tr2")}
"""Voices of MBROLA per language, men and women (Debian packages mbrola, mbrola-fr1 …, of non-free)."""
AMPLITUDE = "70"
"""At espeak-ng's usual 100 MBROLA's voices are clipped."""
WORDS_PER_MINUTE = (150, 140, 160)
RATE = 48_000
BIT_RATE = 24_000
"""About what WhatsApp records with."""


class NoSynthesiser(RuntimeError):
    """espeak-ng or one of its voices is not installed here."""


def spoken(text: str, language: str, number: int = 0, *, diphones: bool = False) -> bytes:
    """An OGG/Opus note of the text; ``number`` picks one of the voices and speeds. Raises ``NoSynthesiser``."""
    speed = WORDS_PER_MINUTE[number % len(WORDS_PER_MINUTE)]
    if diphones:
        voices = DIPHONES[language]
        return said_by(voices[number % len(voices)], text, "-a", AMPLITUDE, "-s", str(speed))
    return said_by(f"{language}{VOICES[number % len(VOICES)]}", text, "-s", str(speed))


def said_by(voice: str, text: str, *options: str) -> bytes:
    """The text in one voice of espeak-ng. Raises ``NoSynthesiser`` when it or the voice is missing."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise NoSynthesiser("espeak-ng is needed to make voice notes: apt install espeak-ng")
    done = subprocess.run([program, "-v", voice, *options, "--stdout", text], check=False, capture_output=True)
    if done.returncode or not done.stdout:
        package = f"mbrola mbrola-{voice[3:]}" if voice.startswith("mb-") else "espeak-ng-data"
        raise NoSynthesiser(f"espeak-ng has no voice {voice}: apt install {package}")
    return opus(done.stdout)


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
