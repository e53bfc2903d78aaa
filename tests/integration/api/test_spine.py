"""What every resource shares, shown on clients: pages, changes that do not overwrite, requests that are sent again."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from api.app import create_app
from db.models import Client, IdempotencyKey, Organization, Quote
from db.session import Database
from services.clients import service as clients
from services.idempotency.jobs import forget_requests
from tests.office import member_headers


class Desk:
    """The clients of one company, as its owner sees them through the API."""

    def __init__(self, http: httpx.AsyncClient, database: Database, organization: Organization) -> None:
        self.http, self.database, self.organization = http, database, organization
        self.root = f"/api/v1/organizations/{organization.id}/clients"

    async def add(self, name: str, key: str | None = None, **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.http.post(self.root, json={"name": name} | body, headers=headers)

    async def names(self) -> list[str]:
        async with self.database.tenant(self.organization.id) as session:
            return sorted((await session.scalars(select(Client.name))).all())

    async def pages(self, **query: Any) -> list[list[str]]:
        found, cursor = [], None
        while True:
            asked = query | ({"cursor": cursor} if cursor else {})
            page = (await self.http.get(self.root, params=asked)).json()
            found.append([each["name"] for each in page["data"]])
            cursor = page["next"]
            if cursor is None:
                return found


@pytest.fixture
async def desk(database: Database, organization: Organization) -> AsyncIterator[Desk]:
    app = create_app()
    app.state.database = database
    headers = await member_headers(database, organization.id, "OWNER")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as http:
        yield Desk(http, database, organization)


async def test_pages_hold_every_row_once(desk: Desk) -> None:
    for name in ("Abel", "Blanc", "Carlier", "Dupont", "Evrard"):
        await desk.add(name)
    assert await desk.pages(limit=2) == [["Evrard", "Dupont"], ["Carlier", "Blanc"], ["Abel"]]
    assert await desk.pages(limit=3, sort="name") == [["Abel", "Blanc", "Carlier"], ["Dupont", "Evrard"]]
    assert await desk.pages(limit=5) == [["Evrard", "Dupont", "Carlier", "Blanc", "Abel"]]
    assert await desk.pages(name="ar", sort="-name", limit=1) == [["Evrard"], ["Carlier"]]


async def test_rows_that_are_equal_in_the_order_do_not_repeat_and_new_ones_do_not_shift(desk: Desk) -> None:
    for number in range(4):
        await desk.add("Martin", phone=f"+3361234567{number}")
    first = (await desk.http.get(desk.root, params={"sort": "name", "limit": 2})).json()
    await desk.add("Abel")
    second = (await desk.http.get(desk.root, params={"sort": "name", "limit": 2, "cursor": first["next"]})).json()
    assert len({each["client_id"] for each in first["data"] + second["data"]}) == 4
    assert second["next"] is None


def cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "wrong",
    [
        "", "x", "é", "%00", cursor("-name|>s:a~uuid:00000000-0000-0000-0000-000000000000"), cursor("name|"),
        cursor("name|>i:1~i:1"), cursor("name|>s:a"), cursor("name|<s:a~uuid:00000000-0000-0000-0000-000000000000"),
        cursor("name|>s:\0~uuid:00000000-0000-0000-0000-000000000000"), cursor("name|>q:1~zz"), cursor("name|>uuid:1~s:1"),
        cursor("name|>x~x"), cursor("name|>s:a~uuid:" + "9" * 500),
    ],
)  # fmt: skip
async def test_a_cursor_that_no_page_gave_is_refused_by_name(desk: Desk, wrong: str) -> None:
    answer = await desk.http.get(desk.root, params={"sort": "name", "cursor": wrong})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["details"]] == ["cursor"]


async def test_sort_and_limit_are_bounded(desk: Desk) -> None:
    for wrong in ({"sort": "phone"}, {"limit": 0}, {"limit": 201}, {"limit": "x"}):
        assert (await desk.http.get(desk.root, params=wrong)).status_code == 422


async def test_a_change_after_somebody_elses_is_refused(desk: Desk) -> None:
    made = await desk.add("Lefebvre")
    path = f"{desk.root}/{made.json()['client_id']}"
    seen = made.headers["ETag"]
    assert (await desk.http.get(path)).headers["ETag"] == seen
    first = await desk.http.patch(path, json={"phone": "0612345678"}, headers={"If-Match": seen})
    assert first.status_code == 200 and first.headers["ETag"] != seen
    second = await desk.http.patch(path, json={"phone": "0698765432"}, headers={"If-Match": seen})
    assert second.status_code == 412 and second.json()["code"] == "CONFLICT"
    assert second.headers["ETag"] == first.headers["ETag"]
    assert (await desk.http.get(path)).json()["phone"] == "+33612345678"
    for accepted in (f'"other", {first.headers["ETag"]}', "*"):
        answer = await desk.http.patch(path, json={"title": "Mme"}, headers={"If-Match": accepted})
        assert answer.status_code == 200, accepted
        first = answer
    assert (await desk.http.patch(path, json={"title": "M."})).status_code == 200
    assert (await desk.http.patch(path, json={"title": "M."}, headers={"If-Match": "bare"})).status_code == 422


async def test_of_several_changes_at_once_one_is_done(desk: Desk) -> None:
    made = await desk.add("Lefebvre")
    path, seen = f"{desk.root}/{made.json()['client_id']}", made.headers["ETag"]
    bodies = [{"title": f"T{number}"} for number in range(4)]
    answers = await asyncio.gather(
        *(desk.http.patch(path, json=body, headers={"If-Match": seen}) for body in bodies),
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]


async def test_a_request_sent_again_is_done_once_and_answered_alike(desk: Desk) -> None:
    first = await desk.add("Lefebvre", key="k-1")
    again = await desk.add("Lefebvre", key="k-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and first.headers["ETag"] == again.headers["ETag"]
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert (await desk.add("Lefebvre", key="k-2")).json() != first.json()
    assert await desk.names() == ["Lefebvre", "Lefebvre"]


async def test_a_key_is_for_one_request_of_one_person(desk: Desk) -> None:
    assert (await desk.add("Lefebvre", key="k")).status_code == 201
    other = await desk.add("Martin", key="k")
    assert other.status_code == 422 and other.json()["details"][0]["field"] == "Idempotency-Key"
    somebody = await member_headers(desk.database, desk.organization.id, "AGENT")
    answer = await desk.http.post(desk.root, json={"name": "Martin"}, headers=somebody | {"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert await desk.names() == ["Lefebvre", "Martin"]


async def test_what_is_kept_of_an_answer_cannot_be_read_in_the_database(desk: Desk) -> None:
    await desk.add("Lefebvre", key="k")
    async with desk.database.system() as session:
        rows = (await session.scalars(select(IdempotencyKey))).all()
    kept = [each for each in rows if each.organization_id == desk.organization.id]
    assert len(kept) == 1 and kept[0].answer and "Lefebvre" not in kept[0].answer
    assert "Lefebvre" not in base64.b64decode(kept[0].answer.rpartition(":")[2]).decode("latin-1")


async def test_a_refused_request_frees_its_key(desk: Desk) -> None:
    assert (await desk.add("Lefebvre", key="k", phone="12")).status_code == 422
    assert (await desk.add("Lefebvre", key="k", phone="0612345678")).status_code == 201


async def test_two_at_once_make_one(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.add("Lefebvre", key="k") for _ in range(5)))
    assert {each.status_code for each in answers} <= {201, 409}
    assert await desk.names() == ["Lefebvre"]


async def test_one_that_broke_off_is_not_done_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(client: Client) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("services.clients.service.buyer", broken)
        assert (await desk.add("Lefebvre", key="k")).status_code == 500
    again = await desk.add("Lefebvre", key="k")
    assert again.status_code == 409 and again.headers["Retry-After"]


async def test_keys_are_forgotten_after_a_day(desk: Desk) -> None:
    await desk.add("Lefebvre", key="old")
    await desk.add("Lefebvre", key="older")
    yesterday = datetime.now(UTC) - timedelta(hours=25)
    async with desk.database.system() as session:
        await session.execute(update(IdempotencyKey).values(created_at=yesterday))
    again = await desk.add("Lefebvre", key="old")
    assert again.status_code == 201 and "Idempotency-Replayed" not in again.headers
    assert await forget_requests(0) >= 1
    async with desk.database.system() as session:
        left = (await session.scalars(select(IdempotencyKey.key))).all()
    assert "old" in left and "older" not in left


async def test_what_cannot_be_stored_is_the_senders_to_mend(desk: Desk) -> None:
    answer = await desk.add("Lefebvre", title="M\0")
    assert answer.status_code == 422 and answer.json()["code"] == "VALIDATION"


async def test_a_client_is_found_by_what_one_remembers_of_him(desk: Desk) -> None:
    await desk.add("Bâti Sud", siret="53987412300026", address="3 rue Pasteur, 69003 Lyon", kind="business")
    await desk.add("Lefebvre", phone="06 12 34 56 78", email="anne@example.com", address="2 rue Noé, 33000 Bordeaux")
    for search, name in {
        "bati": "Bâti Sud", "539 874 123": "Bâti Sud", "lyon": "Bâti Sud", "06 12 34": "Lefebvre", "+33612": "Lefebvre",
        "ANNE@": "Lefebvre", "bordeaux": "Lefebvre",
    }.items():  # fmt: skip
        assert await desk.pages(search=search) == [[name]], search
    (anne,) = (await desk.http.get(desk.root, params={"search": "anne@"})).json()["data"]
    assert await desk.pages(search=anne["client_id"]) == [["Lefebvre"]]
    assert await desk.pages(search="%") == [[]] and await desk.pages(search="rien") == [[]]
    assert await desk.pages(kind="business") == [["Bâti Sud"]]


async def test_who_is_archived_is_out_of_sight_and_comes_back(desk: Desk) -> None:
    made = await desk.add("Lefebvre")
    path = f"{desk.root}/{made.json()['client_id']}"
    stale = {"If-Match": '"0"'}
    assert (await desk.http.put(f"{path}/archive", headers=stale)).status_code == 412
    archived = await desk.http.put(f"{path}/archive", headers={"If-Match": made.headers["ETag"]})
    assert archived.status_code == 200 and archived.json()["archived_at"]
    assert await desk.pages() == [[]] and await desk.pages(archived="true") == [["Lefebvre"]]
    async with desk.database.tenant(desk.organization.id) as session:
        assert await clients.find(session, desk.organization.id, "Lefebvre") == (None, [])
    assert (await desk.http.get(path)).status_code == 200
    assert (await desk.http.put(f"{path}/archive")).json()["archived_at"] == archived.json()["archived_at"]
    assert (await desk.http.delete(f"{path}/archive")).json()["archived_at"] is None
    assert await desk.pages() == [["Lefebvre"]]


async def test_who_has_documents_is_kept(desk: Desk) -> None:
    free, busy = [(await desk.add(name)).json()["client_id"] for name in ("Libre", "Occupé")]
    async with desk.database.tenant(desk.organization.id) as session:
        session.add(Quote(organization_id=desk.organization.id, client_id=UUID(busy)))
    assert (await desk.http.delete(f"{desk.root}/{free}", headers={"If-Match": '"0"'})).status_code == 412
    assert (await desk.http.delete(f"{desk.root}/{free}")).status_code == 204
    assert (await desk.http.get(f"{desk.root}/{free}")).status_code == 404
    refused = await desk.http.delete(f"{desk.root}/{busy}")
    assert refused.status_code == 409 and refused.json()["code"] == "CONFLICT"
    assert await desk.names() == ["Occupé"]
