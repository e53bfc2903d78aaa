"""What the tagger sees of each item of a message, and what the classifier sees of the whole.

Features are short strings. They say what stands here and around, what kind of number it is, where the conversation
stands, whether the draft carries the same words or values, and what the rules made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from agent.understanding.grammar.items import Item
from agent.understanding.grammar.session import Session, is_trade
from agent.understanding.learned.anchors import laid_on, same_word, split
from tools.commands import Command, Reading

KINDS = frozenset("kind premises method status what to gate scope remove value territory price_mode legal_form".split())
"""Arguments that no single word says: the classifier tells them from the whole message."""

_LISTS = ("works", "things", "rooms", "surfaces", "fillers", "articles", "connectors", "function", "documents")
_SMALL_LISTS = ("fillers", "articles", "connectors", "function")
_SHORT = 8
_SURE, _UNSURE = 0.95, 0.7


@dataclass(slots=True)
class Sight:
    """A message as the learned reader sees it. ``ruled``: per item, the command of the rules and the slot it stands for."""

    session: Session
    reading: Reading
    commands: list[Command]
    ruled: list[tuple[int, str] | None]
    shapes: list[str]

    @property
    def items(self) -> list[Item]:
        return self.session.items


def sight(session: Session, reading: Reading) -> Sight:
    """Lays the reading of the rules on the items."""
    commands = sorted(reading.commands, key=lambda command: command.start)
    small = frozenset().union(*(session.lexicon.words[name] for name in _SMALL_LISTS))
    shapes = [_shape(item, small) for item in session.items]
    return Sight(session, reading, commands, laid_on(session.items, commands), shapes)


def _shape(item: Item, small: frozenset[str]) -> str:
    if item.kind == "mark":
        return "k:" + item.key
    if item.kind == "word":
        return "w:" + item.key if item.key in small else "w:TRADE" if is_trade(item.key) else "w:?"
    if item.kind == "number":
        return f"num{_magnitude(item)}"
    if item.kind == "quantity":
        return f"q:{item.unit}"
    if item.kind == "money":
        return "m" + ("M" if item.marked else "") + (f":{item.per}" if item.per else "")
    return item.kind


def _magnitude(item: Item) -> int:
    """How many digits stand before the comma, at most six."""
    return min(6, len(str(int(abs(item.value))))) if item.value is not None else 0


def of_items(seen: Sight) -> list[list[str]]:
    """The features of each item."""
    items, shapes, count = seen.items, seen.shapes, len(seen.items)
    around = _Around(seen)
    out = []
    for i, item in enumerate(items):
        found = around.words(i)
        if item.is_word:
            found += around.of_word(i)
        if item.value is not None:
            found += around.of_number(i)
        found += around.of_rules(i)
        found += [f"pos={min(i, 5)}", f"end={min(count - i - 1, 3)}"]
        if around.document is not None:
            found.append(f"doc={max(-4, min(4, i - around.document))}")
        if seen.session.kind == "voice":
            found += ["voice", "voice|" + shapes[i]]
        out.append(found)
    return out


class _Around:
    """The neighbourhood of each item."""

    def __init__(self, seen: Sight) -> None:
        session = seen.session
        self._seen, self._items, self._shapes, self._lexicon = seen, session.items, seen.shapes, session.lexicon
        draft = session.context.draft
        self._awaiting = session.context.awaiting or "none"
        self._stage = 0 if draft is None else 1 if not draft.lines else 2
        lines = draft.lines if draft else []
        self._said = {word for line in lines for word in split(f"{line.description} {line.said or ''}")}
        self._carried = {
            v for line in lines for raw in (line.quantity, line.unit_price, line.total) if (v := _value(raw))
        }
        self._client = set(split(draft.client or "")) if draft else set()
        self._numbers = [i for i, item in enumerate(self._items) if item.value is not None]
        self._small = frozenset().union(*(self._lexicon.words[name] for name in _SMALL_LISTS))
        self.document = next(
            (i for i, item in enumerate(self._items) if item.is_word and item.key in self._lexicon.words["documents"]),
            None,
        )
        commands, before = seen.commands, -1
        self._rules: list[str] = []
        for place in seen.ruled:
            if place is None:
                self._rules.append("O")
                continue
            self._rules.append(("B-" if place[0] != before else "I-") + commands[place[0]].name + "." + place[1])
            before = place[0]

    def _shape(self, i: int) -> str:
        return self._shapes[i] if 0 <= i < len(self._shapes) else "<s>" if i < 0 else "</s>"

    def _key(self, i: int) -> str:
        if not 0 <= i < len(self._items):
            return "-"
        return self._items[i].key if self._items[i].is_word else self._shapes[i]

    def _rule(self, i: int) -> str:
        return self._rules[i] if 0 <= i < len(self._rules) else "-"

    def words(self, i: int) -> list[str]:
        key, shape = self._key, self._shape
        return [
            "b", f"k0={key(i)}", f"k-1={key(i - 1)}", f"k+1={key(i + 1)}", f"k-2={key(i - 2)}", f"k+2={key(i + 2)}",
            f"k-10={key(i - 1)}|{key(i)}", f"k01={key(i)}|{key(i + 1)}",
            f"aw={self._awaiting}", f"aw0={self._awaiting}|{shape(i)}", f"dr={self._stage}",
            *(f"s{o}={shape(i + o)}" for o in range(-4, 5)),
            f"s-2-1={shape(i - 2)}|{shape(i - 1)}", f"s-10={shape(i - 1)}|{shape(i)}", f"s01={shape(i)}|{shape(i + 1)}",
            f"s12={shape(i + 1)}|{shape(i + 2)}", f"s-101={shape(i - 1)}|{shape(i)}|{shape(i + 1)}",
        ]  # fmt: skip

    def of_word(self, i: int) -> list[str]:
        item = self._items[i]
        key = item.key
        found = [f"p3={key[:3]}", f"p4={key[:4]}", f"s3={key[-3:]}", f"s2={key[-2:]}"]
        if item.text[:1].isupper():
            found.append("caps" if item.text.isupper() and len(item.text) > 1 else "cap")
        if item.case:
            found.append(f"case={item.case}")
        found += [f"c:{name}" for name in _LISTS if key in self._lexicon.words[name]]
        if key in self._lexicon.titles:
            found.append("c:title")
        if is_trade(key):
            found.append("trade")
        if any(same_word(key, word) for word in self._said):
            found += ["indraft", f"indraft|{self._shape(i + 1)}", f"indraft|{self._awaiting}"]
        if any(same_word(key, word) for word in self._client):
            found.append("inclient")
        return found

    def of_number(self, i: int) -> list[str]:
        item, rank = self._items[i], self._numbers.index(i)
        found = [
            f"marked={item.marked}", f"case={item.case}", f"unit={item.unit}", f"per={item.per}",
            f"tot={item.total or item.global_price}", f"mag={_magnitude(item)}", f"rank={min(rank, 3)}",
            f"rest={min(len(self._numbers) - rank - 1, 3)}", f"mode={item.mode}",
        ]  # fmt: skip
        if item.value in self._carried:
            found.append("carried")
        if item.replaces is not None:
            found.append("replaces")
        before = self._numbers[rank - 1] if rank else None
        after = self._numbers[rank + 1] if rank + 1 < len(self._numbers) else None
        found.append("pv=" + (self._between(before, i) if before is not None else "-"))
        found.append("nx=" + (self._between(i, after) if after is not None else "-"))
        return found

    def _between(self, a: int, b: int) -> str:
        inside = self._items[a + 1 : b]
        marks = "S" if any(item.separator for item in inside) else ""
        trade = "T" if any(item.is_word and is_trade(item.key) for item in inside) else ""
        words = "W" if any(item.is_word and item.key not in self._small for item in inside) else ""
        return f"{self._shapes[a]}{marks}{trade}{words}>{self._shapes[b]}"

    def of_rules(self, i: int) -> list[str]:
        item, rule = self._items[i], self._rule
        here = rule(i)
        found = [
            f"g0={here}", f"g-1={rule(i - 1)}", f"g+1={rule(i + 1)}", f"g-10={rule(i - 1)}|{here}",
            f"g01={here}|{rule(i + 1)}", f"gk={here}|{self._key(i)}", f"cl={item.claimed}", f"cl|g={item.claimed}|{here}",
            f"gs={here}|{self._shape(i)}",
        ]  # fmt: skip
        sure = self._seen.reading.confidence
        if sure >= _SURE:
            found.append(f"gsure|{here}")
        elif sure < _UNSURE:
            found.append(f"gunsure|{here}")
        return found


def of_message(seen: Sight) -> set[str]:
    """The features of the whole message."""
    session, reading = seen.session, seen.reading
    draft, awaiting = session.context.draft, session.context.awaiting or "none"
    lines = bool(draft and draft.lines)
    words = [item.key if item.is_word or item.kind == "mark" else seen.shapes[i] for i, item in enumerate(seen.items)]
    found = {f"aw={awaiting}", f"awk={awaiting.split(':')[0]}", f"dr={0 if draft is None else 2 if lines else 1}"}
    found |= {f"len={min(len(words), _SHORT)}", f"nums={min(sum(item.value is not None for item in seen.items), 4)}"}
    found |= {f"w={word}" for word in words} | {f"d{int(lines)}&w={word}" for word in words}
    edged = ["^", *words, "$"]
    found |= {f"b={a}_{b}" for a, b in pairwise(edged)}
    found |= {f"t={a}_{b}_{c}" for a, b, c in zip(edged, edged[1:], edged[2:], strict=False)}
    for item in seen.items:
        found.add(f"kind={item.kind}")
        if item.is_word and len(item.key) > 3:
            found |= {f"p4={item.key[:4]}", f"p5={item.key[:5]}", f"s4={item.key[-4:]}"}
            if is_trade(item.key):
                found.add("trade")
            elif item.text[:1].isupper():
                found.add("capital")
    if len(words) <= _SHORT:
        text = f" {' '.join(words)} "
        found |= {f"c={text[i : i + 4]}" for i in range(len(text) - 3)}
        found |= {f"aw&w={awaiting}&{word}" for word in words}
    found |= {f"first={word}" for word in words[:2]} | {f"last={word}" for word in words[-1:]}
    return found | _of_reading(reading, awaiting)


def _of_reading(reading: Reading, awaiting: str) -> set[str]:
    """What the rules made of the message."""
    names = {command.name for command in reading.commands}
    sure = min(3, int(reading.confidence * 4)) if reading.confidence < _SURE else 4
    found = {f"g={name}" for name in names} | {f"g&aw={name}|{awaiting}" for name in names}
    found |= {"gset=" + "+".join(sorted(names)), f"conf={sure}"} | {f"g&conf={name}{sure}" for name in names}
    for command in reading.commands:
        found |= {f"gs={command.name}.{slot}" for slot in command.args}
        found |= {f"g={command.name}.{slot}={value}" for slot, value in command.args.items() if slot in KINDS}
    left = [word for text in reading.unexplained for word in split(text)]
    found.add(f"left={min(4, len(left))}")
    return found | {f"l={word}" for word in left}


def _value(raw: str | None) -> Decimal | None:
    try:
        return Decimal(raw) if raw else None
    except InvalidOperation:
        return None
