"""What was learned: per language a linear-chain CRF over the items and one logistic regression per class of messages.

Both are linear and small. They are trained by ``usta eval train`` (``evals.training``) and lie in ``data/``; the header of the
classes names the rows and the features that they were learned from.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import pycrfsuite

from tools.commands import Language


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tags of the items ("B-add_line_item.quantity", "O") and how likely each of them is (0 to 1)."""

    tags: list[str]
    chances: list[float]


class Model:
    """One language. Not safe for threads: the tagger holds the sequence it looks at."""

    def __init__(self, crf: bytes, classes: dict[str, Any]) -> None:
        self._crf = crf  # the tagger reads from this buffer as long as it lives
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._crf)
        self._weights: dict[str, list[tuple[int, float]]] = {
            feature: [(index, weight) for index, weight in pairs] for feature, pairs in classes["weights"].items()
        }
        self._bias: list[float] = classes["bias"]
        self.names: list[str] = classes["names"]
        self._tags_of: dict[str, list[str]] = defaultdict(list)
        for tag in self._tagger.labels():
            self._tags_of[tag[2:].partition(".")[0]].append(tag)
        self.learned_from: str = classes["learned_from"]

    def tag(self, features: Sequence[Sequence[str]]) -> Tagged:
        """The likeliest tags of a message, given the features of its items."""
        if not features:
            return Tagged([], [])
        self._tagger.set(pycrfsuite.ItemSequence(features))
        tags = self._tagger.tag()
        return Tagged(tags, [self._tagger.marginal(tag, i) for i, tag in enumerate(tags)])

    def parts_of(self, command: str) -> list[tuple[str, float]]:
        """For each item of the message tagged last, the likeliest slot of this command and how likely it is."""
        tags = self._tags_of.get(command, ())
        count = len(self._tagger.tag()) if tags else 0
        best = [max((self._tagger.marginal(tag, i), tag) for tag in tags) for i in range(count)]
        return [(tag.partition(".")[2], chance) for chance, tag in best]

    def chances(self, features: Iterable[str]) -> dict[str, float]:
        """How likely (0 to 1) each class is: a command ("confirm"), one of its kinds ("start_document.kind=quote"), "NONE"."""
        sums = list(self._bias)
        for feature in features:
            for index, weight in self._weights.get(feature, ()):
                sums[index] += weight
        return {
            name: 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
            for name, value in zip(self.names, sums, strict=True)
        }


@cache
def model_for(language: Language) -> Model:
    """The model of a language, loaded once per process."""
    folder = files(__package__) / "data"
    classes = json.loads(gzip.decompress((folder / f"{language}.classes.json.gz").read_bytes()))
    return Model(gzip.decompress((folder / f"{language}.crf.gz").read_bytes()), classes)
