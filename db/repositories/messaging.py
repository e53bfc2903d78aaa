"""Queries of inbound messaging: accounts, who is on the other side, chats, messages and raw webhooks.

A webhook knows no tenant before it is read, so these run in a system session; the tenant is a value they write. Each
step of the inbox is one statement, because a webhook must be answered within milliseconds (R049).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WebhookEvent, WhatsappMessage
from db.models.base import new_id
from db.models.encrypted import cell
from db.repositories.outbox import EARLIER_STATUSES, raise_status

_WORDS = {name: bindparam(name, type_=WhatsappMessage.__table__.c[name].type) for name in ("text", "quoted", "details")}
_BODY = bindparam("body", type_=WebhookEvent.body.type)

_ACCOUNT = text("""
select a.id, a.kind, a.provider, a.organization_id, a.phone, case when u.is_active then a.user_id end as user_id,
       array(select phone from whatsapp_accounts where kind = 'assistant' and phone is not null) as assistant_phones
  from whatsapp_accounts a left join users u on u.id = a.user_id
 where a.provider_account_id = :provider_account_id
""")

_AUTHOR_BY_PHONE = text("""
select id, organization_id from users
 where whatsapp_phone = :phone and phone_verified_at is not null and is_active
""")

_AUTHOR_BY_CHAT = text("""
select u.id, u.organization_id
  from whatsapp_chats c join users u on u.id = c.user_id and u.whatsapp_phone = c.attendee_phone
 where c.account_id = :account_id and c.purpose = 'command'
   and (c.provider_chat_id = :provider_chat_id or c.attendee_provider_id = :attendee_provider_id)
   and u.phone_verified_at is not null and u.is_active
 limit 1
""")

_CLIENT_BY_PHONE = text("""
select id from clients where organization_id = :organization_id and phone = :phone order by created_at limit 1
""")

_STORE = text("""
with chat as (
  insert into whatsapp_chats as c (id, organization_id, account_id, user_id, client_id, provider_chat_id, purpose, type,
      name, attendee_provider_id, attendee_phone, last_message_at, unread_count, bot_paused,
      paused_until)
  values (:new_chat_id, :chat_organization_id, :account_id, :chat_user_id, :client_id, :provider_chat_id, :purpose,
      :chat_type, :chat_name, :attendee_provider_id, :attendee_phone, :sent_at, :unread,
      cast(:paused_until as timestamptz) is not null, cast(:paused_until as timestamptz))
  on conflict (account_id, provider_chat_id) do update set
      organization_id = coalesce(excluded.organization_id, c.organization_id),
      user_id = coalesce(excluded.user_id, c.user_id),
      client_id = coalesce(excluded.client_id, c.client_id),
      purpose = case when excluded.purpose = 'unknown' and c.purpose = 'customer' then 'customer'
                else excluded.purpose end,
      name = coalesce(excluded.name, c.name),
      attendee_provider_id = coalesce(excluded.attendee_provider_id, c.attendee_provider_id),
      attendee_phone = coalesce(excluded.attendee_phone, c.attendee_phone),
      last_message_at = greatest(c.last_message_at, excluded.last_message_at),
      unread_count = c.unread_count + excluded.unread_count,
      bot_paused = c.bot_paused or excluded.bot_paused,
      paused_until = greatest(c.paused_until, excluded.paused_until),
      updated_at = now()
  returning id
), message as (
  insert into whatsapp_messages as m (id, organization_id, account_id, chat_id, user_id, conversation_id, outbox_id,
      provider_message_id, provider_wire_id, direction, type, text, attachments, quoted, is_forwarded, is_from_bot,
      sender_id, sender_name, sender_phone, sent_at, received_at, delivered_at, read_at, edited_at, deleted_at,
      processing_status, details)
  select :new_message_id, cast(:organization_id as uuid), :account_id, chat.id, cast(:user_id as uuid),
      cast(:conversation_id as uuid), cast(:outbox_id as uuid), :provider_message_id, :provider_wire_id, :direction,
      :type, :text, cast(:attachments as jsonb), :quoted, :is_forwarded, :is_from_bot, :sender_id, :sender_name,
      :sender_phone, :sent_at, :received_at, cast(:delivered_at as timestamptz), cast(:read_at as timestamptz),
      cast(:edited_at as timestamptz), cast(:deleted_at as timestamptz), :processing_status, :details
    from chat
  on conflict (account_id, provider_message_id) do update set
      organization_id = excluded.organization_id, user_id = excluded.user_id, outbox_id = excluded.outbox_id,
      conversation_id = excluded.conversation_id, provider_wire_id = excluded.provider_wire_id, type = excluded.type,
      direction = excluded.direction, text = excluded.text, attachments = excluded.attachments,
      quoted = excluded.quoted, is_forwarded = excluded.is_forwarded, is_from_bot = excluded.is_from_bot,
      sender_id = excluded.sender_id, sender_name = excluded.sender_name, sender_phone = excluded.sender_phone,
      sent_at = excluded.sent_at, details = m.details - 'placeholder' || excluded.details,
      processing_status = case when m.deleted_at is null then excluded.processing_status else 'ignored' end
    where m.details ? 'placeholder' and not excluded.details ? 'placeholder'
  returning id, processing_status
), event as (
  insert into webhook_events (id, source, received_at, headers, body, event, outcome, message_id)
  select cast(:event_id as uuid), :source, cast(:received_at as timestamptz), cast(:headers as jsonb), :body, :event,
      case when message.id is null then 'duplicate' else :outcome end, message.id
    from (select 1) one left join message on true
   where :keep_event
)
select chat.id as chat_id, message.id as message_id, message.processing_status
  from chat left join message on true
""").bindparams(*_WORDS.values(), _BODY)

_SEAL_AGAIN = text("""
update whatsapp_messages set text = :text, quoted = :quoted, details = details || :details where id = :id
""").bindparams(*_WORDS.values())

_WAKE = text("""
update whatsapp_messages set processing_status = 'queued', details = details - 'history'
 where account_id = :account_id and provider_message_id = :provider_message_id and details ? 'history'
   and deleted_at is null
returning id as message_id, chat_id, processing_status
""")

_MAY_GREET = text("""
update whatsapp_chats c set onboarded_at = now()
 where c.id = :chat_id and c.purpose = 'unknown' and c.type = 0
   and (c.onboarded_at is null or c.onboarded_at <= now() - cast(:once_in as interval))
   and (c.attendee_phone is null or not exists (
     select 1 from whatsapp_chats other where other.attendee_phone = c.attendee_phone and other.id <> c.id
       and (other.onboarded_at > now() - cast(:once_in as interval) or other.purpose = 'customer'))
     and not exists (select 1 from clients where clients.phone = c.attendee_phone))
returning c.id
""")

_UNCOUNT = text("""
update whatsapp_chats set unread_count = greatest(unread_count - :unread, 0) where id = :id
""")

_EVENT = text("""
insert into webhook_events (id, source, received_at, headers, body, event, outcome, error, message_id)
values (:event_id, :source, :received_at, cast(:headers as jsonb), :body, :event, :outcome, :error, :message_id)
""").bindparams(_BODY)

_KNOWN_MESSAGE = text("""
select id, chat_id, outbox_id is not null as is_ours, details ?| array['placeholder', 'history'] as unheard from whatsapp_messages
 where account_id = :account_id and provider_message_id = :provider_message_id
""")

_ACKNOWLEDGE = text("""
with target as (
  select id, chat_id, outbox_id from whatsapp_messages
   where account_id = :account_id and provider_message_id = :provider_message_id
), posted as (
  update outbox set status = :status
   where id = (select outbox_id from target) and status = any(:earlier)
  returning id
), message as (
  update whatsapp_messages set delivered_at = least(delivered_at, :at),
      read_at = case when :is_read then least(read_at, :at) else read_at end
   where id = (select id from target) and (select count(*) from posted) >= 0
  returning id, chat_id, outbox_id, organization_id, direction
), history as (
  insert into delivery_statuses (organization_id, outbox_id, message_id, status, at)
  select m.organization_id, m.outbox_id, case when m.outbox_id is null then m.id end, step.status, :at
    from message m cross join (values ('delivered'), ('read')) step (status)
   where m.direction = 'outbound' and (step.status = 'delivered' or :is_read)
  on conflict (coalesce(outbox_id, message_id), status) where status in ('sent', 'delivered', 'read')
  do update set at = least(delivery_statuses.at, excluded.at)
), event as (
  insert into webhook_events (id, source, received_at, headers, body, event, outcome, message_id)
  select cast(:event_id as uuid), :source, cast(:received_at as timestamptz), cast(:headers as jsonb), :body, :event,
      case when message.id is null then 'unmatched' else :outcome end, message.id
    from (select 1) one left join message on true
   where :keep_event
)
select message.id as message_id, message.chat_id, message.outbox_id, target.outbox_id as known_outbox_id
  from message join target on true
""").bindparams(_BODY)

_DELETE = text("""
with before as (
  select id, deleted_at, processing_status from whatsapp_messages
   where account_id = :account_id and provider_message_id = :provider_message_id
  for update
)
update whatsapp_messages m set deleted_at = coalesce(m.deleted_at, :at),
    processing_status = case when m.processing_status = 'queued' then 'ignored' else m.processing_status end
  from before where m.id = before.id
returning m.id as message_id, m.chat_id, before.processing_status, m.organization_id, m.direction,
    before.deleted_at is null as changed
""")

_REACT = text("""
update whatsapp_messages set details = jsonb_set(details, '{reactions}',
    coalesce(details -> 'reactions', cast('[]' as jsonb)) || cast(:reaction as jsonb))
 where account_id = :account_id and provider_message_id = :provider_message_id
returning id as message_id, chat_id, processing_status
""")


@dataclass(frozen=True, slots=True)
class Edited:
    """A message whose words were changed by whoever wrote it; ``changed`` says whether they differ."""

    message_id: UUID
    chat_id: UUID
    processing_status: str
    organization_id: UUID | None
    direction: str
    changed: bool


async def account_by_provider_id(session: AsyncSession, provider_account_id: str) -> Row[Any] | None:
    """The account, its active owner and the phones of all assistants; None when nobody knows the account."""
    return (await session.execute(_ACCOUNT, {"provider_account_id": provider_account_id})).one_or_none()


async def author_by_phone(session: AsyncSession, phone: str) -> Row[Any] | None:
    """The verified, active user whose command phone is ``phone`` (E.164)."""
    return (await session.execute(_AUTHOR_BY_PHONE, {"phone": phone})).one_or_none()


async def author_by_chat(
    session: AsyncSession, account_id: UUID, provider_chat_id: str, attendee_provider_id: str | None
) -> Row[Any] | None:
    """The verified user learned for a chat or raw id, for senders that hide their phone (C21)."""
    arguments = {
        "account_id": account_id,
        "provider_chat_id": provider_chat_id,
        "attendee_provider_id": attendee_provider_id,
    }
    return (await session.execute(_AUTHOR_BY_CHAT, arguments)).first()


async def client_by_phone(session: AsyncSession, organization_id: UUID, phone: str) -> UUID | None:
    """The oldest client card with this phone (E.164)."""
    found = await session.execute(_CLIENT_BY_PHONE, {"organization_id": organization_id, "phone": phone})
    return found.scalar_one_or_none()


async def store(session: AsyncSession, values: Mapping[str, Any], event: Mapping[str, Any] | None) -> Row[Any]:
    """Upserts the chat, inserts the message and keeps the raw webhook, in one statement.

    Returns ``chat_id``, ``message_id`` (None when the message was known: nothing was written but the event) and the
    message's ``processing_status``. A placeholder left by an early acknowledgement is filled in.
    """
    message_id = new_id()
    arguments = {**_NO_EVENT, **values, **_sealed_event(event), "keep_event": event is not None}
    arguments |= {"new_chat_id": new_id(), "new_message_id": message_id, **_words(message_id, values)}
    row = (await session.execute(_STORE, arguments)).one()
    if row.message_id not in (None, message_id):
        await session.execute(_SEAL_AGAIN, {"id": row.message_id, **_words(row.message_id, values)})
    if row.message_id is None and values["unread"]:
        await session.execute(_UNCOUNT, {"id": row.chat_id, "unread": values["unread"]})
    return row


async def wake(session: AsyncSession, account_id: UUID, provider_message_id: str) -> Row[Any] | None:
    """Makes a message that was imported as history wait for its turn after all; None when it was none."""
    arguments = {"account_id": account_id, "provider_message_id": provider_message_id}
    return (await session.execute(_WAKE, arguments)).one_or_none()


async def may_greet(session: AsyncSession, chat_id: UUID, once_in: timedelta) -> bool:
    """Whether a stranger's chat is answered now, which is noted: not twice in ``once_in``, no client of anybody (C39)."""
    return (await session.execute(_MAY_GREET, {"chat_id": chat_id, "once_in": once_in})).one_or_none() is not None


async def keep_event(
    session: AsyncSession, event: Mapping[str, Any], error: str | None = None, message_id: UUID | None = None
) -> None:
    """Keeps a raw webhook by itself."""
    await session.execute(_EVENT, {**_sealed_event(event), "error": error, "message_id": message_id})


async def take_kept_event(session: AsyncSession, event_id: UUID) -> WebhookEvent | None:
    """Removes a webhook that was put off and returns it; None when it was read before. Taking it in keeps it anew."""
    query = delete(WebhookEvent).where(WebhookEvent.id == event_id, WebhookEvent.outcome == "postponed")
    return (await session.scalars(query.returning(WebhookEvent))).one_or_none()


async def known_message(session: AsyncSession, account_id: UUID, provider_message_id: str) -> Row[Any] | None:
    """The message of that provider id, if it is stored; ``unheard`` when no webhook of its own has come yet."""
    arguments = {"account_id": account_id, "provider_message_id": provider_message_id}
    return (await session.execute(_KNOWN_MESSAGE, arguments)).one_or_none()


async def acknowledge(
    session: AsyncSession, target: Mapping[str, Any], status: str, event: Mapping[str, Any] | None
) -> Row[Any] | None:
    """Moves a message and its outbox row forward to ``status`` (never back) and keeps the raw webhook."""
    arguments = {**_NO_EVENT, **target, **_sealed_event(event), "keep_event": event is not None}
    arguments |= {"status": status, "is_read": status == "read"}
    row = (await session.execute(_ACKNOWLEDGE, arguments | {"earlier": EARLIER_STATUSES[status]})).one_or_none()
    if row and row.outbox_id and row.outbox_id != row.known_outbox_id:
        await raise_status(session, row.outbox_id, status)
    return row


async def edit_message(session: AsyncSession, target: Mapping[str, Any], new_text: str | None) -> Edited | None:
    """The new words replace the old ones until a turn has read them; afterwards they are kept beside them (UX-16)."""
    query = (
        select(WhatsappMessage)
        .where(
            WhatsappMessage.account_id == target["account_id"],
            WhatsappMessage.provider_message_id == target["provider_message_id"],
            ~WhatsappMessage.details.has_key("placeholder"),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    message = (await session.scalars(query)).one_or_none()
    if message is None:
        return None
    edited = message.details.get("edited_text")
    before = message.text if edited is None else edited
    if message.processing_status == "processed":
        message.details = {**message.details, "edited_text": new_text}
    else:
        message.details = {"original_text": message.text, **message.details}
        message.text = new_text
    message.edited_at = target["at"]
    await session.flush()
    return Edited(
        message.id,
        message.chat_id,
        message.processing_status,
        message.organization_id,
        message.direction,
        changed=before != new_text,
    )


async def delete_message(session: AsyncSession, target: Mapping[str, Any]) -> Row[Any] | None:
    """Marks a message deleted (R048); one that still waited for its turn is not read any more."""
    return (await session.execute(_DELETE, target)).one_or_none()


async def add_reaction(
    session: AsyncSession, target: Mapping[str, Any], reaction: Mapping[str, Any]
) -> Row[Any] | None:
    """Keeps a reaction on its message."""
    arguments = {**target, "reaction": json.dumps([reaction])}
    return (await session.execute(_REACT, arguments)).one_or_none()


def _words(message_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, on its way into the cells of its message."""
    return {name: cell(message_id, values[name]) for name in _WORDS}


def _sealed_event(event: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**event, "body": cell(event["event_id"], event["body"])} if event else {}


_NO_EVENT: dict[str, Any] = {
    "event_id": None,
    "source": "unipile",
    "received_at": None,
    "headers": "{}",
    "body": None,
    "event": None,
    "outcome": "stored",
}
