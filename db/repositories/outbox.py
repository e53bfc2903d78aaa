"""Queries of the outbox: rows leave one after another per lane (an account and a recipient), each exactly once.

A lane is named by the recipient's phone, else by the chat's id. Delivery works across tenants, so it runs in a system
session; ``insert`` and ``cancel_held`` take the tenant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Outbox, WhatsappMessage
from db.models.base import new_id
from db.models.encrypted import cell, located
from db.models.messaging import Provider
from db.repositories.statuses import alone_with_row

_CANCEL_HELD = text("""
update outbox set status = 'cancelled'
 where organization_id = :organization_id and recipient = 'client' and status = 'queued'
   and (cast(:document_id as uuid) is null or document_id = :document_id)
""")

_CLAIM = text("""
with head as (
  select id, account_id, recipient, chat_id, to_phone, status, not_before, attempts, sending_at from outbox
   where account_id = :account_id and channel = 'whatsapp' and status in ('queued', 'sending')
     and coalesce(to_phone, cast(chat_id as text)) = :lane
   order by seq limit 1 for update
), chat as (
  select c.id, c.provider_chat_id from head join whatsapp_chats c on c.account_id = head.account_id
     and (c.id = head.chat_id or (head.chat_id is null and c.attendee_phone = head.to_phone and c.type = 0))
   order by c.last_message_at desc nulls last limit 1
), paced as (
  select case
      when head.recipient = 'artisan' and exists (
        select 1 from whatsapp_messages m where m.chat_id = chat.id and m.direction = 'inbound'
           and m.sent_at > now() - cast(:answer_within as interval)) then 'reply'
      when exists (select 1 from whatsapp_messages m where m.chat_id = chat.id) then 'known'
      else 'new' end as pace
    from head left join chat on true
), claimed as (
  update outbox o set status = 'sending', sending_at = clock_timestamp(), attempts = o.attempts + 1, not_before = null,
      pace = paced.pace
    from head join whatsapp_accounts a on a.id = head.account_id, paced
   where o.id = head.id and head.status = 'queued'
     and (head.not_before is null or head.not_before <= clock_timestamp())
     and (paced.pace = 'reply' or not a.provider = any(cast(:paced as text[])))
  returning o.id, o.attempts, o.sending_at
)
select o.id, o.organization_id, o.account_id, o.recipient, o.to_phone, o.kind, o.id || '/' || o.body as body,
       o.attachment_key, o.filename, o.media_type, o.choices, head.status, head.not_before,
       coalesce(claimed.attempts, head.attempts) as attempts,
       coalesce(claimed.sending_at, head.sending_at) as sending_at, claimed.id is not null as claimed,
       clock_timestamp() as now, a.provider, a.provider_account_id, chat.provider_chat_id, paced.pace, o.slot_at, o.created_at
  from head join outbox o on o.id = head.id
  join whatsapp_accounts a on a.id = o.account_id
  join paced on true
  left join claimed on true
  left join chat on true
""").columns(body=located(Outbox.body))

_RECORD_SENT = text("""
with early as (
  select case when m.read_at is not null then 'read' when m.delivered_at is not null then 'delivered' end as status
    from whatsapp_messages m join outbox o on o.id = :outbox_id and m.account_id = o.account_id
   where m.provider_message_id = :provider_message_id
), sent as (
  update outbox o set sent_at = coalesce(o.sent_at, :sent_at), error = null, not_before = null,
      provider_message_id = coalesce(o.provider_message_id, :provider_message_id),
      status = case
        when o.status in ('queued', 'sending', 'failed', 'sent') then coalesce((select status from early), 'sent')
        when o.status = 'delivered' and (select status from early) = 'read' then 'read'
        else o.status end
   where o.id = :outbox_id
  returning o.*
), pause as (
  update sending_paces p set last_at = clock_timestamp() from sent
   where p.account_id = sent.account_id and sent.pace in ('known', 'new')
), chat as (
  insert into whatsapp_chats as c (id, organization_id, account_id, provider_chat_id, purpose, attendee_phone,
      last_message_at)
  select :new_chat_id, a.organization_id, sent.account_id, :provider_chat_id,
         case when sent.recipient = 'client' then 'customer' else 'unknown' end, sent.to_phone, sent.sent_at
    from sent join whatsapp_accounts a on a.id = sent.account_id
  on conflict (account_id, provider_chat_id) do update set
      attendee_phone = coalesce(c.attendee_phone, excluded.attendee_phone),
      purpose = case when c.purpose = 'unknown' then excluded.purpose else c.purpose end,
      last_message_at = greatest(c.last_message_at, excluded.last_message_at), updated_at = now()
  returning id
), replaced as (
  delete from whatsapp_messages m using sent
   where m.account_id = sent.account_id and m.provider_message_id = 'outbox:' || sent.id
     and sent.provider_message_id is not null
), message as (
  insert into whatsapp_messages as m (id, organization_id, account_id, chat_id, conversation_id, outbox_id,
      provider_message_id, provider_wire_id, direction, type, text, attachments, is_from_bot, sent_at,
      processing_status, provenance)
  select :new_message_id, sent.organization_id, sent.account_id, chat.id, sent.conversation_id, sent.id,
         coalesce(sent.provider_message_id, 'outbox:' || sent.id), :provider_wire_id, 'outbound', sent.kind, :text,
         cast(:attachments as jsonb), not sent.provenance ? 'office', sent.sent_at, 'ignored', sent.provenance
    from sent, chat
  on conflict (account_id, provider_message_id) do update set
      organization_id = excluded.organization_id, conversation_id = excluded.conversation_id,
      outbox_id = excluded.outbox_id, type = excluded.type, text = excluded.text, is_from_bot = excluded.is_from_bot,
      provenance = excluded.provenance, provider_wire_id = coalesce(m.provider_wire_id, excluded.provider_wire_id),
      attachments = case when jsonb_array_length(m.attachments) = 0 then excluded.attachments else m.attachments end,
      direction = 'outbound', processing_status = 'ignored', details = m.details - 'placeholder'
  returning id, chat_id, delivered_at, read_at
), history as (
  insert into delivery_statuses (organization_id, outbox_id, status, at)
  select sent.organization_id, sent.id, step.status, step.at
    from sent, message, lateral (values ('sent', sent.sent_at), ('delivered', delivered_at), ('read', read_at)) step (status, at)
   where step.at is not null
  on conflict (coalesce(outbox_id, message_id), status) where status in ('sent', 'delivered', 'read')
  do update set at = least(delivery_statuses.at, excluded.at)
)
select message.id as message_id, message.chat_id, sent.status,
       case when read_at is not null then 'read' when delivered_at is not null then 'delivered' end as acknowledged
  from message, sent
""").bindparams(bindparam("text", type_=WhatsappMessage.text.type))

_LOCK = text("select status, recipient, id || '/' || body as body from outbox where id = :id for update").columns(
    body=located(Outbox.body)
)

_SEAL_AGAIN = text("update whatsapp_messages set text = :text where id = :id").bindparams(
    bindparam("text", type_=WhatsappMessage.text.type)
)

_RAISE_STATUS = text("update outbox set status = :status where id = :id and status = any(:earlier)")

_ECHO_CANDIDATES = text("""
select o.id, o.kind, o.id || '/' || o.body as body, o.filename, o.recipient, o.seq
  from outbox o left join whatsapp_chats c on c.id = o.chat_id
 where o.account_id = :account_id and o.channel = 'whatsapp' and o.status in ('queued', 'sending') and o.attempts > 0
   and (c.provider_chat_id = :provider_chat_id or o.to_phone = :phone
        or (o.chat_id is null and cast(:phone as text) is null))
union all
select o.id, o.kind, o.id || '/' || o.body as body, o.filename, o.recipient, o.seq
  from whatsapp_chats c
  join whatsapp_messages m on m.chat_id = c.id and m.sent_at > now() - interval '10 minutes'
  join outbox o on o.id = m.outbox_id
 where c.account_id = :account_id and (c.provider_chat_id = :provider_chat_id or c.attendee_phone = :phone)
   and m.provider_message_id like 'outbox:%'
 order by seq
""").columns(body=located(Outbox.body))

_REQUEUE = text("""
update outbox set status = 'queued', not_before = :not_before, error = :error
 where id = :id and status = 'sending' and attempts = :attempts
""")

_AWAIT_CERTAINTY = text("""
update outbox set not_before = :not_before, error = :error
 where id = :id and status = 'sending' and attempts = :attempts
""")

_FAIL = text("""
update outbox set status = 'failed', not_before = null, error = :error
 where id = :id and status = 'sending' and attempts = :attempts
""")

_SENT_ELSEWHERE = text("""
select provider_message_id from whatsapp_messages
 where account_id = :account_id and provider_message_id = any(:provider_message_ids) and outbox_id is not null
   and outbox_id <> :outbox_id
""")

_FORGOTTEN = text("""
select distinct o.account_id, coalesce(o.to_phone, cast(o.chat_id as text)) as lane
  from outbox o
 where o.channel = 'whatsapp'
   and ((o.status = 'sending' and coalesce(o.not_before, o.sending_at + :lease) < now())
     or (o.status = 'queued' and coalesce(o.not_before, o.created_at) < now() - cast(:patience as interval)))
   and not exists (
     select 1 from procrastinate_jobs j
      where j.status in ('todo', 'doing')
        and j.lock = 'outbox:' || o.account_id || ':' || coalesce(o.to_phone, cast(o.chat_id as text)))
 limit 500
""")

EARLIER_STATUSES = {"delivered": ["sending", "sent"], "read": ["sending", "sent", "delivered"]}
"""Which statuses an acknowledgement moves forward."""


_PROVIDER = text("select provider from whatsapp_accounts where id = :id")

UNSENT = ("queued", "sending", "failed")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A row recorded as sent; ``first`` is false when an echo or an earlier answer had recorded it before."""

    message_id: UUID
    chat_id: UUID
    recipient: str
    first: bool


class Claim(Protocol):
    """The row as it was claimed: a worker whose claim was taken over (more attempts) changes nothing any more."""

    @property
    def id(self) -> UUID: ...

    @property
    def attempts(self) -> int: ...


async def insert_row(session: AsyncSession, organization_id: UUID | None, values: Mapping[str, Any]) -> UUID:
    """Inserts a queued row and returns its id."""
    row_id = new_id()
    written = {**values, "body": cell(row_id, values.get("body"))}
    await session.execute(insert(Outbox).values(id=row_id, organization_id=organization_id, **written))
    return row_id


async def cancel_held(session: AsyncSession, organization_id: UUID, document_id: UUID | None) -> int:
    """Cancels what has not been claimed yet of the messages to clients (of one document, or all); returns how many."""
    arguments = {"organization_id": organization_id, "document_id": document_id}
    result = await session.execute(_CANCEL_HELD, arguments)
    return int(result.rowcount)  # type: ignore[attr-defined]


async def claim(
    session: AsyncSession, account_id: UUID, lane: str, *, paced: Sequence[str], answer_within: timedelta
) -> Row[Any] | None:
    """The first row of the lane, claimed (``sending``) when it is queued and due; None when nothing waits.

    ``claimed`` is false for a row that must not leave yet or whose last attempt is not settled: nothing overtakes it.
    The row is read as it was locked, not as it was when the statement began: another worker may just have claimed it.
    On an account of a ``paced`` provider only an answer is claimed here ("reply": the artisan wrote in the chat not
    longer than ``answer_within`` ago); everything else needs a slot among the messages of its account.
    """
    arguments = {"account_id": account_id, "lane": lane, "paced": list(paced), "answer_within": answer_within}
    return (await session.execute(_CLAIM, arguments)).one_or_none()


async def record_sent(
    session: AsyncSession,
    outbox_id: UUID,
    *,
    provider_chat_id: str,
    provider_message_id: str | None,
    sent_at: datetime,
    provider_wire_id: str | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> Recorded:
    """Marks a row sent and stores the message in its chat; harmless when it was recorded before.

    The pause of its account to the next message begins now, since the provider has it now. Without a provider id the
    message is stored under "outbox:ID" until the echo tells the real one. The row is locked
    first, so that an echo and the answer of the call, which may come at once, see each other's work.
    """
    message_id = new_id()
    arguments = {
        "outbox_id": outbox_id,
        "provider_chat_id": provider_chat_id,
        "provider_message_id": provider_message_id,
        "provider_wire_id": provider_wire_id,
        "attachments": json.dumps(list(attachments)),
        "sent_at": sent_at,
        "new_chat_id": new_id(),
        "new_message_id": message_id,
    }
    if provider_message_id:
        await alone_with_row(session, outbox_id, provider_message_id)
    before = (await session.execute(_LOCK, {"id": outbox_id})).one()
    row = (await session.execute(_RECORD_SENT, arguments | {"text": cell(message_id, before.body)})).one()
    if row.message_id != message_id:
        await session.execute(_SEAL_AGAIN, {"id": row.message_id, "text": cell(row.message_id, before.body)})
    if row.acknowledged and row.acknowledged != row.status:
        await raise_status(session, outbox_id, row.acknowledged)
    return Recorded(row.message_id, row.chat_id, before.recipient, first=before.status in UNSENT)


async def raise_status(session: AsyncSession, outbox_id: UUID, status: str) -> None:
    """Moves a row forward to ``delivered`` or ``read``; nothing ever moves back (C18)."""
    arguments = {"id": outbox_id, "status": status, "earlier": EARLIER_STATUSES[status]}
    await session.execute(_RAISE_STATUS, arguments)


async def echo_candidates(
    session: AsyncSession, account_id: UUID, provider_chat_id: str, phone: str | None
) -> Sequence[Row[Any]]:
    """Rows to this chat or phone that left, or may have left, without the provider's id being known; oldest first."""
    arguments = {"account_id": account_id, "provider_chat_id": provider_chat_id, "phone": phone}
    return (await session.execute(_ECHO_CANDIDATES, arguments)).all()


async def moment_after(session: AsyncSession, seconds: float) -> datetime:
    """The database's clock plus ``seconds``: the only clock that the workers share."""
    statement = text("select clock_timestamp() + make_interval(secs => :seconds)")
    return (await session.execute(statement, {"seconds": seconds})).scalar_one()


async def requeue(session: AsyncSession, claimed: Claim, not_before: datetime | None, error: str) -> None:
    """Puts a row that certainly did not leave back in its place."""
    await session.execute(_REQUEUE, {**_claim(claimed), "not_before": not_before, "error": error[:1000]})


async def await_certainty(session: AsyncSession, claimed: Claim, not_before: datetime, error: str) -> None:
    """Leaves a row ``sending``: it may have left; the chat is looked at after ``not_before``."""
    await session.execute(_AWAIT_CERTAINTY, {**_claim(claimed), "not_before": not_before, "error": error[:1000]})


async def fail(session: AsyncSession, claimed: Claim, error: str) -> bool:
    """Gives a row up; False when the claim was not valid any more."""
    result = await session.execute(_FAIL, {**_claim(claimed), "error": error[:1000]})
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _claim(claimed: Claim) -> dict[str, Any]:
    return {"id": claimed.id, "attempts": claimed.attempts}


async def sent_elsewhere(
    session: AsyncSession, account_id: UUID, provider_message_ids: Sequence[str], outbox_id: UUID
) -> set[str]:
    """Which of these provider messages are known to belong to another row."""
    arguments = {
        "account_id": account_id,
        "provider_message_ids": list(provider_message_ids),
        "outbox_id": outbox_id,
    }
    return set((await session.scalars(_SENT_ELSEWHERE, arguments)).all())


async def forgotten_lanes(session: AsyncSession, lease: object, patience: object) -> Sequence[Row[Any]]:
    """Lanes with a row left ``sending`` for longer than ``lease``, or due for ``patience``, that no job looks after."""
    return (await session.execute(_FORGOTTEN, {"lease": lease, "patience": patience})).all()


async def get_row(session: AsyncSession, outbox_id: UUID) -> Outbox | None:
    """The row, across tenants when the session is the system's."""
    return await session.get(Outbox, outbox_id)


async def provider_of(session: AsyncSession, account_id: UUID) -> Provider:
    """Whose account it is, for a tenant's own accounts and the assistant's."""
    found: Provider = (await session.execute(_PROVIDER, {"id": account_id})).scalar_one()
    return found


_CLAIM_MAIL = text("""
update outbox set status = 'sending', sending_at = clock_timestamp(), attempts = attempts + 1
 where id = :id and channel = 'email' and status = 'queued' and coalesce(not_before, '-infinity') <= clock_timestamp()
returning id
""")

_SETTLE_MAIL = text("""
update outbox set status = cast(:status as text), error = :error, not_before = null,
       sent_at = case when cast(:status as text) = 'sent' then clock_timestamp() end
 where id = :id and channel = 'email' and status = 'sending'
""")


async def claim_mail(session: AsyncSession, outbox_id: UUID) -> Outbox | None:
    """Takes an e-mail that is due, once; None when it was stopped, sent or taken before."""
    if (await session.execute(_CLAIM_MAIL, {"id": outbox_id})).one_or_none() is None:
        return None
    return await session.get(Outbox, outbox_id)


async def settle_mail(session: AsyncSession, outbox_id: UUID, status: str, error: str | None = None) -> None:
    """Notes what became of a claimed e-mail: sent, failed, or queued again."""
    await session.execute(_SETTLE_MAIL, {"id": outbox_id, "status": status, "error": error})
