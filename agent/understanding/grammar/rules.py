"""Runs the phrase rules: each match claims its words and becomes a command, or goes to the reader named by the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent.understanding.grammar import client_questions, facts, follow_ups, scopes, signed_quotes, targets, vat_scope
from agent.understanding.grammar.items import Item, number_text
from agent.understanding.grammar.lexicon import load
from agent.understanding.grammar.line_matching import content_words, find
from agent.understanding.grammar.name_slots import in_slot
from agent.understanding.grammar.patterns import KeyLine, Match, Pattern
from agent.understanding.grammar.session import Session

_VALUES = frozenset(["set_vat", "set_discount", "set_deposit", "remove_discount", "set_retention"])
_HESITATES = frozenset(["trop", "si", "vraiment", "bof"])
_READERS = {
    **facts.READERS,
    **targets.READERS,
    **follow_ups.READERS,
    **signed_quotes.READERS,
    **scopes.READERS,
    **client_questions.READERS,
    "excepted_rate": vat_scope.excepted,
}
_RECEIVED = frozenset("aldim aldik geldi verdi gonderdi yatirdi".split())
Reader = Callable[[Session, Match], bool]


@dataclass(frozen=True)
class Rule:
    """One entry of the phrase rules of a language."""

    do: str
    args: dict[str, str]
    patterns: tuple[Pattern, ...]
    target: bool
    read_kind: bool
    not_question: bool


@lru_cache(maxsize=2)
def rules(language: str) -> tuple[Rule, ...]:
    out = []
    for entry in load().rules[language]:
        out.append(
            Rule(
                do=entry["do"],
                args=entry.get("args", {}),
                patterns=tuple(Pattern(said) for said in entry["say"]),
                target=entry.get("target", False),
                read_kind=entry.get("read_kind", False),
                not_question=entry.get("when", {}).get("not_question", False),
            )
        )
    return tuple(out)


class _Phrases:
    """All phrases of a language in order, found by a word that each of them cannot do without."""

    def __init__(self, language: str) -> None:
        self._all = [(rule, pattern) for rule in rules(language) for pattern in rule.patterns]
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        for place, (_, pattern) in enumerate(self._all):
            smallest = next(iter(sorted(pattern.choices, key=len)), frozenset[str]())
            words = sorted(pattern.anchors, key=len)[-1:] or sorted(smallest)
            for word in words:
                self._by_word.setdefault(word, []).append(place)
            if not words:
                self._always.append(place)

    def possible(self, line: KeyLine) -> list[int]:
        places = {place for word in line.words for place in self._by_word.get(word, ())}
        return sorted(places.union(self._always))

    def at(self, place: int) -> tuple[Rule, Pattern]:
        return self._all[place]


@lru_cache(maxsize=2)
def _phrases(language: str) -> _Phrases:
    return _Phrases(language)


def run(session: Session) -> None:
    """Own language first, then the other one for code-switching ("recap", "annule" in a Turkish message)."""
    other = "fr" if session.language == "tr" else "tr"
    for language in (session.language, other):
        phrases = _phrases(language)
        for place in phrases.possible(session.line):
            rule, pattern = phrases.at(place)
            for match in pattern.finditer(session.line):
                if _free(session, rule, match) and session.asked.isdisjoint(range(match.first, match.last)):
                    _apply(session, rule, match)


def _free(session: Session, rule: Rule, match: Match) -> bool:
    """Nobody has claimed the words; a number that was corrected may stand between them ("tvayı 10dan 20ye çevir")."""
    if rule.do not in _VALUES:
        return session.free(match.first, match.last)
    items = session.items[match.first : match.last]
    ends = items[0].claimed is None and items[-1].claimed in (None, "corrected")
    return ends and all(item.claimed in (None, "corrected") for item in items)


def _apply(session: Session, rule: Rule, match: Match) -> None:
    if (rule.not_question or rule.do in _VALUES) and session.only_asks(match.first):
        return
    if rule.do == "find_client" and any(i.claimed in ("address", "contact") for i in session.items):
        return  # "l'adresse de Masson : 40 route de Genas": told, not asked
    if rule.do == "set_discount" and "target_total" in rule.args and _names_line_before(session, match):
        return  # "nakliyeyi 110'a çek": the line, not the document
    if rule.do == "set_discount" and session.language == "tr" and _amount_follows(session, match):
        return  # "malzeme 450 indirim 50": the number behind the word is the discount
    behind = session.items[match.last].key if match.last < len(session.items) else ""
    if rule.do == "set_discount" and (behind in _RECEIVED or behind.startswith(("kdv", "tva"))):
        return  # "1500 euro çek aldım": a cheque; "hepsine yüzde on kdv": a rate
    if rule.do == "show_transcript" and any(i.numeric for i in session.items[match.first : match.last]):
        return  # "döküm 80 euro": works, not the written voice note
    if rule.do == "skip" and match.last < len(session.items) and session.items[match.last].key in _HESITATES:
        return  # "je sais pas trop…": a doubt, not an answer
    if rule.do == "copy_document" and (session.context.awaiting or "").startswith("slot:line."):
        return  # "comme d'habitude" about one price
    reader = _READERS.get(rule.do)
    if reader is not None:
        if reader(session, match):
            session.claim(match.first, match.last, rule.do)
        return
    args: dict[str, Any] = {}
    for name, template in rule.args.items():
        value = _value(session, match, str(template)) if isinstance(template, str) else template
        named = "$who" in rule.args.values() and ("who" in match.slots or rule.do == "find_client")
        if value is None and named and name in ("client_name", "query"):
            return
        args[name] = _nearest_year(session, match, name, value)
    if rule.do == "set_deposit":
        args = facts.deposit_share(session, match, args)
    if rule.do == "set_vat" and not vat_scope.scope_vat(session, match, args):
        return
    if rule.read_kind:
        args["kind"] = targets.kind_in(session, match.first, match.last)
    first, last = match.first, match.last
    if rule.target:
        session.claim(first, last, rule.do)
        found = targets.read(session, match, rule.do)
        args = {**args, **{k: v for k, v in found.args.items() if args.get(k) is None and v is not None}}
        first, last = min(first, found.first), max(last, found.last)
        if not targets.accepts(session, rule.do, args, match):
            for item in session.items[match.first : match.last]:
                if item.claimed == rule.do:
                    item.claimed = None
            return
        session.claim(found.first, found.last, rule.do)
    session.claim(match.first, match.last, rule.do)
    if rule.do == "ask_help" and "topic" in args and session.clause(match.first)[0] >= match.first - 2:
        session.claim(match.last, session.clause(match.first)[1], rule.do)  # the rest is what is asked about
    if "price_mode" in args and first and session.items[first - 1].kind == "mode":
        session.claim(first - 1, first, rule.do)
    if "price_mode" in args and last < len(session.items) and session.items[last].kind == "mode":
        session.claim(last, last + 1, rule.do)
    name = "deny" if rule.do == "skip" and (session.context.awaiting or "").startswith("confirm:") else rule.do
    if name == "link_quote" and not any(c.name == "start_document" for c in session.commands):
        session.implied_invoice = session.emit("start_document", {"kind": "invoice"}, first, last)
    if name == "record_payment" and not (args.get("client_name") or args.get("reference")):
        args |= _payer_before(session, first)
    if name == "set_vat" and args.get("line") is not None:
        start = next(i for i, item in enumerate(session.items) if item.claimed == "set_vat")
        for line in vat_scope.lines_joined(session, start):
            session.emit(name, {**args, "line": line}, first, last)
    session.emit(name, args, first, last)


def _payer_before(session: Session, index: int) -> dict[str, Any]:
    """ "Tran m'a donné 500 en liquide et un chèque de 480": the second payment is his too."""
    begin = session.items[session.clause(index)[0]].start
    earlier = [
        c for c in session.commands if c.name == "record_payment" and begin <= c.start < session.items[index].start
    ]
    return {k: v for k, v in earlier[-1].args.items() if k in ("client_name", "reference")} if earlier else {}


def _amount_follows(session: Session, match: Match) -> bool:
    following = session.items[match.last] if match.last < len(session.items) else None
    opened = session.items[match.first].numeric
    return opened and following is not None and following.numeric and following.claimed is None


def _names_line_before(session: Session, match: Match) -> bool:
    draft, before = session.context.draft, session.items[match.first - 1] if match.first else None
    if draft is None or before is None or before.kind != "word" or before.claimed is not None:
        return False
    return find(content_words([before]), draft.lines)[0] is not None


def _nearest_year(session: Session, match: Match, name: str, value: Any) -> Any:
    """A date without a year: to come for a start or a due date, past for works done."""
    if (
        name not in ("start_date", "due_date", "service_date")
        or not isinstance(value, str)
        or session.context.today is None
    ):
        return value
    if any(i.kind == "date" and i.facts.get("year_said") == "" for i in session.items[match.first : match.last]):
        today = session.context.today.isoformat()
        year = int(value[:4])
        if name == "service_date" and value > today:
            return f"{year - 1}{value[4:]}"
        if name != "service_date" and value < today:
            return f"{year + 1}{value[4:]}"
    return value


def _value(session: Session, match: Match, template: str) -> Any:
    if not template.startswith("$"):
        return template
    if template == "$mode":
        return next((i.mode for i in session.items[max(0, match.first - 1) : match.last + 1] if i.mode), None)
    slot = template[1:]
    place = match.slots.get(slot) or match.slots.get(f"{slot}2")
    if place is None:
        return None
    if slot == "who":
        name = in_slot(session, *place)
        return name.name if name else None
    if slot in ("rest", "text"):
        return session.said(*place).strip(" .:,") or None
    item = session.items[place[0]]
    if slot == "r":
        return reference_of(item)
    return value_of(item)


def reference_of(item: Item) -> str | None:
    return item.iso if item.kind == "reference" else number_text(item.value) if item.value is not None else None


def value_of(item: Item) -> str | None:
    """The value of an item as commands write it; weeks and months of a duration are days."""
    if item.iso is not None:
        return item.iso
    return number_text(item.value) if item.value is not None else None
