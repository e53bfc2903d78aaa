"""Rows to learn from: those of the train part as they are, those of the development part also as if the rules had said nothing.

The rules were worked on with the development rows and read them nearly all rightly; a learner that saw only these readings
would trust the rules too much, one that never saw them would unlearn what the rules know. The same holds for the rows of
played dialogues. Rows of the train part are never used to change a rule.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.learned import features
from evals.training.alignment import tags
from evals.utterances.loading import Utterance, crowds, utterances
from tools.commands import Language

_OF_RULES = ("g0=", "g-1=", "g+1=", "g-10=", "g01=", "gk=", "cl=", "cl|g=", "gs=", "gsure|", "gunsure|")
_OF_READING = ("g=", "g&aw=", "gset=", "conf=", "g&conf=", "gs=", "left=", "l=")
_CODE = (
    "agent/understanding/learned/features.py",
    "agent/understanding/learned/anchors.py",
    "evals/training/alignment.py",
)
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled utterance as the learner sees it: its items with their tags, and the whole with its classes."""

    utterance: Utterance
    items: list[list[str]]
    tags: list[str]
    message: set[str]
    classes: set[str]


def row(utterance: Utterance, *, with_rules: bool = True) -> Row:
    """One utterance; without the rules, what they made of it is left out."""
    reading, session = GrammarUnderstander().look(utterance.request())
    seen = features.sight(session, reading)
    items, message = features.of_items(seen), features.of_message(seen)
    if not with_rules:
        items = [[each for each in item if not each.startswith(_OF_RULES)] for item in items]
        message = {each for each in message if not each.startswith(_OF_READING)}
    return Row(utterance, items, tags(session.items, utterance.commands), message, classes(utterance))


def classes(utterance: Utterance) -> set[str]:
    """What the whole message says: its commands, and the arguments that no word of it names."""
    found = {label.name for label in utterance.commands}
    for label in utterance.commands:
        found |= {f"{label.name}.{slot}={value}" for slot, value in label.args.items() if slot in features.KINDS}
    return found or {"NONE"}


def taught(language: Language, without: Collection[str] = ()) -> list[tuple[Utterance, bool]]:
    """The utterances that a language is taught with, but for some files, and whether the rules' reading is shown."""
    crowd = {name: rows for name, rows in crowds("train", language).items() if name not in without}
    found = [(each, True) for rows in crowd.values() for each in rows]
    known = [*utterances("dev", language), *crowd.get(f"{language}_played", ())]
    return found + [(each, False) for each in known] + [(each, True) for each in utterances("dev", language)]


def fingerprint(language: Language) -> str:
    """Of the rows and of the code that turns them into features: a model learned from others has another one."""
    known = hashlib.sha256()
    for utterance, _ in taught(language):
        known.update(json.dumps(utterance.model_dump(mode="json", exclude={"voice", "tags"}), sort_keys=True).encode())
    for path in _CODE:
        known.update((_ROOT / path).read_bytes())
    return known.hexdigest()[:16]
