"""The baseline of ``usta bench api``: a page of a company's clients by one raw query, and nothing else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

_PAGE = (
    "select id, name, title, kind, address_line, postal_code, city, country, siret, vat_number, phone, email, created_at "
    "from clients where organization_id = %s order by created_at desc limit 50"
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=4, max_size=20, open=False) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan)


@app.get("/clients/{organization_id}")
async def clients(organization_id: UUID) -> list[dict[str, Any]]:
    async with app.state.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_PAGE, (organization_id,))
        rows: list[dict[str, Any]] = await cursor.fetchall()
        return rows


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
