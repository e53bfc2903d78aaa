"""How long to wait for the rest of what the artisan is writing (UX-08). Pure; seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

AFTER_COMPLETE = 1.0
AFTER_FRAGMENT = 4.0
AFTER_MEDIA = 6.0
CAP = 20.0
LONG_MESSAGE = 12
"""Words from which a message without digits (prices in words) is not a fragment any more."""

_ENDS_OPEN = re.compile(r"(,|…|\.\.\.|\b(et|puis|plus|avec|pour|ve|bi de|bir de|icin|için|ile))\s*$", re.IGNORECASE)
_ENDS_CLOSED = re.compile(r"[.!?)»”\"]\s*$")
_SHORT = re.compile(
    r"\W*(\d{1,2}|ok|okay|oui|ouais|non|nan|nickel|parfait|go|vas-y|c'?est bon|c bon|valide|envoie|annule|stop|récap|recap|"
    r"tamam|tmm|tm|evet|hayır|hayir|yok|olur|kes|gönder|gonder|yolla|dur|iptal|özet|ozet|aynen|👍)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Arrived:
    """A waiting message: its words, when we got it, and whether it is media without words."""

    text: str | None
    received_at: datetime
    media: bool = False


def quiet_seconds(message: Arrived, *, question_open: bool) -> float:
    """The silence wanted after this message. An answer to an open question is complete as it stands."""
    if not message.text:
        return AFTER_MEDIA if message.media else 0.0
    if _SHORT.fullmatch(message.text.strip()):
        return 0.0
    if _ENDS_OPEN.search(message.text):
        return AFTER_FRAGMENT
    long = len(message.text.split()) >= LONG_MESSAGE
    complete = long or _ENDS_CLOSED.search(message.text) or any(character.isdigit() for character in message.text)
    return AFTER_COMPLETE if complete or question_open else AFTER_FRAGMENT


def remaining(messages: Sequence[Arrived], now: datetime, *, question_open: bool, scale: float) -> float:
    """Seconds still to wait before the burst is taken as one turn; 0 = now. Never beyond ``CAP`` from its first word."""
    if not messages or scale <= 0:
        return 0.0
    last = max(messages, key=lambda message: message.received_at)
    first = min(message.received_at for message in messages)
    quiet = quiet_seconds(last, question_open=question_open) * scale
    waited = (now - last.received_at).total_seconds()
    left_of_cap = CAP * scale - (now - first).total_seconds()
    return max(0.0, min(quiet - waited, left_of_cap))
