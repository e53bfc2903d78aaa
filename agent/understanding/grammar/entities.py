"""What is recognised before words are read: e-mails, phones, SIRETs, VAT numbers, references, dates in digits."""

from __future__ import annotations

import re
from datetime import date

import phonenumbers
from stdnum.fr import siret as siret_number

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import word_set
from agent.understanding.grammar.tokens import Span

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_SPOKEN_EMAIL = re.compile(
    r"\b([a-z0-9][\w\-]*(?: (?:point|nokta|tiret) [\w\-]+)*) (?:arobase|arobas|et@|kuyruklu a) "
    r"([a-z0-9][\w\-]*(?: (?:point|nokta|tiret) [\w\-]+)+)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:(?:DEVIS|FACTURE|AVOIR)[-_]?|(?:FACT|ABO|DEV|FAC|DV|FA|D|F)[-_ ]?)(?:19|20)\d\d[-_ ]\d{1,6}\b"
    r"|(?<![\w-])20\d\d-\d{3,5}(?![\w-])",
    re.IGNORECASE,
)
_SIRET = re.compile(r"(?<![\d.,])\d{3}[ .]?\d{3}[ .]?\d{3}[ .]?\d{5}(?![\d.,]*\d)")
_VAT = re.compile(r"\bFR ?[0-9A-Z]{2} ?\d{3} ?\d{3} ?\d{3}\b")
_FRENCH_PHONE = re.compile(r"(?<![\d.,])0[1-9](?:[ .\-/]?\d{2}){4}(?![\d€%])")
_WORLD_PHONE = re.compile(r"(?<![\d.,])(?:\+|00)\d[\d .\-()]{7,17}\d(?!\d)")
_DATE = re.compile(r"(?<![\d.,/])(\d{1,2})([/.\-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d/])(?![.,]\d)")
_SLASHED = re.compile(r"(?<![\d/])\d{1,2}(?:[.,]\d)?/\d{1,2}/\d{1,2}(?![\d/])(?<!/[12]\d)")
_CABLE = re.compile(r"(?<![\w.,])\d{1,2} ?[gG] ?\d{1,2}(?:[.,]\d{1,2})?(?:(?= )|(?=[^\w.,])|$|(?=mm))")
_PAIR = re.compile(r"(?<![\d/.,-])(\d{1,3})/(\d{1,3})(e|è|eme|ème|ième|ieme)?(?![\w/]|[.,]\d)")
_SIZED = word_set("entities_sized")
_INCHES = frozenset(["pouce", "pouces", "inc", '"'])
_TIME_UNITS = frozenset("journee journees jour jours heure heures h j jr gun saat".split())
_ISO_DATE = re.compile(r"(?<!\d)(20\d\d)-(\d{2})-(\d{2})(?!\d)")


def find(text: str, today: date) -> list[Span]:
    """All of them, without overlaps (the first kind in the list below wins)."""
    spans: list[Span] = []
    if "@" in text:
        _collect(spans, "email", _EMAIL, text, lambda m: m.group().rstrip(".").lower())
    if "arobas" in text.lower() or "kuyruklu" in text:
        _collect(spans, "email", _SPOKEN_EMAIL, text, _spoken_email)
    if not any(c.isdigit() for c in text):
        return spans
    _collect(spans, "dimension", _SLASHED, text, lambda m: m.group())
    _collect(spans, "dimension", _CABLE, text, lambda m: m.group())
    if "/" in text:
        _collect(spans, "dimension", _PAIR, text, _sizes)
    _collect(spans, "reference", _REFERENCE, text, _reference)
    _collect(spans, "vat_number", _VAT, text, lambda m: m.group().replace(" ", ""))
    _collect(spans, "siret", _SIRET, text, _siret)
    _collect(spans, "phone", _WORLD_PHONE, text, _phone)
    _collect(spans, "phone", _FRENCH_PHONE, text, _phone)
    _collect(spans, "date", _ISO_DATE, text, lambda m: _date(int(m[1]), int(m[2]), int(m[3])))
    _collect(spans, "date", _DATE, text, lambda m: _numeric_date(m, today))
    return spans


def _sizes(match: re.Match[str]) -> str | None:
    """ "liner 75/100", "cuivre 16/18", "vanne 3/4", "1/2 journée": sizes and fractions; a possible date only beside a
    word of pipes."""
    said = match.group()
    one, other = int(match[1]), int(match[2])
    if not (1 <= one <= 31 and 1 <= other <= 12) or match[3]:
        return said
    before = re.findall(r"[^\W\d_]+", fold(match.string[max(0, match.start() - 30) : match.start()]))[-1:]
    after = re.findall(r"[^\W\d_]+|\"", fold(match.string[match.end() : match.end() + 12]))[:1]
    halved = said == "1/2" and after and after[0] in _TIME_UNITS
    return said if halved or (before and before[0] in _SIZED) or (after and after[0] in _INCHES) else None


def _collect(spans: list[Span], kind: str, pattern: re.Pattern[str], text: str, value_of) -> None:  # type: ignore[no-untyped-def]
    for match in pattern.finditer(text):
        if any(match.start() < span.end and span.start < match.end() for span in spans):
            continue
        value = value_of(match)
        if value:
            spans.append(Span(kind, match.start(), match.end(), value))


def _reference(match: re.Match[str]) -> str:
    said = re.sub(r"[_ ]", "-", match.group().upper())
    return re.sub(r"^(DEVIS|FACTURE|FACT|AVOIR|ABO|DEV|FAC|DV|FA|D|F)(?=\d)", r"\1-", said)


def _siret(match: re.Match[str]) -> str | None:
    digits = re.sub(r"\D", "", match.group())
    before = match.string[max(0, match.start() - 14) : match.start()].lower()
    return digits if siret_number.is_valid(digits) or "siret" in before or " " not in match.group().strip() else None


def _phone(match: re.Match[str]) -> str | None:
    return e164(match.group())


def e164(said: str) -> str | None:
    """The number in E.164 when it is a possible one (French when it has no country code), else None."""
    try:
        number = phonenumbers.parse(said, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _spoken_email(match: re.Match[str]) -> str:
    said = f"{match[1]}@{match[2]}".lower()
    return re.sub(r" tiret ", "-", re.sub(r" (?:point|nokta) ", ".", said))


def _numeric_date(match: re.Match[str], today: date) -> str | None:
    day, month, year = int(match[1]), int(match[3]), match[4]
    if match[2] != "/" and not year:
        return None  # "14.5" is a number
    full = today.year if not year else int(year) if len(year) == 4 else 2000 + int(year)
    return _date(full, month, day)


def _date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
