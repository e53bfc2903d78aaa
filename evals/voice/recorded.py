"""French sentences put together from words that a person recorded: the prompts of a telephone exchange.

A formant synthesiser tells little about people. Asterisk's French prompts have numbers, "travail" and "heures" in a human
voice (Debian package asterisk-core-sounds-fr-g722, recorded by June Wallack in Québec): enough for "travail 12 heures à 38".
"""

from __future__ import annotations

import array
import random
from collections.abc import Iterator
from pathlib import Path

import av

from evals.voice.measuring import Voice
from evals.voice.sentences import Sentence
from evals.voice.synthesis import opus
from services.transcription.sound import RATE, wav

HOURS = (2, 3, 5, 6, 8, 12, 15, 16, 20, 22, 35, 40)
PRICES = (18, 25, 32, 35, 38, 45, 47, 50, 55, 60, 65, 72, 85, 96, 120, 150)
COUNT = 40
_QUIET = 260
"""Samples below are silence around a word."""
_GAP = int(0.02 * RATE)
_SHORT_A = int(0.16 * RATE)
"""The letter "a" is spoken long; as "à" in a sentence it is short."""


class NoRecordings(RuntimeError):
    """The folder has not the prompts that are needed."""


def recorded_sentences() -> tuple[Sentence, ...]:
    """Forty sentences, always the same: hours of work at a price."""
    choose = random.Random(7)
    pairs = [(choose.choice(HOURS), choose.choice(PRICES)) for _ in range(COUNT)]
    return tuple(
        Sentence(
            part="measure", say=f"travail {hours} heures à {price}", lines=(("travail", str(hours), "h", str(price)),)
        )
        for hours, price in pairs
    )


def voice_of(folder: Path) -> Voice:
    """The person of the prompts in ``folder``."""
    return lambda sentence, language, number: said_by_a_person(sentence, folder)


def said_by_a_person(sentence: Sentence, folder: Path) -> bytes:
    """The sentence as an OGG/Opus note, from the prompts in ``folder``. Raises ``NoRecordings``."""
    [(_, hours, _, price)] = sentence.lines
    assert hours is not None
    names = ["vm-Work", *prompts_of(int(hours)), "hours", "letters/a", *prompts_of(int(price))]
    samples = array.array("h")
    for name in names:
        word = _word(folder / f"{name}.g722")
        samples += word[:_SHORT_A] if name == "letters/a" else word
        samples += array.array("h", bytes(2 * _GAP))
    return opus(wav(samples))


def prompts_of(value: int) -> Iterator[str]:
    """The prompts of a French number from 1 to 999, as it is said: 72 = soixante, douze; 96 = quatre-vingt, seize."""
    if value >= 100:
        if value >= 200:
            yield f"digits/{value // 100}"
        yield "digits/hundred"
        value %= 100
    if 1 <= value <= 20:
        yield f"digits/{value}"
    elif value:
        tens, units = divmod(value, 10)
        if tens in (7, 9):
            tens, units = tens - 1, units + 10
        yield f"digits/{10 * tens}"
        if units in (1, 11) and tens != 8:
            yield "digits/et"
        if units:
            yield f"digits/{units}"


def _word(path: Path) -> array.array[int]:
    """The samples of a prompt without the silence around it."""
    if not path.is_file():
        raise NoRecordings(f"{path} is missing: the folder of the French prompts of Asterisk in G.722 is needed")
    samples = array.array("h")
    with av.open(str(path), format="g722") as source:
        for frame in source.decode(source.streams.audio[0]):
            samples.frombytes(frame.to_ndarray().astype("int16").tobytes())
    loud = [at for at, sample in enumerate(samples) if abs(sample) > _QUIET]
    return samples[loud[0] : loud[-1] + 1] if loud else samples
