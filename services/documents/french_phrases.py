"""A French designation as said, rewritten: accents, order, missing articles and prepositions, nothing added (UX-27)."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.documents.french_grammar import (
    NounPhrase,
    agreed,
    belonging,
    complement,
    noun_text,
    of,
    of_a,
    of_the,
    vowel,
)
from services.documents.glossary import Entry, load_glossary
from services.documents.phrase_reading import Piece, included
from services.documents.text import fold

_BEFORE_NUMBER = ("work", "start", "small", "et", ",")
_ARTICLES = {"le", "la", "les", "l", "un", "une"}
_ADJECTIVE_ENDINGS = tuple(
    """ique iques al ale ales aux el elle if ive é ée és ées eux euse aire aires able ables ant ante ants ible ien ienne
    ieur ieure anti auto semi multi extra mono""".split()
)
"""Endings of words that qualify the work before them rather than name a thing; prefixes written apart."""


@dataclass(slots=True)
class Phrase:
    """The rewritten text and what it is about."""

    text: str = ""
    works: list[Entry] = field(default_factory=list)
    head: Entry | None = None


def rewritten(pieces: list[Piece]) -> Phrase:
    """The phrase of the pieces, without capital."""
    pieces = _without_articles(_with_details(pieces))
    remarks = [piece for piece in pieces if _is_remark(piece)]
    pieces = _works_first(_details_last(_alone_work(_without_remarks(pieces), remarks)))
    phrase = _Writer(pieces).write()
    for remark in remarks:
        text = remark.entry.fr if remark.entry else ""
        phrase.text += text if text.startswith(",") else f" {text}"
    phrase.text = phrase.text.removeprefix(",").strip()
    return phrase


def _is_remark(piece: Piece) -> bool:
    return piece.entry is not None and piece.entry.kind == "remark"


def _without_remarks(pieces: list[Piece]) -> list[Piece]:
    """Without the remarks and the brackets or comma around them."""
    kept: list[Piece] = []
    skip = False
    for piece in pieces:
        if _is_remark(piece):
            if kept and kept[-1].text in ("(", ","):
                kept.pop()
                skip = True
            continue
        if skip and piece.text == ")":
            skip = False
            continue
        kept.append(piece)
    return kept


def _alone_work(pieces: list[Piece], remarks: list[Piece]) -> list[Piece]:
    """ "pose seule carrelage": the remark names the work too."""
    said = next((remark.key.split(" ")[0] for remark in remarks if remark.key.endswith((" seule", " seul"))), None)
    work = load_glossary().french(said) if said and not any(piece.work for piece in pieces) else None
    return [Piece("entry", work.fr, work), *pieces] if work is not None else pieces


def _details_last(pieces: list[Piece]) -> list[Piece]:
    """ "peinture 2 couches des murs" → "peinture des murs" + "2 couches"."""
    for index in range(1, len(pieces) - 1):
        before, detail, after = pieces[index - 1 : index + 2]
        if detail.kind == "detail" and before.work and (after.noun or after.key in ("des", "du", "de", "d")):
            end = next(
                (place for place, piece in enumerate(pieces) if place > index and piece.kind == "mark"), len(pieces)
            )
            return [*pieces[:index], *pieces[index + 1 : end], detail, *pieces[end:]]
    return pieces


def _with_details(pieces: list[Piece]) -> list[Piece]:
    """ "sous-couche comprise" and "2 couches" become one detail each."""
    done: list[Piece] = []
    for piece in pieces:
        if included(piece) and done and (done[-1].noun or done[-1].work):
            what = [done.pop()]
            while len(done) > 1 and done[-1].key == "et" and done[-2].work and what[0].work:
                what[:0] = [done.pop(-2)]
                done.pop()
            done.append(Piece("detail", _comprised(what, piece.key), glue=" "))
        elif piece.entry is not None and piece.entry.kind == "count" and done and done[-1].kind == "number":
            number = done.pop()
            plural = number.text not in ("1", "0")
            done.append(Piece("detail", f"{number.text} {noun_text(piece.entry, plural)}"))
        elif piece.work and len(done) > 1 and done[-1].text == "/" and done[-2].work:
            done[-1] = piece
        else:
            done.append(piece)
    return done


def _comprised(what: list[Piece], key: str) -> str:
    entries = [piece.entry for piece in what if piece.entry]
    plural = len(entries) > 1 or any(piece.plural for piece in what)
    feminine = all(entry.feminine_gender for entry in entries)
    stem, negation = ("inclus" if "inclus" in key else "compris"), ("non " if key.startswith("non") else "")
    word = stem + ("e" if feminine else "") + ("s" if plural and feminine else "")
    names = [noun_text(entry, bool(piece.plural)) for entry, piece in zip(entries, what, strict=True)]
    return f"{' et '.join(names)} {negation}{word}"


def _without_articles(pieces: list[Piece]) -> list[Piece]:
    """A designation starts without article, and so does each work: "la pose et le raccordement" → "pose et raccordement"."""
    kept: list[Piece] = []
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else None
        if piece.key in _ARTICLES | {"des"} and piece.kind == "small" and following is not None:
            starts = not kept or (kept[-1].kind == "mark" and kept[-1].text in ",+")
            if starts or (following.work and kept[-1].key == "et"):
                following.glue = " "
                continue
        kept.append(piece)
    while len(kept) > 1 and kept[-1].text in (".", ",", ";", ":", "!", "–", "/", "…"):
        kept.pop()
    while len(kept) > 1 and kept[0].text in (".", ",", ";", ":", "–", "*", "•", "/", "…", "!", "?"):
        kept.pop(0)
    return kept


def _works_first(pieces: list[Piece]) -> list[Piece]:
    """Works said after the thing come first: "ipn fourni posé" → "fourniture et pose" + "ipn"."""
    end = len(pieces)
    while end and (pieces[end - 1].kind in ("detail", "measure", "dimension")):
        end -= 1
    start = end
    while start and (pieces[start - 1].work or pieces[start - 1].key in ("et", "/")):
        start -= 1
    while start < end and not pieces[start].work:
        start += 1
    before = pieces[:start]
    movable = start < end and before and not before[0].work and before[-1].kind not in ("small", "mark")
    if not movable or not any(piece.noun for piece in before) or any(piece.kind == "mark" for piece in before):
        return pieces
    works = [piece for piece in pieces[start:end] if piece.work]
    return works + before + pieces[end:]


class _Writer:
    """Writes the pieces one after the other, putting in what is missing between two of them."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.phrase = Phrase()
        self.out = ""
        self.previous: str = "start"
        self.works: list[Entry] = []
        self.last: Entry | None = None
        self.joining: str | None = None
        self.adjectives: list[Piece] = []
        self.number: str | None = None

    def write(self) -> Phrase:
        for index, piece in enumerate(self.pieces):
            following = self.pieces[index + 1] if index + 1 < len(self.pieces) else None
            self._one(piece, following)
        for adjective in self.adjectives:
            self._add(_said(adjective))
        self.phrase.text = self.out.strip()
        return self.phrase

    def _one(self, piece: Piece, following: Piece | None) -> None:
        if piece.kind == "small":
            self._small(piece, following)
        elif piece.work:
            self._work(piece, following)
        elif piece.noun:
            self._noun(piece)
        elif piece.entry is not None and piece.entry.kind == "adjective":
            self._adjective(piece, following)
        elif piece.kind == "number" and following is not None and following.noun and self.previous in _BEFORE_NUMBER:
            self.number = piece.text
        elif piece.kind == "mark":
            self._mark(piece)
        elif piece.kind == "detail":
            self._add(piece.text, ", " if self.previous not in ("start", "small", "mark", ",", "et") else None)
            self.previous = "detail"
        elif piece.kind == "measure":
            capacity = piece.text.endswith(" L") and self.previous in ("noun", "word", "adjective")
            self._add(of(piece.text) if capacity else piece.text)
            self.previous = "detail"
        else:
            self._word(piece)

    def _add(self, text: str, glue: str | None = None) -> None:
        if glue is None:
            glue = "" if not self.out or self.out.endswith(("'", "(", " ", "/")) else " "
        self.out += glue + text

    def _work(self, piece: Piece, following: Piece | None) -> None:
        entry = piece.entry
        assert entry is not None
        name = entry.plural if entry.usual_plural else entry.fr
        noun = NounPhrase(entry.fr, entry, feminine=entry.feminine_gender)
        participle = piece.match is not None and piece.match.source == "participle"
        if self.previous == "work" and entry.mass and not participle:
            self._add(complement(self.works, noun))
            self.previous, self.last = "noun", entry
            return
        if self.previous == "work":
            more = following is not None and following.work and following.entry is not None and not following.entry.mass
            self._add(name, ", " if more else " et ")
            self.works.append(entry)
        elif self.previous == "et" and self.works and self.last is None:
            self._add(name)
            self.works.append(entry)
        elif self.previous in ("noun", "word", "adjective", "detail") and not participle:
            ahead = following is not None and (following.noun or following.key in _ARTICLES)
            self._add(name, " et " if ahead and self.works else None)
            self.works, self.last, self.joining = [entry], None, None
        elif self.previous in ("noun", "word", "adjective") and piece.match is not None:
            self._add(piece.text if piece.text.endswith(("é", "ée", "és", "ées")) else piece.match.form)
            self.previous = "word"
            return
        else:
            self._add(name)
            self.works, self.last, self.joining = [entry], None, None
        self.phrase.works = self.phrase.works or self.works
        self.previous = "work"

    def _noun(self, piece: Piece) -> None:
        entry = piece.entry
        assert entry is not None
        noun = self._phrase_of(piece, entry)
        self._add(self._linked(noun, entry))
        self.phrase.head = self.phrase.head or entry
        self.previous, self.last = "noun", entry

    def _phrase_of(self, piece: Piece, entry: Entry) -> NounPhrase:
        plural = bool(piece.plural)
        text = noun_text(entry, plural)
        counted = self.number is not None
        definite = piece.definite
        for adjective in reversed(self.adjectives):
            if adjective.entry is not None:
                text = f"{agreed(adjective.entry, feminine=entry.feminine_gender, plural=plural)} {text}"
                definite = definite or adjective.entry.fr == "ancien"
        if self.number is not None:
            text = f"{self.number} {text}"
        self.adjectives, self.number = [], None
        return NounPhrase(text, entry, plural, entry.feminine_gender, counted, definite)

    def _linked(self, noun: NounPhrase, entry: Entry) -> str:
        """The noun with what links it to what precedes."""
        if self.previous == "work":
            text = complement(self.works, noun)
            self.joining = "def" if text == of_the(noun) else "indef"
            return text
        if self.previous in ("et", ",") and self.works and self.joining and self._same_list(entry):
            if self.joining == "def" or entry.kind == "surface":
                return of_the(noun)
            return of(noun.text) if entry.kind == "material" else of_a(noun)
        if self.previous in ("word", "adjective") and self.last is None and self.works:
            return complement(self.works, noun)
        if entry.kind == "room" and self.last is not None and self.previous in ("word", "detail"):
            return belonging(noun, self.last, self.works)
        if self.previous not in ("noun", "adjective") or self.last is None:
            return noun.text
        if entry.kind == "room":
            return belonging(noun, self.last, self.works)
        if entry.kind == "surface" and self.last.kind == "surface":
            return "et " + (of_the(noun) if self.works else noun.text)
        if entry.kind == "surface" and self.last.link:
            return f"{self.last.link} {noun.text}"
        if self.works and self.last.kind in ("material", "work") and entry.kind in ("object", "surface"):
            return of_the(noun)
        return noun.text

    def _same_list(self, entry: Entry) -> bool:
        return self.previous == "et" or (self.last is not None and entry.kind == self.last.kind)

    def _adjective(self, piece: Piece, following: Piece | None) -> None:
        entry = piece.entry
        assert entry is not None
        if entry.before and following is not None and (following.noun or _before(following)):
            self.adjectives.append(piece)
            return
        plural = piece.text.endswith(("s", "x"))
        if fold(entry.feminine) != fold(entry.fr) and piece.key.startswith(fold(entry.feminine)):
            self._add(_said(piece))
        elif self.last is not None and self.previous == "noun":
            self._add(agreed(entry, feminine=self.last.feminine_gender, plural=plural))
        elif self.works and self.previous == "work":
            self._add(agreed(entry, feminine=self.works[-1].feminine_gender, plural=plural))
            return
        else:
            self._add(_said(piece))
        self.previous = "adjective"

    def _mark(self, piece: Piece) -> None:
        if piece.text in ",;:.!?)":
            self._add(piece.text, "" if piece.text in ",.)" else " ")
        elif piece.text == "/":
            self.out += "/"
        else:
            self._add(piece.text)
        self.previous = "," if piece.text == "," else "mark"

    def _word(self, piece: Piece) -> None:
        plain = piece.kind == "word" and piece.text.islower() and not piece.text.endswith(_ADJECTIVE_ENDINGS)
        if self.previous == "work" and plain and not self.out.endswith(("'", " ")) and self.works[-1].article != "none":
            self._add(of(piece.text))
        else:
            glued = piece.glue in "-'" and self.out and not self.out.endswith("'")
            self._add(piece.text, piece.glue if glued else None)
        self.previous = "detail" if piece.kind == "dimension" else "word"

    def _small(self, piece: Piece, following: Piece | None) -> None:
        key = piece.key
        if following is None:
            if key != "et":
                self._add(piece.text)
            return
        if key == "et":
            self._add("et")
            self.previous = "et"
            return
        ahead = self._text_of(following)
        if key in _ARTICLES and (self.previous == "work" or (self.previous == "et" and self.joining and self.works)):
            key = {"le": "du", "la": "de la", "l": "de la", "les": "des", "un": "d'un", "une": "d'une"}[key]
            if (
                following.noun
                and following.entry is not None
                and key == "de la"
                and not following.entry.feminine_gender
            ):
                key = "du"
        if key in ("de", "d") and following.key in ("le", "les"):
            following.key, following.text = ("du", "du") if following.key == "le" else ("des", "des")
            return
        if key == "a" and following.key in ("le", "les"):
            following.key = following.text = "au" if following.key == "le" else "aux"
            return
        self.joining = {"du": "def", "des": "def", "de la": "def"}.get(
            key, self.joining or ("indef" if key[0] == "d" else None)
        )
        self._add(_elided(key, piece.text, ahead))
        self.previous = "small"

    def _text_of(self, piece: Piece) -> str:
        if piece.entry is None or piece.entry.kind == "adjective":
            return _said(piece)
        return noun_text(piece.entry, bool(piece.plural))


def _before(piece: Piece) -> bool:
    return piece.entry is not None and piece.entry.kind == "adjective" and piece.entry.before


def _said(piece: Piece) -> str:
    """The form that was said, with its accents."""
    if piece.entry is None or piece.match is None:
        return piece.text
    form = piece.match.form
    return form + "s" if piece.key.endswith("s") and not form.endswith(("s", "x")) else form


def _elided(key: str, text: str, ahead: str) -> str:
    """The small word as it is written before ``ahead``."""
    if key in ("de", "d"):
        return "d'" if vowel(ahead) else "de"
    if key == "l":
        return "l'"
    if key in ("le", "la", "du", "de la", "au") and vowel(ahead):
        return {"le": "l'", "la": "l'", "du": "de l'", "de la": "de l'", "au": "à l'"}[key]
    return key if key in ("de la", "du", "des", "d'un", "d'une", "au", "aux") else text
