"""Slot by slot: do the artisan's words, the draft or the grammar bear out the value that a model proposes?"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from babel import Locale
from rapidfuzz import fuzz

from agent.understanding.grammar import lexicon
from agent.understanding.grammar.folding import fold
from agent.understanding.ledger import Ledger, Role, also_recognised
from agent.understanding.said_dates import says_date, says_days, says_month
from agent.understanding.said_numbers import SaidNumber, said_numbers
from agent.understanding.said_words import DESCRIPTION_SHARE, NAME_SHARE, SaidWords, split
from tools.commands import Command, DialogueContext, LineView, Reading

_ROLES: dict[str, Role] = {
    "quantity": "quantity", "unit_price": "price", "total": "price", "amount": "price", "target_total": "price",
    "percent": "percent", "discount_percent": "percent", "discount_amount": "price",
    "vat_rate": "vat", "rate": "vat", "completed_year": "count", "age_years": "count",
    "validity_days": "count", "due_days": "count", "option": "position", "to": "position", "line": "position",
    "match_value": "value", "capital": "price", "default_vat_rate": "vat", "quote_validity_days": "count",
    "payment_terms_days": "count", "dwelling_share": "percent",
}  # fmt: skip
_DATES = frozenset(
    ["until", "service_date", "due_date", "start_date", "completed_on", "date", "insurance_from", "insurance_until"]
)
_WORD_SHARES = {
    "description": DESCRIPTION_SHARE, "topic": DESCRIPTION_SHARE, "match": DESCRIPTION_SHARE,
    "section": DESCRIPTION_SHARE, "collection_point": DESCRIPTION_SHARE, "buyer_reference": NAME_SHARE,
    "query": DESCRIPTION_SHARE, "text": 0.5, "address": NAME_SHARE, "place": NAME_SHARE,
    **dict.fromkeys((
        "billing_address", "rcs_city", "insurer_name", "insurer_address", "insurance_policy", "insurance_area",
        "insurance_activities", "mediator_name", "mediator_contact", "rge", "waste_collection_point", "waste_sorting",
    ), NAME_SHARE),
}  # fmt: skip
_DELAYS = frozenset(["validity_days", "due_days", "quote_validity_days", "payment_terms_days"])
_ASKED = {"set_deposit": "slot:deposit", "set_progress": "slot:progress", "set_vat": "slot:vat"}
_NAMES = frozenset(["name", "new_name", "client_name"])
# Units that a count without a word is given; every other unit must be said.
_IMPLIED_UNITS = frozenset(["u", "forfait", "ens"])


@cache
def _phrases() -> dict[str, Any]:
    """The evidence file with every phrase folded."""
    text = (files("agent.understanding") / "data" / "evidence.yaml").read_text(encoding="utf-8")

    def folded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: folded(inner) for key, inner in value.items()}
        return [fold(phrase) for phrase in value]

    return {key: folded(value) for key, value in yaml.safe_load(text).items()}


_PLACES = frozenset(["line", "to"])


class Evidence:
    """What was said in one message, asked about one proposed slot at a time."""

    def __init__(self, text: str, context: DialogueContext, reading: Reading) -> None:
        self.context = context
        self.today = context.today or date.today()
        self.words = SaidWords(text)
        self.numbers = also_recognised(said_numbers(text, reading.language, self.today), reading.recognised)
        self.ledger = Ledger(self.numbers, lambda: self.words.says_any(_phrases()["shared"]))
        self.lines = context.draft.lines if context.draft else []
        self._grammar_values = {
            (slot, fold(str(value))) for command in reading.commands for slot, value in command.args.items()
        }
        self._spans = {fold(str(r.value)) for r in reading.recognised if r.value}

    def begin(self, command: Command) -> None:
        """The slots asked about next belong to this command."""
        self.ledger.begin()

    def about(self, command: Command) -> bool:
        """Whether the message, or the question it answers, is about what the command does."""
        words = _phrases()["subjects"].get(command.name)
        if command.name == "update_company" and (self.context.awaiting or "").startswith("slot:company."):
            return True
        asked = _ASKED.get(command.name)
        return words is None or asked == (self.context.awaiting or "") or self.words.says_beginning(words)

    def is_number(self, slot: str) -> bool:
        """Whether the slot holds a number (an amount, a rate, a place, a date)."""
        return slot in _ROLES or slot in _DATES or slot == "service_month"

    def has_unsaid_number(self, slot: str, value: Any) -> bool:
        """Whether free text carries digits that were not said."""
        return slot in _WORD_SHARES and self._unsaid_digits(str(value))

    def _unsaid_digits(self, value: str) -> bool:
        said = {plain for n in self.numbers for plain in (format(v.normalize(), "f") for v in n.values)}
        return any(
            word.isdigit() and word.lstrip("0") not in said and self.words.share(word) < 1 for word in split(value)
        )

    def bears(self, command: Command, slot: str, value: Any) -> bool:
        """Whether the value may stand. A number that stands is taken from the ledger."""
        if command.name == "set_waste" and slot == "quantity":
            return self.words.share(str(value)) >= DESCRIPTION_SHARE and not self._unsaid_digits(str(value))
        if slot in _ROLES and not (slot == "to" and command.name != "move_line_item"):
            return self._number(command, slot, value)
        if (slot, fold(str(value))) in self._grammar_values:
            return True
        if slot in _DATES:
            return says_date(value, self.words, self.numbers, self.today)
        if slot == "service_month":
            return says_month(value, self.words, self.numbers, self.today)
        if slot in _NAMES:
            return self._name(str(value))
        if slot in _WORD_SHARES and command.name != "ask_help":
            return self.words.share(value) >= _WORD_SHARES[slot] and not self.has_unsaid_number(slot, value)
        return self._exact(slot, value)

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _number(self, command: Command, slot: str, value: Any) -> bool:
        amount = Decimal(str(value))
        role = _ROLES[slot]
        if slot in _PLACES and (slot, fold(str(value))) in self._grammar_values:
            return True  # "le ponçage avant le parquet": places that the grammar found by their words
        if slot == "line":
            return self._line(int(value))
        if slot == "match_value" and self.lines and not self._carriers(amount):
            return False
        if slot == "to" and self._end_of_the_list(int(value)):
            return True
        vat_awaited = self.context.awaiting == "slot:vat"
        if self.ledger.take(amount, role, command.args.get("unit"), vat_awaited, must_point=slot != "option"):
            return slot not in ("unit_price", "total") or self._of_the_right_thing(command, slot, value)
        if role == "vat":
            return (slot, fold(str(value))) in self._grammar_values or self._says_list("vat_words", value)
        if slot == "dwelling_share" and self.ledger.take(100 - amount, role):
            return True  # "40 % commerce": the rest is lived in
        if role == "percent":
            return (slot, fold(str(value))) in self._grammar_values or self._says_list("percent_words", value)
        if role == "count" or slot == "option":  # a choice may be named ("celui de Bron") as the grammar read it
            if (slot, fold(str(value))) in self._grammar_values:
                return True
            if slot in _DELAYS:
                return says_days(int(value), self.words, self.numbers)
            return slot == "option" and self._label(int(value))
        if slot in ("quantity", "unit_price") and self.words.says_any(_phrases()["same"]):
            return any(_equal(getattr(line, slot), amount) for line in self.lines)
        # "une porte 300": the article is the quantity.
        return slot == "quantity" and amount == 1

    def _of_the_right_thing(self, command: Command, slot: str, value: Any) -> bool:
        """With a quantity above one, a line total needs words for it ("en tout"), and a unit price must have none."""
        quantity = command.args.get("quantity")
        if quantity is None or Decimal(quantity) == 1 or (slot, fold(str(value))) in self._grammar_values:
            return True
        price = self.ledger.used_now[-1]
        following = min((n.start for n in self.numbers if n.start >= price.end), default=None)
        whole = self.words.near(price.start, price.end, _phrases()["whole_line"], following)
        each = self.words.keys_before(price.start)[-1:] == ["a"]
        whole = whole or (Decimal(quantity) < 1 and not each) or self._for_so_many(price, Decimal(quantity))
        return whole == (slot == "total")

    def _for_so_many(self, price: SaidNumber, quantity: Decimal) -> bool:
        """ "les quatre" after a price, or "trois pour soixante" before it: the price is that of all of them."""
        text = self.words.text
        for number in self.numbers:
            if quantity not in number.values:
                continue
            between = fold(text[number.end : price.start]) if number.end <= price.start else ""
            if re.fullmatch(r"\W*(\w+[²³]?\W+)?pour\W+", between):
                return True
            before = fold(text[price.end : number.start]) if price.end <= number.start else ""
            if re.fullmatch(r"\W*(euros?|e)?\W*(les|pour)\W+", before):
                return True
        return False

    def _label(self, option: int) -> bool:
        """A choice is taken by words of its label that no other choice carries ("celui de Grenoble")."""
        shares = {choice.number: self._telling_share(choice.label) for choice in self.context.choices}
        mine = shares.pop(option, 0.0)
        return mine > 0 and all(mine > other for other in shares.values())

    def price_place(self) -> int | None:
        """Offset of the price that the current command took; None without one."""
        return self.ledger.price_place()

    def _end_of_the_list(self, position: int) -> bool:
        if position == 1 and self.words.says_any(_phrases()["to_first"]):
            return True
        return bool(self.lines) and position == len(self.lines) and self.words.says_any(_phrases()["to_last"])

    def _says_list(self, table: str, value: Any) -> bool:
        return self.words.says_any(_phrases()[table].get(str(value), ()))

    def _line(self, position: int) -> bool:
        """A line is pointed at by its number, as the last, by its words, by a value it carries, or by the question."""
        if self.ledger.take(Decimal(position), "position"):
            return True
        if position == self.context.awaiting_line or (position == 1 and len(self.lines) == 1):
            return True
        line = next((line for line in self.lines if line.position == position), None)
        if line is None:
            return False
        if position == self.lines[-1].position and self.words.says_any(_phrases()["last_line"]):
            return True
        shares = {other.position: self._named(other) for other in self.lines}
        if shares[position] > 0 and all(shares[position] > s for p, s in shares.items() if p != position):
            return True
        carried = [Decimal(v) for v in (line.unit_price, line.quantity, line.total) if v]
        return any(self.ledger.take(v, "value") for v in carried)

    def _named(self, line: LineView) -> float:
        return self._telling_share(f"{line.description} {line.said or ''}")

    def _telling_share(self, label: str) -> float:
        telling = " ".join(word for word in split(label) if len(word) >= 4)
        return self.words.share(telling) if telling else 0.0

    def unchanged(self, command: Command, slot: str, value: Any) -> bool:
        """A model often repeats what the line already says: that is no change and needs no ground."""
        if slot not in ("quantity", "unit", "unit_price", "total", "vat_rate", "description"):
            return False
        line = self._target(command)
        current = getattr(line, slot, None) if line else None
        if current is None:
            return False
        if slot in ("unit", "description"):
            return fold(current) == fold(str(value))
        return _equal(current, Decimal(str(value)))

    def _target(self, command: Command) -> LineView | None:
        position = command.args.get("line") or self.context.awaiting_line
        if position is None and len(self.lines) == 1:
            return self.lines[0]
        if position is not None:
            return next((line for line in self.lines if line.position == position), None)
        match, value = command.args.get("match"), command.args.get("match_value")
        if value is not None:
            found = self._carriers(Decimal(value))
            return found[0] if len(found) == 1 else None
        if match:
            return max(self.lines, key=lambda n: fuzz.token_set_ratio(fold(match), fold(n.description)), default=None)
        return None

    def _carriers(self, amount: Decimal) -> list[LineView]:
        return [n for n in self.lines if any(_equal(v, amount) for v in (n.unit_price, n.quantity, n.total))]

    # -- words -------------------------------------------------------------------------------------------------------

    def _name(self, name: str) -> bool:
        draft = self.context.draft.client if self.context.draft else None
        if draft and fold(draft) == fold(name):
            return True
        known = [*self.context.clients, *self.context.open_drafts]
        return self.words.says_name(name) or self.words.says_known(name, known)

    def _exact(self, slot: str, value: Any) -> bool:
        """Identifiers letter for letter; enums that change an amount by the words that mean them."""
        if slot == "phone":
            return self.words.says_digits(value, last=9) or fold(value) in self._spans
        if slot == "email":
            return self.words.says_email(value) or fold(value) in self._spans
        if slot in ("siret", "siren"):
            return self.words.says_digits(value)
        if slot in ("vat_number", "iban", "bic", "einvoicing_address"):
            return re.sub(r"\W", "", fold(value)) in re.sub(r"\W", "", fold(self.words.text))
        if slot == "reference":
            return self._reference(value)
        if slot == "title":
            return self.words.says_any(_phrases()["title"].get(str(value), ()))
        if slot == "price_mode":
            return self.words.says_phrase(lexicon.load().modes, value)
        if slot == "unit":
            said = self.words.says_phrase(lexicon.load().units, value) or any(n.unit == value for n in self.numbers)
            return said or value in _IMPLIED_UNITS
        if slot in ("premises", "territory"):
            return self.words.says_any(_phrases()[slot].get(value, ()))
        if slot in _phrases()["company"]:
            return self.words.says_any(_phrases()["company"][slot].get(str(value).lower(), ()))
        if slot == "country":
            names = [Locale(language).territories.get(str(value).upper(), str(value)) for language in ("fr", "tr")]
            return any(self.words.says_name(name) for name in names)
        if slot in ("main_contractor", "small_business"):
            return self.words.says_any(_phrases()[slot])
        if slot == "value":
            return self.words.says_any(_phrases()["subcontracting"])
        if slot in ("off_premises", "urgent", "method"):
            words = _phrases()[slot]
            return self.words.says_beginning(words[value] if slot == "method" else words)
        return True

    def _reference(self, reference: str) -> bool:
        """The document's own number was said: all of it, or its last part ("le devis 42")."""
        last = re.findall(r"\d+", reference)[-1:]
        if not last:
            return self.words.says_name(reference)
        return self.words.share(reference) >= NAME_SHARE or any(Decimal(last[0]) in n.values for n in self.numbers)

    def place(self, args: dict[str, Any]) -> tuple[int, int]:
        """Offsets in the text of what a command was read from; (0, 0) when nothing shows."""
        spans = [(n.start, n.end) for n in self.ledger.used_now]
        for slot in ("description", "name", "client_name", "address", "text", "match"):
            found = self.words.place_of(str(args[slot])) if args.get(slot) else None
            spans += [found] if found else []
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else (0, 0)


def _equal(current: str | None, value: Decimal) -> bool:
    return current is not None and Decimal(current) == value
