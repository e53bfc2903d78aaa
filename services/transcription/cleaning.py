"""Takes out what a recogniser invents, and puts right what it is known to mishear (UX-59, ux.md part D). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prompts.voice.loading import inventions, key_of, repairs
from services.transcription.schemas import Segment

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_NOTE = re.compile(r"[\[(*♪][^\])*♪]*[\])*♪]")
_LOOP = re.compile(r"\b(\w+(?:\W+\w+){0,5}?)(?:\W+\1\b){3,}", re.IGNORECASE)
"""The same one to six words four times in a row: nobody speaks like that."""
_NOBODY = 0.8
_UNSURE = 0.5
_ECHO_WORDS = 4
_ECHO_NO_SPEECH = 0.2
_MOSTLY = 0.7
_CERTAIN = 0.7
"""Confidence from which words are believed though they stand in the prompt."""
_ECHO_CONFIDENCE = 0.3
"""What an echo of the prompt counts for: less than what is asked to be said again."""


def cleaned(segments: tuple[Segment, ...], prompt: str = "", known: Sequence[str] = ()) -> tuple[Segment, ...]:
    """The segments without inventions, endless repetitions and stretches where nobody spoke.

    A segment that repeats an amount of ``prompt`` with its words, or lists nothing but what is ``known`` from it (names
    and works), may be an echo of it: it is not believed. Nor is an unsure one that is made of the prompt's words.
    """
    kept = []
    for segment in segments:
        text = _without_inventions(segment.text)
        if not text or _nobody_spoke(segment) or _LOOP.search(text):
            continue
        confidence = segment.confidence
        if _echoes(text, prompt, known) or (confidence < _CERTAIN and _mostly_from(text, prompt)):
            if segment.no_speech >= _ECHO_NO_SPEECH:
                continue
            confidence = min(confidence, _ECHO_CONFIDENCE)
        kept.append(segment.model_copy(update={"text": text, "confidence": confidence}))
    return tuple(kept)


def repaired(text: str, language: str) -> str:
    """The text with words that this language's recognisers are known to mishear put right."""
    for heard, meant in repairs(language):
        text = heard.sub(meant, text)
    return text


def _without_inventions(text: str) -> str:
    whole, beginnings = inventions()
    if key_of(text) in whole:
        return ""
    sentences = _SENTENCE_END.split(_NOTE.sub(" ", text).strip())
    keys = [key_of(sentence) for sentence in sentences]
    kept = [
        sentence
        for sentence, key in zip(sentences, keys, strict=True)
        if key not in whole and not any(key == begin or key.startswith(f"{begin} ") for begin in beginnings)
    ]
    return " ".join(" ".join(kept).split()) if any(key_of(sentence) for sentence in kept) else ""


def _nobody_spoke(segment: Segment) -> bool:
    return segment.no_speech >= _NOBODY and segment.confidence < _UNSURE


def _echoes(text: str, prompt: str, known: Sequence[str]) -> bool:
    """Into noise some recognisers repeat their own prompt.

    Four words of it in a row with a number among them, or nothing but the names and works that it begins with.
    """
    said, given = key_of(text).split(), f" {key_of(prompt)} "
    if len(said) >= _ECHO_WORDS and set(said) <= set(key_of(" ".join(known)).split()):
        return True
    runs = (said[at : at + _ECHO_WORDS] for at in range(len(said) - _ECHO_WORDS + 1))
    return any(f" {' '.join(run)} " in given for run in runs if any(word.isdigit() for word in run))


def _mostly_from(text: str, prompt: str) -> bool:
    said, given = key_of(text).split(), set(key_of(prompt).split())
    return len(said) >= _ECHO_WORDS and sum(word in given for word in said) >= _MOSTLY * len(said)
