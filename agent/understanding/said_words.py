"""Whether words that a model proposes (a name, an address, a designation, an e-mail…) were said by the artisan.

Words are compared folded and fuzzily: case, accents, Turkish case suffixes and recognition errors do not matter,
invented words do. Digits and e-mails are compared exactly: a near phone number is another person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from rapidfuzz import fuzz, process

from agent.understanding.grammar import lexicon
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.tokens import tokenise

NAME_SHARE = 0.8
"""Share of a name's or address's letters that must be said."""
DESCRIPTION_SHARE = 0.6
"""A designation may be repaired or inflected by the model (UX-27), so less of it must be literal."""
_SAME_WORD = 80
"""rapidfuzz ratio (0 to 100) from which two words are the same word."""

_PAUSE = re.compile(r"[;\n]|,(?!\d)")


class SaidWords:
    """The words of a message, with what a recogniser's errors stand for ("chauffe haut" also says "chauffe eau")."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = [token for token in tokenise(text) if token.kind in ("word", "number", "suffix")]
        self.keys = [token.key for token in self._tokens]

    @cached_property
    def words(self) -> list[str]:
        """Folded words, numbers in digits, and repaired words."""
        lex = lexicon.load()
        repaired: list[str] = []
        for index, key in enumerate(self.keys):
            found = lex.repairs.at(self.keys, index)
            repaired += split(found[1]) if found else []
            repaired += split(lex.spelling[key]) if key in lex.spelling else []
        pairs = [first + second for first, second in zip(self.keys, self.keys[1:], strict=False)]
        return list(dict.fromkeys(self.keys + repaired + pairs))

    def share(self, proposed: str) -> float:
        """The part of the proposed words, by letters, that was said: 0 to 1; 1 for no words."""
        wanted = split(proposed)
        if not wanted:
            return 1.0
        said = sum(len(word) for word in wanted if self._says(word))
        return said / sum(len(word) for word in wanted)

    def _says(self, word: str) -> bool:
        if word.isdigit():
            return any(word in re.findall(r"\d+", said) for said in self.words)
        if len(word) < 3:
            return word in self.words
        # A suffix may be joined to a name ("lefevreye"), so a word that begins with the name also says it.
        if len(word) >= 4 and any(said.startswith(word) and len(said) - len(word) <= 4 for said in self.words):
            return True
        return process.extractOne(word, self.words, scorer=fuzz.ratio, score_cutoff=_SAME_WORD) is not None

    def says_name(self, name: str) -> bool:
        """At least ``NAME_SHARE`` of the name was said."""
        return self.share(name) >= NAME_SHARE

    def says_known(self, name: str, known: Iterable[str]) -> bool:
        """The name is that of a client on file and a word of it was said ("boulangerie" for SARL Boulangerie)."""
        key = fold(name)
        if not any(fuzz.ratio(key, fold(candidate)) >= 90 for candidate in known):
            return False
        return any(self._says(word) for word in split(name) if len(word) >= 3)

    @cached_property
    def _digits(self) -> list[str]:
        """Runs of digits as written with spaces, dots or dashes between them."""
        return [re.sub(r"\D", "", run) for run in re.findall(r"\+?\d[\d .\-/()]*", self.text)]

    def says_digits(self, proposed: str, last: int | None = None) -> bool:
        """The digits (the ``last`` ones: a phone without its country code) stand in the text, exactly."""
        digits = re.sub(r"\D", "", proposed)
        wanted = digits[-last:] if last else digits
        if len(wanted) < (last or 1):
            return False
        return any(run.endswith(wanted) if last else wanted in run for run in self._digits)

    def says_email(self, proposed: str) -> bool:
        """The address stands in the text, exactly but for case and spaces around the @."""
        address = proposed.strip().lower()
        return "@" in address and bool(
            re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", re.sub(r"\s*@\s*", "@", self.text.lower()))
        )

    def says_phrase(self, phrases: lexicon.Phrases, value: str) -> bool:
        """One of the phrases that mean ``value`` was said (units, HT/TTC)."""
        keys = self.keys
        return any((found := phrases.at(keys, index)) is not None and found[1] == value for index in range(len(keys)))

    def says_any(self, phrases: Iterable[str]) -> bool:
        """One of the folded phrases was said, word for word."""
        line = f" {' '.join(self.keys)} "
        return any(f" {phrase} " in line for phrase in phrases)

    def says_beginning(self, beginnings: Iterable[str]) -> bool:
        """A word, or words, that begin so were said: endings and conjugations do not matter."""
        line = f" {' '.join(self.keys)}"
        return any(f" {beginning}" in line for beginning in beginnings)

    def keys_before(self, start: int) -> list[str]:
        """The folded words before an offset, in their order."""
        return [token.key for token in self._tokens if token.start < start]

    def near(
        self, start: int, end: int, phrases: Iterable[str], next_number: int | None = None, reach: int = 3
    ) -> bool:
        """One of the folded phrases stands within ``reach`` words of the offsets, no comma between.

        Words right before ``next_number`` are that number's, unless they follow at once: in "5ten iskele götürü 1200"
        götürü says nothing about the 5.
        """
        first = max((m.end() for m in _PAUSE.finditer(self.text, 0, start)), default=0)
        pause = _PAUSE.search(self.text, end)
        last = pause.start() if pause else len(self.text)
        before = [t.key for t in self._tokens if first <= t.start < start][-reach:]
        if any(f" {phrase} " in f" {' '.join(before)} " for phrase in phrases):
            return True
        if "=" in phrases and "=" in self.text[max(start - 2, 0) : start]:
            return True
        skipped = lexicon.load().currency
        after = [t for t in self._tokens if end <= t.start < last and t.kind != "suffix" and t.key not in skipped]
        cut = next((place for place, token in enumerate(after) if token.start == next_number), None)
        keys = [token.key for token in after[:cut]]
        for phrase in phrases:
            wanted = phrase.split()
            for place in range(min(reach - len(wanted) + 1, len(keys))):
                theirs = place > 0 and cut is not None and place + len(wanted) == cut
                if keys[place : place + len(wanted)] == wanted and not theirs:
                    return True
        return False

    def around(self, start: int, end: int) -> str | None:
        """The words of the clause that holds the offsets, as said, without numbers, units and fillers."""
        lex = lexicon.load()
        first = max((m.end() for m in _PAUSE.finditer(self.text, 0, start)), default=0)
        pause = _PAUSE.search(self.text, end)
        last = pause.start() if pause else len(self.text)
        small = lex.words["fillers"] | lex.words["articles"] | lex.words["connectors"] | {"a", "x"} | lex.currency
        kept = []
        for index, token in enumerate(self._tokens):
            inside = first <= token.start < last and not (token.start < end and start < token.end)
            if token.kind == "word" and inside and not lex.units.at(self.keys, index):
                kept.append(token)
        while kept and kept[0].key in small:
            kept.pop(0)
        while kept and kept[-1].key in small:
            kept.pop()
        said = ""
        for before, token in zip([None, *kept], kept, strict=False):
            gap = self.text[before.end : token.start] if before else ""
            said += (gap if gap == "-" else " ") + token.text
        return said.strip() or None

    def place_of(self, proposed: str) -> tuple[int, int] | None:
        """Offsets from the first to the last said word of the proposed ones; None when none was said."""
        wanted = [word for word in split(proposed) if len(word) >= 3]
        at = [t for t in self._tokens if any(fuzz.ratio(t.key, word) >= _SAME_WORD for word in wanted)]
        return (at[0].start, at[-1].end) if at else None


def split(text: str) -> list[str]:
    """Folded words and numbers, letters and digits apart ("BA13" is ba and 13)."""
    return re.findall(r"[^\W\d_]+|\d+", fold(text))
