"""Designations: what the artisan said about a line, written as clean trade French and as he reads it in the chat (UX-27).

Nothing is added that was not said, except what the words of the topic give ("la pose" after "remplacement du chauffe-eau")
and the small words that French needs. Pure: the glossary is the only thing read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from services.documents.french_phrases import rewritten
from services.documents.glossary import Entry, load_glossary
from services.documents.phrase_reading import Piece, looks_french, read
from services.documents.text import clean, fold
from services.documents.topics import Topic, completed, continued, within
from services.documents.turkish_phrases import Clause, Noun, clauses, french_phrase, turkish_label
from services.documents.word_forms import TURKISH_ONLY, capitalised

Language = Literal["fr", "tr"]

_NEW_THING = {"fourniture", "installation", "remplacement"}
_MEASURED_AREAS = ("m²", "m³")
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Designation:
    """A line's words. ``french``: printed. ``chat``: shown in the recap. ``known``: False when Turkish words stayed
    untranslated (``unknown_words``). ``default_unit``: "u" or "forfait" when no unit was said. ``doubt``: a code or None
    ("ambiguous:chape": the part after the colon is the other reading)."""

    french: str
    chat: str
    known: bool = True
    unknown_words: list[str] = field(default_factory=list)
    default_unit: str | None = None
    doubt: str | None = None


def designate(
    said: str,
    language: Language,
    *,
    topic: str | None = None,
    quantity: Decimal | None = None,
    unit: str | None = None,
    unit_price: Decimal | None = None,
    before: Sequence[str] = (),
) -> Designation:
    """The printed and the shown form of a line. ``unit_price`` EUR excl. VAT per ``unit``; ``before``: what was said of the
    lines before, oldest first. Never raises; empty only for a text without visible characters."""
    said = " ".join(clean(said).split())
    if not said:
        return Designation(french="", chat="", default_unit="forfait")
    found = _designate(said, _language_of(said, language), topic, quantity, unit, unit_price, tuple(before))
    return replace(found, unknown_words=list(found.unknown_words))


@lru_cache(maxsize=2048)
def _designate(
    said: str,
    language: Language,
    topic: str | None,
    quantity: Decimal | None,
    unit: str | None,
    price: Decimal | None,
    before: tuple[str, ...],
) -> Designation:
    if language == "tr":
        return _from_turkish(said, topic, quantity, unit, price, before)
    return _from_french(said, topic, quantity, unit, before)


def _language_of(said: str, language: Language) -> Language:
    """The language of the words themselves: a Turkish speaker may write French, and the other way round."""
    if language == "tr":
        return "fr" if looks_french(said) else "tr"
    if TURKISH_ONLY.search(said):
        return "tr"
    pieces = read(said, "fr", load_glossary())
    strange = [piece for piece in pieces if piece.kind == "word" and not re.search(r"\d", piece.text)]
    if strange and not looks_french(said):
        turkish = read(said, "tr", load_glossary())
        theirs = [piece for piece in turkish if piece.match is not None and piece.match.source == "tr"]
        if theirs and len(theirs) >= len(strange) and not any(piece.kind == "word" for piece in turkish):
            return "tr"
    return "fr"


def _from_french(
    said: str, topic: str | None, quantity: Decimal | None, unit: str | None, before: tuple[str, ...]
) -> Designation:
    glossary = load_glossary()
    pieces = read(said, "fr", glossary)
    pieces = within(completed(pieces, _topic(topic, "fr"), glossary), glossary)
    pieces = continued(pieces, [Topic.of(line, _language_of(line, "fr")) for line in before], glossary)
    _count(pieces, quantity, unit)
    phrase = rewritten(pieces)
    text = _settled(capitalised(phrase.text or said))
    unknown = [word for word in text.split() if TURKISH_ONLY.search(word)]
    return Designation(
        french=text,
        chat=text,
        known=not unknown,
        unknown_words=unknown,
        default_unit=_default_unit(phrase.works, phrase.head),
    )


def _topic(topic: str | None, language: Language) -> Topic | None:
    return Topic.of(topic, _language_of(topic, language)) if topic else None


def _settled(text: str) -> str:
    """The text rewritten until it stays as it is, so that a printed designation said again changes nothing."""
    for _ in range(_PASSES):
        again = capitalised(rewritten(read(text, "fr", load_glossary())).text or text)
        if again == text:
            break
        text = again
    return text


def _count(pieces: list[Piece], quantity: Decimal | None, unit: str | None) -> None:
    """Several sockets are "prises", even when the artisan wrote "8 prise"."""
    if quantity is None or quantity <= 1 or unit not in (None, "u") or not any(piece.work for piece in pieces):
        return
    head = next((piece for piece in pieces if piece.noun), None)
    if head is not None and head.entry is not None and head.entry.kind == "object" and head.entry.usual_plural:
        head.plural = True


def _from_turkish(
    said: str,
    topic: str | None,
    quantity: Decimal | None,
    unit: str | None,
    price: Decimal | None,
    before: tuple[str, ...],
) -> Designation:
    glossary = load_glossary()
    pieces = read(said, "tr", glossary)
    pieces = completed(pieces, _topic(topic, "tr"), glossary)
    pieces = continued(pieces, [Topic.of(line, _language_of(line, "tr")) for line in before], glossary)
    found = clauses(pieces, glossary)
    whole = _alone(found, unit) or _cheaper(found, unit, price)
    if whole is not None:
        french, chat, doubt = whole
    else:
        _implied_works(found)
        french, chat, doubt = french_phrase(found, quantity, unit), turkish_label(found), _dearer(found, price)
    unknown = _unknown(found)
    french = capitalised(french or said)
    unknown += [word for word in french.split() if TURKISH_ONLY.search(word) and word not in unknown]
    works = next((clause.work_entries for clause in found if clause.works), [])
    head = next((clause.head.entry for clause in found if clause.head is not None), None)
    return Designation(
        french=french,
        chat=capitalised(chat or said, turkish=_starts_turkish(found)),
        known=not unknown,
        unknown_words=unknown,
        default_unit=_default_unit(works, head),
        doubt=doubt,
    )


def _starts_turkish(found: list[Clause]) -> bool:
    first = found[0].nouns[0] if found[0].nouns else None
    return first is None or first.entry is None or bool(first.entry.tr)


def _unknown(found: list[Clause]) -> list[str]:
    words = [noun.text for clause in found for noun in clause.nouns if noun.entry is None]
    spelled = load_glossary().spelling
    return [word for word in words if not _printable(word, spelled.words, spelled.acronyms)]


def _printable(word: str, words: dict[str, str], acronyms: frozenset[str]) -> bool:
    """Whether a word that is no entry may be printed: a reference, a brand, a French word."""
    if TURKISH_ONLY.search(word):
        return False
    return bool(re.search(r"\d", word)) or fold(word) in words or word in acronyms


def _only_noun(found: list[Clause]) -> Noun | None:
    """The noun of a line that is one noun and nothing else."""
    clause = found[0]
    plain = len(found) == 1 and len(clause.nouns) == 1 and not (clause.works or clause.details or clause.adjectives)
    return clause.nouns[0] if plain else None


def _alone(found: list[Clause], unit: str | None) -> tuple[str, str, str | None] | None:
    """ "120 m² parpaing": in Turkish the material named alone and measured is the work made of it."""
    noun = _only_noun(found)
    if noun is None or noun.entry is None or noun.entry.alone_label is None or unit not in (*_MEASURED_AREAS, None):
        return None
    return noun.entry.alone or noun.entry.fr, noun.entry.alone_label, None


def _cheaper(found: list[Clause], unit: str | None, price: Decimal | None) -> tuple[str, str, str | None] | None:
    """ "şap" at 12 €/m² cannot be a screed: it is levelling, and the line says so (UX-30)."""
    clause = found[0]
    noun = clause.head
    if len(found) != 1 or noun is None or noun.entry is None or noun.entry.cheaper is None or price is None:
        return None
    other = noun.entry.cheaper
    if price > other.below or unit not in (other.unit, None) or noun.match is None or noun.match.source == "fr":
        return None
    return other.fr, f"{other.label} ({other.show})", f"ambiguous:{noun.entry.fr}"


def _dearer(found: list[Clause], price: Decimal | None) -> str | None:
    """Without a price nothing decides between the two readings."""
    noun = _only_noun(found)
    if noun is None or noun.entry is None or noun.entry.cheaper is None or price is not None:
        return None
    return f"ambiguous:{noun.entry.cheaper.show}" if noun.match and noun.match.source != "fr" else None


def _implied_works(found: list[Clause]) -> None:
    """In Turkish "alçıpan çatlakları" on a quote is their repair."""
    glossary = load_glossary()
    for clause in found:
        head = clause.head.entry if clause.head else None
        work = glossary.french(head.implied) if head is not None and head.implied and not clause.works else None
        if work is not None:
            form = work.tr[0]
            clause.works.append((work, form, work.possessed.get(form, form)))


def _default_unit(works: list[Entry], head: Entry | None) -> str:
    """Equipment is counted; labour is a lump sum."""
    if head is None or head.unit != "u" or head.kind != "object":
        return "forfait"
    return "u" if not works or any(work.fr in _NEW_THING for work in works) else "forfait"


def note_in_french(text: str, language: Language, *, about: str | None = None) -> Designation:
    """A note as printed. ``about``: the designation that the note is about, such as the line just removed.

    "c'est le client qui évacue" about "Évacuation des gravats" → "Évacuation des gravats à la charge du client".
    """
    from services.documents.notes import note

    return note(text, language, about)
