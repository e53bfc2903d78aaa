"""Listens to the voice notes of a turn before it begins: downloaded, judged, transcribed, stored on the message (G06).

A note that nobody could hear is kept and tried again; the turn goes on with the other messages and says so. Audio is kept
only while a note waits or its words are in doubt, thirty days at most (C26).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from agent.gathering import Gathered
from db.models import ModelUsage, VoiceTranscription, WhatsappMessage
from db.repositories import voice as repository
from db.repositories.accounts import add_log
from db.repositories.outbox import provider_of
from db.session import Database
from services.billing import plan_limits
from services.billing.plan_limits import LimitReached
from services.messaging.channel import ChannelOf
from services.messaging.channel_errors import ChannelError, NotFound
from services.operations import metrics
from services.storage.service import Storage, checked_key
from services.transcription.port import Transcriber, TranscriptionFailed
from services.transcription.schemas import UNSURE, Language
from services.transcription.service import Note, judge, listen
from services.transcription.sound import Sound

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
MOST_TRIES = 10
"""Tries at a note, each after twice the pause, until it is given up: about fourteen hours. Without a recogniser none counts."""
LOOK_AGAIN = timedelta(minutes=5)
"""How soon a note that waits for a recogniser to be configured is looked at again."""

OVER_PLAN = "the plan's voice minutes of this month are used"
"""What a note waits for that only a larger plan or the next month lets be heard (C44)."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Scene:
    """Whose note it is: what the recogniser may know of him."""

    language: Language
    names: Sequence[str]
    works: Sequence[str]
    provider: str


@dataclass(frozen=True)
class Listener:
    """Listens with this process's recogniser; ``transcriber`` is None when none is configured."""

    transcriber: Transcriber | None
    channel_of: ChannelOf
    storage: Storage

    async def prepare(self, database: Database, gathered: Gathered, messages: Sequence[WhatsappMessage]) -> None:
        """A step of ``agent.preparing``: listens to the notes among the messages, each stored when it is done."""
        notes = [message for message in messages if is_voice_note(message)]
        if not notes:
            return
        organization_id, language = gathered.organization.id, gathered.user.preferred_language
        async with database.tenant(organization_id) as session:
            known = await repository.records_of(session, organization_id, [note.id for note in notes])
            scene = await scene_of(session, gathered.chat.account_id, organization_id, language, gathered.client_names)
        for message in notes:
            if message.id not in known:
                await self.hear(database, scene, message, None)

    async def hear(
        self, database: Database, scene: Scene, message: WhatsappMessage, before: VoiceTranscription | None
    ) -> str:
        """Listens to one note and stores what became of it; the outcome. ``before``: the record of an earlier try."""
        started = time.monotonic()
        assert message.organization_id is not None
        transcriber, over = self.transcriber, False
        if transcriber is not None and await _over_plan(database, message.organization_id):
            transcriber, over = None, True
        attempts = (before.attempts if before else 0) + (1 if transcriber else 0)
        values: dict[str, Any] = {"attempts": attempts, "audio_key": before.audio_key if before else None}
        content = b""
        try:
            content = await self._content(scene, message, before)
            note = await self._heard(transcriber, content, scene)
        except (NotFound, LookupError) as gone:
            values |= {"outcome": "lost", "error": f"the file is gone: {gone}"[:300]}
        except (ChannelError, TranscriptionFailed) as failure:
            values |= _later(failure, attempts)
        except Exception as error:  # one note must not hold up the turn of the other messages
            _log.exception("voice.unexpected", message=str(message.id))
            values |= _later(error, attempts)
        else:
            values |= _of_note(note) if note else _unattended(OVER_PLAN if over else None)
        values["processing_ms"] = round((time.monotonic() - started) * 1000)
        values["audio_key"] = await self._keep(message, content, values)
        async with database.tenant(message.organization_id) as session:
            await _store(session, message, values, attempts)
        _count(values)
        if values["audio_key"] and not _worth_keeping(values):
            await self.forget(database, message.organization_id, message.id, values["audio_key"])
        return str(values["outcome"])

    async def forget(self, database: Database, organization_id: UUID, message_id: UUID, key: str) -> bool:
        """Deletes the audio of a note; when the storage is down its key stays, for the next time."""
        try:
            await self.storage.delete(key)
        except Exception as error:
            _log.warning("voice.not_forgotten", message=str(message_id), error=repr(error)[:300])
            return False
        async with database.tenant(organization_id) as session:
            await repository.forget_audio(session, organization_id, message_id)
        return True

    async def _content(self, scene: Scene, message: WhatsappMessage, before: VoiceTranscription | None) -> bytes:
        if before is not None and before.audio_key:
            return await self.storage.get(before.audio_key)
        attachment = next(each for each in message.attachments if each["type"] == "audio")
        channel = self.channel_of(cast(Any, scene.provider))
        return (await channel.download(message.provider_message_id, attachment["id"])).content

    async def _heard(self, transcriber: Transcriber | None, content: bytes, scene: Scene) -> Note | None:
        """None when there is nobody to listen."""
        judged = await judge(content)
        if not isinstance(judged, Sound):
            return judged
        if transcriber is None:
            return None
        return await listen(transcriber, judged, scene.language, names=scene.names, works=scene.works)

    async def _keep(self, message: WhatsappMessage, content: bytes, values: dict[str, Any]) -> str | None:
        """Stores the audio of a note that waits or is in doubt; its key, as long as it lies there."""
        if values["audio_key"] or not content or not _worth_keeping(values):
            return cast("str | None", values["audio_key"])
        key = checked_key(f"org/{message.organization_id}/audio/{message.id}")
        try:
            await self.storage.put(key, content)
        except Exception as error:  # the provider still has the note
            _log.warning("voice.not_kept", message=str(message.id), error=repr(error)[:300])
            return None
        return key


def _count(values: dict[str, Any]) -> None:
    metrics.TRANSCRIPTIONS.labels(values["outcome"]).inc()
    if values["outcome"] in ("heard", "unclear"):
        metrics.TRANSCRIPTION_SECONDS.observe(values["processing_ms"] / 1000)
    if cost := values.get("cost_eur"):
        metrics.TRANSCRIPTION_COST.inc(float(cost))


def _worth_keeping(values: dict[str, Any]) -> bool:
    """Audio stays only for a note that waits, or whose words are in doubt (C26)."""
    doubtful = values["outcome"] == "heard" and (values["confidence"] or 0) < UNSURE
    return doubtful or values["outcome"] in ("waiting", "unclear")


def is_voice_note(message: WhatsappMessage) -> bool:
    """Sound without words beside it; what is forwarded is somebody else's (UX-18)."""
    if message.type != "audio" or message.text or message.is_forwarded:
        return False
    return any(attachment["type"] == "audio" for attachment in message.attachments)


async def scene_of(
    session: AsyncSession, account_id: UUID, organization_id: UUID, language: str, names: Sequence[str]
) -> Scene:
    """What listening needs to know, read in one short transaction."""
    works = await repository.recent_works(session, organization_id)
    provider = await provider_of(session, account_id)
    return Scene("tr" if language == "tr" else "fr", names, works, provider)


def _of_note(note: Note) -> dict[str, Any]:
    return {
        "outcome": note.verdict,
        "text": note.text or None,
        "language": note.language,
        "segments": [segment.model_dump() for segment in note.segments],
        "duration_seconds": Decimal(str(round(note.seconds, 2))),
        "provider": note.provider,
        "model": note.model,
        "confidence": None if note.confidence is None else Decimal(str(note.confidence)),
        "cost_eur": note.cost_eur,
        "next_try_at": None,
        "error": None,
        "heard_at": datetime.now(UTC),
        "words": note.words,
    }


def _unattended(why: str | None) -> dict[str, Any]:
    """There is no recogniser, or the plan has no more of it: the note waits until there is."""
    return {"outcome": "waiting", "next_try_at": datetime.now(UTC) + LOOK_AGAIN, "error": why}


async def _over_plan(database: Database, organization_id: UUID) -> bool:
    async with database.tenant(organization_id) as session:
        try:
            await plan_limits.require(session, organization_id, "voice_minutes_per_month")
        except LimitReached:
            return True
    return False


def _later(failure: Exception, attempts: int) -> dict[str, Any]:
    """The next try after a failure, or the end of trying."""
    error = f"{type(failure).__name__}: {failure}"[:300]
    if attempts >= MOST_TRIES:
        return {"outcome": "lost", "error": error, "next_try_at": None}
    pause = min(FIRST_PAUSE * 2 ** max(attempts - 1, 0), LONGEST_PAUSE)
    said = getattr(failure, "retry_after", None)
    if said is not None:
        pause = max(pause, timedelta(seconds=min(said, LONGEST_PAUSE.total_seconds())))
    return {"outcome": "waiting", "error": error, "next_try_at": datetime.now(UTC) + pause}


async def _store(session: AsyncSession, message: WhatsappMessage, values: dict[str, Any], attempts: int) -> None:
    organization_id = message.organization_id
    assert organization_id is not None
    words, error = values.pop("words", None), values.get("error")
    if values["outcome"] == "heard":
        await repository.keep_words(session, organization_id, message.id, words, values["language"])
    await repository.keep_record(session, organization_id, message.id, **values)
    if values.get("provider"):
        session.add(
            ModelUsage(
                organization_id=organization_id,
                purpose="transcribe",
                provider=values["provider"],
                model=values["model"],
                outcome="ok",
                milliseconds=values["processing_ms"],
                cost_eur=values["cost_eur"],
            )
        )
    if error and (attempts == 1 or values["outcome"] == "lost"):  # not one line for every further try
        kind = "error" if values["outcome"] == "lost" else "warning"
        add_log(session, organization_id, "voice.not_heard", error, type=kind, message_id=str(message.id))
