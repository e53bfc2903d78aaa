"""Numbers in digits, with French and Turkish separators (UX-29): "1.250" = 1250, "14.5" = 14,5, "1 250,50", "2,5k"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.understanding.grammar.tokens import Token

_THOUSANDS = re.compile(r"^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$")
_THOUSAND_TR = re.compile(r"^bin(?:e|i|den|lik|er)?$")
_ENGLISH = re.compile(r"^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$")


@dataclass(slots=True)
class DigitNumber:
    """A number in digits: tokens up to ``end``; ``alternative`` is another plausible value of the same digits."""

    value: Decimal
    end: int
    alternative: Decimal | None = None


def parse(text: str) -> tuple[Decimal, Decimal | None]:
    """The value of one digit token, and the other plausible one ("1,250" is 1.25 or 1250)."""
    if _THOUSANDS.match(text):
        return Decimal(text.replace(".", "").replace(",", ".")), None
    if _ENGLISH.match(text):
        whole = Decimal(text.replace(",", ""))
        return whole, (Decimal(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else None)
    head, _, tail = text.replace(",", ".").partition(".")
    tail = tail.replace(".", "")
    return Decimal(f"{head}.{tail}" if tail else head), None


def read(tokens: Sequence[Token], start: int) -> DigitNumber:
    """Reads digits at ``start``, joining groups of thousands written with spaces and a magnitude ("2,5k", "12 bin")."""
    token = tokens[start]
    value, alternative = parse(token.text)
    end = start + 1
    if token.text.isdigit() and len(token.text) <= 3 and not token.text.startswith("0"):
        joined = token.text
        while end < len(tokens) and _is_group(tokens[end - 1], tokens[end]):
            joined += tokens[end].text
            end += 1
            if not tokens[end - 1].text.isdigit():
                break
        if joined != token.text:
            value = Decimal(joined.replace(",", "."))
            if token.text != "1":
                alternative = parse(tokens[end - 1].text)[0] if end == start + 2 else None
    following = tokens[end] if end < len(tokens) else None
    if following is not None and following.kind == "word":
        if following.key == "k" and following.glued and end + 1 <= len(tokens):
            return DigitNumber(value * 1000, end + 1)
        if value < 1000 and (following.key in ("mille", "mil") or _THOUSAND_TR.match(following.key)):
            value, end = value * 1000, end + 1
            rest = tokens[end] if end < len(tokens) else None
            if rest is not None and rest.kind == "number" and rest.text.isdigit() and len(rest.text) == 3:
                value, end = value + Decimal(rest.text), end + 1
            return DigitNumber(value, end)
    return DigitNumber(value, end, alternative)


def _is_group(before: Token, token: Token) -> bool:
    return (
        token.kind == "number"
        and token.start - before.end == 1
        and re.match(r"^\d{3}(?:,\d{1,2})?$", token.text) is not None
    )
