"""What an artisan says about his own company: SIRET, insurance, bank account, VAT regime, defaults, looks, address.

Read before anything else, because these facts are marked as his own ("mon SIRET", "sigortam"), and an insurer's address or
a policy number would otherwise look like a client's or like a price.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent.understanding.grammar import company_parts
from agent.understanding.grammar.company_parts import Span, flat
from agent.understanding.grammar.session import Session

_LIMIT = re.compile(r"[\n;!?]|\.(?=\s|$)")
_ORDER = re.compile(
    r"(?:,? (?:et|puis|ve|sonra))? (?:fais|fait|faites|prepare|envoie|ajoute|mets|devis pour|facture pour|hazirla|gonder|ekle)\b"
)
_NOTE = re.compile(
    r"(?:^|[\n.;])[^\n.;]*(?<![a-z])(?:note|nb|nota|mention|remarque|precise|mentionne|not|notu|ekle)(?![a-z])[^\n]*$"
)
_MORE = re.compile(r"(?<![a-z])(?:et|,) (?:le |mon |notre )?(?:tel|telephone|portable|fixe|numero)(?![a-z])")
_DOCUMENT = re.compile(r"(?<![a-z])(?:devis|facture|acompte|teklif|fatura|avans)")
_BESIDE = re.compile(r"[ ,;]*(?:adres(?:i|imiz|im)?|adresse)(?: ?:| c'est)? ")
_ASKED = "slot:company."
_SHOWN = "confirm:company"
"""Asked whether the company that was found is his."""
_REFUSALS = frozenset(["deny", "skip", "confirm", "cancel_document", "undo", "hand_over", "ask_help"])


@dataclass(frozen=True)
class _Fact:
    read: str | None
    constants: dict[str, Any]
    say: tuple[re.Pattern[str], ...]
    asked: tuple[re.Pattern[str], ...]
    only: str | None = None
    """The one question to which ``asked`` is an answer; None = any about the company."""


@dataclass(frozen=True)
class _Opening:
    fact: _Fact
    match: re.Match[str]


@lru_cache(maxsize=1)
def _facts() -> tuple[_Fact, ...]:
    return tuple(
        _Fact(
            entry.get("read"),
            entry.get("set", {}),
            _compiled(entry["say"]),
            _compiled(entry.get("asked", [])),
            entry.get("only"),
        )
        for entry in company_parts.lexicon()["facts"]
    )


@lru_cache(maxsize=1)
def _whole() -> tuple[tuple[str, dict[str, Any], tuple[re.Pattern[str], ...]], ...]:
    """Commands that take a whole clause: the set-up, the card, and what a picture or a PDF is."""
    lexicon = company_parts.lexicon()
    files = [("keep_company_file", {"file": kind}, said) for kind, said in lexicon["files"].items()]
    return _clauses(("set_up_company", {}, lexicon["setups"]), ("get_company", {}, lexicon["shows"]), *files)


@lru_cache(maxsize=1)
def _answers() -> tuple[tuple[str, dict[str, Any], tuple[re.Pattern[str], ...]], ...]:
    """Answers that mean this only while a company is set up: stop, later."""
    lexicon = company_parts.lexicon()
    return _clauses(("set_up_company", {"stop": True}, lexicon["stops"]), ("skip", {}, lexicon["laters"]))


@lru_cache(maxsize=1)
def _recognised() -> tuple[tuple[str, dict[str, Any], tuple[re.Pattern[str], ...]], ...]:
    """Answers to "is that you?"."""
    lexicon = company_parts.lexicon()
    return _clauses(("confirm", {}, lexicon["mine"]), ("deny", {}, lexicon["not_mine"]))


def _clauses(
    *commands: tuple[str, dict[str, Any], list[str]],
) -> tuple[tuple[str, dict[str, Any], tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (name, args, _compiled([rf"(?:^|(?<=\n)|(?<=[.,!] )){phrase}" for phrase in said]))
        for name, args, said in commands
    )


def _compiled(said: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?<![a-z0-9'])(?:{phrase})(?![a-z0-9])".replace("END)", r")(?=\s*[.!?,]?\s*(?:\n|$))"))
        for phrase in said
    )


def read(session: Session) -> None:
    """Claims the words about the company and says them in one ``update_company``; "mes infos" becomes ``get_company``."""
    text = flat(session.text)
    awaiting = session.context.awaiting or ""
    set_up = session.context.workflow == "company"
    for name, arguments, patterns in (
        *_whole(),
        *(_answers() if set_up else ()),
        *(_recognised() if awaiting == _SHOWN else ()),
    ):
        for whole in filter(None, (pattern.search(text) for pattern in patterns)):
            _emit(session, name, dict(arguments), [whole.span()])
            return
    asked = awaiting.removeprefix(_ASKED) if awaiting.startswith(_ASKED) else "siret" if awaiting == _SHOWN else None
    openings = _openings(text, asked)
    openings = _with_more(text, openings)
    args: dict[str, Any] = {}
    spans: list[tuple[int, int]] = []
    for index, opening in enumerate(openings):
        begin = opening.match.end()
        end = openings[index + 1].match.start() if index + 1 < len(openings) else len(text)
        tail = Span(session.text, text, begin, _tail_end(text, begin, end))
        found = _value(session, opening, tail)
        if _only_asks(text, tail, found):
            _emit(session, "get_company", {}, [(opening.match.start(), tail.end)])
        elif found is not None:
            values, last = found
            args |= values
            spans.append((opening.match.start(), last))
    if spans and "address" not in args and (place := _address_beside(text, max(end for _, end in spans))):
        args["address"] = company_parts.tidy(session.text[slice(*place)])
        spans.append(place)
    if asked is not None:
        _without_opening(session, text, asked, args, spans)
    if args:
        _emit(session, "update_company", args, spans)


def answer(session: Session, free: list[int]) -> None:
    """The rest of a message as the answer to one question about the company, when nothing in it was recognised."""
    slot = (session.context.awaiting or "").removeprefix(_ASKED)
    if slot not in ASKED or any(command.name in {*_REFUSALS, "update_company"} for command in session.commands):
        return
    if _DOCUMENT.search(flat(session.text)):
        return
    begin, end = session.items[free[0]].start, session.items[free[-1]].end
    span = Span(session.text, flat(session.text), begin, end)
    found = company_parts.READERS[ASKED[slot]](session, span)
    if found is not None:
        _emit(session, "update_company", found[0], [(begin, found[1])])


ASKED = {
    "insurance": "insurance", "insurance_renewal": "insurance", "mediator": "mediator", "address": "address",
    "waste_collection_point": "waste_collection_point", "rge": "rge", "siret": "siret", "iban": "iban",
    "rcs_city": "rcs_city", "capital": "capital", "insurer_name": "insurer_name", "insurer_address": "insurer_address",
    "insurance_policy": "insurance_policy",
}  # fmt: skip
"""Facts that may be answered without an opening, and their readers."""


def _address_beside(text: str, begin: int) -> tuple[int, int] | None:
    """ "şirketimin adı Yıldız Plomberie, adres 12 rue…": the address that follows another fact about the company."""
    found = _BESIDE.match(text, begin)
    place = company_parts.street_in(text[found.end() :]) if found else None
    if found is None or place is None or place[0] > 1:
        return None
    return found.end() + place[0], found.end() + place[1]


def _openings(text: str, asked: str | None) -> list[_Opening]:
    """The openings of facts in the order said; of two at one place the longer one."""
    found = [
        _Opening(fact, match)
        for fact in _facts()
        for pattern in (*fact.say, *(fact.asked if asked and fact.only in (None, asked) else ()))
        for match in pattern.finditer(text)
        if not _NOTE.search(text, 0, match.start())
    ]
    found.sort(key=lambda opening: (opening.match.start(), -opening.match.end()))
    kept: list[_Opening] = []
    for opening in found:
        if not kept or opening.match.start() >= kept[-1].match.end():
            kept.append(opening)
    return kept


def _with_more(text: str, openings: list[_Opening]) -> list[_Opening]:
    """ "notre mail c'est … et le tel 04 …": after one fact of his own, the phone said next to it is his too."""
    if not openings:
        return openings
    phone = next(fact for fact in _facts() if fact.read == "phone")
    found = _MORE.search(text, openings[-1].match.end())
    between = text[openings[-1].match.end() : found.start()] if found else ""
    if found is None or _ORDER.search(between) or "client" in between or _LIMIT.search(between):
        return openings
    return [*openings, _Opening(phone, found)]


def _tail_end(text: str, begin: int, end: int) -> int:
    """Where a fact ends at the latest: its sentence, the next fact, an order to do something else."""
    stops = [found.start() for pattern in (_LIMIT, _ORDER) if (found := pattern.search(text, begin, end))]
    return min([end, *stops])


def _value(session: Session, opening: _Opening, tail: Span) -> tuple[dict[str, Any], int] | None:
    """The arguments that an opening brings and where its words end; None when what it needs does not follow."""
    fact, match = opening.fact, opening.match
    if fact.read is None:
        return dict(fact.constants), match.end()
    if fact.read == "group":
        return company_parts.from_groups(session, match), match.end()
    if fact.read in ("template", "color"):
        return _from_list(fact.read, match)
    return company_parts.READERS[fact.read](session, tail)


def _only_asks(text: str, tail: Span, found: tuple[dict[str, Any], int] | None) -> bool:
    """ "c'est quoi mon SIRET ?", "sigortam hangisi?": the card answers; a question with a number in it tells."""
    asks = text[tail.end : tail.end + 1] == "?"
    return asks and (found is None or not any(char.isdigit() for char in str(found[0])))


def _from_list(field: str, match: re.Match[str]) -> tuple[dict[str, Any], int] | None:
    said = match[field]
    if field == "template":
        return {"template": company_parts.lexicon()["templates"][said]}, match.end()
    if said.startswith("#"):
        return {"color": said}, match.end()
    for words in (said, said.split()[0]):
        for name, called in company_parts.lexicon()["colors"].items():
            if words in called:
                return {"color": name}, match.start(field) + len(words)
    return None


def _without_opening(
    session: Session, text: str, asked: str, args: dict[str, Any], spans: list[tuple[int, int]]
) -> None:
    """What was asked for may come bare: "812 345 676 00017, 12 rue des Forges 69100 Villeurbanne"."""
    if "iban" not in args and (number := company_parts.iban_in(session.text, text, 0, len(text))):
        args["iban"] = number[0]
        spans.append(number[1])
    free = company_parts.blanked(text, spans)
    if "siret" not in args and (found := company_parts.SIRET.search(free)):
        args["siret"] = re.sub(r"\D", "", found.group())
        spans.append(found.span())
        free = company_parts.blanked(text, spans)
    if _DOCUMENT.search(free):  # an order in the middle of a question: its words are the document's
        return
    if not args and (
        (asked == "mediator" and company_parts.street_in(free))
        or (asked == "insurer_address" and any(char.isdigit() for char in free))
    ):
        named = company_parts.READERS[asked](session, Span(session.text, free, 0, _tail_end(free, 0, len(free))))
        if named is not None:
            args |= named[0]
            spans.append((0, named[1]))
            return
    if "insurer_name" not in args and (found := company_parts.POLICY.search(free)) and "insurance_policy" not in args:
        begin = max((stop.end() for stop in _LIMIT.finditer(free, 0, found.start())), default=0)
        place = company_parts.street_in(free[begin : found.start()]) if "address" not in args else None
        if place and not company_parts.tidy(free[begin : begin + place[0]]):  # his own address comes before the insurer
            args["address"] = company_parts.tidy(session.text[begin + place[0] : begin + place[1]])
            spans.append((begin + place[0], begin + place[1]))
            free = company_parts.blanked(text, spans)
        read = company_parts.insurance(session, Span(session.text, free, begin, _tail_end(free, begin, len(free))))
        if read is not None:
            args |= read[0]
            spans.append((begin, read[1]))
            free = company_parts.blanked(text, spans)
    if "address" not in args and asked != "mediator" and (place := company_parts.street_in(free)):
        if asked == "address":
            place = (place[0], _tail_end(free, place[0], len(free)))
        field = "insurer_address" if asked.startswith("insurance") else "address"
        args.setdefault(field, company_parts.tidy(session.text[slice(*place)]))
        spans.append(place)


def _emit(session: Session, name: str, args: dict[str, Any], spans: list[tuple[int, int]]) -> None:
    touched: list[int] = []
    for index, item in enumerate(session.items):
        if any(item.start < end and item.end > begin for begin, end in spans):
            session.claim(index, index + 1, name)
            touched.append(index)
    if touched:
        session.emit(name, args, touched[0], touched[-1] + 1)
