"""The queue's side of a turn: one job per stored message, one at a time per chat; and the care of idle runs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy

from agent import brake, edits, hearing_again, outage
from agent.listening import Listener
from agent.preparing import Step
from agent.seeing import Looker
from agent.telling import tell
from agent.turn import TurnSettings, run_turn, seconds_to_wait
from agent.understanding.factory import understander
from agent.understanding.pictures import picture_reader
from db.checkpoints import delete_threads
from db.queue import database, queue
from db.repositories import conversations as repository
from db.repositories.accounts import add_log
from db.session import raw_connection
from db.settings import settings
from services.messaging.channel import channel_of
from services.privacy.data_classes import BY_NAME
from services.storage.service import storage
from services.transcription.service import transcriber_or_none
from tools.commands import Understander

log = structlog.get_logger()
ATTEMPTS = 6
"""Tries of a turn before the artisan is told that his message is kept (C30)."""
KEEP_THREADS = timedelta(days=BY_NAME["checkpoints"].default)
"""How long the checkpoints of a completed run stay, so that an edit of its document finds them."""


@cache
def _understander() -> Understander:
    return understander(settings())


@cache
def _listener() -> Listener:
    return Listener(transcriber_or_none(settings()), channel_of, storage())


@cache
def _looker() -> Looker:
    return Looker(picture_reader(settings()), channel_of, storage())


def _preparation() -> tuple[Step, ...]:
    """What makes messages ready in this process before their turn."""
    return (_listener().prepare, _looker().prepare)


@queue.task(name="turn", pass_context=True, retry=RetryStrategy(max_attempts=ATTEMPTS, wait=1, exponential_wait=2))
async def turn(job: JobContext, *, chat_id: str, organization_id: str) -> None:
    """Waits until the chat is quiet (UX-08), then makes one turn of all that waits. A second job finds nothing to do."""
    tenant, chat = UUID(organization_id), UUID(chat_id)
    config = settings()
    if config.rate_limits and await brake.holds(database(), tenant, chat, config.messages_per_minute):
        return
    while (seconds := await seconds_to_wait(database(), tenant, chat, config.debounce_scale)) > 0:  # noqa: ASYNC110
        await asyncio.sleep(seconds)
    try:
        await run_turn(
            database(),
            _understander(),
            TurnSettings(config.debounce_scale, config.client_send_hold_seconds),
            tenant,
            chat,
            _preparation(),
        )
    except Exception as error:
        attempt = (job.job.attempts if job.job else 0) + 1
        log.exception("turn.failed", chat=chat_id, attempt=attempt)
        if attempt < ATTEMPTS:
            raise
        await _apologise(tenant, chat, error)


@queue.task(name="read_again", retry=RetryStrategy(max_attempts=ATTEMPTS, wait=1, exponential_wait=2))
async def read_again(*, organization_id: str, chat_id: str, message_ids: list[str], tries: int) -> None:
    """After an outage: a turn of the messages that were kept, if a model answers again (UX-81)."""
    ids = [UUID(each) for each in message_ids]
    await outage.read_again(database(), _understander(), UUID(organization_id), UUID(chat_id), ids, tries)


@queue.periodic(cron="* * * * * */30")
@queue.task(name="call_for_due_notes", queueing_lock="call_for_due_notes", pass_context=False)
async def call_for_due_notes(timestamp: int) -> None:
    """Voice notes that nobody could hear are tried again when it is time, if there is a recogniser."""
    if _listener().transcriber is not None:
        await hearing_again.call_for_due_notes(database())


@queue.task(name="hear_again", retry=RetryStrategy(max_attempts=ATTEMPTS, wait=1, exponential_wait=2))
async def hear_again(*, organization_id: str, message_id: str) -> None:
    """Another try at one voice note, outside its chat's lock: it may take long."""
    await hearing_again.hear_again(database(), _listener(), UUID(organization_id), UUID(message_id))


@queue.periodic(cron="41 3 * * *")
@queue.task(name="forget_audio", queueing_lock="forget_audio", pass_context=False)
async def forget_audio(timestamp: int) -> None:
    """Deletes audio of notes after thirty days (C26)."""
    await hearing_again.forget_audio(database(), _listener())


@queue.task(name="reread", retry=RetryStrategy(max_attempts=ATTEMPTS, wait=1, exponential_wait=2))
async def reread(*, organization_id: str, chat_id: str, message_id: str) -> None:
    """A message was edited or deleted: what its turn made of it is brought up to the new words (UX-16)."""
    config = settings()
    await edits.reread(
        database(),
        _understander(),
        TurnSettings(config.debounce_scale, config.client_send_hold_seconds),
        UUID(organization_id),
        UUID(chat_id),
        UUID(message_id),
    )


async def _apologise(organization_id: UUID, chat_id: UUID, error: Exception) -> None:
    """The last attempt failed: the messages are kept as errors, the artisan and the admin are told (R102)."""
    async with database().tenant(organization_id) as session:
        messages = await repository.waiting_messages(session, organization_id, chat_id)
        found = await repository.speakers(session, organization_id, chat_id)
        for message in messages:
            message.processing_status, message.error_message = "error", f"{type(error).__name__}: {error}"[:500]
        add_log(session, organization_id, "turn.failed", str(error)[:500], type="error", chat_id=str(chat_id))
        if messages and found is not None:
            chat, user, _ = found
            await tell(session, organization_id, chat, user, "answers.turn_failed")


@queue.periodic(cron="* * * * *")
@queue.task(name="abandon_idle_runs")
async def abandon_idle_runs(timestamp: int) -> None:
    """Runs without interaction for half an hour are abandoned, silently; their drafts stay (R095, UX-73)."""
    before = datetime.now(UTC) - timedelta(minutes=settings().abandon_after_minutes)
    async with database().system() as session:
        await repository.abandon_idle(session, before)


@queue.periodic(cron="17 * * * *")
@queue.task(name="prune_finished_threads")
async def prune_finished_threads(timestamp: int) -> None:
    """Removes the checkpoints of runs that are long finished (DESIGN §3)."""
    async with database().system() as session:
        finished = await repository.finished_threads(session, datetime.now(UTC) - KEEP_THREADS)
        threads = [f"{organization}:{conversation}" for organization, conversation in finished]
        await delete_threads(await raw_connection(session), threads)
