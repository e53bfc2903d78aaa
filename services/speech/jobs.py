"""The job that makes a voice note and puts it into the outbox."""

from __future__ import annotations

from functools import cache
from typing import Any

import structlog
from procrastinate import JobContext, RetryStrategy

from db.queue import database, queue
from services.messaging import outbox
from services.messaging.schemas import OutgoingMessage
from services.speech.service import ENDING, MEDIA_TYPE, Speaker, SpeechFailed, configured_speaker
from services.storage.service import Storage, storage

ATTEMPTS = 3
log = structlog.get_logger(__name__)


@cache
def _speaker() -> Speaker | None:
    return configured_speaker()


@queue.task(name="speak", pass_context=True, retry=RetryStrategy(max_attempts=ATTEMPTS, wait=2))
async def speak(job: JobContext, *, message: dict[str, Any], note_id: str) -> None:
    """Says a recap aloud. When nobody can, that is all: the artisan has the text."""
    speaker = _speaker()
    if speaker is None:
        return
    try:
        await say_aloud(speaker, storage(), OutgoingMessage.model_validate(message), note_id)
    except SpeechFailed as error:
        if (job.job.attempts if job.job else 0) + 1 < ATTEMPTS:
            raise
        log.warning("speech.failed", error=str(error))


async def say_aloud(speaker: Speaker, files: Storage, message: OutgoingMessage, note_id: str) -> None:
    """Makes the note under one key, so that a second run of the job makes no second file, and sends it.

    Raises ``SpeechFailed``.
    """
    assert message.organization_id is not None
    content = await speaker.speak(message.body or "")
    key = f"org/{message.organization_id}/attachments/speech-{note_id}.{ENDING}"
    await files.put(key, content, MEDIA_TYPE)
    file = {"kind": "audio", "attachment_key": key, "filename": f"recap.{ENDING}", "media_type": MEDIA_TYPE}
    async with database().tenant(message.organization_id) as session:
        await outbox.enqueue(session, message.model_copy(update={**file, "body": None}))
