"""Everything that one rendering of the page shows, gathered from the network, the state and the turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.demo import people as persons
from api.demo.clock import clock_time, day_label
from api.demo.panel import Panel, panel, turn_record
from api.demo.people import Holder
from api.demo.schemas import People
from api.demo.thread import Bubble, bubbles
from db.repositories import demo as repository
from db.repositories import turns as turn_repository
from prompts.demo import words
from services.conversations.state import phone_state
from services.messaging.simulator.feed import Feed

TURNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A customer's message as the inbox keeps it; ``obeyed`` would mean that it reached a turn."""

    text: str
    time: str
    status: str
    obeyed: bool


@dataclass(frozen=True, slots=True)
class View:
    """What the templates need. ``words`` are the page's texts in the language of the artisan."""

    holder: Holder
    people: People
    words: Mapping[str, Any]
    thread: Sequence[Bubble]
    days: Mapping[Any, str]
    idle: bool
    suggestions: Sequence[Mapping[str, str]]
    panel: Panel | None
    stored: Sequence[StoredMessage]


async def view(session: AsyncSession, feed: Feed, holder: Holder, assistant_phone: str) -> View:
    """The page of ``holder`` now. ``session`` is the system's: the page looks over every shoulder."""
    texts = words(holder.language)
    is_artisan = holder.role == "artisan"
    everybody = await persons.people(session, assistant_phone, also=holder.artisan_phone)
    thread = bubbles(feed.entries(holder.phone, 0), holder.phone, with_options=is_artisan)
    shown = await _panel(session, holder) if is_artisan else None
    chat = texts["chat"]
    return View(
        holder=holder,
        people=everybody,
        words=texts,
        thread=thread,
        days={
            day: day_label(day, holder.language, chat["today"], chat["yesterday"]) for day in {b.day for b in thread}
        },
        idle=(shown is None or shown.idle) and not feed.is_busy(holder.phone),
        suggestions=_suggestions(texts["suggestions"], shown, thread),
        panel=shown,
        stored=[] if is_artisan else await _stored(session, holder.phone),
    )


async def _panel(session: AsyncSession, holder: Holder) -> Panel:
    state = await phone_state(session, holder.phone)
    rows = await turn_repository.turns_of_user(session, holder.organization_id, holder.user_id, TURNS_SHOWN)
    return panel(state, [turn_record(turn, workflow) for turn, workflow in rows], holder.language)


async def _stored(session: AsyncSession, phone: str) -> list[StoredMessage]:
    return [
        StoredMessage(
            text=message.text or "",
            time=clock_time(message.sent_at),
            status=message.processing_status,
            obeyed=message.processing_status in ("queued", "processed"),
        )
        for message in await repository.messages_from(session, phone, TURNS_SHOWN)
    ]


def _suggestions(
    texts: Mapping[str, Sequence[Mapping[str, str]]], shown: Panel | None, thread: Sequence[Bubble]
) -> Sequence[Mapping[str, str]]:
    """Openings while there is no draft, corrections while there is one, none beside numbered answers (UX-56).

    An empty chat shows the openings itself.
    """
    if shown is None:
        return texts["customer"]
    if not thread or thread[-1].options:
        return ()
    return texts["reviewing"] if shown.draft and shown.draft.lines else texts["opening"]
