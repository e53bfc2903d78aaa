"""A forgotten password comes back by a code to the verified phone; one's own sessions are seen, ended and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from db.models import Organization, User
from services.identity import sign_in
from services.identity.jobs import forget_sessions
from tests.integration.identity.conftest import Office
from tests.office import PASSWORD, new_member

NEW = "another long password"


@pytest.fixture
async def member(office: Office, organization: Organization, new_phone: Callable[[], str]) -> User:
    user = await new_member(office.database, organization.id, "ADMIN")
    async with office.database.system() as session:
        row = await session.get_one(User, user.id)
        row.whatsapp_phone, row.phone_verified_at = new_phone(), datetime.now(UTC)
    return row


async def asked(office: Office, email: str) -> str:
    answer = await office.call("POST", "/auth/password/forgot", json={"email": email})
    assert answer.status_code == 202
    return str(answer.json()["verification_id"])


async def reset(office: Office, verification: str, code: str, password: str = NEW) -> int:
    body = {"verification_id": verification, "code": code, "password": password}
    return (await office.call("POST", "/auth/password/reset", json=body)).status_code


async def test_a_code_to_the_phone_brings_a_new_password(office: Office, member: User) -> None:
    phone, email = str(member.whatsapp_phone), str(member.email)
    before = (await office.login(email, PASSWORD)).json()["access_token"]
    for _ in range(sign_in.LOCK_AFTER):
        await office.login(email, "not the password")
    verification = await asked(office, email)
    code = await office.code_sent_to(phone)
    assert await reset(office, verification, code, "short") == 422
    assert await reset(office, verification, f"{(int(code) + 1) % 10**6:06d}") == 400
    wrong_door = await office.call("POST", "/auth/verify", json={"verification_id": verification, "code": code})
    assert wrong_door.status_code == 400, "a code for a password verifies no phone"
    assert await reset(office, verification, code) == 204
    assert await reset(office, verification, code) == 400
    assert (await office.call("GET", "/auth/me", before)).status_code == 401
    assert (await office.login(email, PASSWORD)).status_code == 401
    assert (await office.login(email, NEW)).status_code == 200, "and the lockout is over"


async def test_nobody_learns_who_has_an_account(office: Office, member: User, organization: Organization) -> None:
    without_phone = await new_member(office.database, organization.id, "AGENT")
    for email in ("nobody@firm.example", str(without_phone.email)):
        assert await reset(office, await asked(office, email), "123456") == 400
    first = await asked(office, str(member.email))
    code = await office.code_sent_to(str(member.whatsapp_phone))
    too_soon = await asked(office, str(member.email))
    assert await reset(office, too_soon, code) == 400
    assert await reset(office, first, code) == 204


async def test_a_session_is_ended_from_another_one(office: Office, member: User, organization: Organization) -> None:
    here = (await office.login(str(member.email), PASSWORD)).json()
    there = (await office.login(str(member.email), PASSWORD)).json()
    listed = (await office.call("GET", "/auth/sessions", here["access_token"])).json()
    assert [each["current"] for each in listed] == [False, True]
    stranger = await new_member(office.database, organization.id, "OWNER")
    other = (await office.login(str(stranger.email), PASSWORD)).json()["access_token"]
    path = f"/auth/sessions/{listed[0]['id']}"
    assert (await office.call("DELETE", path, other)).status_code == 404
    assert (await office.call("DELETE", path, here["access_token"])).status_code == 204
    assert (await office.call("GET", "/auth/me", there["access_token"])).status_code == 401
    assert len((await office.call("GET", "/auth/sessions", here["access_token"])).json()) == 1


async def test_what_ended_long_ago_is_forgotten(office: Office, member: User) -> None:
    old = (await office.login(str(member.email), PASSWORD)).json()
    (kept,) = await office.rows("select id from auth_sessions where user_id = :id", id=member.id)
    await office.rows(
        "update auth_sessions set created_at = now() - interval '90 days' where user_id = :id", id=member.id
    )
    await forget_sessions(timestamp=0)
    assert (await office.call("GET", "/auth/me", old["access_token"])).status_code == 200, "it is still continued"
    await office.rows(
        "update refresh_tokens set expires_at = now() - interval '40 days' where session_id = :id", id=kept.id
    )
    fresh = (await office.login(str(member.email), PASSWORD)).json()
    await forget_sessions(timestamp=0)
    left = {row.id for row in await office.rows("select id from auth_sessions where user_id = :id", id=member.id)}
    assert len(left) == 1 and UUID(str(kept.id)) not in left
    assert (await office.call("GET", "/auth/me", fresh["access_token"])).status_code == 200
