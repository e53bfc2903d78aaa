"""Readers of what follows "mon SIRET", "mon assurance", "arabulucum": identifiers, insurance, mediator, address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from stdnum import iban as iban_number

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.session import Session

Found = tuple[dict[str, Any], int]
"""Arguments read, and the offset where their words end."""

SIRET = re.compile(r"(?<![\d.,])\d(?:[ .]?\d){13}(?!\d)|(?<![\d.,])\d{3}[ .]?\d{3}[ .]?\d{3}(?![ .]?\d)")
POLICY = re.compile(
    r"(?:(?:contrat|police|polices?i?|police|polis|polise)(?: d'assurance| decennale)?|(?<![a-z])n[°o])"
    r"(?:[ .]*(?:numero|numarasi|no|n[°o])(?![a-z]))?[ .:]*(?P<number>[a-z0-9-]*\d[a-z0-9./_-]*(?: \d{2,}(?!\d))*)"
)
_SPOKEN_POLICY = re.compile(r"(?:numero |n[°o] )?(?:de |du )?(?<![a-z])(?:contrat|police)(?: numero)?(?![a-z]) ?:? ?")
_NAME_AND_POLICY = re.compile(r"(?P<name>[^\d]*[^\d\s]) (?P<policy>[A-Za-z]{0,3}-?\d{4,}[\w/-]*)")
_BARE_POLICY = re.compile(r"[a-z]{0,5}[ -]?\d[\w/-]{2,}")
_IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}(?![a-z0-9])")
_BIC = re.compile(r"(?<![a-z0-9])[a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?(?![a-z0-9])")
_VAT = re.compile(r"(?<![a-z0-9])[a-z]{2} ?[a-z0-9]{2}(?: ?\d){9}(?!\d)")
_EINVOICING = re.compile(r"\d{9}(?:_[a-z0-9+_/-]+)?")
_NUMBER = r"\d{1,4}(?: ?(?:bis|ter|quater))?"
_STREETS = (
    "rue|r\\.|avenue|av|boulevard|bd|place|pl|chemin|ch|allee|allees|impasse|imp|cours|quai|route|rte|square|passage|"
    "zone|za|zi|zac|parc|lieu[- ]dit|lotissement|residence|villa|faubourg|esplanade|sentier|montee|traverse|hameau"
)
_STREET = re.compile(
    rf"(?<![a-z0-9])(?:{_NUMBER},? )?(?:{_STREETS}) [^\n;,]*(?:, ?)?\d{{5}} [a-z][a-z' -]*|"
    rf"(?<![a-z0-9]){_NUMBER},? (?:{_STREETS}) [^\n;,]+"
)
_SPOKEN_STREET = re.compile(
    r"(?<![a-z])(?:rue|ru|avenue|avenu|boulevard|bulvar|place|plas|chemin|allee|ale|impasse|empas)(?![a-z]) [a-z]"
)
_POSTCODE = re.compile(r"(?<!\d)\d{5} [a-z]")
_INTRODUCED = re.compile(
    r"^(?:[\s:,=-]|c'est|est|chez|la|le|au|a la|sont|dir|ismi|adi|adresi?|adresse|situee? (?:au|a)?)+(?![a-z0-9'])[\s:,]*"
)
_UNTIL = re.compile(
    r"(?:valable |valide |qui court |couvert )?(?:jusqu'?\s?(?:au?|en)|expire (?:le|au)|echeance(?: le| au)?|"
    r"fin(?:it)?(?: le| au)?|"
    r"(?:et )?au)\s*$"
)
_FROM = re.compile(r"(?:(?:valable |valide )?(?:depuis|a partir|a compter|du|des|debut)(?: le| du)?)\s*$")
_KADAR = re.compile(r"^'?(?:[a-z]{1,4})?,? ?(?:tarihine )?(?:kadar|bitiyor|sona)[a-z]*(?: gecerli)?")
_SINCE = re.compile(r"^'?(?:[a-z]{1,4})? ?(?:itibaren|beri|basliyor)")
_ACTIVITIES = re.compile(r"(?:activites?(?: couvertes?| declarees?)?|faaliyet\w*)[ :]*(?P<said>.+)$")
_DAYS = {"mois": 30, "ay": 30, "semaine": 7, "semaines": 7, "hafta": 7}
_LABEL = re.compile(
    r"^[\s:,-]*(?:c'est |numero |n[°o] ?)*"
    r"(?P<said>(?:(?:quali|certi|cequami|handi|eco|opq|nf )[a-z0-9 /'-]*)?[a-z]{0,3}-?\d[\w/-]*)"
)


@dataclass(frozen=True)
class Span:
    """A part of the message: ``text`` as written, ``flat`` folded with the same offsets."""

    text: str
    flat: str
    begin: int
    end: int

    @property
    def said(self) -> str:
        return self.flat[self.begin : self.end]


def flat(text: str) -> str:
    """The text folded letter by letter, so that offsets stay those of the message."""
    return "".join(_letter(char) for char in text)


@lru_cache(maxsize=1024)
def _letter(char: str) -> str:
    if char in "’ʼ":
        return "'"
    if char.isspace():
        return "\n" if char == "\n" else " "
    return (fold(char) or char)[:1]


def tidy(text: str) -> str:
    """A value as said, on one line, without the marks around it."""
    return re.sub(r"\s+", " ", text).strip(" ,.;:-")


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the spans replaced by commas, same length."""
    for begin, end in spans:
        text = text[:begin] + "," * (end - begin) + text[end:]
    return text


def street_in(text: str) -> tuple[int, int] | None:
    """Where a street address stands."""
    found = _STREET.search(text)
    return found.span() if found else None


def iban_in(text: str, folded: str, begin: int, end: int) -> tuple[str, tuple[int, int]] | None:
    """An account number with a right key, also when words follow it; else one that only looks like it."""
    found = _IBAN.search(folded, begin, end)
    if found is None:
        return None
    groups = found.group().split(" ")
    for size in range(len(groups), 0, -1):
        said = " ".join(groups[:size])
        if iban_number.is_valid(said):
            return said.replace(" ", "").upper(), (found.start(), found.start() + len(said))
    return (
        (text[found.start() : found.end()].replace(" ", "").upper(), found.span())
        if found.group()[:2] == "fr"
        else None
    )


def from_groups(session: Session, match: re.Match[str]) -> dict[str, Any]:
    """Arguments from the named groups of an opening: counts of days, amounts, rates, words."""
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    days = _DAYS.get(said.pop("unit", ""), 1)
    args: dict[str, Any] = {}
    for name, value in said.items():
        if name.endswith("_days"):
            args[name] = int(value) * days
        elif name == "capital":
            args[name] = _amount(value)
        elif name == "default_vat_rate":
            args[name] = value.replace(",", ".")
        elif name == "rcs_city":
            args[name] = tidy(session.text[slice(*match.span(name))])
        else:
            args[name] = value
    return args


def _amount(said: str) -> str:
    """ "5 000", "5.000", "5000,00" as a number with a dot."""
    whole = re.sub(r"[ .](?=\d{3}(?!\d))", "", said.strip(" ."))
    return whole.replace(" ", "").replace(",", ".")


def _identifier(field: str, pattern: re.Pattern[str]) -> Callable[[Session, Span], Found | None]:
    def read(session: Session, span: Span) -> Found | None:
        found = pattern.search(span.flat, span.begin, span.end)
        if found is None:
            return None
        return {field: re.sub(r"[ .]", "", found.group()).upper()}, found.end()

    return read


def _iban(session: Session, span: Span) -> Found | None:
    found = iban_in(span.text, span.flat, span.begin, span.end)
    return ({"iban": found[0]}, found[1][1]) if found else None


def _item(field: str, kind: str) -> Callable[[Session, Span], Found | None]:
    def read(session: Session, span: Span) -> Found | None:
        for item in session.items:
            if item.kind == kind and span.begin <= item.start < span.end:
                return {field: item.iso}, item.end
        return None

    return read


def _words(field: str, *, whole: bool = False) -> Callable[[Session, Span], Found | None]:
    """The words up to a comma, or all of them."""

    def read(session: Session, span: Span) -> Found | None:
        begin = _after_introduction(span)
        comma = span.flat.find(",", begin, span.end)
        end = span.end if whole or comma < 0 else comma
        said = tidy(span.text[begin:end])
        return ({field: said}, end) if len(said) > 1 and not remark(said) else None

    return read


def _after_introduction(span: Span) -> int:
    found = _INTRODUCED.match(span.said)
    return span.begin + (found.end() if found else 0)


def _address(session: Session, span: Span) -> Found | None:
    begin = _after_introduction(span)
    said = tidy(span.text[begin : span.end])
    if not re.search(r"[^\W\d_]{3}", said):
        return None
    if not re.search(r"\d", said) and not _SPOKEN_STREET.search(span.flat[begin : span.end]):
        return None
    return {"address": said}, span.end


def insurance(session: Session, span: Span) -> Found | None:
    """Insurer, its address, policy, area, activities and dates, in any order, between commas or not."""
    args: dict[str, Any] = {}
    text = span.flat[: span.end]
    for name, (begin, end) in _dates(session, span, args):
        text = blanked(text, [(begin, end)]) if name else text
    if found := POLICY.search(text, span.begin):
        args["insurance_policy"] = span.text[slice(*found.span("number"))].strip(" .,")
        text = blanked(text, [found.span()])
    elif spoken := _spoken_policy(session, text, span):
        args["insurance_policy"] = spoken[0]
        text = blanked(text, [spoken[1]])
    for area, words in sorted(_areas(), key=lambda entry: -len(entry[1])):
        if found := re.compile(
            rf"(?<![a-z0-9])(?:couverture |en |zone |pour (?:la )?)?{re.escape(words)}(?:'?da|'?de)?(?![a-z0-9])"
        ).search(text, span.begin):
            args["insurance_area"] = area
            text = blanked(text, [found.span()])
            break
    for found in _STREET.finditer(text, span.begin):
        text = (
            text[: found.start()]
            + ("," if found.start() > span.begin else text[found.start()])
            + text[found.start() + 1 :]
        )
        break
    _segments(span, text, found.start() if (found := _STREET.search(span.flat, span.begin, span.end)) else None, args)
    if "insurance_policy" not in args and (both := _NAME_AND_POLICY.fullmatch(args.get("insurer_name", ""))):
        args |= {"insurer_name": both["name"], "insurance_policy": both["policy"]}
    if not args and (bare := _BARE_POLICY.fullmatch(span.said.strip(" .,"))):
        args["insurance_policy"] = bare.group().upper()
    return (args, span.end) if args else None


def _spoken_policy(session: Session, text: str, span: Span) -> tuple[str, tuple[int, int]] | None:
    """ "numéro de police quatre cent douze mille sept cent huit": the digits of the number words after the label."""
    label = _SPOKEN_POLICY.search(text, span.begin)
    if label is None:
        return None
    said, end = "", label.end()
    for item in session.items:
        if item.start < label.end() or item.start >= span.end:
            continue
        if not item.spelled or item.whole < 0 or item.kind not in ("number", "money"):
            break
        said, end = said + str(item.whole), item.end
    return (said, (label.start(), end)) if len(said) > 2 else None


def _segments(span: Span, text: str, street: int | None, args: dict[str, Any]) -> None:
    """What is left between the commas: the insurer's name first, an address, the activities."""
    at = span.begin
    street_part: list[tuple[int, int]] = []
    for piece in re.split(r",", text[span.begin :]):
        begin, end, at = at, at + len(piece), at + len(piece) + 1
        introduced = _INTRODUCED.match(piece)
        begin += introduced.end() if introduced else 0
        said = tidy(span.text[begin:end])
        if len(said) < 2:
            continue
        folded = flat(said)
        if found := _ACTIVITIES.search(folded):
            args["insurance_activities"] = tidy(said[found.start("said") :])
        elif _POSTCODE.search(folded) or re.match(rf"(?:{_NUMBER} )?(?:{_STREETS}) ", folded):
            street_part.append((begin, end))
        elif "insurer_name" not in args and not folded.isdigit() and not remark(said):
            args["insurer_name"] = said
    if street_part:
        begin = min(begin for begin, _ in street_part)
        if street is not None and street < begin <= street + 8:
            begin = street
        args["insurer_address"] = tidy(span.text[begin : max(end for _, end in street_part)])


def _dates(session: Session, span: Span, args: dict[str, Any]) -> list[tuple[str, tuple[int, int]]]:
    """The dates of the span as begin and end of the cover, with the words that say which."""
    found: list[tuple[str, tuple[int, int]]] = []
    dates = [i for i in session.items if i.kind == "date" and i.iso and span.begin <= i.start < span.end]
    for number, item in enumerate(dates):
        before, after = span.flat[span.begin : item.start], span.flat[item.end : span.end]
        opening, closing = _UNTIL.search(before), _KADAR.match(after)
        since, since_after = _FROM.search(before), _SINCE.match(after)
        first = number == 0 and len(dates) > 1 and not opening and not closing
        field = "insurance_from" if since or since_after or first else "insurance_until"
        args[field] = item.iso
        start = span.begin + (opening or since).start() if (opening or since) else item.start  # type: ignore[union-attr]
        ending = closing or since_after
        found.append((field, (start, item.end + (ending.end() if ending else 0))))
    return found


def remark(said: str) -> bool:
    """ "a expiré", "ne répond pas": something said about the fact instead of the fact."""
    return re.split(r"[\s']", flat(said), maxsplit=1)[0] in _remarks()


@lru_cache(maxsize=1)
def _remarks() -> frozenset[str]:
    return frozenset(lexicon()["remarks"].split())


@lru_cache(maxsize=1)
def lexicon() -> dict[str, Any]:
    file = Path(__file__).parent / "lexicon" / "company.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _areas() -> tuple[tuple[str, str], ...]:
    return tuple((area, words) for area, said in lexicon()["areas"].items() for words in said)


def _mediator(session: Session, span: Span) -> Found | None:
    """The mediator's name, then how to reach him."""
    begin = _after_introduction(span)
    street = _STREET.search(span.flat, begin, span.end)
    comma = span.flat.find(",", begin, span.end)
    cuts = [cut for cut in (comma, street.start() if street else -1) if cut > begin]
    end = min(cuts, default=span.end)
    name, contact = tidy(span.text[begin:end]), tidy(span.text[end : span.end])
    if len(name) < 2 or remark(name):
        return None
    return {"mediator_name": name, **({"mediator_contact": contact} if contact else {})}, span.end


def _policy(session: Session, span: Span) -> Found | None:
    found = POLICY.search(span.flat, span.begin, span.end)
    begin, end = found.span("number") if found else (_after_introduction(span), span.end)
    said = tidy(span.text[begin:end])
    return ({"insurance_policy": said}, end) if any(char.isdigit() for char in said) else None


def _rge(session: Session, span: Span) -> Found | None:
    found = _LABEL.match(span.said)
    if found is None:
        return None
    begin, end = span.begin + found.start("said"), span.begin + found.end("said")
    return {"rge": tidy(span.text[begin:end])}, end


def _capital(session: Session, span: Span) -> Found | None:
    found = re.search(r"\d[\d .]*(?:,\d\d)?", span.said)
    return ({"capital": _amount(found.group())}, span.begin + found.end()) if found else None


READERS: dict[str, Callable[[Session, Span], Found | None]] = {
    "siret": _identifier("siret", SIRET),
    "vat_number": _identifier("vat_number", _VAT),
    "bic": _identifier("bic", _BIC),
    "einvoicing": _identifier("einvoicing_address", _EINVOICING),
    "iban": _iban,
    "email": _item("email", "email"),
    "phone": _item("phone", "phone"),
    "address": _address,
    "name": _words("name"),
    "waste_collection_point": _words("waste_collection_point", whole=True),
    "rcs_city": _words("rcs_city"),
    "capital": _capital,
    "insurance": insurance,
    "insurer_name": _words("insurer_name"),
    "insurer_address": _words("insurer_address", whole=True),
    "insurance_policy": _policy,
    "mediator": _mediator,
    "rge": _rge,
}
