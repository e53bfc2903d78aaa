"""French articles, agreement and prepositions between a work and what it is done on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.documents.glossary import Entry, load_glossary
from services.documents.word_forms import elides, french_plural


@dataclass(slots=True)
class NounPhrase:
    """A noun with its adjectives, without article. ``entry`` is None for a word that the glossary does not know."""

    text: str
    entry: Entry | None = None
    plural: bool = False
    feminine: bool = False
    counted: bool = False
    """Whether a number precedes the noun ("3 radiateurs")."""
    definite: bool = False
    """Whether it is known which one is meant: the one of the topic, the old one."""


def vowel(text: str) -> bool:
    """Whether the text elides the article before it."""
    return elides(text, load_glossary().spelling.aspirated)


def of(text: str) -> str:
    """ "de carrelage", "d'enduit"."""
    return f"d'{text}" if vowel(text) else f"de {text}"


def the(noun: NounPhrase) -> str:
    """ "la cuisine", "l'entrée", "les murs"."""
    if noun.plural:
        return f"les {noun.text}"
    if vowel(noun.text):
        return f"l'{noun.text}"
    return f"la {noun.text}" if noun.feminine else f"le {noun.text}"


def of_the(noun: NounPhrase) -> str:
    """ "du plafond", "de la baignoire", "de l'ancien chauffe-eau", "des murs"."""
    if noun.plural:
        return f"des {noun.text}"
    if vowel(noun.text):
        return f"de l'{noun.text}"
    return f"de la {noun.text}" if noun.feminine else f"du {noun.text}"


def of_a(noun: NounPhrase) -> str:
    """ "d'un receveur", "d'une porte", "de prises"."""
    if noun.plural:
        return of(noun.text)
    return f"d'une {noun.text}" if noun.feminine else f"d'un {noun.text}"


def agreed(adjective: Entry, *, feminine: bool, plural: bool) -> str:
    """The adjective as the noun wants it."""
    form = adjective.feminine if feminine else adjective.fr
    if not plural:
        return form
    return form if form.endswith(("s", "x")) else french_plural(form)


def noun_text(entry: Entry, plural: bool) -> str:
    """The noun in the number wanted."""
    return entry.plural if plural else entry.fr


def article_of(works: Sequence[Entry], noun: Entry | None) -> str:
    """Which article the works ask for: a thing supplied is new ("d'un"), a thing removed or painted is there ("de la")."""
    if not works:
        return "none"
    if works[0].fr == "fourniture":
        return "indef"
    if noun is not None and any(noun.kind in work.indef_with for work in works):
        return "indef"
    articles = {work.article for work in works}
    return next(article for article in ("def", "indef", "none") if article in articles)


def complement(works: Sequence[Entry], noun: NounPhrase) -> str:
    """What the works are done on, with preposition and article: "du plafond", "d'un IPN", "dans mur porteur"."""
    entry = noun.entry
    article = article_of(works, entry)
    if noun.counted:
        return of(noun.text)
    if noun.definite:
        return of_the(noun)
    if article == "none":
        link = works[-1].link
        if link is None:
            return noun.text
        if entry is not None and entry.fr.split(" ")[0] in works[-1].opens:
            return f"{link} {noun.text}"
        article = "indef"
    if entry is None:
        return of(noun.text)
    if works[-1].made_of and entry.kind == "material":
        return f"{works[-1].made_of} {noun.text}"
    if entry.kind == "surface" and not (article == "indef" and entry.counted):
        return of_the(noun)
    if entry.bare and noun.plural:
        return of(noun.text)
    if article == "def":
        return of_the(noun)
    return of(noun.text) if entry.kind in ("material", "work") else of_a(noun)


def belonging(room: NounPhrase, head: Entry | None, works: Sequence[Entry]) -> str:
    """Where a thing is: "du salon" of a wall, "de cuisine" of a tap, "dans la cuisine" of what is laid there."""
    if head is not None and head.kind == "object" and not works and room.entry is not None and room.entry.short:
        return room.entry.short
    if works and head is not None and head.kind in ("object", "material"):
        return f"dans {the(room)}"
    return of_the(room)


def enumeration(words: Sequence[str]) -> str:
    """ "fourniture, pose et raccordement"."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " et " + words[-1]
