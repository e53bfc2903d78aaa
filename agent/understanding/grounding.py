"""Grounding: what a model proposes is kept only where the artisan's words bear it out (DESIGN §5, §7).

A number that was not said is never applied: the grammar's reading of that line wins, else the slot is dropped and
doubted so that the agent asks. Names, addresses and e-mails must have been said too. What issues, sends or confirms
counts only when the grammar reads it in the message as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from agent.understanding import twins
from agent.understanding.evidence import Evidence
from agent.understanding.tool_schemas import plain, specs
from tools.commands import Command, DialogueContext, Reading

# Slots that point at what a command acts on: without them it would act on something else, so it is dropped.
_TARGETS: dict[str, frozenset[str]] = {
    "update_line_item": frozenset(["line", "match", "match_value"]),
    "remove_line_item": frozenset(["line", "match", "match_value"]),
    "move_line_item": frozenset(["line", "to"]),
    "set_vat": frozenset(["rate", "line", "match"]),
    "update_client": frozenset(["name"]),
    "cancel_document": frozenset(["reference"]),
    "link_quote": frozenset(["reference", "client_name"]),
    "copy_document": frozenset(["reference", "client_name"]),
    "switch_draft": frozenset(["reference", "client_name"]),
    "record_payment": frozenset(["reference", "client_name", "amount"]),
    "get_document": frozenset(["reference", "client_name"]),
    "issue_credit_note": frozenset(["reference", "client_name", "amount", "percent", "line", "match"]),
    "correct_invoice": frozenset(["reference", "client_name"]),
    "amend_quote": frozenset(["reference", "client_name"]),
    "accept_quote": frozenset(["reference", "client_name", "date"]),
    "release_retention": frozenset(["reference", "client_name"]),
    "set_progress": frozenset(["percent", "line", "match"]),
    "set_retention": frozenset(["percent"]),
    "choose": frozenset(["option"]),
    "lookup_siret": frozenset(["siret"]),
}
_POINTERS = frozenset(["line", "match", "match_value"])
# One of these must remain, else the command says nothing any more.
_NEEDS_ONE: dict[str, frozenset[str]] = {
    "add_line_item": frozenset(["description"]),
    "update_line_item": frozenset(
        [
            "description",
            "quantity",
            "unit",
            "unit_price",
            "total",
            "price_mode",
            "vat_rate",
            "section",
            "discount_percent",
            "discount_amount",
        ]
    ),
    "remove_line_item": _TARGETS["remove_line_item"],
    "set_vat": frozenset(["rate"]),
    "set_site": frozenset(
        ["address", "premises", "completed_year", "completed_on", "age_years", "dwelling_share", "territory"]
    ),
    "set_discount": frozenset(["percent", "amount", "target_total", "remove"]),
    "set_deposit": frozenset(["percent", "amount"]),
    "set_progress": frozenset(["percent"]),
    "set_circumstances": frozenset(["off_premises", "urgent", "buyer_reference"]),
    "set_waste": frozenset(["quantity", "collection_point"]),
    "set_dates": frozenset(["service_date", "service_month", "validity_days", "due_days", "due_date", "start_date"]),
    "set_note": frozenset(["text"]),
    "set_subcontracting": frozenset(["value"]),
    "select_client": frozenset(["name"]),
    "create_client": frozenset(["name"]),
    "update_client": frozenset(specs()["update_client"].arguments) - {"name"},
    "update_company": frozenset(specs()["update_company"].arguments),
    "keep_company_file": frozenset(["file"]),
    "find_client": frozenset(["query"]),
    "price_history": frozenset(["description"]),
    "choose": frozenset(["option"]),
    "lookup_siret": frozenset(["siret"]),
}
_NEEDS_ALL: dict[str, frozenset[str]] = {"move_line_item": frozenset(["line", "to"])}
_MONEY_SLOTS = ("quantity", "unit_price", "total")


@dataclass
class Grounded:
    """Commands that the artisan's words bear out.

    ``ungrounded``: numbers that were not said; ``dropped``: calls taken away whole; ``notes``: what was changed and
    why, for the trace; ``unused``: said numbers that no command took, as written.
    """

    commands: list[Command] = field(default_factory=list)
    ungrounded: int = 0
    dropped: int = 0
    notes: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    unused_values: frozenset[Decimal] = frozenset()


def ground(commands: Sequence[Command], text: str, context: DialogueContext, grammar_reading: Reading) -> Grounded:
    """Checks a model's commands against the words and against the grammar's own reading of them."""
    return _Grounding(text, context, grammar_reading).run(commands)


class _Grounding:
    def __init__(self, text: str, context: DialogueContext, reading: Reading) -> None:
        self.reading = reading
        self.evidence = Evidence(text, context, reading)
        self.twins = twins.Twins(reading.commands)
        self.result = Grounded()
        self.line_places: list[tuple[Command, int, int]] = []

    def run(self, commands: Sequence[Command]) -> Grounded:
        seen: Counter[str] = Counter()
        by_grammar = Counter(_signature(command) for command in self.reading.commands)
        for command in commands:
            signature = _signature(command)
            seen[signature] += 1
            if seen[signature] > max(1, by_grammar[signature]):
                self._drop(command, "said once")
            elif command.name not in specs() and command.name not in _GUARDED:
                self._drop(command, "unknown")
            elif not self._supported(command):
                self._drop(command, "not in the grammar's reading")
            else:
                self._check(command)
        self._crossed_prices()
        text, left = self.evidence.words.text, self.evidence.ledger.unused()
        self.result.unused = [text[number.start : number.end] for number in left]
        self.result.unused_values = frozenset(value for number in left for value in number.values)
        return self.result

    def _drop(self, command: Command, reason: str) -> None:
        self.result.dropped += 1
        self.result.notes.append(f"{command.name}: dropped, {reason}")

    def _supported(self, command: Command) -> bool:
        """Consent and irreversible acts: the grammar must read them too (DESIGN §7)."""
        own = self.reading.commands
        confirmed = {c.args.get("gate") for c in own if c.name == "confirm"}
        if command.name == "confirm":
            return bool(confirmed)
        if command.name == "send_whatsapp":
            same = any(c.name == command.name and c.args.get("to") == command.args.get("to") for c in own)
            return same or command.args.get("to") == "artisan" or "send" in confirmed
        if command.name == "cancel_document" and command.args.get("scope") == "all":
            return any(c.name == command.name and c.args.get("scope") == "all" for c in own)
        if command.name == "choose" and (self.evidence.context.awaiting or "").startswith("confirm:"):
            return any(c.name == "choose" and c.args.get("option") == command.args.get("option") for c in own)
        if command.name in _GUARDED or not self.evidence.about(command):
            return any(c.name == command.name for c in own)
        return True

    def _check(self, command: Command) -> None:
        twin = self.twins.of(command)
        self.evidence.begin(command)
        if command.name == "confirm":
            # The gate is what the words say, and there are as many confirmations as they say.
            if twin is None:
                self._drop(command, "not in the grammar's reading")
            else:
                self._keep(command, dict(twin.args), twin)
            return
        args: dict[str, Any] = {}
        lost: list[str] = []
        for slot in sorted(command.args, key=_slot_order):
            self._slot(command, slot, twin, args, lost)
        if command.name == "add_line_item":
            self._line(args, lost, twin)
        elif twin is not None:
            self._prefer(args, twin)
        self._finish(command, args, lost, twin)

    def _slot(self, command: Command, slot: str, twin: Command | None, args: dict[str, Any], lost: list[str]) -> None:
        value = command.args[slot]
        if slot == "doubt":
            if re.fullmatch(r"(phonetic|thousands|quantity_assumed|unit_assumed)(:\d+(\.\d+)?)?", str(value)):
                args[slot] = value
            return
        if command.name == "update_line_item" and self.evidence.unchanged(command, slot, value):
            return
        by_label = slot == "option" and twin is not None and twin.args.get(slot) == value  # "celui de Grenoble"
        if by_label or self.evidence.bears(command, slot, value):
            args[slot] = value
            return
        if self.evidence.is_number(slot) or self.evidence.has_unsaid_number(slot, value):
            self.result.ungrounded += 1
        self.result.notes.append(f"{command.name}.{slot}: {value!r} was not said")
        if twin is not None and slot in twin.args:
            args[slot] = twin.args[slot]
        else:
            lost.append(slot)

    def _line(self, args: dict[str, Any], lost: list[str], twin: Command | None) -> None:
        """Roles and doubts of a new line: the grammar decides what is a quantity, a unit price or a total."""
        if twin is not None:
            mine, its = _amounts(args), _amounts(twin.args)
            if sorted(mine.values()) == sorted(its.values()) and mine != its:
                for slot in _MONEY_SLOTS:
                    args.pop(slot, None)
                args.update({slot: twin.args[slot] for slot in its})
                self.result.notes.append("add_line_item: the grammar's roles of the numbers")
            if mine == its and twin.args.get("doubt"):
                args.setdefault("doubt", twin.args["doubt"])
            other = next((its[s] for s in _MONEY_SLOTS if s in mine and s in its and mine[s] != its[s]), None)
            if other is not None:
                args.setdefault("doubt", f"conflict:{plain(other)}")
        elif self.evidence.ledger.looks_reversed() and {"quantity", "unit_price"} <= set(args):
            args.setdefault("doubt", f"conflict:{args['quantity']}")
        if "unit_price" in args and "total" in lost:
            lost.remove("total")  # a total that the model multiplied out: the code does that
        if "description" in lost and self.evidence.ledger.used_now:
            mention = self.evidence.ledger.used_now[-1]
            words = self.evidence.words.around(mention.start, mention.end)
            args.update({"description": words} if words else {})
        doubtful = [slot for slot in ("unit_price", "total", "quantity", "description") if slot in lost]
        if doubtful and "doubt" not in args:
            args["doubt"] = f"ungrounded:{doubtful[0]}"

    def _prefer(self, args: dict[str, Any], twin: Command) -> None:
        """Where both read a number or a kind of document and differ, the grammar's stands: it does not guess."""
        for slot in set(args) & set(twin.args):
            if (self.evidence.is_number(slot) or slot in ("price_mode", "kind")) and args[slot] != twin.args[slot]:
                self.result.notes.append(f"{twin.name}.{slot}: {args[slot]!r} against the grammar's")
                args[slot] = twin.args[slot]

    def _finish(self, command: Command, args: dict[str, Any], lost: list[str], twin: Command | None) -> None:
        needed = _NEEDS_ONE.get(command.name)
        pointless = needed is not None and not needed & set(args)
        pointless = pointless or not _NEEDS_ALL.get(command.name, frozenset()) <= set(args)
        targets = set(lost) & _TARGETS.get(command.name, frozenset())
        if targets <= _POINTERS and _POINTERS & set(args):
            targets = set()  # another pointer to the line stands
        if targets or pointless:
            if twin is not None:
                self._keep(command, dict(twin.args), twin)
            else:
                self._drop(command, f"without {', '.join(lost) or 'content'}")
            return
        self._keep(command, args, twin)

    def _keep(self, command: Command, args: dict[str, Any], twin: Command | None) -> None:
        start, end = self.evidence.place(args)
        if twin is not None and end == 0:
            start, end = twin.start, twin.end
        said = self.evidence.words.text[start:end]
        price = self.evidence.price_place()
        kept = Command(name=command.name, args=args, evidence=said, start=start, end=end)
        self.result.commands.append(kept)
        words = self.evidence.words.place_of(args["description"]) if args.get("description") else None
        unpriced = twin is None or not {"unit_price", "total"} & set(twin.args)
        if command.name == "add_line_item" and unpriced and words and price is not None:
            self.line_places.append((kept, words[0], price))

    def _crossed_prices(self) -> None:
        """Two lines whose prices were said in the other order may have each other's: both are doubted."""
        for (first, words, price), (second, other_words, other_price) in combinations(self.line_places, 2):
            if (words - other_words) * (price - other_price) < 0:
                for mine, its in ((first, second), (second, first)):
                    value = its.args.get("unit_price") or its.args.get("total")
                    mine.args.setdefault("doubt", f"conflict:{value}")


# Never from a model alone.
_GUARDED = frozenset(
    "issue_document issue_credit_note correct_invoice accept_quote release_retention generate_pdf".split()
)


_SLOT_ORDER = tuple("line to option match_value unit quantity percent vat_rate rate unit_price total".split())


def _slot_order(slot: str) -> int:
    """Numbers with a unit or a place take their mention before bare prices do."""
    return _SLOT_ORDER.index(slot) if slot in _SLOT_ORDER else len(_SLOT_ORDER)


def _signature(command: Command) -> str:
    return f"{command.name} {sorted((k, str(v)) for k, v in command.args.items())}"


def _amounts(args: dict[str, Any]) -> dict[str, Decimal]:
    return {slot: Decimal(str(args[slot])) for slot in _MONEY_SLOTS if args.get(slot) is not None}
