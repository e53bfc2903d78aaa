"""A running Usta with the simulated provider, artisans on it, and the means to break things and to look."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from db.encryption import keyring_of
from db.models.encrypted import opened
from db.session import SEARCH_PATH
from db.settings import Settings
from evals.failures.row import Seen
from services.messaging.credentials import SIMULATOR_PATH, api_key

SETTLED_WITHIN_SECONDS = 90
"""Only so that a run ends when something hangs."""
LOOK_SECONDS = 0.1
QUOTE = "devis pour Mme Garance, pose de carrelage 10 m² à 45"

_HURRY_MESSAGES = (
    "update outbox set not_before = now() where organization_id = %(organization)s and not_before > now()"
    "   and status in ('queued', 'sending') returning error"
)
"""What is hurried tells why it waited: once the next attempt has succeeded the reason is gone."""
_HURRY_JOBS = (
    "update jobs.procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
    "   and (args ->> 'lane' = any(%(lanes)s) or args ->> 'organization_id' = %(organization)s::text"
    "        or args ->> 'chat_id' in (select id::text from whatsapp_chats where organization_id = %(organization)s))"
)
_WAITING = """
select (select count(*) from whatsapp_messages where organization_id = %(organization)s
           and processing_status in ('received', 'queued'))
     + (select count(*) from outbox where organization_id = %(organization)s and status in ('queued', 'sending'))
     + (select count(*) from jobs.procrastinate_jobs where status in ('todo', 'doing')
           and task_name not in ('abandon_idle_runs') and queueing_lock is null
           and (args ->> 'lane' = any(%(lanes)s) or args ->> 'organization_id' = %(organization)s::text
                or args ->> 'outbox_id' in (select id::text from outbox where organization_id = %(organization)s))) as n
"""


@dataclass
class Stage:
    """``http`` talks to the API process, ``url`` is its database (as owner), ``home`` its folder."""

    http: httpx.AsyncClient
    url: str
    home: Path
    _count: int = field(default=0)

    async def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        connection = await psycopg.AsyncConnection.connect(
            self.url, row_factory=dict_row, autocommit=True, options=f"-c search_path={SEARCH_PATH}"
        )
        async with connection:
            cursor = await connection.execute(statement.encode(), values)
            keys = keyring_of(Settings(USTA_HOME=self.home))  # type: ignore[call-arg]
            return [opened(keys, row) for row in await cursor.fetchall()] if cursor.description else []

    async def artisan(self, mark: str) -> Artisan:
        """A new artisan with one client; ``mark`` is a number of four digits that no other row has."""
        phone, client = f"+3361100{mark}", f"+3362200{mark}"
        scene = {
            "phone": phone,
            "name": "Karim Benali",
            "company": f"KB {mark}",
            "language": "fr",
            "clients": [{"name": "Mme Garance", "phone": client, "address": "3 rue Pasteur, 69003 Lyon"}],
        }
        answer = (await self.http.post("/simulator/artisans", json=scene)).raise_for_status().json()
        return Artisan(self, phone, client, UUID(answer["organization_id"]))

    async def fault(self, **fault: Any) -> None:
        """Orders a failure of the provider."""
        (await self.http.post("/simulator/faults", json=fault)).raise_for_status()

    async def provider(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Calls the simulated provider's REST API with this installation's key."""
        key = api_key(Settings(USTA_HOME=self.home))
        url = f"{SIMULATOR_PATH}/api/v1{path}"
        answer = await self.http.request(method, url, headers={"X-API-KEY": key}, **request)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    @asynccontextmanager
    async def database_away(self) -> AsyncIterator[None]:
        """Ends every connection to this database and lets nobody in, as a restart of PostgreSQL does."""
        address, _, options = self.url.partition("?")
        head, _, name = address.rpartition("/")
        server = f"{head}/template1" + (f"?{options}" if options else "")
        allow = sql.SQL("alter database {} allow_connections {}")
        async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
            await connection.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,)
            )
            try:
                yield
            finally:
                await connection.execute(allow.format(sql.Identifier(name), sql.SQL("true")))

    async def shown(self, phone: str) -> list[dict[str, Any]]:
        """What the phone received from Usta."""
        answer = (await self.http.get("/simulator/outbound", params={"to": phone})).raise_for_status().json()
        messages: list[dict[str, Any]] = answer["messages"]
        return messages


@dataclass
class Artisan:
    """Writes, waits until nothing of his waits, and tells what happened."""

    stage: Stage
    phone: str
    client: str
    organization_id: UUID
    errors: dict[str, None] = field(default_factory=dict)

    async def write(self, text: str, **details: Any) -> None:
        """Sends one message; the provider sends its webhook again until Usta takes it."""
        body = {"from": self.phone, "text": text, **details}
        (await self.stage.http.post("/simulator/inbound", json=body)).raise_for_status()

    async def say(self, text: str) -> Seen:
        await self.write(text)
        return await self.settled()

    async def issue(self) -> Seen:
        """A quote as far as its PDF in the chat."""
        await self.say(QUOTE)
        return await self.say("ok")

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        lanes = [self.phone, self.client]
        return await self.stage.rows(statement, organization=self.organization_id, lanes=lanes)

    async def settled(self) -> Seen:
        """Lets every waiting time pass until nothing of his is left to do, and says what was seen on the way."""
        deadline = time.monotonic() + SETTLED_WITHIN_SECONDS
        calm = 0
        while calm < 2:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.phone}: {await self.rows(_LEFT)}")
            hurried = await self.rows(_HURRY_MESSAGES)
            left = await self.rows(
                "select error from outbox where organization_id = %(organization)s and error is not null"
            )
            self.errors |= {row["error"]: None for row in (*hurried, *left) if row["error"]}
            await self.rows(_HURRY_JOBS)
            (waiting,) = await self.rows(_WAITING)
            calm = calm + 1 if waiting["n"] == 0 else 0
            await asyncio.sleep(LOOK_SECONDS)
        return await self.seen()

    async def seen(self) -> Seen:
        outbox = await self.rows(
            "select to_phone, kind, body, filename, status, attempts, error from outbox"
            " where organization_id = %(organization)s and channel = 'whatsapp' order by seq"
        )
        logs = await self.rows("select event, description from system_logs where organization_id = %(organization)s")
        shown = [*await self.stage.shown(self.phone), *await self.stage.shown(self.client)]
        written = Counter(
            _content(row["to_phone"], row["kind"], row["body"], row["filename"])
            for row in outbox
            if row["status"] not in ("failed", "cancelled", "revoked")
        )
        arrived = Counter(_content(one["to"], one["kind"], one["text"], one["filename"]) for one in shown)
        return Seen(
            texts=tuple(one["text"] or "" for one in shown if one["to"] == self.phone),
            errors=(*self.errors, *(row["error"] for row in outbox if row["error"])),
            events=tuple(f"{row['event']}: {row['description']}" for row in logs),
            attempts=max((row["attempts"] for row in outbox), default=0),
            statuses=tuple(row["status"] for row in outbox),
            lost=sum((written - arrived).values()),
            doubled=sum((arrived - written).values()),
        )


_LEFT = """
select to_phone, status, error, not_before::text from outbox
 where organization_id = %(organization)s and status in ('queued', 'sending')
union all
select args::text, task_name || ' ' || status::text, null, scheduled_at::text from jobs.procrastinate_jobs
 where status in ('todo', 'doing') and args ->> 'lane' = any(%(lanes)s)
"""


def _content(phone: str | None, kind: str, text: str | None, filename: str | None) -> tuple[str, str, str, str]:
    return phone or "", kind, " ".join((text or "").split()), filename or ""
