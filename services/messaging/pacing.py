"""How fast an account writes, so that WhatsApp does not take it for a machine (C31): one table, and who goes when.

An answer to the artisan leaves at once: answers are safe, and he waits for them. Everything else gets a slot among the
messages of its account, drawn in PostgreSQL, so that any number of workers keep one pace together.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db.repositories.pacing import Counts

PARIS = ZoneInfo("Europe/Paris")
ANSWER_WITHIN = timedelta(hours=24)
"""A message to the artisan is an answer when he wrote in the chat within this time; our decision."""
OPENS_AT = time(8, 0)
"""When the messages of a day that was full leave on the next one: not in the night; our decision."""
OPENS_WITHIN = timedelta(minutes=10)
"""They do not all begin on the stroke of the hour."""
YOUNG = timedelta(hours=24)
"""So long a newly connected number is watched most closely (unipile.md §10)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the pacing table and where it comes from."""

    value: float
    source: str


SHORTEST_GAP = Figure(10, "unipile.md §10: space messages by 10–20 s")
LONGEST_GAP = Figure(20, "unipile.md §10: space messages by 10–20 s")
DAILY_LIMIT = Figure(200, "C31: 200 a day on a number linked by QR code")
DAILY_NEW_LIMIT = Figure(15, "C31: numbers were restricted after 15–20 messages a day to unknown contacts")
YOUNG_NEW_LIMIT = Figure(2, "unipile.md §10: a fresh number may be banned after 2–3 new chats")


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for one account now: gaps in seconds, messages a day, of them to people it never wrote with."""

    shortest_gap: float
    longest_gap: float
    daily: int
    daily_new: int


@dataclass(frozen=True, slots=True)
class Go:
    """The row leaves now; the next slot of the account is free at ``next_at``."""

    next_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """The row waits until ``until``. ``slot_at`` is the slot it holds, ``next_at`` the one after it when it is new."""

    until: datetime
    slot_at: datetime | None = None
    next_at: datetime | None = None
    day_is_full: bool = False


def limits_of(standing: Any) -> Limits:
    """The table's figures, the admin's where he set some; the stricter ones for a number linked within a day."""
    shortest = _first(standing.shortest_gap, SHORTEST_GAP.value)
    longest = max(shortest, _first(standing.longest_gap, LONGEST_GAP.value))
    young = standing.connected_at is not None and standing.now - standing.connected_at < YOUNG
    new = YOUNG_NEW_LIMIT if young else DAILY_NEW_LIMIT
    daily = int(_first(standing.daily_limit, DAILY_LIMIT.value))
    return Limits(shortest, longest, daily, int(_first(standing.daily_new_limit, new.value)))


def day_of(now: datetime) -> datetime:
    """When the day of ``now`` began in Paris."""
    return datetime.combine(now.astimezone(PARIS).date(), time(0), PARIS)


def decide(
    standing: Any, limits: Limits, counts: Counts, row: Any, scale: float, chance: random.Random | None = None
) -> Go | Wait:
    """Whether ``row`` (``pace``, ``slot_at``) may leave at ``standing.now``, else until when it waits.

    The pause counts from the provider's answer to the send before, however long that took: what the provider sees is
    never nearer than the shortest pause. A row keeps its slot while it is a little late; one that missed it by more
    than a gap (the workers were down) draws a new one, so that what has piled up does not leave in a burst.
    """
    chance, now = chance or random.Random(), standing.now
    if _day_is_full(limits, counts, row):
        opening = datetime.combine(now.astimezone(PARIS).date() + timedelta(days=1), OPENS_AT, PARIS)
        return Wait(opening + chance.random() * OPENS_WITHIN, day_is_full=True)
    shortest, longest = (timedelta(seconds=gap * scale) for gap in (limits.shortest_gap, limits.longest_gap))
    gap = shortest + chance.random() * (longest - shortest)
    earliest = standing.last_at + shortest if standing.last_at else now
    if standing.under_way:
        earliest = max(earliest, now + shortest)
    missed = row.slot_at is not None and row.slot_at < now - longest and now < earliest
    if row.slot_at is None or missed:
        at = max(now, earliest, standing.next_at or now)
        return Go(now + gap) if at <= now else Wait(at, at, at + gap)
    if now < row.slot_at or now < earliest:
        return Wait(max(row.slot_at, earliest), row.slot_at)
    return Go(now + gap)


def _day_is_full(limits: Limits, counts: Counts, row: Any) -> bool:
    """A row that holds a slot was counted when it got it: only what has left counts against it."""
    sent, new = counts.sent, counts.sent_new
    if row.slot_at is None:
        sent, new = sent + counts.promised, new + counts.promised_new
    return sent >= limits.daily or (row.pace == "new" and new >= limits.daily_new)


def _first(own: float | None, general: float) -> float:
    return general if own is None else own
