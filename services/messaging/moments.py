"""Datetimes as the provider's API writes and demands them (unipile.md §2)."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(value: datetime) -> str:
    """Exactly three digits of milliseconds and Z; any other form is refused by the provider with 400."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
