"""What a line leaves unsaid because it was announced: "remplacement du chauffe-eau… la pose 420… l'ancien 60"."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.documents.glossary import Entry, Glossary, Language, load_glossary
from services.documents.phrase_reading import Piece, included, read
from services.documents.word_forms import french_stems, keys, turkish_stems

_GENERAL = frozenset("nettoyage protection manutention livraison étude contrôle location débarras terrassement".split())
"""Works that are about the whole site: they are not done on the thing of the topic."""
_REMOVALS = frozenset("dépose évacuation démontage enlèvement démolition".split())
_PREPARATIONS = frozenset("réparation rebouchage protection lessivage reprise décollage".split())
"""What a painter does besides painting."""
_ARRIVALS = frozenset("fourniture pose installation remplacement".split())


@dataclass(slots=True)
class Topic:
    """The announced works, the thing they are about, its measures, and the folded words."""

    works: list[Entry] = field(default_factory=list)
    head: Piece | None = None
    measures: list[Piece] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, text: str, language: Language) -> Topic:
        """The topic as said, read."""
        pieces = read(text, language, load_glossary())
        stems = turkish_stems if language == "tr" else french_stems
        nouns = [piece for piece in pieces if piece.noun]
        return cls(
            works=[piece.entry for piece in pieces if piece.work and piece.entry is not None],
            head=(nouns[-1] if language == "tr" else nouns[0]) if nouns else None,
            measures=[piece for piece in pieces if piece.kind in ("measure", "dimension")],
            words={stem for word in keys(text) for stem in stems(word)},
        )

    @property
    def replacing(self) -> bool:
        return any(work.fr == "remplacement" for work in self.works)


def completed(pieces: list[Piece], topic: Topic | None, glossary: Glossary) -> list[Piece]:
    """The pieces with what the topic says for them. Works come first, as the thing is added after them."""
    if topic is None or any(piece.kind == "word" and not included(piece) for piece in pieces):
        return pieces
    nouns = [
        piece for piece, after in zip(pieces, [*pieces[1:], None], strict=True) if piece.noun and not _comprised(after)
    ]
    works = [piece for piece in pieces if piece.work]
    if len(nouns) == 1 and nouns[0].entry is not None:
        special = _by_topic(pieces, nouns[0], nouns[0].entry, topic, glossary)
        if special is not None:
            return special
    if works and not nouns:
        return _works_on_topic(pieces, works, topic, glossary)
    if works or not nouns:
        return pieces
    if len(nouns) == 1 and _same_thing(nouns[0].entry, topic) and topic.works and topic.head is not None:
        supply = _piece(glossary, "fourniture")
        own = [piece for piece in pieces if piece.kind in ("measure", "dimension")]
        rest = [
            piece
            for piece in pieces
            if piece.kind in ("number", "detail") or (piece.entry and piece.entry.kind == "count")
        ]
        return [supply, _copy(topic.head), *(own or topic.measures), *rest]
    finish = [work for work in topic.works if work.finish]
    if finish and all(_is_finished(piece.entry) for piece in nouns):
        work = next((work for work in finish if work.fr == "peinture"), finish[-1])
        return _with_work(pieces, Piece("entry", work.fr, work))
    return pieces


def within(pieces: list[Piece], glossary: Glossary) -> list[Piece]:
    """ "toiture la tuile": the first noun is what the second is about."""
    if len(pieces) == 3 and pieces[0].noun and pieces[1].key in ("le", "la", "les") and pieces[2].entry is not None:
        words = {stem for word in keys(pieces[0].text) for stem in french_stems(word)}
        return _by_topic(pieces[1:], pieces[2], pieces[2].entry, Topic(words=words), glossary) or pieces
    return pieces


def continued(pieces: list[Piece], before: list[Topic], glossary: Glossary) -> list[Piece]:
    """The pieces with what the lines before say for them: "boiseries" in a painting job, "mitigeur" after a shower tray."""
    nouns = [piece for piece in pieces if piece.noun]
    works = [piece for piece in pieces if piece.work]
    if len(nouns) == 1 and nouns[0].entry is not None and nouns[0].entry.by_topic:
        for line in reversed(before):
            special = _by_topic(pieces, nouns[0], nouns[0].entry, line, glossary)
            if special is not None:
                return special
    painting = [work for line in before for work in line.works]
    only_finishes = bool(painting) and all(work.finish or work.fr in _PREPARATIONS for work in painting)
    if nouns and not works and only_finishes and any(work.finish for work in painting):
        return completed(pieces, Topic(works=painting), glossary)
    return pieces


def _by_topic(pieces: list[Piece], noun: Piece, entry: Entry, topic: Topic, glossary: Glossary) -> list[Piece] | None:
    """A word that means something more precise here: a "mitigeur" in a shower."""
    name = next((name for word, name in entry.by_topic.items() if word in topic.words), None)
    if name is None:
        return None
    precise = glossary.french(name)
    if precise is not None:
        return [
            Piece("entry", piece.text, precise, plural=piece.plural) if piece is noun else piece for piece in pieces
        ]
    if any(piece.work for piece in pieces):
        return None
    rest = [piece for piece in pieces if piece is not noun and piece.kind not in ("small", "mark")]
    return read(name, "fr", glossary) + rest


def _works_on_topic(pieces: list[Piece], works: list[Piece], topic: Topic, glossary: Glossary) -> list[Piece]:
    head = topic.head
    names = {piece.entry.fr for piece in works if piece.entry is not None}
    on_their_own = any(piece.entry is not None and piece.entry.article == "none" for piece in works)
    if head is None or head.entry is None or names & _GENERAL or on_their_own or head.entry.fr in names:
        return pieces
    thing = _copy(head)
    thing.definite = head.entry.kind == "object" and not head.entry.bare and names != {"fourniture"}
    old = [piece for piece in pieces if piece.entry is not None and piece.entry.fr == "ancien"]
    if names <= _REMOVALS and topic.replacing and not old:
        old = [_piece(glossary, "ancien")]
    if old and names == {"évacuation"} and head.entry.kind == "object":
        works = [_piece(glossary, "dépose"), *works]  # what is carried away was in place
    rest = [
        piece
        for piece in pieces
        if not piece.work and piece.kind not in ("small", "mark") and not (piece.entry and piece.entry.fr == "ancien")
    ]
    comprised = [piece for piece in pieces if piece.key in ("included", "excluded")]
    measures = topic.measures if names & {"fourniture"} else []
    return [*works, *comprised, *old, thing, *measures, *rest]


def _comprised(after: Piece | None) -> bool:
    """Whether what precedes is said to be in the price or out of it, not to be the thing itself."""
    return after is not None and (after.key in ("included", "excluded") or included(after))


def _same_thing(entry: Entry | None, topic: Topic) -> bool:
    head = topic.head.entry if topic.head is not None else None
    if entry is None or head is None or entry.kind != "object":
        return False
    return (entry is head or entry.same_as == head.fr) and any(work.fr in _ARRIVALS for work in topic.works)


def _is_finished(entry: Entry | None) -> bool:
    """Whether the thing is painted or prepared: surfaces, doors, shutters."""
    return entry is not None and (entry.kind in ("surface", "room") or entry.painted)


def _with_work(pieces: list[Piece], work: Piece) -> list[Piece]:
    start = 0
    while start < len(pieces) and pieces[start].key in ("le", "la", "les", "l", "un", "une", "des"):
        start += 1
    return [work, *pieces[start:]]


def _piece(glossary: Glossary, name: str) -> Piece:
    entry = glossary.french(name)
    assert entry is not None, name
    return Piece("entry", entry.fr, entry)


def _copy(piece: Piece) -> Piece:
    return Piece("entry", piece.text, piece.entry, piece.match, piece.plural, key=piece.key)
