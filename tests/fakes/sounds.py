"""Voice notes for tests: files made once by a speech synthesiser, and tones made on the spot."""

from __future__ import annotations

import io
import math
import wave
from array import array
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "voice"
RATE = 16_000


def note(name: str) -> bytes:
    """A committed opus note: ``quote_fr``, ``quote_tr``, ``yes_fr`` or ``silence``."""
    return (FOLDER / f"{name}.ogg").read_bytes()


def tone(seconds: float, *, pauses: tuple[float, ...] = (), level: float = 0.3) -> bytes:
    """A WAV with a hum that stops for half a second at each of the ``pauses`` (seconds)."""
    period = array("h", (int(level * 32767 * math.sin(math.tau * at / 80)) for at in range(80)))
    samples = (period * (int(seconds * RATE) // 80 + 1))[: int(seconds * RATE)]
    for pause in pauses:
        start = int(pause * RATE)
        samples[start : start + RATE // 2] = array("h", bytes(RATE))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return target.getvalue()
