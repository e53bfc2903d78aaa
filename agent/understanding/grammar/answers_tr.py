"""Turkish answers that say something else than the thing asked for: a choice in words, "yok", "sonra", "istemiyorum"."""

from __future__ import annotations

from agent.understanding.grammar.corrections import ORDINALS
from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.items import Item
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.line_pointing_tr import nominative
from agent.understanding.grammar.session import Session
from tools.commands import Choice

_FIRST, _LAST = word_set("answers_first"), word_set("answers_last")
_OTHER = word_set("answers_other")
_AROUND = word_set("answers_around")
_PASSING = word_set("answers_passing")
_REFUSING = word_set("answers_refusing")
_NEW_VALUES = ("new", "independent", "none")
_FACTS = frozenset(
    ["slot:client.phone", "slot:client.email", "slot:client.siret", "slot:client.address", "slot:client.vat_number"]
)
_SHORT = 6
"""Words of an answer up to which "yok" or "sonra" in it answers the question."""


def whole_label(session: Session) -> None:
    """ "müşteriye gönder olsun": the words of one choice, before they are taken for an order of their own."""
    if session.language != "tr" or not (session.context.awaiting or "").startswith("choice:"):
        return
    around = _AROUND | session.lexicon.words["fillers"]
    said = [i.key for i in session.items if i.kind != "mark"]
    for choice in session.context.choices:
        label = fold(choice.label).replace("-", " ").split()
        size = len(label)
        at = next((n for n in range(len(said) - size + 1) if said[n : n + size] == label), None)
        if size > 1 and at is not None and set(said[:at] + said[at + size :]) <= around:
            session.claim(0, len(session.items), "choose")
            session.emit("choose", {"option": choice.number}, 0, len(session.items))
            return


def read(session: Session, free: list[int]) -> bool:
    """Whether the message was such an answer; its words are claimed."""
    awaiting = session.context.awaiting or ""
    if session.language != "tr":
        return False
    if session.context.choices and awaiting.startswith("choice:"):
        return _choose(session, free)
    items = [session.items[i] for i in free]
    if session.commands or len(items) > _SHORT or any(i.kind != "word" for i in items):
        return False
    if awaiting in _FACTS and any(i.key in _PASSING for i in items):
        return _say(session, free, "skip")
    if awaiting == "slot:deposit" and any(i.key in _REFUSING for i in items):
        return _say(session, free, "deny")
    return False


def _say(session: Session, free: list[int], name: str) -> bool:
    session.claim(free[0], free[-1] + 1, name)
    session.emit(name, {}, free[0], free[-1] + 1)
    return True


def _choose(session: Session, free: list[int]) -> bool:
    """ "ilki", "Bron'daki", "0044 olan", "hiçbiri, yeni müşteri": the one choice that the words point at."""
    choices = session.context.choices
    votes: list[set[int]] = []
    for index in free:
        item = session.items[index]
        if item.key in _AROUND or item.key in session.lexicon.words["fillers"]:
            continue
        found = _pointed(item, choices)
        if not found:
            return False
        votes.append(found)
    meant = set.intersection(*votes) if votes else set()
    if len(meant) != 1:
        return False
    session.claim(free[0], free[-1] + 1, "choose")
    session.emit("choose", {"option": meant.pop()}, free[0], free[-1] + 1)
    return True


def _pointed(item: Item, choices: list[Choice]) -> set[int]:
    """The numbers of the choices that a word may mean."""
    numbers = [choice.number for choice in choices]
    if item.key in _FIRST:
        return {min(numbers)}
    if item.key in _LAST:
        return {max(numbers)}
    if item.key in _OTHER:
        return {c.number for c in choices if (c.value or "").rsplit(":", 1)[-1] in _NEW_VALUES}
    if item.facts.get("ordinal") and item.value is not None:
        return {item.whole} & set(numbers)
    if item.kind in ("number", "dimension", "money") and item.text[:1].isdigit():
        said = item.text.split("'")[0]
        by_label = {c.number for c in choices if len(said) > 1 and said in c.label}
        return by_label or ({item.whole} & set(numbers))
    for name, number in ORDINALS.items():
        if item.key == name or nominative(item.key, name):
            return {number} & set(numbers)
    word = fold(item.text.split("'")[0].split("’")[0])
    return {c.number for c in choices if any(_same(word, item.key, part) for part in _parts(c.label))}


def _parts(label: str) -> list[str]:
    return [part for part in fold(label).replace(",", " ").replace("(", " ").replace(")", " ").split() if len(part) > 2]


def _same(word: str, key: str, part: str) -> bool:
    return word == part or nominative(key, part) or (len(word) > 4 and nominative(part, word))
