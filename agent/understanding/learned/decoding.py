"""From tags and chances to commands.

A command of the rules that stands on the same words is kept wherever the tagger agrees with it. What the tagger reads otherwise
is built with the same functions as the rules use, from the items that it tagged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.understanding.grammar import line_commands, names
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.line_reading import LineReading
from agent.understanding.grammar.name_endings import strip_case
from agent.understanding.learned.anchors import CODES, DATES, FEMALE, NUMBERS, PLACES, WORDS
from agent.understanding.learned.features import Sight
from agent.understanding.learned.model import Tagged
from tools.commands import Command

_LIKELY, _POSSIBLE, _SURE, _CERTAIN, _RULED, _PAIRED = 0.5, 0.3, 0.8, 0.9, 0.3, 0.01
"""Chances of a command: that it is given, that it may be, that its words are looked for where no tag names them."""
_HARMLESS = frozenset(
    "start_document deny skip ask_help off_topic show_recap show_transcript preview_document list_documents get_document "
    "hand_over resume_bot get_company find_client price_history set_site set_vat set_dates set_discount update_line_item".split()
)
_FAINT, _BESIDE = 0.04, 0.4
"""Least chance of the likeliest item of such a command, and of others as a share of it."""
_ONLY_RULES = frozenset("confirm choose send_whatsapp update_company".split())
"""Never on the word of what was learned alone: consent and what is sent (DESIGN §7), and facts of his own company."""
_BARE = frozenset(
    "confirm deny skip undo ask_help off_topic show_recap show_transcript preview_document list_documents hand_over "
    "resume_bot accept_quote cancel_document issue_credit_note record_payment get_company copy_document link_quote "
    "amend_quote correct_invoice release_retention set_retention".split()
)
"""Commands that mean something without an argument."""
_NEEDS = {"start_document": "kind", "get_document": "what", "set_subcontracting": "value"}
_AMOUNTS = frozenset(["quantity", "unit_price", "total"])
_PRICES = frozenset(["unit_price", "total", "amount", "target_total"])
_SEVERAL = frozenset(
    "add_line_item update_line_item remove_line_item move_line_item select_client create_client set_vat record_payment".split()
)
"""Commands that a message may give more than once."""


Parts = Callable[[str], list[tuple[str, float]]]


@dataclass(slots=True)
class Segment:
    """Items that belong to one command: slot to item indexes. ``rule``: the index of the rules' command on the same words."""

    name: str
    slots: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    rule: int | None = None

    @property
    def places(self) -> list[int]:
        return sorted(i for indexes in self.slots.values() for i in indexes)


@dataclass(slots=True)
class Decoded:
    """A command with the items that it stands on; ``rule``: the rules' command in its place; ``same``: it says the same."""

    command: Command
    places: list[int] = field(default_factory=list)
    rule: Command | None = None

    @property
    def same(self) -> bool:
        return self.rule is not None and all(
            self.rule.args.get(slot) == self.command.args.get(slot) for slot in (*_AMOUNTS, "line", "match")
        )


def decode(seen: Sight, tagged: Tagged, chances: Mapping[str, float], parts: Parts = lambda _: []) -> list[Decoded]:
    """The commands of a message, in the order said. ``parts``: see ``Model.parts_of``."""
    segments = [segment for segment in _segments(tagged.tags) if segment.name not in _ONLY_RULES]
    _pair(seen, segments)
    segments = [s for s in segments if chances.get(s.name, 0.0) >= (_POSSIBLE if s.rule is None else _PAIRED)]
    segments += _missed(seen, segments, chances, parts)
    segments = _without_headings(seen, segments)
    found: list[Decoded] = []
    for segment in segments:
        if (command := _command(seen, segment)) is not None:
            rule = seen.commands[segment.rule] if segment.rule is not None else None
            found.append(Decoded(command, segment.places, rule))
    paired = {segment.rule for segment in segments}
    tagged_names = {each.command.name for each in found}
    for index, rule in enumerate(seen.commands):
        if index in paired or (rule.name in tagged_names and not _agreed_beside(seen, index, found)):
            continue
        named = rule.name == "start_document" and any(
            s.name == "select_client" and s.rule is not None for s in segments
        )
        if named or chances.get(rule.name, 0.0) >= (_FAINT if rule.name in _ONLY_RULES else _RULED):
            places = [i for i, place in enumerate(seen.ruled) if place is not None and place[0] == index]
            found.append(Decoded(rule.model_copy(update={"args": dict(rule.args)}), places, rule))
    names_found = {each.command.name for each in found}
    for name, chance in chances.items():
        least = _LIKELY if name in _HARMLESS else _CERTAIN
        if chance >= least and "." not in name and name not in names_found | _ONLY_RULES and name != "NONE":
            found.append(Decoded(Command(name=name, evidence=seen.session.text, end=len(seen.session.text))))
    for each in found:
        _kinds(each.command, chances, moded=_modes(found))
    found = [each for each in found if each.rule is not None or _whole(each.command)]
    if not found and chances.get("NONE", 0.0) < _LIKELY:  # nothing better is known than what the rules say
        found = [Decoded(rule.model_copy(update={"args": dict(rule.args)}), [], rule) for rule in seen.commands]
    return _in_order(seen, found)


def _in_order(seen: Sight, found: Sequence[Decoded]) -> list[Decoded]:
    """The rules' commands as the rules order them, the others where they were said; a client's facts after the client."""
    ruled = {id(command): index for index, command in enumerate(seen.reading.commands)}
    out = sorted((each for each in found if each.rule is not None), key=lambda each: ruled[id(each.rule)])
    for new in sorted((each for each in found if each.rule is None), key=lambda each: each.command.start):
        later = (i for i, each in enumerate(out) if each.command.start > new.command.start)
        out.insert(next(later, len(out)), new)
    clients = [each for each in out if each.command.name == "select_client"]
    facts = [each for each in out if each.command.name == "update_client"]
    if len(clients) == len(facts) == 1 and out.index(facts[0]) < out.index(clients[0]):
        out.remove(facts[0])
        out.insert(out.index(clients[0]) + 1, facts[0])
    return out


def _whole(command: Command) -> bool:
    """Whether the command says all that it must."""
    needed = _NEEDS.get(command.name)
    return (bool(command.args) or command.name in _BARE) and (needed is None or needed in command.args)


def _missed(seen: Sight, segments: Sequence[Segment], chances: Mapping[str, float], parts: Parts) -> list[Segment]:
    """Commands that the whole message surely gives and no tag names: they stand on the items likeliest to be theirs."""
    tagged = {segment.name for segment in segments}
    ruled = {command.name for command in seen.commands}
    taken = {i for segment in segments for i in segment.places}
    found = []
    for name, chance in chances.items():
        if "." in name or name in tagged or name in ruled or name in _ONLY_RULES or chance < _SURE:
            continue
        likely = [(i, slot, c) for i, (slot, c) in enumerate(parts(name)) if i not in taken]
        best = max((c for _, _, c in likely), default=0.0)
        if best < _FAINT:
            continue
        segment = Segment(name)
        for i, slot, c in likely:
            if c >= best * _BESIDE and (slot != "title" or seen.items[i].key in seen.session.lexicon.titles):
                segment.slots[slot].append(i)
        if segment.slots:
            found.append(segment)
    return found


def _segments(tags: Sequence[str]) -> list[Segment]:
    found: list[Segment] = []
    for index, tag in enumerate(tags):
        if tag == "O":
            continue
        begin, _, what = tag.partition("-")
        name, _, slot = what.partition(".")
        segment = next((each for each in reversed(found) if each.name == name), None)
        if segment is None or (name in _SEVERAL and (begin == "B" or found[-1] is not segment)):
            segment = Segment(name)
            found.append(segment)
        segment.slots[slot].append(index)
    return found


def _without_headings(seen: Sight, segments: Sequence[Segment]) -> list[Segment]:
    """ "rénovation salle de bain : lavabo 280, faïence 19 m² à 53": beside lines with prices, words without a number are no line.

    Right before a line, with no mark between, they belong to it; elsewhere they announce the works.
    """
    lines = [segment for segment in segments if segment.name == "add_line_item"]
    if not any(_PRICES & set(segment.slots) for segment in lines):
        return list(segments)
    bare = [segment for segment in lines if not _AMOUNTS & set(segment.slots)]
    for segment in bare:
        last = segment.places[-1]
        following = min(
            (each for each in lines if each.places[0] > last), key=lambda each: each.places[0], default=None
        )
        if following is None or following in bare:
            continue
        if not any(item.separator for item in seen.items[last + 1 : following.places[0]]):
            following.slots["description"] = sorted([*segment.slots["description"], *following.slots["description"]])
    return [segment for segment in segments if segment not in bare]


def _pair(seen: Sight, segments: Sequence[Segment]) -> None:
    """Gives each segment the command of the rules that stands on most of its words."""
    places: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for i, place in enumerate(seen.ruled):
        if place is not None:
            places[place[0]].add((i, place[1]))
    taken: set[int] = set()
    for segment in segments:
        own = {(i, slot) for slot, indexes in segment.slots.items() for i in indexes}
        touched = {i for i, _ in own}
        best, rule = 0.0, None
        for index, command in enumerate(seen.commands):
            if command.name != segment.name or index in taken:
                continue
            worth = len(places[index] & own) + 0.5 * len({i for i, _ in places[index]} & touched)
            if worth > best:
                best, rule = worth, index
        if rule is None and segment.name not in _SEVERAL:
            rule = next((i for i, command in enumerate(seen.commands) if command.name == segment.name), None)
        segment.rule = rule
        if rule is not None:
            taken.add(rule)


def _agreed_beside(seen: Sight, index: int, found: Sequence[Decoded]) -> bool:
    """ "ikisini de 36 yap": the rules made several changes of the same words, and one of them is agreed upon."""
    rule = seen.commands[index]
    if rule.name not in _SEVERAL or any(place is not None and place[0] == index for place in seen.ruled):
        return False
    return any(
        each.rule is not None and each.same and each.rule.name == rule.name and each.rule.start == rule.start
        for each in found
    )


def _command(seen: Sight, segment: Segment) -> Command | None:
    rule = seen.commands[segment.rule] if segment.rule is not None else None
    if rule is not None and _same_places(seen, segment):
        return rule.model_copy(update={"args": dict(rule.args)})
    build = {"add_line_item": _line, "select_client": _client, "create_client": _client}.get(segment.name, _plain)
    args = build(seen, segment, rule)
    if not args:
        return None
    first, last = segment.places[0], segment.places[-1]
    start, end = seen.items[first].start, seen.items[last].end
    return Command(name=segment.name, args=args, evidence=seen.session.text[start:end], start=start, end=end)


def _same_places(seen: Sight, segment: Segment) -> bool:
    """Whether the rules have the same items in the same slots."""
    ruled = {(i, place[1]) for i, place in enumerate(seen.ruled) if place is not None and place[0] == segment.rule}
    return ruled == {(i, slot) for slot, indexes in segment.slots.items() for i in indexes}


def _line(seen: Sight, segment: Segment, rule: Command | None) -> dict[str, Any]:
    items, slots = seen.items, segment.slots
    words = _bridged(seen, slots.get("description", []))
    if not words:
        return {}
    reading = LineReading([items[i] for i in range(segment.places[0], segment.places[-1] + 1)])
    reading.words = [items[i] for i in words]
    reading.quantity = _first(seen, segment, "quantity")
    reading.price, reading.total = _first(seen, segment, "unit_price"), _first(seen, segment, "total")
    reading.vat = _first(seen, segment, "vat_rate")
    if reading.quantity is not None:
        before = slots["quantity"][0]
        reading.before_quantity = [items[i] for i in words if i < before]
    args = {slot: value for slot, value in line_commands.add(seen.session, reading).items() if value is not None}
    if rule is not None:
        own = {place[1] for place in seen.ruled if place is not None and place[0] == segment.rule}
        for slot, value in rule.args.items():
            inherited = slot in ("quantity", "unit", "vat_rate") and "quantity" not in own and "quantity" not in args
            if slot in ("section", "topic", "price_mode") or inherited:
                args.setdefault(slot, value)
    return args


def _client(seen: Sight, segment: Segment, rule: Command | None) -> dict[str, Any]:
    session, slots = seen.session, segment.slots
    named = slots.get("name", [])
    if not named:
        return {}
    whole = named[-1] - named[0] + 1 <= len(named) + 1
    first, last = (named[0], named[-1] + 1) if whole else (named[-1], named[-1] + 1)
    args: dict[str, Any] = {"name": _name(seen, first, last)}
    if "title" in slots:
        args["title"] = _title(session.items[slots["title"][0]])
    kind = names.kind_of(session, first, last)
    if kind is not None:
        args["kind"] = kind
    for slot in set(slots) - {"name", "title"}:
        args[slot] = _value(seen, slot, slots[slot])
    for slot, value in (rule.args if rule is not None else {}).items():
        if slot not in ("name", "title"):
            args.setdefault(slot, value)
    return args


def _plain(seen: Sight, segment: Segment, rule: Command | None) -> dict[str, Any]:
    """Any other command: what the rules say, with the tagged arguments in place of theirs."""
    ruled: dict[str, list[int]] = defaultdict(list)
    for i, place in enumerate(seen.ruled):
        if place is not None and place[0] == segment.rule and rule is not None:
            ruled[place[1]].append(i)
    args: dict[str, Any] = {}
    for slot, value in (rule.args if rule is not None else {}).items():
        if slot not in ruled or ruled[slot] == segment.slots.get(slot):
            args[slot] = value
    if segment.name == "update_line_item" and {"unit_price", "total"} & set(segment.slots):
        for slot in {"unit_price", "total"} - set(segment.slots) - set(ruled):
            args.pop(slot, None)
    for slot, indexes in segment.slots.items():
        if slot in args:
            continue
        item = seen.items[indexes[0]]
        args[slot] = _value(seen, slot, indexes)
        if slot == "quantity" and item.unit not in (None, "u"):
            args["unit"] = item.unit
        if slot in ("unit_price", "total", "amount") and item.mode:
            args["price_mode"] = item.mode
    return {slot: value for slot, value in args.items() if value not in (None, "")}


def _value(seen: Sight, slot: str, indexes: Sequence[int]) -> Any:
    item = seen.items[indexes[0]]
    if slot in NUMBERS:
        if item.value is None:
            return None
        return item.whole if slot in PLACES and item.whole >= 0 else number_text(item.value)
    if slot == "title":
        return _title(item)
    if slot in CODES or slot in DATES:
        return item.iso or item.clean or item.text
    if slot in ("name", "client_name", "new_name", "place"):
        return _name(seen, indexes[0], indexes[-1] + 1)
    if slot in ("description", "match"):
        return line_commands.describe(seen.session, [seen.items[i] for i in _bridged(seen, indexes)])
    if slot in WORDS:
        return _said(seen, indexes[0], indexes[-1] + 1)
    return item.text


def _said(seen: Sight, first: int, last: int) -> str:
    return re.sub(r"\s+", " ", seen.session.said(first, last)).strip(" ,.;:")


def _name(seen: Sight, first: int, last: int) -> str:
    """The words of a name without a Turkish case ending."""
    return strip_case(seen.session, _said(seen, first, last), seen.items[last - 1], last)


def _bridged(seen: Sight, indexes: Sequence[int]) -> list[int]:
    """The indexes with the small words between them: "cage d'escalier" is tagged at both ends."""
    small = seen.session.lexicon.words["articles"] | frozenset(["de", "d", "en", "a", "au", "aux", "du", "des", "ve"])
    out: list[int] = []
    for index in indexes:
        gap = range(out[-1] + 1, index) if out else range(0)
        if 0 < len(gap) <= 2 and all(seen.items[i].kind == "word" and seen.items[i].key in small for i in gap):
            out += gap
        out.append(index)
    return out


def _first(seen: Sight, segment: Segment, slot: str) -> Item | None:
    indexes = segment.slots.get(slot)
    return seen.items[indexes[0]] if indexes and seen.items[indexes[0]].value is not None else None


def _title(item: Item) -> str:
    return "Mme" if item.key in FEMALE or item.key.startswith("hanim") else "M."


def _modes(found: Sequence[Decoded]) -> bool:
    """Whether HT or TTC is said beside some lines: then it is not said of the others."""
    modes = [each.command.args.get("price_mode") for each in found if each.command.name == "add_line_item"]
    return any(modes) and any(each.rule is not None and each.rule.args.get("price_mode") for each in found)


def _kinds(command: Command, chances: Mapping[str, float], *, moded: bool) -> None:
    """Adds what only the whole message tells: the kind of document, that prices are TTC."""
    best: dict[str, tuple[float, str]] = {}
    for name, chance in chances.items():
        owner, _, what = name.partition(".")
        if owner == command.name and what and chance >= _LIKELY:
            slot, _, value = what.partition("=")
            best[slot] = max(best.get(slot, (0.0, "")), (chance, value))
    for slot, (_, value) in best.items():
        if slot in command.args or (slot == "price_mode" and (moded or not _PRICES & set(command.args))):
            continue
        command.args[slot] = {"True": True, "False": False}.get(value, value)
