"""Queue tasks of the shared inbox: hand-overs at the server, and the look for what no webhook told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from db.queue import database, queue
from db.repositories import chatwoot as repository
from db.settings import settings
from services.chatwoot import handoff, inbox
from services.chatwoot.channel import ChatwootChannel
from services.chatwoot.credentials import access
from services.chatwoot.reconciliation import look_through
from services.messaging.channel import channel_of
from services.messaging.channel_errors import ChannelError, NotFound
from services.messaging.kept import UNTIL_READ, take_in_kept

KEEP_CURSORS = timedelta(days=30)
_UNTIL_DONE = RetryStrategy(max_attempts=40, wait=2, linear_wait=5)

log = structlog.get_logger(__name__)


@queue.task(name=handoff.HAND_OVER, retry=_UNTIL_DONE)
async def hand_over_chat(*, chat_id: str, organization_id: str = "", conversation_id: str = "") -> None:
    """Opens a conversation for the team, with a note that says what it is about when the artisan asked for it."""
    async with database().system() as session:
        chat = await repository.chat_by_id(session, UUID(chat_id))
        note = None
        if organization_id and conversation_id:
            note = await handoff.summary(session, UUID(organization_id), UUID(chat_id), UUID(conversation_id))
    if chat is not None:
        try:
            await handoff.open_for_team(_channel(), chat.provider_chat_id, note)
        except NotFound:
            log.warning("chatwoot.conversation_gone", chat=chat_id)


@queue.task(name=inbox.TAKE_IN_KEPT, retry=UNTIL_READ)
async def take_in_kept_webhook(*, event_id: str) -> None:
    """Reads a webhook that was kept because too many came at once."""
    reached = access(settings())
    account = reached.account if reached else 0
    await take_in_kept(database(), UUID(event_id), lambda session, raw: inbox.receive(session, raw, account))


@queue.task(name=handoff.TAKE_BACK, retry=_UNTIL_DONE)
async def take_back_chat(*, chat_id: str) -> None:
    """Gives a conversation back to the assistant."""
    async with database().system() as session:
        chat = await repository.chat_by_id(session, UUID(chat_id))
    if chat is not None:
        try:
            await handoff.give_back(_channel(), chat.provider_chat_id)
        except NotFound:
            log.warning("chatwoot.conversation_gone", chat=chat_id)


@queue.periodic(cron="* * * * *")
@queue.task(
    name="look_through_inbox", queueing_lock="look_through_inbox", lock="look_through_inbox", pass_context=False
)
async def look_through_inbox(timestamp: int) -> None:
    """Finds what no webhook told. While the server is away the next look goes back as far as needed."""
    reached = access(settings())
    if reached is None:
        return
    try:
        await look_through(database(), _channel(), reached.account, has_bot=reached.bot_token is not None)
    except ChannelError as error:
        log.warning("chatwoot.look_failed", error=str(error))


@queue.periodic(cron="29 3 * * *")
@queue.task(name="forget_cursors", queueing_lock="forget_cursors", pass_context=False)
async def forget_cursors(timestamp: int) -> None:
    """Forgets how far long silent conversations were looked through; their old messages count as history."""
    async with database().system() as session:
        await repository.delete_cursors(session, KEEP_CURSORS)


def _channel() -> ChatwootChannel:
    channel = channel_of("chatwoot")
    assert isinstance(channel, ChatwootChannel)
    return channel
