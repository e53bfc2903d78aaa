"""Every function of every repository, in company A's transaction with company B's ids: nothing of B is seen or touched.

Three ways: as the product calls it; with the comparison with ``organization_id`` cut out of every statement; and with B's
own id in A's transaction. The last two stand on row-level security alone. ``pytest -s`` shows the figures.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from db.models import Client
from db.session import Database
from tests.integration.isolation.arguments import NoValue, carries_tenant, takes_tenant
from tests.integration.isolation.asking import (
    WAYS,
    Finding,
    Way,
    ask,
    filter_removed,
    repository_functions,
    without_filter,
)
from tests.integration.isolation.world import World

OF_EVERYBODY = ("plans.",)
"""A price list: its rows belong to no company, so that reading them shows nothing of one."""
FUNCTIONS = {name: each for name, each in repository_functions().items() if not name.startswith(OF_EVERYBODY)}
LIVELY = 0.5
"""At least this share of the functions that take a company must show something of B where nothing protects it."""
SYSTEM_ONLY = {
    "accounts.find_organization": "command line: finds a company by name",
    "accounts.user_by_phone": "the inbox: who writes, before a company is known",
    "backup": "command line: the whole installation, on a connection of the owner",
    "billing": "Stripe's door and jobs: a customer or an event, before a company is known",
    "chatwoot": "the shared inbox's door and job: a contact's company is not known yet",
    "consents.written_to": "the messaging door: a client answers on the assistant's number, of whatever company",
    "conversations.abandon_idle": "a job over all companies",
    "conversations.finished_threads": "a job over all companies",
    "demo": "the simulated channel's page only",
    "documents.lock_draft": "an advisory lock, no row",
    "einvoicing.keep_event": "the platform's door keeps what came in",
    "einvoicing.known_status": "the platform's statuses, before an invoice is known",
    "einvoicing.organizations_on": "a job over all companies",
    "einvoicing.submission_of_flow": "the platform's answer, before a company is known",
    "einvoicing.submission_of_number": "the platform's answer, before a company is known",
    "encrypted": "turning of keys: every sealed value of the installation",
    "events.organizations": "command line: which companies to verify",
    "idempotency": "requests sent again: kept beside what they did, by the caller's key",
    "identity": "sign-in: reads before a company is known",
    "ledger.add_entries": "its rows say whose they are: PostgreSQL refuses one of another company",
    "members.organizations": "the list of companies; its argument confines a member to his own",
    "members.open_invitation": "a signed link, before a company is known",
    "members.organization_with_slug": "whether a short name is free, over all companies",
    "messaging": "the messaging door and its job: the number and the chat say whose a message is",
    "notices": "the sending job: a copy to a client that was opened",
    "operations": "figures of the installation",
    "outbox": "the sending job works through lanes of an account",
    "pacing": "the sending job works through lanes of an account",
    "privacy_subjects.readable_tables": "which tables a company's transaction may read, no row",
    "phone_state": "the simulated channel's phone only",
    "privacy_access.note": "its row says whose it is: PostgreSQL refuses one of another company",
    "revoking": "the sending job takes back what was sent",
    "sessions": "connected numbers: the assistant's belong to nobody",
    "statuses": "the sending job notes receipts",
    "sync": "the job that looks into connected numbers",
    "voice.due_notes": "a job over all companies",
    "voice.forgettable_audio": "a job over all companies",
    "voice.postpone": "a job over all companies",
}
"""Functions (or whole modules) that take no company, and why: they run as ``usta_system``. They are asked all the same."""


def test_every_function_takes_the_company_or_says_why_not() -> None:
    silent = [
        name
        for name, function in FUNCTIONS.items()
        if not takes_tenant(function) and not carries_tenant(function) and not _reason(name)
    ]
    assert not silent, "take the organization first, or say in SYSTEM_ONLY why not"
    known = {*FUNCTIONS, *(name.split(".")[0] for name in FUNCTIONS)}
    assert set(SYSTEM_ONLY) <= known, "no such function any more"


def _reason(name: str) -> str | None:
    return SYSTEM_ONLY.get(name) or SYSTEM_ONLY.get(name.split(".", maxsplit=1)[0])


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_of_another_company_comes_back(database: Database, world: World, way: Way) -> None:
    before = world.digest()
    with filter_removed(database) if way == "filter removed" else contextlib.nullcontext():
        findings = [finding for name in FUNCTIONS if (finding := await _asked(database, world, name, way))]
    leaks = {finding.function: sorted(finding.leaks) for finding in findings if finding.leaks}
    attempts, refused = sum(each.attempts for each in findings), sum(each.refused for each in findings)
    print(f"\n{way}: {len(findings)} functions, {attempts} attempts ({refused} refused), {len(leaks)} leaks")
    assert not leaks
    assert world.digest() == before


async def test_the_suite_sees_what_it_looks_for(database: Database, world: World) -> None:
    taking = [name for name, function in FUNCTIONS.items() if takes_tenant(function)]
    findings = [await _asked(database, world, name, "filter turned", confined=False) for name in taking]
    found = [finding for finding in findings if finding and finding.leaks]
    print(f"\nunprotected: {len(found)} of {len(taking)} functions show something of B")
    asleep = [finding and (finding.function, finding.broken) for finding in findings if finding not in found]
    assert len(found) >= LIVELY * len(taking), f"these show nothing even where nothing protects it: {asleep}"


async def test_a_policy_that_is_gone_is_found(database: Database, world: World, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter policy tenant on clients using (true)")
        try:
            turned = await ask(database, world, FUNCTIONS["clients.all_clients"], "filter turned")
            kept = await ask(database, world, FUNCTIONS["clients.all_clients"], "filter kept")
            with filter_removed(database):
                removed = await ask(database, world, FUNCTIONS["clients.all_clients"], "filter removed")
        finally:
            connection.execute(
                "alter policy tenant on clients "
                "using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)"
            )
    assert turned.leaks and removed.leaks, "row-level security was off and nobody noticed"
    assert not kept.leaks, "the repository's own filter holds alone"


async def test_a_repository_that_touches_another_company_is_found(database: Database, world: World) -> None:
    from sqlalchemy import update
    from sqlalchemy.ext.asyncio import AsyncSession

    async def careless(session: AsyncSession, organization_id: Any) -> None:
        await session.execute(update(Client).values(name="seen"))

    careless.__annotations__ = {"session": AsyncSession, "organization_id": object}
    assert any(
        "UPDATE clients" in leak for leak in (await ask(database, world, careless, WAYS[0], confined=False)).leaks
    )
    assert not (await ask(database, world, careless, WAYS[0])).leaks, "row-level security alone holds"


_JOINED = "select 1 from a join b on a.organization_id = b.organization_id"


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("select 1 from t where t.organization_id = %(o_1)s::UUID and x", "select 1 from t where true and x"),
        ("update t set x = 1 where organization_id = %(o)s", "update t set x = 1 where true"),
        (_JOINED, _JOINED),
    ],
)
def test_the_filter_is_really_removed(statement: str, left: str) -> None:
    assert without_filter(statement) == left


async def _asked(database: Database, world: World, name: str, way: Way, *, confined: bool = True) -> Finding | None:
    """None where the signature cannot be filled in: only a function that takes no company may be so."""
    function: Callable[..., Any] = FUNCTIONS[name]
    try:
        return await ask(database, world, function, way, confined=confined)
    except NoValue as error:
        assert not takes_tenant(function), f"{name}: say a value for {error} in arguments.py"
        return None
