"""The baseline of ``usta bench ingest``: a bare FastAPI route that makes the same two inserts and does nothing else.

Raw psycopg on a pool, one transaction, the body kept and the message stored; no secret, no reading of the payload's
variants, no authority, no deduplication, no job, no row-level security, no log.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from db.models.base import new_id

_EVENT = "insert into webhook_events (id, source, body, outcome, message_id) values (%s, 'bare', %s, 'stored', %s)"
_MESSAGE = (
    "insert into whatsapp_messages (id, account_id, chat_id, provider_message_id, direction, text, attachments, sent_at) "
    "values (%s, %s, %s, %s, 'inbound', %s, %s, %s)"
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=20, open=False) as pool:
        app.state.pool = pool
        async with pool.connection() as connection:
            cursor = await connection.execute("select account_id, id from whatsapp_chats limit 1")
            app.state.account_id, app.state.chat_id = await cursor.fetchone()  # type: ignore[misc]
        yield


app = FastAPI(lifespan=_lifespan)


@app.post("/webhooks/unipile/messages")
async def receive(request: Request) -> dict[str, str]:
    body = await request.body()
    data = await request.json()
    message_id = new_id()
    message = (
        message_id,
        app.state.account_id,
        app.state.chat_id,
        data["message_id"],
        data["message"],
        Jsonb(data["attachments"]),
        data["timestamp"],
    )
    async with app.state.pool.connection() as connection:
        await connection.execute(_MESSAGE, message)
        await connection.execute(_EVENT, (new_id(), body, message_id))
    return {"status": "stored"}


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
