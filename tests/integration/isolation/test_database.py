"""What PostgreSQL itself says of the tables of companies, of checkpoints and of jobs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.exc import ProgrammingError

from db.checkpoints import TurnCheckpointer
from db.models import Base, Client
from db.queue import defer, open_queue
from db.session import Database
from tests.integration.isolation.world import World, tenant_tables

ROLES = {"usta_app", "usta_system"}
OF_NOBODY = {"idempotency_keys"}
"""Tables that name a company and to which a company's transaction has no right at all."""
READ_BY_ALL: set[str] = {"plans"}
"""Tables without rows of companies that a company's transaction may read, and only read: such as price lists."""
POLICIES = """
select c.relname as name, c.relrowsecurity as on,
       coalesce(array_agg(p.polname::text) filter (where p.polname is not null), '{}') as policies,
       coalesce(array_agg(p.polcmd::text) filter (where 'usta_app'::regrole = any (p.polroles)), '{}') as commands,
       coalesce(array_agg(pg_get_expr(p.polqual, c.oid)) filter (where 'usta_app'::regrole = any (p.polroles)), '{}') as rules,
       bool_or(0::oid = any (p.polroles)) as for_all
from pg_class c left join pg_policy p on p.polrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') group by c.oid"""
SEEN_BESIDES = {("whatsapp_accounts", "((kind)::text = 'assistant'::text)")}
"""Rules that do not compare the company: the assistant's number is everybody's."""


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


def test_every_table_of_companies_is_confined(owner: psycopg.Connection[dict[str, Any]]) -> None:
    found = {row["name"]: row for row in owner.execute(POLICIES)}
    for name in tenant_tables():
        table = found[name]
        assert table["on"], f"{name}: row-level security is off"
        assert not table["for_all"], f"{name}: a policy for every role"
        if name in OF_NOBODY:
            continue
        assert "*" in table["commands"], f"{name}: no policy for select, insert, update and delete"
        mine = [rule for rule in table["rules"] if "app.organization_id" in rule]
        rest = {(name, rule) for rule in table["rules"] if rule not in mine}
        assert mine and rest <= SEEN_BESIDES, f"{name}: {table['rules']}"
    print(f"\n{len(tenant_tables())} tables of companies, row-level security on all")


def test_the_application_has_no_more_rights_than_it_needs(owner: psycopg.Connection[dict[str, Any]]) -> None:
    rows = owner.execute(
        "select table_name as name, grantee, privilege_type as may from information_schema.role_table_grants "
        "where table_schema = 'public' and grantee <> current_user"
    ).fetchall()
    assert {row["grantee"] for row in rows} == ROLES
    tables = {row["name"]: {each["may"] for each in rows if (each["name"], each["grantee"]) == (row["name"], "usta_app")}
              for row in rows}  # fmt: skip
    usual = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    for name in (*Base.metadata.tables, "alembic_version"):
        allowed = (
            usual if name in tenant_tables() and name not in OF_NOBODY else {"SELECT"} if name in READ_BY_ALL else set()
        )
        assert tables.get(name, set()) <= allowed, f"a company's transaction has rights on {name}"
    roles = owner.execute(
        "select rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, exists (select 1 from pg_auth_members m "
        "where m.member = r.oid) as belongs from pg_roles r where rolname = any (%s)", [list(ROLES)],
    ).fetchall()  # fmt: skip
    assert len(roles) == len(ROLES)
    assert not any(value for row in roles for name, value in row.items() if name != "rolname")


async def test_every_transaction_takes_a_role(database: Database, world: World) -> None:
    current = sa.text(
        "select current_user, current_setting('app.organization_id', true), row_security_active('clients')"
    )
    async with database.tenant(world.a) as session:
        assert tuple((await session.execute(current)).one()) == ("usta_app", str(world.a), True)
        async with session.begin_nested():
            assert (await session.scalar(sa.text("select current_user"))) == "usta_app"
    async with database.system() as session:
        assert tuple((await session.execute(current)).one()) == ("usta_system", "", True)
    async with database.open(organization_id=world.a) as session:
        await session.commit()
        assert (await session.scalar(sa.text("select current_user"))) == "usta_app"


async def test_without_a_company_nothing_is_seen(database: Database, world: World) -> None:
    async with database.open(organization_id=world.a) as session:
        await session.execute(sa.text("select set_config('app.organization_id', '', true)"))
        for name in tenant_tables():
            if name not in OF_NOBODY:
                assert await session.scalar(sa.text(f"select count(*) from {name}")) == 0, name


def test_no_row_is_written_for_another_company(owner: psycopg.Connection[dict[str, Any]], world: World) -> None:
    owner.execute("set local session_replication_role = replica")
    owner.execute(
        "select set_config('role', 'usta_app', true), set_config('app.organization_id', %s, true)", [str(world.a)]
    )
    for name in tenant_tables():
        columns = ", ".join(f'"{column.name}"' for column in Base.metadata.tables[name].c if _is_given(column))
        row = {name: str(value) for name, value in world.rows[name][0].items()}
        with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
            owner.execute(
                f"insert into {name} ({columns}) select {columns} from jsonb_populate_record(null::{name}, %s)",
                [json.dumps(row)],
            )
    print(f"\n{len(tenant_tables())} tables, a row of B inserted in A's transaction: refused by each")


async def test_no_row_is_given_away(database: Database, world: World) -> None:
    async with database.open(organization_id=world.a) as session:
        row = world.rows["clients"][0] | {"id": uuid4(), "organization_id": world.a}
        await session.execute(sa.insert(Client).values(row))
        with pytest.raises(ProgrammingError, match="row-level security"):
            await session.execute(sa.text("update clients set organization_id = :b"), {"b": world.b})


def _is_given(column: sa.Column[Any]) -> bool:
    return column.computed is None and column.identity is None


@pytest.fixture
async def checkpoint_of_b(database: Database, world: World) -> AsyncIterator[str]:
    thread = f"{world.b}:{uuid4()}"
    checkpoint = {"v": 4, "id": str(uuid4()), "ts": "2026-11-28T00:00:00Z", "channel_values": {"draft": "bravo"},
                  "channel_versions": {"draft": "1"}, "versions_seen": {}, "updated_channels": None}  # fmt: skip
    writer = TurnCheckpointer(None)
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    await writer.aput(config, checkpoint, {}, {"draft": "1"})  # type: ignore[arg-type]
    async with database.tenant(world.b) as session:
        await writer.flush(session)
    yield thread


async def test_a_checkpoint_is_its_companys_own(database: Database, world: World, checkpoint_of_b: str) -> None:
    async with database.tenant(world.b) as session:
        assert (await TurnCheckpointer.load(session, checkpoint_of_b)).loaded
    async with database.tenant(world.a) as session:
        assert (await TurnCheckpointer.load(session, checkpoint_of_b)).loaded is None
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            assert await session.scalar(sa.text(f"select count(*) from langgraph.{table}")) == 0
            assert (await session.execute(sa.text(f"delete from langgraph.{table}"))).rowcount == 0


async def test_a_company_defers_jobs_and_reads_none(database: Database, world: World, database_url: str) -> None:
    async with open_queue(database_url):
        async with database.tenant(world.b) as session:
            assert await defer(session, "turn", organization_id=str(world.b))
        for statement in (
            "select count(*) from jobs.procrastinate_jobs",
            "delete from jobs.procrastinate_jobs",
            "select jobs.procrastinate_cancel_job_v1(1, true, true)",
            "select * from jobs.procrastinate_fetch_job_v2(array['default'], 1)",
            "select count(*) from jobs.procrastinate_events",
        ):
            async with database.open(organization_id=world.a) as session:
                with pytest.raises(ProgrammingError, match="permission denied"):
                    await session.execute(sa.text(statement))
