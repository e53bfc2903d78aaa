"""Links to files: they open without a login for a day, and only what they were made for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from api.app import create_app
from db.session import Database
from db.settings import settings
from services.storage import links
from services.storage.links import Linked
from services.storage.service import storage

ROOT = f"org/{UUID(int=7)}/attachments"


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings())
    app.state.database = database
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta.test") as client:
        yield client


def token(key: str, *, name: str = "x.pdf", inline: bool = True, hours: float = 24) -> str:
    return links.sign(Linked(key, name, inline, datetime.now(UTC) + timedelta(hours=hours)), links.secret())


async def test_a_link_opens_its_file(browser: httpx.AsyncClient) -> None:
    await storage().put(f"{ROOT}/x.pdf", b"%PDF")
    link = await links.link_to(storage(), f"{ROOT}/x.pdf", "Devis été.pdf", "http://usta.test/", inline=True)
    assert link.url.startswith("http://usta.test/files/")
    answer = await browser.get(link.url)
    assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''Devis%20%C3%A9t%C3%A9.pdf"
    assert answer.headers["cache-control"].startswith("private")
    assert (await browser.head(link.url)).status_code == 200


async def test_a_page_that_somebody_sent_is_saved_and_not_shown(browser: httpx.AsyncClient) -> None:
    await storage().put(f"{ROOT}/x.html", b"<script>alert(1)</script>")
    answer = await browser.get(f"/files/{token(f'{ROOT}/x.html', name='x.html')}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_links_that_open_nothing(browser: httpx.AsyncClient) -> None:
    await storage().put(f"{ROOT}/x.pdf", b"%PDF")
    good = token(f"{ROOT}/x.pdf")
    forged = links.sign(Linked(f"{ROOT}/x.pdf", "x.pdf", True, datetime.now(UTC) + timedelta(hours=1)), b"guess")
    for wrong, status in (
        (forged, 403),
        (good[:-1], 403),
        (f"org/{UUID(int=7)}/attachments/x.pdf", 404),
        ("..%2f..%2fetc%2fpasswd", 404),
        (token("../../etc/passwd"), 403),
        (token(f"{ROOT}/gone.pdf"), 404),
        (token(f"{ROOT}/x.pdf", hours=-1), 410),
    ):
        answer = await browser.get(f"/files/{wrong}")
        assert answer.status_code == status, wrong
        assert answer.json()["code"] in ("AUTHORIZATION", "NOT_FOUND")
