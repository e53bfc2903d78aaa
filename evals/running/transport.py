"""The way of the artisan's words to the webhook and of the answers back, with everything that may happen on the way."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx

from evals.running.script import Line
from evals.running.world import World, now
from evals.scenarios.schema import Event
from evals.traces import Heard
from services.messaging.addresses import wire_id_of_phone
from services.messaging.simulator.wire import chat_id_of

_VOICE_NOTE = base64.b64encode(b"OggS" + bytes(60)).decode()
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.03, 0.4
_TRIED_AGAIN = """
select 1 from outbox where organization_id = %(id)s and recipient = 'artisan' and attempts > 0
   and status in ('queued', 'sending')
"""
"""An answer whose delivery failed and that is on its way again."""
_UNFINISHED = """
select 'outbox ' || status as what from outbox where organization_id = %(id)s::uuid and status in ('queued', 'sending')
union all
select j.task_name from jobs.procrastinate_jobs j
 where (j.status = 'doing' or j.status = 'todo' and coalesce(j.scheduled_at, '-infinity') <= now())
   and (j.args ->> 'organization_id' = %(id)s::text
        or j.args ->> 'outbox_id' in (select id::text from outbox where organization_id = %(id)s::uuid))
"""
"""What is due and not done yet of a company: messages, and jobs such as the one that notes that a copy has left."""


class NoAnswer(Exception):
    """Something of the conversation is still in work after a long time; the message says what."""


@dataclass
class Phone:
    """The artisan's phone, and how far he has read."""

    world: World
    number: str
    organization_id: str
    seen: int = 0

    async def say(self, line: Line, events: Sequence[Event]) -> tuple[tuple[str, ...], list[str]]:
        """Sends a line with the events of its turn; returns its messages and the provider's ids of them, as written."""
        plan = _Plan.of(line, events)
        if plan.silence:
            await self.time_passes(plan.silence)
        if plan.provider_fails:
            fault = {"route": "send_message", "status": 503, "type": "unavailable", "times": plan.provider_fails}
            (await self.world.http.post("/simulator/faults", json=fault)).raise_for_status()
        if plan.kill:
            async with self._stopped_before_commit():
                return await self._post_all(line, plan)
        if len(plan.texts) > 1:
            async with self._nothing_answered():
                return await self._post_all(line, plan)
        return await self._post_all(line, plan)

    async def settled(self, patience: float = 5) -> dict[str, Any]:
        """Waits until nothing of the phone waits or is in work and returns where the conversation stands.

        The first answer is waited for ``patience`` seconds without asking again and again.
        """
        deadline = time.monotonic() + self.world.patience
        last: object = None
        pause = _PAUSE_SECONDS
        await self._news(wait=patience)
        while time.monotonic() < deadline:
            try:
                state: dict[str, Any] = await self.world.get("/simulator/state", phone=self.number)
                if state["idle"] and not await self.world.rows(_TRIED_AGAIN, id=self.organization_id):
                    return state
            except httpx.HTTPError as error:
                last = error
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        waiting = await self.world.rows(
            "select task_name, attempts from jobs.procrastinate_jobs where status in ('todo', 'doing')"
            " and args ->> 'organization_id' = %(id)s",
            id=self.organization_id,
        )
        raise NoAnswer(f"still busy after {self.world.patience:.0f} s: {waiting or last or 'nothing is queued'}")

    async def heard(self) -> list[Heard]:
        """What arrived on the phone since the last look."""
        found = await self._news(wait=0)
        self.seen = max([self.seen, *(message["seq"] for message in found)])
        return [as_heard(message) for message in found]

    async def time_passes(self, minutes: int) -> None:
        """Moves what was done into the past, gives an idle run up, and lets go what is held back for clients."""
        await self.world.rows(
            "update conversations set last_interaction_at = last_interaction_at - %(back)s,"
            " status = case when status = 'active' and %(back)s >= interval '30 minutes' then 'abandoned' else status end"
            " where organization_id = %(id)s",
            back=timedelta(minutes=minutes),
            id=self.organization_id,
        )
        await self.let_go()

    async def let_go(self) -> None:
        """Ends the time in which a message to a client can be stopped, and waits until everything has left."""
        held = await self.world.rows(
            "update outbox set not_before = now() where organization_id = %(id)s and status = 'queued'"
            " and not_before > now() returning id::text, coalesce(to_phone, chat_id::text) as lane",
            id=self.organization_id,
        )
        if held:
            await self.world.rows(
                "update jobs.procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
                " and (args ->> 'lane' = any(%(lanes)s) or args ->> 'outbox_id' = any(%(ids)s))",
                lanes=[row["lane"] for row in held],
                ids=[row["id"] for row in held],
            )
        deadline = time.monotonic() + self.world.patience
        while waiting := await self.world.rows(_UNFINISHED, id=self.organization_id):
            if time.monotonic() > deadline:
                raise NoAnswer(f"after the talk something is still in work: {[row['what'] for row in waiting]}")
            await asyncio.sleep(2 * _PAUSE_SECONDS)

    async def _news(self, wait: float) -> list[dict[str, Any]]:
        query: dict[str, Any] = {"to": self.number, "after": self.seen, "wait": wait}
        messages: list[dict[str, Any]] = (await self.world.get("/simulator/outbound", **query))["messages"]
        return messages

    async def _post_all(self, line: Line, plan: _Plan) -> tuple[tuple[str, ...], list[str]]:
        ids = [uuid4().hex for _ in plan.texts]
        last = now() - timedelta(minutes=plan.late)
        order = range(len(ids) - 1, -1, -1) if plan.disorder else range(len(ids))
        for at in order:
            body: dict[str, Any] = {
                "from": self.number,
                "text": plan.texts[at],
                "message_id": ids[at],
                "timestamp": (last - timedelta(seconds=len(ids) - 1 - at)).isoformat(),
                "forwarded": line.forwarded,
            }
            if line.voice:
                body["audio"] = _VOICE_NOTE
            for _ in range(2 if plan.duplicates else 1):
                (await self.world.http.post("/simulator/inbound", json=body)).raise_for_status()
        return plan.texts, ids

    @asynccontextmanager
    async def _nothing_answered(self) -> AsyncIterator[None]:
        """Inside the block messages are stored, but no turn can take them: the chat's row is held."""
        chat_id = await self._chat()
        async with self.world.connection() as connection, connection.transaction():
            # stops the turn's FOR UPDATE, lets the inbox update the row
            await connection.execute("select 1 from whatsapp_chats where id = %s for key share", (chat_id,))
            yield

    @asynccontextmanager
    async def _stopped_before_commit(self) -> AsyncIterator[None]:
        """What is said inside the block is worked on until just before its commit; then every worker is killed."""
        async with self.world.connection() as connection, connection.transaction():
            await connection.execute("lock table turns in share mode")
            yield
            own = connection.info.backend_pid
            await self._blocked_by(own)
            for worker in self.world.installation.worker_processes:
                self.world.installation.kill(worker)

    async def _blocked_by(self, backend: int) -> None:
        """Waits until somebody waits for what the backend holds; not for ever, since a turn may write nothing."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if await self.world.rows(
                "select 1 from pg_stat_activity where %(pid)s = any(pg_blocking_pids(pid))", pid=backend
            ):
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _chat(self) -> Any:
        """The chat with the assistant, opened as by an earlier message when there is none yet."""
        found = await self.world.rows(
            "select c.id from whatsapp_chats c join users u on u.id = c.user_id where u.whatsapp_phone = %(phone)s"
            " and c.attendee_phone = %(phone)s and c.purpose = 'command'",
            phone=self.number,
        )
        if found:
            return found[0]["id"]
        account = (
            await self.world.rows(
                "select id, provider_account_id from whatsapp_accounts where kind = 'assistant' and provider = 'unipile'"
                " and status = 'connected'"
            )
        )[0]
        opened = await self.world.rows(
            "insert into whatsapp_chats (id, organization_id, account_id, user_id, provider_chat_id, purpose,"
            " attendee_provider_id, attendee_phone) select gen_random_uuid(), u.organization_id, %(account)s, u.id,"
            " %(chat)s, 'command', %(address)s, u.whatsapp_phone from users u where u.whatsapp_phone = %(phone)s"
            " returning id",
            account=account["id"],
            chat=chat_id_of(account["provider_account_id"], self.number),
            address=wire_id_of_phone(self.number),
            phone=self.number,
        )
        return opened[0]["id"]


@dataclass(frozen=True)
class _Plan:
    """How a line travels."""

    texts: tuple[str, ...]
    duplicates: bool
    disorder: bool
    late: int
    silence: int
    kill: bool
    provider_fails: int

    @classmethod
    def of(cls, line: Line, events: Sequence[Event]) -> _Plan:
        texts = line.messages
        pieces = max((event.burst or 0 for event in events), default=0)
        if pieces > 1 and len(texts) == 1:
            texts = cut(texts[0], pieces)
        return cls(
            texts,
            duplicates=any(event.duplicate_webhook for event in events),
            disorder=any(event.out_of_order for event in events),
            late=sum(event.late_minutes or 0 for event in events),
            silence=sum(event.silence_minutes or 0 for event in events),
            kill=any(event.kill_worker for event in events),
            provider_fails=sum(event.provider_fails or 0 for event in events),
        )


def cut(text: str, pieces: int) -> tuple[str, ...]:
    """The text cut between words into so many parts of about the same number of words, fewer when it is short."""
    words = text.split()
    pieces = min(pieces, len(words))
    edges = [round(len(words) * number / pieces) for number in range(pieces + 1)]
    return tuple(" ".join(words[start:end]) for start, end in pairwise(edges))


def as_heard(message: dict[str, Any]) -> Heard:
    """A message of the control API."""
    return Heard(
        to=message["to"],
        text=message["text"] or "",
        at=message["at"],
        kind=message["kind"],
        filename=message["filename"],
    )
