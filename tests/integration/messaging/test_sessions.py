"""Sessions at their doors and at the provider: hosted pages, wrong keys, notices, administration."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from api.session_page import routes as session_page
from api.v1 import whatsapp_sessions
from db.models import Organization, User, WhatsappAccount
from db.queue import open_queue
from db.repositories import sessions as repository
from db.settings import Settings, settings
from services.messaging.channel_errors import BadApiKey, Disconnected
from services.sessions import links, notices, record
from services.sessions.care import look_after
from services.sessions.service import Sessions, create
from services.sessions.states import Cause
from tests.integration.messaging.conftest import client_of
from tests.office import platform_headers

DOOR = "/webhooks/unipile/accounts"


@pytest.fixture
async def sessions(house, database_url: str) -> AsyncIterator[Sessions]:
    """The sessions of the house, reachable through its HTTP application too."""
    configured = settings()
    house.app.state.settings = configured
    house.app.state.sessions = Sessions(house.database, house.channel.client, configured)
    house.app.include_router(whatsapp_sessions.router)
    house.app.include_router(session_page.router)
    async with open_queue(database_url):
        yield house.app.state.sessions


async def new_session(house, artisan: User) -> WhatsappAccount:
    async with house.database.system() as session:
        return await create(session, artisan.organization_id, actor="admin", user_id=artisan.id)


async def admin(house, method: str, path: str, company: UUID | None = None, **request: Any) -> Any:
    headers = await platform_headers(house.database)
    if company:
        headers["X-Organization-Id"] = str(company)
    return await house.http.request(method, f"/api/v1/whatsapp/sessions{path}", headers=headers, **request)


async def causes(house, account_id: UUID) -> list[str]:
    rows = await house.rows(
        "select cause from whatsapp_session_events where account_id = :id order by created_at, id", id=account_id
    )
    return [row.cause for row in rows]


def provider_account(house, account: WhatsappAccount) -> Any:
    return house.simulator.state.account(account.provider_account_id)


async def test_the_accounts_door_wants_the_secret(house, linked_account: WhatsappAccount) -> None:
    payload = {"AccountStatus": {"account_id": linked_account.provider_account_id, "message": "CREDENTIALS"}}
    assert (await house.http.post(DOOR, json=payload)).status_code == 401
    assert (await house.http.post(DOOR, json=payload, headers=house.secret)).json() == {"status": "account_status"}
    row = await house.one("select status, needs_scan from whatsapp_accounts where id = :id", id=linked_account.id)
    assert row.status == "disconnected" and row.needs_scan
    stranger = {"AccountStatus": {"account_id": "nobody", "message": "OK"}}
    assert (await house.http.post(DOOR, json=stranger, headers=house.secret)).json() == {"status": "unknown_account"}
    assert (await house.http.post(DOOR, content=b"{", headers=house.secret)).status_code == 422


async def test_a_hosted_page_connects_once_the_provider_confirms(house, sessions: Sessions, artisan: User) -> None:
    account = await new_session(house, artisan)
    opened = await house.http.post(f"/whatsapp/{links.token_for(sessions.configured, account.id, 'page')}/hosted")
    assert opened.status_code == 303
    page = opened.headers["location"]
    assert (await house.http.get(page)).status_code == 200
    back = await house.http.post(page, data={"phone": artisan.whatsapp_phone})
    assert back.status_code == 303 and "/whatsapp/" in back.headers["location"]
    await house.settled()
    (job,) = await house.rows(
        "select args from jobs.procrastinate_jobs where task_name = 'adopt_session' and args ->> 'account_id' = :id",
        id=str(account.id),
    )
    connected = await sessions.adopt(account.id, job.args["provider_account_id"])
    assert connected.status == "connected" and connected.phone == artisan.whatsapp_phone


async def test_a_notify_address_proves_nothing_by_itself(house, sessions: Sessions, artisan: User) -> None:
    account = await new_session(house, artisan)
    body = {"status": "CREATION_SUCCESS", "account_id": "sim-assistant", "name": None}
    assert (await house.http.post(f"{DOOR}/forged", json=body)).status_code == 404
    page_token = links.token_for(sessions.configured, account.id, "page")
    assert (await house.http.post(f"{DOOR}/{page_token}", json=body)).status_code == 404
    address = f"{DOOR}/{links.token_for(sessions.configured, account.id, 'hosted')}"
    assert (await house.http.post(address, json={"status": "x"})).status_code == 422
    assert (await house.http.post(address, json=body)).status_code == 200
    untouched = await sessions.adopt(account.id, "sim-assistant")
    assert untouched.status == "disconnected", "an account that is somebody else's is not taken over"


async def test_a_wrong_key_is_no_lost_session(house, sessions: Sessions, linked_account: WhatsappAccount) -> None:
    house.simulator.state.add_account(linked_account.phone, linked_account.provider_account_id, was_connected=True)
    broken = Sessions(house.database, client_of(house.app, "wrong"), sessions.configured)
    for _ in range(2):
        with pytest.raises(BadApiKey):
            await broken.check(linked_account.id)
    async with house.database.system() as session:
        await record.note_failure(session, linked_account.id, BadApiKey("no", status=401, type="missing_credentials"))
    row = await house.one("select status, error_count from whatsapp_accounts where id = :id", id=linked_account.id)
    assert (row.status, row.error_count) == ("connected", 0)
    told = await house.rows("select type, organization_id from system_logs where event = 'channel.bad_api_key'")
    assert [(line.type, line.organization_id) for line in told] == [("error", None)]
    assert not await house.rows("select 1 from jobs.procrastinate_jobs where task_name = 'tell_session_lost'")
    house.app.state.sessions = broken
    await house.rows(
        "update whatsapp_accounts set status = 'disconnected' where id = :id returning id", id=linked_account.id
    )
    answer = await admin(house, "POST", f"/{linked_account.id}/connect")
    assert answer.status_code == 503 and "API key" in answer.json()["message"]


async def test_an_outage_is_told_once_on_two_ways(
    house, sessions: Sessions, linked_account: WhatsappAccount, artisan: User
) -> None:
    await house.rows(
        "update users set email = :email, preferred_language = 'tr' where id = :id returning id",
        email=f"{artisan.id}@example.com", id=artisan.id,
    )  # fmt: skip
    await house.rows(
        "update whatsapp_accounts set connected_at = now() where id = :id returning id", id=linked_account.id
    )
    configured = Settings(SMTP_URL="smtp://localhost:2525")  # type: ignore[call-arg]
    async with house.database.system() as session:
        lost = Disconnected("gone", status=401, type="disconnected_account")
        await record.note_failure(session, linked_account.id, lost)
        await record.apply(session, linked_account.id, Cause.CREDENTIALS, "provider")
    assert await house.rows("select 1 from jobs.procrastinate_jobs where task_name = 'tell_session_lost'")
    for expected in (["assistant", "e-mail"], []):
        async with house.database.system() as session:
            assert await notices.tell_lost(session, configured, linked_account.id) == expected
    rows = await house.rows(
        "select channel, to_phone, to_email, body from outbox where organization_id = :id order by seq",
        id=artisan.organization_id,
    )
    assert [row.channel for row in rows] == ["whatsapp", "email"]
    assert {row.to_phone for row in rows} == {artisan.whatsapp_phone}
    for row in rows:
        token = row.body.partition("/whatsapp/")[2].split()[0]
        assert links.account_of(configured, token, "page") == linked_account.id
        assert "bağlantısı koptu" in row.body.splitlines()[0]


async def test_who_has_no_other_channel_is_an_admins_matter(house, organization: Organization) -> None:
    account = WhatsappAccount(
        kind="artisan", organization_id=organization.id, provider_account_id=f"lone-{uuid4()}", phone="+33612000000",
        status="connected",
    )  # fmt: skip
    async with house.database.system() as session:
        session.add(account)
    async with house.database.system() as session:
        await record.apply(session, account.id, Cause.CREDENTIALS, "provider")
        assert await notices.tell_lost(session, settings(), account.id) == []
    (line,) = await house.rows(
        "select type from system_logs where event = 'session.nobody_told' and organization_id = :id", id=organization.id
    )
    assert line.type == "error"


async def test_what_waited_leaves_when_the_number_is_back(
    house, sessions: Sessions, linked_account: WhatsappAccount, artisan: User
) -> None:
    """A row that met the lost connection is due at once; one that is held for a reason of its own stays held."""
    insert = text(
        "insert into outbox (id, organization_id, account_id, recipient, to_phone, body, attempts, not_before)"
        " values (:id, :organization, :account, 'artisan', :phone, 'x', :attempts, now() + interval '1 hour')"
    )
    ids = [uuid4(), uuid4()]
    common = {"organization": artisan.organization_id, "account": linked_account.id, "phone": artisan.whatsapp_phone}
    async with house.database.system() as session:
        await record.apply(session, linked_account.id, Cause.CREDENTIALS, "provider")
        for row_id, attempts in zip(ids, (3, 0), strict=True):
            await session.execute(insert, common | {"id": row_id, "attempts": attempts})
    async with house.database.system() as session:
        await record.apply(session, linked_account.id, Cause.PROVIDER_OK, "provider")
    rows = await house.rows("select id, not_before from outbox where id = any(:ids) order by attempts desc", ids=ids)
    assert rows[0].not_before is None and rows[1].not_before is not None
    (job,) = await house.rows(
        "select priority from jobs.procrastinate_jobs where task_name = 'deliver' and args ->> 'account_id' = :id",
        id=str(linked_account.id),
    )
    assert job.priority == 1


async def test_a_code_nobody_scans_is_given_up(house, sessions: Sessions, artisan: User) -> None:
    account = await sessions.connect((await new_session(house, artisan)).id, "admin")
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "qr_ready"
    await house.rows(
        "update whatsapp_accounts set status_since = now() - interval '4 minutes' where id = :id returning id",
        id=account.id,
    )
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "disconnected"
    assert (await causes(house, account.id))[-1] == "lapsed"


async def test_the_outcome_is_found_without_any_webhook(house, sessions: Sessions, artisan: User) -> None:
    account = await sessions.connect((await new_session(house, artisan)).id, "admin")
    house.simulator.state.webhooks.clear()
    house.simulator.network.connect(provider_account(house, account), artisan.whatsapp_phone or "", None)
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "connected"


async def test_a_frozen_account_is_woken(house, sessions: Sessions, artisan: User) -> None:
    account = await sessions.connect((await new_session(house, artisan)).id, "admin")
    there = provider_account(house, account)
    house.simulator.network.connect(there, artisan.whatsapp_phone or "", None)
    await house.settled()
    await look_after(sessions, account.id)
    house.simulator.network.disconnect(there, "ERROR", resumable=True, silent=True)
    await look_after(sessions, account.id)
    assert (await sessions.get(account.id)).status == "failed"
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "connected"


async def test_an_impossible_change_is_refused_and_logged(house, linked_account: WhatsappAccount) -> None:
    async with house.database.system() as session:
        change = await record.apply(session, linked_account.id, Cause.CODE_ISSUED, "provider", code="2@x")
    assert change is not None and change.refused and change.after == "connected"
    row = await house.one(
        "select event_type, severity from whatsapp_session_events where account_id = :id", id=linked_account.id
    )
    assert (row.event_type, row.severity) == ("refused", "warning")
    assert (
        await house.one("select qr_code from whatsapp_accounts where id = :id", id=linked_account.id)
    ).qr_code is None


async def test_a_provider_that_is_away_leaves_the_session_as_it_was(house, sessions: Sessions, artisan: User) -> None:
    account = await new_session(house, artisan)
    fault = {"route": "create_account", "status": 503, "type": "service_unavailable"}
    await house.http.post("/simulator/faults", json=fault)
    answer = await admin(house, "POST", f"/{account.id}/connect")
    assert answer.status_code == 503 and "service_unavailable" in answer.json()["message"]
    assert (await sessions.get(account.id)).status == "disconnected"
    token = links.token_for(sessions.configured, account.id, "page")
    await house.http.post("/simulator/faults", json=fault)
    shown = await house.http.post(f"/whatsapp/{token}/code", headers={"Accept": "application/json"})
    assert shown.json()["shown"] == "trouble"
    assert (await admin(house, "POST", f"/{account.id}/connect")).json()["status"] == "qr_ready"


async def test_who_does_not_want_it_is_not_connected_again(house, sessions: Sessions, artisan: User) -> None:
    account = await sessions.connect((await new_session(house, artisan)).id, "admin")
    there = provider_account(house, account)
    house.simulator.network.connect(there, artisan.whatsapp_phone or "", None)
    await house.settled()
    await look_after(sessions, account.id)
    changed = await admin(house, "PATCH", f"/{account.id}", json={"auto_reconnect": False})
    assert changed.json()["auto_reconnect"] is False
    house.simulator.network.disconnect(there, "STOPPED", resumable=True)
    await house.settled()
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "disconnected"
    await admin(house, "PATCH", f"/{account.id}", json={"auto_reconnect": True})
    await look_after(sessions, account.id, due=True)
    assert (await sessions.get(account.id)).status == "connected"


async def test_messages_do_not_wait_for_a_change_of_the_session(
    house, linked_account: WhatsappAccount, message_from
) -> None:
    async with house.database.system() as session:
        await repository.get_session(session, None, linked_account.id, lock=True)
        payload = message_from(account_id=linked_account.provider_account_id, message_id=f"m-{uuid4()}")
        async with asyncio.timeout(20):
            assert (await house.webhook(payload)).status_code == 200


async def test_administration(house, sessions: Sessions, artisan: User, assistant_account: WhatsappAccount) -> None:
    assert (await house.http.get("/api/v1/whatsapp/sessions")).status_code == 401
    company, body = artisan.organization_id, {"user_id": str(artisan.id)}
    assert (await admin(house, "POST", "", company, json=body | {"phone": "call me"})).status_code == 422
    assert (await admin(house, "POST", "", company, json={"user_id": str(uuid4())})).status_code == 422
    assert (await admin(house, "POST", "", json=body)).status_code == 422, "an admin says which company"
    assert (await admin(house, "POST", "", uuid4(), json={})).status_code == 404
    created = (await admin(house, "POST", "", company, json=body)).json()
    listed = (await admin(house, "GET", "", company)).json()
    assert [session["id"] for session in listed["data"]] == [created["id"]]
    everything = (await admin(house, "GET", "")).json()
    assert str(assistant_account.id) in [session["id"] for session in everything["data"]]

    await admin(house, "POST", f"/{created['id']}/connect")
    account = await sessions.get(UUID(created["id"]))
    house.simulator.network.connect(provider_account(house, account), artisan.whatsapp_phone or "", None)
    await look_after(sessions, account.id)
    sent = await house.http.post(
        "/simulator/inbound", json={"from": artisan.whatsapp_phone, "to": artisan.whatsapp_phone, "text": "note"}
    )
    assert sent.status_code == 200, sent.text
    assert (await admin(house, "POST", f"/{account.id}/hosted-link")).status_code == 409
    gone = (await admin(house, "POST", f"/{account.id}/disconnect")).json()
    assert (gone["status"], gone["whatsapp_connected"], gone["message_count"]) == ("disconnected", False, 1)
    await house.settled()
    assert (await causes(house, account.id))[-1] == "disconnect_asked", "the provider's DELETED is no outage"

    assert (await admin(house, "DELETE", f"/{account.id}")).status_code == 204
    assert (await admin(house, "GET", f"/{account.id}")).status_code == 404
    assert (await admin(house, "GET", "", company)).json()["data"] == []
    kept = await house.one("select count(*) n from whatsapp_messages where account_id = :id", id=account.id)
    assert kept.n == 1
    log = (await admin(house, "GET", f"/{account.id}/log")).json()["data"]
    assert log[0]["event_type"] == "removed" and log[-1]["cause"] == "created"
    assert (await admin(house, "DELETE", f"/{assistant_account.id}")).status_code == 409
    assert (await admin(house, "GET", f"/{uuid4()}/log")).status_code == 404


async def test_a_page_says_what_is_wrong_with_its_link(house, sessions: Sessions, artisan: User) -> None:
    wrong = await house.http.get("/whatsapp/nonsense", headers={"Accept-Language": "tr-TR"})
    assert wrong.status_code == 404 and 'lang="tr"' in wrong.text
    account = await new_session(house, artisan)
    page = await house.http.get(f"/whatsapp/{links.token_for(sessions.configured, account.id, 'page')}")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert not await house.rows("select 1 from whatsapp_session_events where account_id = :id and cause <> 'created'",
                                id=account.id)  # fmt: skip
    assert (await house.http.get("/whatsapp/assets/page.js")).status_code == 200
    assert (await house.http.get("/whatsapp/assets/..%2froutes.py")).status_code == 404


async def test_a_tenant_sees_its_own_log_only(
    house, linked_account: WhatsappAccount, organization: Organization
) -> None:
    async with house.database.system() as session:
        await record.apply(session, linked_account.id, Cause.CREDENTIALS, "provider", json.dumps({"x": 1}))
    async with house.database.tenant(organization.id) as session:
        assert await session.scalar(text("select count(*) from whatsapp_session_events")) == 1
    async with house.database.tenant(uuid4()) as session:
        assert await session.scalar(text("select count(*) from whatsapp_session_events")) == 0
