"""Queries of the shared inbox: who a contact is, what a conversation stands at, what was looked through.

Conversations belong to no tenant before their contact is known, so these run in a system session (see ``messaging``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Row, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import NullType

from db.models import WhatsappMessage
from db.models.base import new_id
from db.models.encrypted import located
from db.paging import Rows, Sortable, Wanted, fetch_rows

_AUTHOR = text("""
with known as (
  select user_id, status from channel_contacts where account_id = :account_id and contact_ref = :contact_ref
)
select u.id, u.organization_id from users u
 where u.phone_verified_at is not null and u.is_active
   and u.id = (select user_id from known where status = 'mapped')
union all
select u.id, u.organization_id from users u
 where u.phone_verified_at is not null and u.is_active and u.whatsapp_phone = cast(:phone as text)
   and not exists (select 1 from known where status in ('mapped', 'ignored'))
 limit 1
""")

_SEE_CONTACT = text("""
insert into channel_contacts as k (id, account_id, contact_ref, name, phone, told_phone, channel, last_seen_at)
values (:id, :account_id, :contact_ref, :name, :phone, :told_phone, :channel, :seen_at)
on conflict (account_id, contact_ref) do update set
    name = coalesce(excluded.name, k.name), phone = coalesce(excluded.phone, k.phone),
    told_phone = coalesce(excluded.told_phone, k.told_phone), channel = coalesce(excluded.channel, k.channel),
    last_seen_at = greatest(k.last_seen_at, excluded.last_seen_at)
""")

_SHOWN = dict.fromkeys(
    (
        "contact_ref", "name", "phone", "told_phone", "channel", "status", "first_seen_at", "organization_id", "user_id",
        "company", "kept_messages",
    ),
    NullType(),
)  # fmt: skip
_CONTACTS = (
    text("""
select k.id, k.contact_ref, k.name, k.phone, k.told_phone, k.channel, k.status, k.first_seen_at, k.last_seen_at,
       k.organization_id, k.user_id, o.name as company, waiting.count as kept_messages, waiting.last_text
  from channel_contacts k
  left join organizations o on o.id = k.organization_id
  left join lateral (
    select count(*) as count, (array_agg(m.id || '/' || m.text order by m.sent_at desc))[1] as last_text
      from whatsapp_chats c join whatsapp_messages m on m.chat_id = c.id
     where c.account_id = k.account_id and c.attendee_provider_id = k.contact_ref and m.direction = 'inbound'
       and m.organization_id is null
  ) waiting on true
 where (cast(:status as text) is null or k.status = cast(:status as text))
   and (k.status <> 'unmapped' or not exists (
     select 1 from users u where u.whatsapp_phone = k.phone and u.phone_verified_at is not null and u.is_active))
""")
    .columns(
        id=Uuid,
        last_seen_at=DateTime(timezone=True),
        **_SHOWN,
        last_text=located(WhatsappMessage.text),
    )
    .subquery("contacts")
)
CONTACTS_BY = Sortable({"last_seen_at": _CONTACTS.c.last_seen_at}, key=_CONTACTS.c.id, default="-last_seen_at")

_CONTACT = text("select * from channel_contacts where id = :id for update")

_USER = text("""
select id, organization_id from users
 where id = :id and phone_verified_at is not null and is_active and whatsapp_phone is not null
""")

_SET_CONTACT = text("""
update channel_contacts set status = cast(:status as text), user_id = cast(:user_id as uuid),
    organization_id = cast(:organization_id as uuid), mapped_at = case when cast(:status as text) = 'mapped' then now() end
 where id = :id
""")

_CLAIM_CHATS = text("""
update whatsapp_chats set organization_id = :organization_id, user_id = :user_id, purpose = 'command',
    updated_at = now()
 where account_id = :account_id and attendee_provider_id = :contact_ref and organization_id is null
returning id
""")

_CLAIM_MESSAGES = text("""
with claimed as (
  update whatsapp_messages set organization_id = :organization_id,
      user_id = case when direction = 'inbound' then cast(:user_id as uuid) end,
      processing_status = case when direction = 'inbound' and sent_at >= :since and deleted_at is null
                                and not details ? 'placeholder' then 'queued' else processing_status end
   where chat_id = any(:chat_ids) and organization_id is null
  returning chat_id, processing_status
)
select chat_id from claimed where processing_status = 'queued' group by chat_id
""")

_RELEASE_CHATS = text("""
update whatsapp_chats c set purpose = 'unknown', updated_at = now()
 where c.account_id = :account_id and c.attendee_provider_id = :contact_ref and c.purpose = 'command'
""")

_CHAT = text("""
select c.id, c.organization_id, c.user_id, c.client_id, c.purpose, c.bot_paused, c.account_id, c.attendee_phone
  from whatsapp_chats c join whatsapp_accounts a on a.id = c.account_id
 where a.provider_account_id = :account_ref and c.provider_chat_id = :chat_ref
""")

_CHAT_BY_ID = text("""
select c.id, c.organization_id, c.provider_chat_id, a.provider, a.id as account_id
  from whatsapp_chats c join whatsapp_accounts a on a.id = c.account_id where c.id = :id
""")

_SET_HOLDER = text("""
update whatsapp_chats set bot_paused = :paused, inbox_status = :inbox_status, updated_at = now() where id = :id
""")

_LAST_CHOICES = text("""
select o.choices from whatsapp_chats c
  join whatsapp_accounts a on a.id = c.account_id
  join whatsapp_messages m on m.chat_id = c.id
  join outbox o on o.id = m.outbox_id
 where a.provider_account_id = :account_ref and c.provider_chat_id = :chat_ref
 order by o.seq desc limit 1
""")

_KNOWN = text("""
select m.id, m.id || '/' || m.text as text, m.attachments, m.direction, o.status from whatsapp_messages m
  join whatsapp_accounts a on a.id = m.account_id
  left join outbox o on o.id = m.outbox_id
 where a.provider_account_id = :account_ref and m.provider_message_id = :message_ref and not m.details ? 'placeholder'
""").columns(text=located(WhatsappMessage.text))

_FAIL_SENT = text("""
update outbox o set status = 'failed', error = :error
  from whatsapp_accounts a
 where a.id = o.account_id and a.provider_account_id = :account_ref and o.status in ('sending', 'sent')
   and (o.provider_message_id = :message_ref or o.id = (
     select m.outbox_id from whatsapp_messages m
      where m.account_id = a.id and m.provider_message_id = :message_ref))
returning o.id
""")

_CURSORS = text("select chat_ref, message_ref, active_at from channel_cursors where account_id = :account_id")

_SET_CURSOR = text("""
insert into channel_cursors as k (account_id, chat_ref, message_ref, active_at)
values (:account_id, :chat_ref, :message_ref, :active_at)
on conflict (account_id, chat_ref) do update set
    message_ref = greatest(k.message_ref, excluded.message_ref), active_at = greatest(k.active_at, excluded.active_at)
""")

_INBOX = text("""
select id, connected_at from whatsapp_accounts where provider_account_id = :account_ref and provider = 'chatwoot'
""")

_HANDOFF_WAITS = text("""
select exists (select 1 from procrastinate_jobs
  where lock = 'handoff:' || cast(:chat_id as text) and status in ('todo', 'doing'))
""")

_PERSON = text("""
select trim(concat_ws(' ', u.first_name, u.last_name)) as name, o.name as company, u.whatsapp_phone as phone,
       u.preferred_language as language
  from whatsapp_chats c join users u on u.id = c.user_id join organizations o on o.id = c.organization_id
 where c.organization_id = :organization_id and c.id = :chat_id
""")

_LAST_WORDS = text("""
select direction, id || '/' || text as text, id || '/' || transcription as transcription from (
  select m.direction, m.sent_at, m.id, m.text, m.transcription from whatsapp_messages m
   where m.organization_id = :organization_id and m.chat_id = :chat_id and m.deleted_at is null
     and coalesce(m.text, m.transcription) is not null
   order by m.sent_at desc, m.id desc limit :most
) latest order by sent_at, id
""").columns(text=located(WhatsappMessage.text), transcription=located(WhatsappMessage.transcription))

_OWNERS = text("""
select distinct organization_id from whatsapp_chats
 where account_id = :account_id and attendee_provider_id = :contact_ref and organization_id is not null
""")

_ASSISTANT = text("""
insert into whatsapp_accounts as a (id, kind, provider, provider_account_id, phone, status, connected_at)
values (:id, 'assistant', 'chatwoot', :account_ref, :phone, 'connected', now())
on conflict (provider_account_id) do update set phone = coalesce(excluded.phone, a.phone), status = 'connected',
    connected_at = coalesce(a.connected_at, now()), updated_at = now()
returning id
""")


async def author_of_contact(
    session: AsyncSession, account_id: UUID, contact_ref: str | None, phone: str | None
) -> Row[Any] | None:
    """The verified, active user that a contact is: as an admin mapped it, else by the phone WhatsApp vouches for."""
    arguments = {"account_id": account_id, "contact_ref": contact_ref, "phone": phone}
    return (await session.execute(_AUTHOR, arguments)).first()


async def see_contact(session: AsyncSession, account_id: UUID, values: Mapping[str, Any]) -> None:
    """Notes a contact that wrote, with what its card says now."""
    await session.execute(_SEE_CONTACT, {"id": new_id(), "account_id": account_id, **values})


async def contacts(session: AsyncSession, status: str | None, wanted: Wanted) -> Rows[Row[Any]]:
    """Contacts of a status. One whose phone is a verified artisan's is mapped already."""
    return await fetch_rows(session, select(_CONTACTS).params(status=status), wanted)


async def lock_contact(session: AsyncSession, contact_id: UUID) -> Row[Any] | None:
    """The contact, held until the transaction ends."""
    return (await session.execute(_CONTACT, {"id": contact_id})).one_or_none()


async def verified_user(session: AsyncSession, user_id: UUID) -> Row[Any] | None:
    """An active user with a verified phone: nobody else may give orders."""
    return (await session.execute(_USER, {"id": user_id})).one_or_none()


async def set_contact(
    session: AsyncSession, contact_id: UUID, status: str, user_id: UUID | None, organization_id: UUID | None
) -> None:
    """Says who a contact is, or that it is nobody of ours."""
    arguments = {"id": contact_id, "status": status, "user_id": user_id, "organization_id": organization_id}
    await session.execute(_SET_CONTACT, arguments)


async def claim_chats(
    session: AsyncSession, organization_id: UUID, user_id: UUID, contact: Any, since: datetime
) -> list[UUID]:
    """Gives a contact's kept conversations to their artisan; returns those with messages since ``since`` to answer."""
    owner = {"organization_id": organization_id, "user_id": user_id}
    arguments = {**owner, "account_id": contact.account_id, "contact_ref": contact.contact_ref}
    chats = list((await session.scalars(_CLAIM_CHATS, arguments)).all())
    if not chats:
        return []
    return list((await session.scalars(_CLAIM_MESSAGES, {**owner, "chat_ids": chats, "since": since})).all())


async def release_chats(session: AsyncSession, contact: Any) -> None:
    """A contact that is not mapped any more gives no orders; what was said stays with its company."""
    arguments = {"account_id": contact.account_id, "contact_ref": contact.contact_ref}
    await session.execute(_RELEASE_CHATS, arguments)


async def chat_of(session: AsyncSession, account_ref: str, chat_ref: str) -> Row[Any] | None:
    """The conversation as it is stored."""
    return (await session.execute(_CHAT, {"account_ref": account_ref, "chat_ref": chat_ref})).one_or_none()


async def chat_by_id(session: AsyncSession, chat_id: UUID) -> Row[Any] | None:
    """A conversation with its provider, whichever it is."""
    return (await session.execute(_CHAT_BY_ID, {"id": chat_id})).one_or_none()


async def set_holder(session: AsyncSession, chat_id: UUID, *, paused: bool, inbox_status: str) -> None:
    """Notes who has a conversation: the team (``paused``) or the assistant."""
    await session.execute(_SET_HOLDER, {"id": chat_id, "paused": paused, "inbox_status": inbox_status})


async def last_choices(session: AsyncSession, account_ref: str, chat_ref: str) -> list[str]:
    """The answers that our last message of a conversation offered."""
    found = await session.scalar(_LAST_CHOICES, {"account_ref": account_ref, "chat_ref": chat_ref})
    return list(found or [])


async def known_message(session: AsyncSession, account_ref: str, message_ref: str) -> Row[Any] | None:
    """The stored message of that provider id."""
    return (await session.execute(_KNOWN, {"account_ref": account_ref, "message_ref": message_ref})).one_or_none()


async def fail_sent(session: AsyncSession, account_ref: str, message_ref: str, error: str) -> UUID | None:
    """Records that a message did not arrive after all; None when it did, or is none of ours."""
    arguments = {"account_ref": account_ref, "message_ref": message_ref, "error": error}
    return (await session.execute(_FAIL_SENT, arguments)).scalar_one_or_none()


async def cursors(session: AsyncSession, account_id: UUID) -> dict[str, Row[Any]]:
    """How far each conversation was looked through."""
    return {row.chat_ref: row for row in await session.execute(_CURSORS, {"account_id": account_id})}


async def set_cursor(
    session: AsyncSession, account_id: UUID, chat_ref: str, message_ref: int, active_at: datetime
) -> None:
    """Moves a cursor forward, never back."""
    arguments = {"account_id": account_id, "chat_ref": chat_ref, "message_ref": message_ref, "active_at": active_at}
    await session.execute(_SET_CURSOR, arguments)


async def delete_cursors(session: AsyncSession, older_than: timedelta) -> None:
    """Deletes the cursors of conversations that have been silent for longer."""
    statement = text("delete from channel_cursors where active_at < now() - cast(:older_than as interval)")
    await session.execute(statement, {"older_than": older_than})


async def inbox(session: AsyncSession, account_ref: str) -> Row[Any] | None:
    """The inbox's account and since when it is connected."""
    return (await session.execute(_INBOX, {"account_ref": account_ref})).one_or_none()


async def handoff_waits(session: AsyncSession, chat_id: UUID) -> bool:
    """True while a change of hands has still to be told to the server."""
    return bool(await session.scalar(_HANDOFF_WAITS, {"chat_id": chat_id}))


async def note_known(session: AsyncSession, source_ref: str) -> bool:
    """True when the message is kept as a note."""
    statement = text("select exists (select 1 from site_notes where source_ref = :source_ref)")
    return bool(await session.scalar(statement, {"source_ref": source_ref}))


async def person_of_chat(session: AsyncSession, organization_id: UUID, chat_id: UUID) -> Row[Any]:
    """The artisan of a command chat, with his company."""
    return (await session.execute(_PERSON, {"organization_id": organization_id, "chat_id": chat_id})).one()


async def last_words(session: AsyncSession, organization_id: UUID, chat_id: UUID, most: int) -> list[tuple[str, str]]:
    """Direction and words of the last messages of a chat that carry words, oldest first."""
    arguments = {"organization_id": organization_id, "chat_id": chat_id, "most": most}
    found = await session.execute(_LAST_WORDS, arguments)
    return [(row.direction, row.transcription if row.text is None else row.text) for row in found]


async def owners_of_chats(session: AsyncSession, contact: Any) -> set[UUID]:
    """The companies that a contact's conversations belong to."""
    arguments = {"account_id": contact.account_id, "contact_ref": contact.contact_ref}
    return set((await session.scalars(_OWNERS, arguments)).all())


async def ensure_inbox(session: AsyncSession, account_ref: str, phone: str | None) -> UUID:
    """The inbox as an assistant's account, connected, created when it is missing."""
    arguments = {"id": new_id(), "account_ref": account_ref, "phone": phone}
    return (await session.execute(_ASSISTANT, arguments)).scalar_one()
