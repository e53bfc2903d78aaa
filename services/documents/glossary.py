"""The trade glossary in memory: entries, and the longest one that words begin with, in French or in Turkish.

The data and the meaning of its fields are in ``prompts/glossary/``. A Turkish search also knows the French words, as
Turkish artisans use them; a French search knows no Turkish word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

import prompts
from services.documents.text import fold
from services.documents.word_forms import french_plural, french_stems, keys, turkish_stems

Language = Literal["fr", "tr"]
Kind = Literal["work", "object", "material", "surface", "room", "adjective", "count", "remark", "place"]

_FOLDER = Path(prompts.__file__).parent / "glossary"
_NOT_ENTRIES = {"spelling.yaml", "notes.yaml"}
_LONGEST = 8
_POSSESSIVE = 2


@dataclass(frozen=True, slots=True)
class Cheaper:
    """Another reading of a word when its unit price (EUR excl. VAT per ``unit``) is at most ``below``."""

    below: Decimal
    unit: str
    fr: str
    label: str
    show: str
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One entry; see ``prompts/glossary/README.md`` for the fields. Compared by identity."""

    fr: str
    kind: Kind
    feminine_gender: bool = False
    plural: str = ""
    usual_plural: bool = False
    bare: bool = False
    counted: bool = False
    tr: tuple[str, ...] = ()
    possessed: dict[str, str] = field(default_factory=dict)
    label: str | None = None
    show: str | None = None
    aliases: tuple[str, ...] = ()
    asr: tuple[str, ...] = ()
    participles: tuple[str, ...] = ()
    unit: str = "forfait"
    works: dict[str, str] = field(default_factory=dict)
    by_kind: dict[str, str] = field(default_factory=dict)
    by_topic: dict[str, str] = field(default_factory=dict)
    link: str | None = None
    opens: tuple[str, ...] = ()
    article: str = "def"
    indef_with: tuple[str, ...] = ()
    mass: bool = False
    finish: bool = False
    own_floor: bool = False
    alone: str | None = None
    alone_label: str | None = None
    cheaper: Cheaper | None = None
    same_as: str | None = None
    feminine: str = ""
    before: bool = False
    on_work: bool = False
    short: str | None = None
    implied: str | None = None
    painted: bool = False
    made_of: str | None = None
    raw: bool = False
    belongs: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An entry found: how many words it took, the glossary's spelling of the form, and which kind of form it was."""

    entry: Entry
    words: int
    form: str
    source: Literal["fr", "plural", "alias", "participle", "tr", "asr"]
    cost: int


@dataclass(frozen=True, slots=True)
class Spelling:
    """French words by their bare form, and words whose capitals or aspirated h are known."""

    words: dict[str, str]
    acronyms: frozenset[str]
    aspirated: frozenset[str]


_RANK: dict[Language, dict[str, int]] = {
    "fr": {"fr": 0, "plural": 0, "alias": 1, "participle": 1, "asr": 2},
    "tr": {"tr": 0, "fr": 1, "plural": 1, "alias": 2, "participle": 2, "asr": 3},
}


class Glossary:
    """Entries indexed by the first words of all their forms."""

    def __init__(self, entries: Sequence[Entry], spelling: Spelling) -> None:
        self.entries = tuple(entries)
        self.spelling = spelling
        self._by_french = {fold(entry.fr): entry for entry in reversed(entries)}
        self._index: dict[Language, dict[str, Any]] = {"fr": {}, "tr": {}}
        for entry in entries:
            for form, source in _forms(entry):
                if source != "tr":
                    self._add("fr", form, source, entry)
                self._add("tr", form, source, entry)
                if source == "tr" and " " in form:
                    self._add_without_ending(form, entry)

    def _add(self, language: Language, form: str, source: str, entry: Entry, shown: str | None = None) -> None:
        node = self._index[language]
        for key in keys(form):
            node = node.setdefault(key, {})
        node.setdefault("", []).append((entry, shown or form, source))

    def _add_without_ending(self, form: str, entry: Entry) -> None:
        """A compound also without its possessive ending: "mutfak dolabı" is found in "mutfak dolapları"."""
        *first, last = keys(form)
        for stem in turkish_stems(last)[1:]:
            if last.removeprefix(stem[:-1]) and len(last) - len(stem) <= _POSSESSIVE:
                self._add("tr", " ".join([*first, stem]), "tr", entry, shown=form)

    def french(self, name: str) -> Entry | None:
        """The entry printed as ``name``."""
        return self._by_french.get(fold(name))

    def find(self, words: Sequence[str], language: Language) -> list[Match]:
        """Entries that the folded ``words`` begin with, the longest first, then the spelling that is nearest."""
        stems = turkish_stems if language == "tr" else french_stems
        matches = list(self._walk(self._index[language], words[:_LONGEST], 0, 0, stems))
        rank = _RANK[language]
        return sorted(matches, key=lambda match: (-match.words, rank[match.source], match.cost))

    def _walk(self, node: dict[str, Any], words: Sequence[str], depth: int, cost: int, stems: Any) -> Iterator[Match]:
        for entry, form, source in node.get("", ()):
            yield Match(entry, depth, form, source, cost)
        if depth < len(words):
            for step, stem in enumerate(stems(words[depth])):
                if stem in node:
                    yield from self._walk(node[stem], words, depth + 1, cost + step, stems)


def _forms(entry: Entry) -> Iterator[tuple[str, str]]:
    yield entry.fr, "fr"
    if entry.kind == "adjective":
        for form in (entry.feminine, french_plural(entry.feminine)):
            yield form, "alias"
    if entry.plural:
        yield entry.plural, "plural"
    for form in entry.aliases:
        yield form, "alias"
    for form in entry.participles:
        yield form, "participle"
    for form in entry.tr:
        yield form, "tr"
    for form in entry.asr:
        yield form, "asr"


def _entry(data: dict[str, Any]) -> Entry:
    turkish = data.get("tr") or []
    possessed = {str(form): str(name) for form, name in turkish.items()} if isinstance(turkish, dict) else {}
    french, kind = str(data["fr"]), data["kind"]
    cheaper = data.get("cheaper")
    as_written: dict[str, Any] = {name: data[name] for name in _AS_WRITTEN if name in data}
    as_written |= {name: tuple(data.get(name) or ()) for name in ("participles", "opens", "indef_with")}
    return Entry(
        fr=french,
        kind=kind,
        feminine_gender=data.get("gender") == "f",
        plural=data.get("plural") or french_plural(french),
        usual_plural=data.get("usual") == "plural",
        possessed=possessed,
        tr=tuple(str(form) for form in turkish),
        aliases=tuple(str(form) for form in data.get("aliases") or ()),
        asr=tuple(str(form) for form in data.get("asr") or ()),
        unit=data.get("unit") or ("u" if kind == "object" else "forfait"),
        by_topic={key: value for said, value in (data.get("by_topic") or {}).items() for key in keys(said)},
        cheaper=Cheaper(**{"language": "tr", **cheaper, "below": Decimal(str(cheaper["below"]))}) if cheaper else None,
        feminine=data.get("feminine") or french,
        **as_written,
    )


_AS_WRITTEN = (
    "bare", "counted", "label", "show", "works", "by_kind", "link", "article", "mass", "finish", "own_floor", "alone",
    "alone_label", "same_as", "before", "on_work", "short", "implied", "painted", "made_of", "raw", "belongs",
)  # fmt: skip


@cache
def load_glossary() -> Glossary:
    """The glossary of the product, read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries: list[Entry] = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        if path.name not in _NOT_ENTRIES:
            entries += [_entry(data) for data in yaml.load(path.read_text(encoding="utf-8"), loader)]
    raw = yaml.load((_FOLDER / "spelling.yaml").read_text(encoding="utf-8"), loader)
    written = [*raw["accents"].split(), *raw["brands"].split(), *raw["acronyms"].split()]
    spelling = Spelling(
        words={fold(word): word for word in written},
        acronyms=frozenset(raw["acronyms"].split()),
        aspirated=frozenset(raw["aspirated"].split()) | frozenset(fold(word) for word in raw["aspirated"].split()),
    )
    return Glossary(entries, spelling)


def trade_words(text: str, language: Language) -> dict[str, str]:
    """The trade words of a text with their French terms, folded: {"kuvet": "baignoire"}."""
    glossary, words = load_glossary(), list(keys(text))
    found: dict[str, str] = {}
    at = 0
    while at < len(words) and len(found) < MOST_TRADE_WORDS:
        match = next(iter(glossary.find(words[at:], language)), None)
        if match is not None and match.entry.fr:
            found[" ".join(words[at : at + match.words])] = match.entry.fr
        at += match.words if match is not None else 1
    return found


MOST_TRADE_WORDS = 20
"""Glossary hits given to a model with a message."""
