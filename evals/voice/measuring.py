"""Word errors and line slots of what was heard, with and without the style prompt and the repairs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.learned.reader import EmbeddedUnderstander
from evals.utterances.loading import Utterance
from evals.utterances.scoring import Counts, Scored, score
from evals.voice.sentences import CLIENTS, WORKS, Sentence
from evals.voice.synthesis import spoken
from prompts.voice.loading import key_of
from services.transcription.cleaning import repaired
from services.transcription.port import Transcriber
from services.transcription.schemas import UNCLEAR, UNSURE
from services.transcription.service import Note, judge, listen
from services.transcription.sound import Sound
from tools.commands import Language, UnderstandingRequest

LANGUAGES: tuple[Language, ...] = ("fr", "tr")
_NUMBERS = ("number", "money", "quantity")


@dataclass(frozen=True)
class Attempt:
    """One sentence as it was heard once; ``verdict`` other than heard: nothing was made of it."""

    language: Language
    said: str
    style: bool
    heard: str
    verdict: str
    confidence: float
    sound_seconds: float
    seconds: float


@dataclass(frozen=True)
class Figures:
    """One row of the table. ``refused``: notes that are asked again; ``silent``: wrong amounts without a doubt mark."""

    sentences: int
    word_error_rate: float
    line_f1: float
    refused: int
    silent: int


Voice = Callable[[Sentence, Language, int], bytes]
"""Says a sentence; the number picks one of its voices where it has several."""


def synthesiser(sentence: Sentence, language: Language, number: int) -> bytes:
    """espeak-ng."""
    return spoken(sentence.say, language, number)


def diphones(sentence: Sentence, language: Language, number: int) -> bytes:
    """espeak-ng with voices of MBROLA."""
    return spoken(sentence.say, language, number, diphones=True)


async def listen_to_all(
    transcriber: Transcriber,
    rows: Mapping[Language, Sequence[Sentence]],
    voice: Voice,
    keep: Callable[[Attempt], object],
    known: Sequence[Attempt] = (),
) -> list[Attempt]:
    """Every sentence heard without and with the style prompt, unrepaired; the languages take turns.

    ``keep`` is called after each; what is ``known`` from a run that broke off is not heard again.
    """
    done = {(each.said, each.style): each for each in known}
    attempts = []
    for number in range(max(len(each) for each in rows.values())):
        for language, said in rows.items():
            for sentence in said[number : number + 1]:
                for style in (False, True):
                    attempt = done.get((sentence.say, style))
                    if attempt is None:
                        sound = await judge(voice(sentence, language, number))
                        attempt = await _attempt(transcriber, sentence, language, sound, style=style)
                        keep(attempt)
                    attempts.append(attempt)
    return attempts


async def _attempt(
    transcriber: Transcriber, sentence: Sentence, language: Language, sound: Sound | Note, *, style: bool
) -> Attempt:
    assert isinstance(sound, Sound), sentence.say
    started = time.perf_counter()
    note = await listen(transcriber, sound, language, names=CLIENTS, works=WORKS, style=style, repair=False)
    seconds = time.perf_counter() - started
    return Attempt(
        language,
        sentence.say,
        style,
        note.words,
        note.verdict,
        note.confidence or 0.0,
        round(sound.seconds, 2),
        round(seconds, 2),
    )


def figures(
    attempts: Sequence[Attempt], rows: Sequence[Sentence], language: Language, *, style: bool, repair: bool
) -> Figures:
    """The row of a condition. Of a note that is asked again no line counts, and its words count as they were heard."""
    chosen = [each for each in attempts if each.language == language and each.style == style]
    labelled = {sentence.say: sentence for sentence in rows}
    references, heard, scored = [], [], []
    for each in chosen:
        words = repaired(each.heard, language) if repair else each.heard
        references.append(_written(each.said, language))
        heard.append(_written(words, language))
        read = words if _believed(each) else ""
        scored.append(_scored(labelled[each.said].utterance(read, language), sure=each.confidence >= UNSURE))
    return Figures(
        len(chosen),
        round(float(jiwer.wer(references, heard)), 3),
        round(_line_f1(scored), 3),
        sum(not _believed(each) for each in chosen),
        sum(bool(each.silent) for each in scored),
    )


def _believed(attempt: Attempt) -> bool:
    """Whether something is made of the note, by today's threshold."""
    return attempt.verdict == "heard" and attempt.confidence >= UNCLEAR


def perfect(rows: Sequence[Sentence], language: Language) -> Figures:
    """What the grammar makes of the words as they were said: what no recogniser can better."""
    scored = [_scored(row.utterance(row.say, language), sure=True) for row in rows]
    return Figures(len(rows), 0.0, round(_line_f1(scored), 3), 0, sum(bool(each.silent) for each in scored))


def _scored(utterance: Utterance, *, sure: bool) -> Scored:
    reading = EmbeddedUnderstander().read(utterance.request().model_copy(update={"language_hint": utterance.language}))
    if not sure:  # as the product does: numbers of an unsure passage are doubted
        doubted = [c.model_copy(update={"args": {**c.args, "doubt": "heard_badly"}}) for c in reading.commands]
        reading = reading.model_copy(update={"commands": doubted})
    return score(utterance, reading)


def _line_f1(scored: Iterable[Scored]) -> float:
    slots = [counts for each in scored for name, counts in each.slots.items() if name.startswith("line.")]
    return sum(slots, Counts()).f1


def _written(text: str, language: Language) -> str:
    """The words with numbers and units in one spelling: "douze mètres carrés" and "12 m2" are no errors of the ear."""
    request = UnderstandingRequest(text=text, kind="voice", language_hint=language)
    out, at = [], 0
    for item in sorted(GrammarUnderstander().read(request).recognised, key=lambda item: item.start):
        if item.kind in _NUMBERS and item.value and item.start >= at:
            out += [text[at : item.start], item.value]
            at = item.end
    return key_of(" ".join([*out, text[at:]])) or "-"


def append(attempt: Attempt, path: Path) -> None:
    """Keeps what was heard, so that a run can go on and repairs can be weighed without listening again."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(attempt), ensure_ascii=False) + "\n")


def load(path: Path) -> list[Attempt]:
    """Reads what ``append`` wrote; nothing when there is no such file."""
    if not path.exists():
        return []
    return [Attempt(**json.loads(line)) for line in path.read_text().splitlines() if line.strip()]
