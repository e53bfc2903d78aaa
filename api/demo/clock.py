"""Hours and days as the artisans live them: Paris time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

_PARIS = ZoneInfo("Europe/Paris")


def clock_time(moment: datetime) -> str:
    """``14:05``, of a moment with a time zone."""
    return moment.astimezone(_PARIS).strftime("%H:%M")


def day_of(moment: datetime) -> date:
    """The calendar day in Paris."""
    return moment.astimezone(_PARIS).date()


def day_label(day: date, language: str, today_word: str, yesterday_word: str, now: datetime | None = None) -> str:
    """How a chat names a day: today, yesterday, else the date in words."""
    today = day_of(now or datetime.now(UTC))
    age = (today - day).days
    if age in (0, 1):
        return (today_word, yesterday_word)[age]
    return format_date(day, "EEEE d MMMM", locale=language)
