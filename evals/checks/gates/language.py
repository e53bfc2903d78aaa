"""Replies are in the artisan's language, documents and messages to clients in French (UX-89, UX-91)."""

from __future__ import annotations

import re
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder

from evals.checks.reading import excerpt, folded, replies, said, seed, strings
from evals.scenarios.schema import Scenario
from evals.traces import Trace

LEAST_LETTERS = 20
SURE = 0.8
"""Confidence (0 to 1) from which a text counts as being in another language than it should be."""
TURKISH_LETTERS = re.compile(r"\w*[ğĞışŞİ]\w*")
"""Words with a letter that French does not have; ç, ö and ü are in names and loan words of both."""
_LANGUAGES = {"fr": Language.FRENCH, "tr": Language.TURKISH, "en": Language.ENGLISH}
_NAMES = {"fr": "French", "tr": "Turkish", "en": "English"}
_LINE_OF_DRAFT = re.compile(r"^\W*\d+\. .*$|^[−+] .*$", re.MULTILINE)
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"|https?://\S+|\S+@\S+")
_LABELS = ("description", "chat_label", "said", "name", "section", "address_line", "city", "text", "number")


def language(scenario: Scenario, trace: Trace) -> list[str]:
    """Replies, documents and messages to clients in a wrong language, as sentences."""
    own = _own_words(scenario, trace)
    reasons = []
    for number, turn in enumerate(trace.turns, start=1):
        for heard in replies(trace, turn):
            spoken = other_language(without(heard.text, own), trace.locale)
            if spoken is not None:
                reasons.append(f"the reply of turn {number} is {_NAMES[spoken]}: {excerpt(heard.text)}")
    names = proper_names(scenario, trace)
    papers = [(document.number or f"the draft of a {document.kind}", document.text) for document in trace.documents]
    for place, text in [
        *papers,
        *((f"the message to {message.to}", message.text) for message in trace.client_messages),
    ]:
        if leaked := turkish_words(text, names):
            reasons.append(f"{place} has Turkish words: {', '.join(leaked[:5])}")
    for message in trace.client_messages:
        spoken = other_language(without(message.text, names), "fr")
        if spoken is not None:
            reasons.append(f"the message to {message.to} is {_NAMES[spoken]}: {excerpt(message.text)}")
    return reasons + _lines(trace)


def other_language(text: str, wanted: str) -> str | None:
    """The language of a text when it is surely another one than ``wanted``; None when it is right or too short."""
    if sum(char.isalpha() for char in text) < LEAST_LETTERS:
        return None
    best = _detector().compute_language_confidence_values(text)[0]
    found = next(code for code, each in _LANGUAGES.items() if each == best.language)
    return found if found != wanted and best.value >= SURE else None


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(*_LANGUAGES.values()).build()


def without(text: str, words: frozenset[str]) -> str:
    """The reply's own words: without lines of the draft, quotations and words (folded) that others chose."""
    text = _QUOTED.sub(" ", _LINE_OF_DRAFT.sub(" ", text))
    return " ".join(word for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text) if folded(word) not in words)


def turkish_words(text: str, names: frozenset[str]) -> list[str]:
    """Words with Turkish letters that are no proper names."""
    return [word for word in dict.fromkeys(TURKISH_LETTERS.findall(text)) if folded(word) not in names]


def _own_words(scenario: Scenario, trace: Trace) -> frozenset[str]:
    """What is not the assistant's choice of words: names and designations of the draft, and what the artisan said."""
    texts = [*strings(seed(scenario, trace)), said(trace)]
    for change in trace.changes:
        texts += [text for label in _LABELS for text in strings((change.after or {}).get(label))]
    return _words(texts)


def proper_names(scenario: Scenario, trace: Trace) -> frozenset[str]:
    """Names and addresses of people and companies, which stay as they are on a French document."""
    scene = seed(scenario, trace)
    people = [*scene.get("clients", []), *scene.get("quotes", [])]
    texts = [str(scene.get(key, "")) for key in ("name", "company")] + list(strings(scene.get("profile", {})))
    texts += [str(person.get(key, "")) for person in people for key in ("name", "client", "address", "billing_address")]
    for change in trace.changes:
        if change.table in ("clients", "organizations", "users"):
            texts += strings(change.after)
    return _words(texts)


def _words(texts: list[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", folded(text)))


def _lines(trace: Trace) -> list[str]:
    """Designations on issued documents that were left in Turkish."""
    printed = " ".join(
        str(change.after.get("description", ""))
        for change in trace.changes
        if change.table in ("quote_items", "invoice_items") and change.after is not None
    )
    if trace.documents and other_language(printed, "fr") == "tr":
        return [f"designations on the document are Turkish: {excerpt(printed)}"]
    return []
