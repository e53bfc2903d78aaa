"""The database itself keeps one company from another's accounts, and everybody from what only the door may read."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner, Result

from api.cli.main import app
from db.models import Organization
from db.session import Database
from db.settings import settings
from tests.integration.identity.conftest import Office
from tests.office import PASSWORD, member_headers, new_member

TENANTS_OWN = ("auth_sessions", "invitations", "api_keys")
FORBIDDEN = ("platform_admins", "refresh_tokens", "phone_codes")


async def counts(database: Database, organization: Organization, table: str) -> int:
    async with database.tenant(organization.id) as session:
        return int((await session.execute(text(f"select count(*) from {table}"))).scalar_one())


async def test_a_company_sees_its_own_rows_alone(office: Office, organization: Organization) -> None:
    database = office.database
    other = Organization(name="Autre", slug=f"autre-{organization.slug}", status="active")
    async with database.system() as session:
        session.add(other)
    bearer = (await member_headers(database, other.id, "OWNER"))["Authorization"].removeprefix("Bearer ")
    root = f"/organizations/{other.id}"
    await office.call("POST", f"{root}/users", bearer, json={"email": f"{organization.slug}@firm.example"})
    await office.call("POST", f"{root}/api-keys", bearer, json={"name": "k", "scopes": ["clients:read"]})
    for table in TENANTS_OWN:
        assert await counts(database, other, table) == 1
        assert await counts(database, organization, table) == 0
        async with database.tenant(organization.id) as session:
            changed = await session.execute(text(f"update {table} set revoked_at = now() returning id"))
            assert changed.all() == []


@pytest.mark.parametrize(
    "statement",
    [f"select 1 from {table}" for table in FORBIDDEN]
    + ["select password_hash from user_credentials", "select totp_secret from user_credentials"]
    + ["update user_credentials set password_hash = 'x'", "delete from auth_sessions"],
)
async def test_a_tenants_transaction_reads_no_secret(
    database: Database, organization: Organization, statement: str
) -> None:
    async with database.open(organization_id=organization.id) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text(statement))


async def test_two_uses_of_a_refresh_token_at_once(office: Office, organization: Organization) -> None:
    user = await new_member(office.database, organization.id, "OWNER")
    tokens = (await office.login(str(user.email), PASSWORD)).json()
    body = {"refresh_token": tokens["refresh_token"]}
    answers = await asyncio.gather(*(office.call("POST", "/auth/refresh", json=body) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401, 401]
    assert (await office.call("GET", "/auth/me", tokens["access_token"])).status_code == 401


async def test_attempts_at_once_are_all_counted(office: Office, organization: Organization) -> None:
    user = await new_member(office.database, organization.id, "OWNER")
    await asyncio.gather(*(office.login(str(user.email), f"guess number {n}") for n in range(5)))
    assert (await office.login(str(user.email), PASSWORD)).status_code == 401


def test_admins_are_made_on_the_command_line(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    settings.cache_clear()

    def admin(*words: str, password: str = PASSWORD) -> Result:
        return CliRunner().invoke(app, ["admin", *words], env={"USTA_ADMIN_PASSWORD": password})

    try:
        assert admin("create", "Chief@usta.example", "--name", "Chief").exit_code == 0
        assert "already" in admin("create", "chief@usta.example").output
        assert admin("create", "nobody").exit_code == admin("create", "a@usta.example", password="short").exit_code == 1
        assert admin("reset", "chief@usta.example").exit_code == admin("disable", "chief@usta.example").exit_code == 0
        assert admin("reset", "stranger@usta.example").exit_code == 1
    finally:
        settings.cache_clear()
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select email, name, is_active, password_hash from platform_admins").fetchall()
    assert [row[:3] for row in rows] == [("chief@usta.example", "Chief", False)]
    assert rows[0][3].startswith("$argon2id$") and PASSWORD not in rows[0][3]
