"""What a turn says besides its graphs: that a message came late, or that there was nothing to read in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.gathering import Gathered
from agent.listening import OVER_PLAN
from agent.shown import shown_in
from db.models import WhatsappMessage
from db.settings import settings
from prompts.replies import say
from services.attachments.schemas import TEXT_LAYER, Seen
from services.billing.links import payment_url
from services.documents.amounts import amount_text

PARIS = ZoneInfo("Europe/Paris")
LATE = timedelta(minutes=10)


def language_of(gathered: Gathered) -> str:
    """The language of the talk so far."""
    row = gathered.run.row if gathered.run else None
    return row.language if row is not None else gathered.user.preferred_language


def speak(gathered: Gathered, key: str, language: str | None = None, **values: Any) -> str:
    """A sentence for this artisan."""
    return say(language or language_of(gathered), key, form=gathered.user.address_form, **values)


def has_audio(messages: Sequence[WhatsappMessage]) -> bool:
    return any(message.type == "audio" for message in messages)


def unheard(gathered: Gathered) -> list[str]:
    """A sentence for each kind of voice note that could not be understood, in their order (UX-59, UX-62)."""
    said = []
    for message in gathered.messages:
        note = gathered.notes.get(message.id)
        if note is None or note.outcome == "heard":
            continue
        key = f"voice.{note.outcome}"
        if note.outcome == "waiting":
            key = "voice.later" if note.error else "answers.voice_kept"
        if note.outcome == "waiting" and note.error == OVER_PLAN:
            key = "voice.over_plan"
        time, link = message.sent_at.astimezone(PARIS).strftime("%H:%M"), _link(gathered)
        said.append(speak(gathered, key, text=note.text, time=time, link=link))
    return list(dict.fromkeys(said))


def unread(gathered: Gathered) -> list[str]:
    """The sentences about messages without words of the artisan's own: they are kept, and nothing is done."""
    shown = any(message.details.get("seen") or message.details.get("location") for message in gathered.messages)
    told = [*unheard(gathered), *(unseen(gathered, alone=True) if shown else [])]
    if told or shown:
        return told
    if any(message.is_forwarded for message in gathered.messages):
        return [speak(gathered, "answers.forwarded_kept")]
    return [speak(gathered, "answers.voice_kept" if has_audio(gathered.messages) else "answers.media_kept")]


def late(gathered: Gathered, now: datetime, replies: list[str]) -> list[str]:
    """Says so when the message took more than ten minutes to reach us (UX-15)."""
    sent_at = gathered.messages[-1].sent_at
    if not replies or now - sent_at <= LATE:
        return replies
    there, here = sent_at.astimezone(PARIS), now.astimezone(PARIS)
    when = there.strftime("%H:%M" if there.date() == here.date() else "%d/%m %H:%M")
    return [speak(gathered, "answers.late", time=when), *replies]


def unseen(gathered: Gathered, *, alone: bool) -> list[str]:
    """Sentences about files that gave no lines, each kind once. ``alone``: nothing else answers this message."""
    shown, sentences = shown_in(gathered), list[str]()
    for seen in _one_of_each(shown.seen):
        if seen.outcome == "lines":
            scanned = seen.read_by != TEXT_LAYER
            sentences.append(speak(gathered, "answers.photo_lines", scanned=scanned, count=len(seen.lines)))
        elif seen.outcome == "receipt":
            total = amount_text(seen.total) if seen.total is not None else None
            key = "answers.receipt_used" if shown.resold else "answers.receipt_read"
            sentences.append(speak(gathered, key, supplier=seen.supplier, count=len(seen.lines), total=total))
        elif seen.outcome == "limited" and gathered.spend.month_over:
            sentences.append(speak(gathered, "answers.photo_over_plan", link=_link(gathered)))
        elif seen.outcome in ("limited", "failed", "lost", "unsupported"):
            sentences.append(speak(gathered, f"answers.photo_{seen.outcome}"))
        elif seen.outcome == "no_model" and not seen.repeated:
            sentences.append(speak(gathered, "answers.media_kept"))
        elif seen.outcome == "nothing" and alone:
            sentences.append(speak(gathered, "answers.photo_nothing"))
        elif seen.outcome in ("site", "no_model") and alone:
            sentences.append(speak(gathered, "answers.photo_kept", draft=shown.has_draft))
    for place in shown.locations[-1:]:
        if not place.address:
            sentences.append(speak(gathered, "answers.location_without_address"))
        elif not shown.has_draft:
            sentences.append(speak(gathered, "answers.location_without_draft", address=place.address))
    return sentences


def _link(gathered: Gathered) -> str:
    return payment_url(settings(), gathered.organization.id)


def _one_of_each(seen: Sequence[Seen]) -> list[Seen]:
    """The first of each outcome, with the lines of all of them."""
    kinds: dict[str, Seen] = {}
    for each in seen:
        before = kinds.get(each.outcome)
        kinds[each.outcome] = before.model_copy(update={"lines": [*before.lines, *each.lines]}) if before else each
    return list(kinds.values())
