"""What the demo's endpoints answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel


class CustomerPerson(BaseModel):
    """A client with a phone (E.164); ``received`` counts the messages that reached it."""

    phone: str
    name: str
    received: int


class ArtisanPerson(BaseModel):
    """An artisan whose phone can be taken in hand, with the customers whose phones can be looked at."""

    phone: str
    name: str
    company: str
    language: Literal["fr", "tr"]
    customers: list[CustomerPerson] = []


class People(BaseModel):
    """Everybody whose phone can be taken in hand, and the assistant's own number (E.164)."""

    assistant_phone: str
    artisans: list[ArtisanPerson]


class TurnRecord(BaseModel):
    """One turn as it happened. ``reading`` is the understander's, ``tool_calls`` are in the order run; times in ms."""

    id: UUID
    conversation_id: UUID
    workflow: str
    at: datetime
    text: str
    language: str
    understander: str
    reading: dict[str, Any]
    tool_calls: list[dict[str, Any]]
    awaiting_before: str | None
    awaiting_after: str | None
    ungrounded_numbers: int
    understand_ms: int
    total_ms: int


class Turns(BaseModel):
    """The latest turns of a phone, newest first."""

    turns: list[TurnRecord]
