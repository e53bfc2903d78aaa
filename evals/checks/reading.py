"""Reads scenario and trace the way every check needs them: texts folded, numbers as digits, expectations filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from evals.running.seeding import layered
from evals.scenarios.placeholders import filled
from evals.scenarios.schema import Scenario
from evals.traces import Heard, Trace, TurnTrace
from services.documents.text import fold

_PARIS = ZoneInfo("Europe/Paris")
folded = lru_cache(maxsize=20_000)(fold)
"""A text without case, accents, Turkish letters and kinds of spaces; safe for İ, which ``str.lower`` makes two of."""


def contains(text: str, piece: str) -> bool:
    """Whether ``piece`` stands in ``text``, both folded."""
    return folded(piece) in folded(text)


def names(text: str, word: str) -> bool:
    """Whether ``word`` (or several) stands in ``text`` as whole words, both folded."""
    return re.search(rf"(?<!\w){re.escape(folded(word))}(?!\w)", folded(text)) is not None


def digits(text: str) -> str:
    """Only its digits; a French number the national way, so that +33612… and 06 12 … are the same."""
    found = re.sub(r"\D", "", text)
    return "0" + found[2:] if found.startswith("33") and len(found) == 11 else found


def national(text: str) -> str:
    """French numbers written the national way: +33 6… is 06…."""
    return re.sub(r"(?:\+|\b00)33 ?(?=\d)", "0", text)


def e164(phone: Any) -> str:
    """The number in E.164; what is no phone number stays as it is."""
    try:
        parsed = phonenumbers.parse(str(phone), "FR")
    except phonenumbers.NumberParseException:
        return str(phone)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def moment(text: Any) -> datetime:
    """An ISO time; one without a zone is UTC. Raises ``ValueError``."""
    found = datetime.fromisoformat(str(text).replace(" ", "T", 1).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("UTC"))


def day_of(trace: Trace) -> date:
    """The day on which the scenario was played, in Paris."""
    return moment(trace.started_at).astimezone(_PARIS).date()


def meant(scenario: Scenario, trace: Trace, value: Any) -> Any:
    """``value`` of the scenario as it stands for this run: language chosen, placeholders filled."""
    return filled(value, language=trace.locale, knows=scenario.user.knows, phones=trace.phones, today=day_of(trace))


def seed(scenario: Scenario, trace: Trace) -> dict[str, Any]:
    """The scene that the scenario starts from, as it was given to the service."""
    return meant(scenario, trace, layered(scenario))


def replies(trace: Trace, turn: TurnTrace) -> list[Heard]:
    """What the artisan's own phone received in a turn."""
    return [heard for heard in turn.heard if trace.artisan_phone is None or e164(heard.to) == trace.artisan_phone]


def said(trace: Trace) -> str:
    """All that the artisan wrote or said."""
    return "\n".join(message.text for turn in trace.turns for message in turn.said)


def strings(value: Any) -> Iterator[str]:
    """Every text inside a tree of dicts and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def excerpt(text: str, about: str = "", width: int = 90) -> str:
    """A short piece of a text, around ``about`` where it is found."""
    line = " ".join(text.split())
    at = max(0, line.find(about) - width // 3) if about else 0
    return f"{'…' if at else ''}{line[at : at + width]}{'…' if len(line) > at + width else ''}"
