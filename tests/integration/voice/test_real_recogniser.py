"""Two notes through a real recogniser to a right recap. Needs Whisper and MBROLA's voices, so it runs where they are.

``WHISPER_MODEL=models/whisper-base pytest tests/integration/voice/test_real_recogniser.py`` (docs/voice.md "Trying it").
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from evals.voice.synthesis import NoSynthesiser, said_by
from services.transcription.local_whisper import LocalWhisper

MODEL = Path(os.environ.get("WHISPER_MODEL", "no model"))
FRENCH = (
    "devis pour madame Petit, trois prises électriques à quarante-cinq euros pièce, "
    "isolation des combles, quatre-vingts mètres carrés à vingt-cinq euros"
)
TURKISH = "duvar kağıdı, otuz metrekare, yirmi beş eurodan"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("faster_whisper") is None or not (MODEL / "model.bin").is_file(),
    reason="WHISPER_MODEL names no folder of a faster-whisper model, or the extra whisper is not installed",
)


@pytest.fixture(scope="module")
def whisper() -> LocalWhisper:
    return LocalWhisper(MODEL, threads=1)


@pytest.mark.parametrize(
    ("language", "voice", "speed", "said", "lines", "total"),
    [
        ("fr", "mb-fr3", "140", FRENCH, [("prise", 3, "u", 45), ("isolation des combles", 80, "m²", 25)], "2 135,00"),
        ("tr", "mb-tr2", "140", TURKISH, [("papier peint", 30, "m²", 25)], "750,00"),
    ],
    ids=["fr", "tr"],
)
async def test_a_spoken_note_becomes_a_right_recap(phone, whisper, language, voice, speed, said, lines, total) -> None:
    try:
        note = said_by(voice, said, "-s", speed, "-a", "70")
    except NoSynthesiser as error:
        pytest.skip(str(error))
    phone = replace(phone, recogniser=whisper)
    await phone.prefers(language)
    await phone.speaks(note)
    (told,) = await phone.turn()
    drafted = await phone.lines()
    assert [(line.quantity, line.unit, line.unit_price) for line in drafted] == [
        (Decimal(quantity), unit, Decimal(price)) for _, quantity, unit, price in lines
    ], told
    for line, (words, *_) in zip(drafted, lines, strict=True):
        assert words in line.description.lower() and line.doubt is None
    assert total in told.replace("\u202f", " ").replace("\xa0", " ")
