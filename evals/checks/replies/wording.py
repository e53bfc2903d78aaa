"""What a reply says: how many questions, which words at a gate, no rituals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.checks.reading import folded
from evals.checks.replies.talk import Reply, all_replies
from evals.traces import Trace

_QUESTION = re.compile(r"[^\W_][)*»”\"’']*[ \u00a0\u202f]?\?")
"""A question mark after a word; "? m² × ? = ?" of a draft asks for nothing."""
_GREETINGS = {
    "fr": re.compile(r"^\W*(?:bonjour|bonsoir|salut|coucou|hello)\b", re.IGNORECASE),
    "tr": re.compile(r"^\W*(?:merhaba|selam|günaydın|iyi (?:günler|akşamlar|çalışmalar))\b", re.IGNORECASE),
}
_RITUALS: dict[str, tuple[str, ...]] = {
    "fr": ("n'hesite pas", "n'hesitez pas", "bonne journee", "avec plaisir", "je reste a ta disposition",
           "je reste a votre disposition", "comment puis-je", "bien recu votre message"),
    "tr": ("iyi gunler dilerim", "size nasil yardimci", "sana nasil yardimci", "memnuniyetle", "cekinmeyin"),
}  # fmt: skip
_APOLOGIES = {
    "fr": re.compile(r"desole|pardon|excuse[zr]?\b|toutes mes excuses|navre"),
    "tr": re.compile(r"ozur|kusura bak|uzgunum|pardon|affeder"),
}
_NOT_UNDERSTOOD = {
    "fr": re.compile(r"(?:pas|rien) (?:bien )?compris|comprends pas"),
    "tr": re.compile(r"anlamadim|anlayamadim|anlasilmadi"),
}
_GATE_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "confirm:issue": {
        "fr": ("*ok*", "c'est bon ?", "j'emets", "je sors", "1 "),
        "tr": ("*tamam*", "tamam mi?", "*kes*", "kesiyor mu", "keseyim mi", "1 "),
    },
    "confirm:send_to_client": {"fr": ("1 ", "envoie"), "tr": ("1 ", "gonder")},
    "confirm:cancel": {"fr": ("*oui*", "1 "), "tr": ("*evet*", "1 ")},
}


def questions(reply: Reply) -> str | None:
    """Lines of doubt (⚠️) ask with the line they stand on and are not counted."""
    text = "\n".join(line for line in reply.prose.splitlines() if not line.lstrip().startswith("⚠"))
    asked = len(_QUESTION.findall(text))
    return f"{asked} questions" if asked > 1 else None


def greeting(reply: Reply) -> str | None:
    language = reply.trace.locale
    if _GREETINGS[language].search(reply.text):
        return "it begins with a greeting"
    text = folded(reply.prose)
    return next((f"a ritual: « {phrase} »" for phrase in _RITUALS[language] if phrase in text), None)


def not_understood(reply: Reply) -> str | None:
    """It names the words it stumbled over, or gives an example."""
    lost = _NOT_UNDERSTOOD[reply.trace.locale].search(folded(reply.text))
    return f"« {lost[0]} » and nothing else" if lost and not re.search('[«“"]', reply.text) else None


def apologies(trace: Trace) -> Iterator[tuple[int, str]]:
    """One word of regret at most, and not turn after turn."""
    before = 0
    for reply in all_replies(trace):
        words = len(_APOLOGIES[trace.locale].findall(folded(reply.prose)))
        if words > 1:
            yield reply.number, f"{words} apologies in one message"
        elif words and before and reply.number == before + 1:
            yield reply.number, "an apology again"
        if words:
            before = reply.number


def gate_word(trace: Trace) -> Iterator[tuple[int, str]]:
    """When a gate opens, or what it is about was worked on, the message says how to open it."""
    for number, turn in enumerate(trace.turns, start=1):
        if turn.awaiting_after == turn.awaiting_before and not turn.tool_calls:
            continue
        accepted = _GATE_WORDS.get(turn.awaiting_after or "", {}).get(trace.locale, ())
        texts = [reply.text for reply in all_replies(trace) if reply.number == number]
        if accepted and texts and not any(word in folded(text) + " " for text in texts for word in accepted):
            yield number, f"{turn.awaiting_after} is open and no word to open it is offered"
