"""A Turkish designation, with its French trade words, turned into a French phrase and a clean Turkish label.

Turkish names the thing before the work and the place before the thing ("salon duvar boyası"): the last noun of a clause is
the head, what precedes qualifies it, the works come last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from services.documents.french_grammar import (
    NounPhrase,
    agreed,
    belonging,
    complement,
    enumeration,
    noun_text,
    of,
)
from services.documents.glossary import Entry, Glossary, Match, load_glossary
from services.documents.phrase_reading import Piece
from services.documents.text import fold


@dataclass(slots=True)
class Noun:
    """A noun of a clause: its entry or, unknown, the word itself; ``place`` is "sous" in "lavabo altı"."""

    text: str
    entry: Entry | None = None
    match: Match | None = None
    plural: bool | None = None
    adjectives: list[Piece] = field(default_factory=list)
    place: Piece | None = None
    number: str | None = None
    definite: bool = False


@dataclass(slots=True)
class Clause:
    """Nouns and works that belong together. ``details`` and ``remarks``: French text and Turkish label."""

    nouns: list[Noun] = field(default_factory=list)
    works: list[tuple[Entry, str, str]] = field(default_factory=list)
    adjectives: list[Piece] = field(default_factory=list)
    details: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    measure: str | None = None
    dimension: str | None = None
    last_said: str = ""

    @property
    def head(self) -> Noun | None:
        return self.nouns[-1] if self.nouns else None

    @property
    def work_entries(self) -> list[Entry]:
        return [entry for entry, _, _ in self.works]


def clauses(pieces: list[Piece], glossary: Glossary) -> list[Clause]:
    """The clauses of a designation: "küvet ve lavabo sökümü" is two, of which the first borrows the work of the second."""
    found = [Clause()]
    number: str | None = None
    for index, piece in enumerate(pieces):
        clause = found[-1]
        if piece.noun and clause.nouns and clause.works and any(later.work for later in pieces[index:]):
            clause = Clause()
            found.append(clause)
        if piece.key == "et" or (piece.kind == "mark" and piece.text in ",;/–"):
            if clause.nouns or clause.works:
                found.append(Clause())
        elif piece.kind == "number":
            number = piece.text
            continue
        elif _afterthought(clause, piece, pieces[index + 1 : index + 2]) and piece.entry is not None:
            clause.details.append((f" {piece.entry.fr}", f" {piece.match.form if piece.match else piece.text}"))
        else:
            _put(piece, clause, number, glossary)
        number = None
    if number is not None:
        found[-1].details.append((number, number))
    for clause in found:
        _leave_out_obvious_room(clause)
    return _merged([clause for clause in found if clause != Clause()] or [Clause()])


def _put(piece: Piece, clause: Clause, number: str | None, glossary: Glossary) -> None:
    entry = piece.entry
    if piece.key in ("included", "excluded"):
        _comprise(clause, piece.key == "included", glossary)
    elif piece.kind in ("measure", "dimension", "detail"):
        if piece.kind == "measure":
            clause.measure = piece.text
        elif piece.kind == "dimension":
            clause.dimension = piece.text
        else:
            clause.details.append((f", {piece.text}", f", {piece.text}"))
    elif entry is None:
        if piece.kind == "word":
            text = f"{number} {piece.text}" if number else piece.text
            clause.nouns.append(Noun(text, adjectives=clause.adjectives))
            clause.adjectives = []
    elif entry.kind == "work":
        _put_work(clause, piece, entry)
        clause.last_said = "work"
    elif entry.kind == "adjective":
        clause.adjectives.append(piece)
    elif entry.kind == "count":
        text = f"{number} {noun_text(entry, number != '1')}"
        clause.details.append((f", {text}", f", {number} {piece.match.form if piece.match else piece.text}"))
    elif entry.kind == "remark":
        clause.remarks.append((entry.fr, entry.label or piece.text))
    elif entry.kind == "place":
        if clause.nouns:
            clause.nouns[-1].place = piece
    else:
        noun = Noun(
            piece.text, entry, piece.match, piece.plural, clause.adjectives, number=number, definite=piece.definite
        )
        before = len(clause.nouns) - (1 if entry.raw and clause.nouns and not _is_room(clause.nouns[-1]) else 0)
        clause.nouns.insert(before, noun)
        clause.adjectives, clause.last_said = [], "noun"


def _leave_out_obvious_room(clause: Clause) -> None:
    """ "banyo küvet sökümü": a bath is in the bathroom."""
    home = clause.nouns[-1].entry.belongs if clause.nouns and clause.nouns[-1].entry else None
    if home is not None:
        clause.nouns = [noun for noun in clause.nouns if not (noun.entry and noun.entry.fr == home)]


def _afterthought(clause: Clause, piece: Piece, after: list[Piece]) -> bool:
    """Whether a material said after the works only says more of them: "placo duvar yapımı BA13"."""
    comprised = bool(after) and after[0].key in ("included", "excluded")
    material = piece.entry is not None and piece.entry.kind == "material"
    return material and bool(clause.nouns) and bool(clause.works) and not comprised


def _is_room(noun: Noun) -> bool:
    return noun.entry is not None and noun.entry.kind == "room"


def _put_work(clause: Clause, piece: Piece, entry: Entry) -> None:
    form = piece.match.form if piece.match and piece.match.source == "tr" else (entry.tr[0] if entry.tr else entry.fr)
    if entry.own_floor and piece.match is not None and piece.match.source != "tr":
        form = entry.fr
    if entry not in clause.work_entries:
        clause.works.append((entry, form, entry.possessed.get(form, form)))


def _comprise(clause: Clause, yes: bool, glossary: Glossary) -> None:
    """ "montaj dahil": the price includes the fitting; "astar dahil": it includes the undercoat."""
    supply, fitting = glossary.french("fourniture"), glossary.french("pose")
    assert supply is not None and fitting is not None
    if clause.last_said == "work" and clause.works and clause.works[-1][0] is fitting and yes:
        clause.works = [(supply, "temin", "temini"), (fitting, "montaj", "montajı")]
        return
    label, text = ("dahil", None) if yes else ("hariç", "hors ")
    if clause.last_said == "work" and (len(clause.works) > 1 or clause.nouns):
        entry, form, _ = clause.works.pop()
        plural, name, feminine = False, entry.fr, entry.feminine_gender
    elif clause.nouns:
        noun = clause.nouns.pop()
        plural = _plural(noun, None, None)
        name = noun_text(noun.entry, plural) if noun.entry else noun.text
        form, feminine = _label(noun, show=False), bool(noun.entry and noun.entry.feminine_gender)
    elif clause.works:
        entry, form, _ = clause.works.pop()
        plural, name, feminine = False, entry.fr, entry.feminine_gender
    else:
        return
    ending = ("e" if feminine else "") + ("s" if plural and feminine else "")
    clause.details.append((f", {text}{name}" if text else f", {name} compris{ending}", f", {form} {label}"))


def _merged(found: list[Clause]) -> list[Clause]:
    """Clauses of works alone join the clause before; clauses without works borrow those that follow."""
    merged: list[Clause] = []
    for clause in found:
        if merged and not clause.nouns and merged[-1].nouns:
            merged[-1].works += [work for work in clause.works if work[0] not in merged[-1].work_entries]
            merged[-1].details += clause.details
            merged[-1].remarks += clause.remarks
        elif merged and not merged[-1].nouns and merged[-1].works:
            clause.works = merged.pop().works + clause.works
            merged.append(clause)
        else:
            merged.append(clause)
    return merged


def _plural(noun: Noun, quantity: Decimal | None, unit: str | None) -> bool:
    entry = noun.entry
    if entry is None:
        return False
    if noun.number is not None:
        return noun.number != "1"
    if noun.plural is not None:
        return noun.plural
    if entry.kind == "object" and quantity == 1 and unit == "u":
        return fold(entry.plural) == fold(entry.fr) and entry.usual_plural
    return entry.usual_plural


def french_phrase(found: list[Clause], quantity: Decimal | None, unit: str | None) -> str:
    """The clauses in French, without capital."""
    written: list[str] = []
    works: list[Entry] = []
    rooms: list[Noun] = []
    for index, clause in enumerate(found):
        shared = bool(clause.nouns) and not clause.works
        borrowed = next((other.work_entries for other in found[index:] if other.works), []) if shared else []
        own = clause.work_entries or borrowed
        same = bool(works) and [work.fr for work in own] == [work.fr for work in works]
        rooms = [noun for noun in clause.nouns[:-1] if _is_room(noun)] or (rooms if same or index == 0 else [])
        following = found[index + 1] if index + 1 < len(found) else None
        shares = shared and following is not None and not any(_is_room(noun) for noun in following.nouns)
        text = _clause_text(clause, own, quantity, unit, named=not same, rooms=[] if shares else rooms)
        written.append(text)
        works = own
    text = enumeration(written)
    for clause in found:
        for remark, _ in clause.remarks:
            text += remark if remark.startswith(",") else f" {remark}"
    return text


def _clause_text(
    clause: Clause, works: list[Entry], quantity: Decimal | None, unit: str | None, *, named: bool, rooms: list[Noun]
) -> str:
    head = clause.head
    works = [_named_for(work, head) for work in works]
    names = [work.plural if work.usual_plural else work.fr for work in works]
    on_work = [piece.entry for piece in clause.adjectives if piece.entry is not None]
    if head is not None:
        on_work += [piece.entry for piece in head.adjectives if piece.entry is not None and piece.entry.on_work]
    text = ""
    if works and named:
        text = enumeration(names)
        for adjective in on_work:
            text += " " + agreed(adjective, feminine=works[-1].feminine_gender, plural=False)
    if head is not None:
        noun = _noun_phrase(clause, works, quantity, unit, with_on_work=not works)
        text = f"{text} {complement(works, noun)}".strip() if works else noun.text
        for other in rooms:
            text += " " + _at(other, head.entry, works)
    elif works and any(entry.own_floor and form != entry.fr for entry, form, _ in clause.works):
        text += " du sol"
    elif on_work and not text:
        text = " ".join(adjective.fr for adjective in on_work)
    for extra in (
        of(clause.measure) if clause.measure and clause.measure.endswith(" L") else clause.measure,
        clause.dimension,
    ):
        text += f" {extra}" if extra else ""
    return (text + "".join(detail for detail, _ in clause.details)).removeprefix(", ").strip()


def _named_for(work: Entry, head: Noun | None) -> Entry:
    """The name of the work for this noun: a tiled roof is "refaite", a room "rénovée", a flashing "reprise"."""
    entry = head.entry if head else None
    name = None
    if entry is not None:
        kind = entry.kind if entry.kind != "object" or entry.unit == "u" else ""
        name = entry.works.get(work.fr) or work.by_kind.get(kind)
    return (load_glossary().french(name) if name else None) or work


def _at(noun: Noun, head: Entry | None, works: list[Entry]) -> str:
    entry = noun.entry
    assert entry is not None
    plural = _plural(noun, None, None)
    room = NounPhrase(noun_text(entry, plural), entry, plural, entry.feminine_gender)
    if noun.place is not None and noun.place.entry is not None:
        return f"{noun.place.entry.fr} {room.text}"
    return belonging(room, head, works)


def _noun_phrase(
    clause: Clause, works: list[Entry], quantity: Decimal | None, unit: str | None, *, with_on_work: bool
) -> NounPhrase:
    head = clause.nouns[-1]
    plural = _plural(head, quantity, unit)
    if works and works[-1].link and works[-1].article == "none" and head.plural is None and head.number is None:
        plural = False
    feminine = bool(head.entry and head.entry.feminine_gender)
    text = noun_text(head.entry, plural) if head.entry else head.text
    definite = head.definite
    for piece in head.adjectives:
        adjective = piece.entry
        if adjective is None or (adjective.on_work and not with_on_work):
            continue
        form = agreed(adjective, feminine=feminine, plural=plural)
        text = f"{form} {text}" if adjective.before else f"{text} {form}"
        definite = definite or adjective.fr == "ancien"
    if head.number is not None and head.entry is not None:
        text = f"{head.number} {text}"
    for other in clause.nouns[:-1]:
        if other.entry is None or other.entry.kind != "room":
            text += " " + _qualifier(other, head)
    if head.place is not None and head.place.entry is not None:
        text = f"{head.place.entry.fr} {text}"
    return NounPhrase(text, head.entry, plural, feminine, head.number is not None and head.entry is not None, definite)


def _qualifier(other: Noun, head: Noun) -> str:
    """A noun before the head: "alçıpan çatlağı" → "sur plaques de plâtre", "çinko oluk" → "en zinc"."""
    if other.entry is None:
        return other.text
    plural = _plural(other, None, None)
    text = noun_text(other.entry, plural)
    for piece in other.adjectives:
        if piece.entry is not None:
            text += " " + agreed(piece.entry, feminine=other.entry.feminine_gender, plural=plural)
    if other.place is not None and other.place.entry is not None:
        place = other.place.entry.fr
        return f"{place.removesuffix('de')}{of(text)}" if place.endswith(" de") else f"{place} {text}"
    if head.entry is not None and head.entry.link and other.entry.kind in ("material", "surface"):
        return f"{head.entry.link} {text}"
    if other.entry.kind == "material":
        return text if other.entry.fr.isupper() else f"en {text}"
    if other.entry.kind == "surface":
        return belonging(NounPhrase(text, other.entry, plural, other.entry.feminine_gender), None, [])
    return of(other.entry.fr)


def turkish_label(found: list[Clause]) -> str:
    """The clauses as a recap shows them: Turkish with its letters, French words in brackets (UX-37), without capital."""
    labels = []
    for clause in found:
        words = [_label(noun, show=True) for noun in clause.nouns]
        words += [piece.match.form if piece.match else piece.text for piece in clause.adjectives]
        words += [text for text in (clause.measure, clause.dimension) if text]
        if len(clause.works) == 1:
            entry, form, possessed = clause.works[0]
            name = possessed if clause.nouns else form
            if entry.label and not clause.nouns:
                name = entry.label
            words.append(f"{name} ({entry.show})" if entry.show and fold(entry.show) != fold(name) else name)
        elif clause.works:
            words.append(" + ".join(form for _, form, _ in clause.works))
        label = " ".join(words) + "".join(text for _, text in clause.details)
        labels.append((label + "".join(f" {text}" for _, text in clause.remarks)).removeprefix(", ").strip())
    return " ve ".join(label for label in labels if label)


def _label(noun: Noun, *, show: bool) -> str:
    entry, match = noun.entry, noun.match
    if entry is None:
        name = noun.text
    elif entry.label:
        name = entry.label
    elif match is not None and match.source == "tr":
        name = match.form
    else:
        name = entry.tr[0] if entry.tr else entry.fr
    if noun.number and entry is not None:
        name = f"{noun.number} {name}"
    before = [piece.match.form if piece.match else piece.text for piece in noun.adjectives]
    after = [noun.place.match.form] if noun.place is not None and noun.place.match is not None else []
    text = " ".join([*before, name, *after])
    if show and entry is not None and entry.show and fold(entry.show) not in fold(name):
        text += f" ({entry.show})"
    return text
