"""The whole API against its own description: nothing sent makes it fail, and what it answers is what it says.

``CONTRACT_EXAMPLES=200 pytest tests/integration/api/test_contract.py`` goes deeper, ``CONTRACT_PATHS`` (a regular
expression) looks at a part (docs/api.md). Figures are printed.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import Any
from uuid import UUID

import psycopg
import pytest
import schemathesis
from fastapi import FastAPI
from psycopg import sql
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import CheckNode, Interaction
from schemathesis.python.asgi import shutdown_lifespans
from schemathesis.schemas import BaseSchema

from api.app import create_app
from api.cli.admin import with_every_door
from api.route_table import routes_of
from db.models import Base
from db.session import Database
from services.accounts.scene import seed_demo
from services.messaging.credentials import webhook_secret
from tests.office import member_headers, platform_headers

DEEP = "CONTRACT_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))
PATHS = os.environ.get("CONTRACT_PATHS", "")
STAND_INS = r"^/(simulator|demo)"
"""Where the channel is simulated only: no part of the API."""
ENDS_SESSIONS = r"/auth/(logout|password$|sessions/)"
MAY_BE_REFUSED = ["2xx", "3xx", "5xx", "400", "401", "403", "404", "409", "410", "412", "413", "422", "429"]
"""A well-formed request may still be refused for what it says: a code that is wrong, a name that is taken."""
AWAY = ("502", "503")
"""Answers that are given where the service behind is away, as the messaging provider is here; 500 is a fault."""
OTHERWISE = {"document_id": "quotes", "session_id": "whatsapp_accounts", "key_id": "api_keys"}
"""Path parameters that are not called after their table."""


@pytest.fixture(scope="module")
def application(database_url: str) -> FastAPI:
    """The application with every route, whose database is the module's."""
    return create_app(with_every_door().model_copy(update={"database_url": database_url, "log_level": "CRITICAL"}))


@pytest.fixture(scope="module")
def company(database_url: str) -> UUID:
    """A company with clients, quotes, invoices and payments."""

    async def seed() -> UUID:
        database = Database(database_url, pool_size=2)
        try:
            return UUID(str((await seed_demo(database))[0]["organization_id"]))
        finally:
            await database.close()

    return asyncio.run(seed())


def known_ids(database_url: str, application: FastAPI, company: UUID) -> dict[str, list[str]]:
    """Ids that exist, by the parameter of a path that takes them: ``client_id`` those of ``clients``, and so on."""
    names = {
        parameter["name"]
        for operations in application.openapi()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["name"].endswith("_id")
    }
    tables = {f"{table.name[:-1]}_id": table.name for table in Base.metadata.sorted_tables} | OTHERWISE
    owned = {table.name for table in Base.metadata.sorted_tables if "organization_id" in table.columns}
    found = {"organization_id": [str(company)]}
    with psycopg.connect(database_url) as connection:
        for name in sorted(names & tables.keys() - found.keys()):
            whose = "where organization_id = %(company)s" if tables[name] in owned else ""
            query = sql.SQL("select id from {} " + whose + " order by id limit 5").format(sql.Identifier(tables[name]))
            rows = connection.execute(query, {"company": company}).fetchall()
            if rows:
                found[name] = [str(row[0]) for row in rows]
    return found


def configured(
    application: FastAPI, company: UUID, ids: dict[str, list[str]], bearer: dict[str, str], others: dict[str, str]
) -> SchemathesisConfig:
    """Who calls, with which ids, and how often. ``others`` signs in where a call may end the session of its caller."""
    settings = application.state.settings
    secret = {settings.unipile_webhook_header: (webhook_secret(settings) or b"").decode()}
    bound: dict[str, Any] = {f"path.{name}": {"dictionary": name, "probability": 0.8} for name in ids}
    return SchemathesisConfig.from_dict(
        {
            "seed": 20261128,
            "workers": 1,
            "continue-on-failure": True,
            "request-timeout": 300,
            "headers": bearer | {"X-Organization-Id": str(company)},
            "dictionaries": {name: {"values": known} for name, known in ids.items()},
            "parameters": bound | {"path.organization_id": str(company)},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "no-shrink": True, "database": "none"},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": MAY_BE_REFUSED},
                "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", *AWAY]},
            },
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": DEEP}},
            "operations": [
                {"include-path-regex": ENDS_SESSIONS, "headers": others},
                {"include-path-regex": "^/webhooks/unipile", "headers": secret},
            ],
        }
    )


class Found:
    """What a run of all operations has come to."""

    def __init__(self, company: UUID) -> None:
        self.company = company
        self.failures: list[str] = []
        self.statuses: Counter[str] = Counter()
        self.operations: set[str] = set()
        self.answered: set[str] = set()

    def take(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.NonFatalError):
            self.failures.append(f"{event.label}: {event.value}")
        elif isinstance(event, events.ScenarioFinished):
            self.operations.add(event.recorder.label)
            for case_id, interaction in event.recorder.interactions.items():
                status = interaction.response.status_code if interaction.response else 0
                self.statuses[str(status)] += 1
                if 200 <= status < 300:
                    self.answered.add(event.recorder.label)
                for check in event.recorder.checks.get(case_id, ()):
                    if (
                        check.status == Status.FAILURE
                        and check.failure_info
                        and not self._never_sent(check, interaction)
                    ):
                        self.failures.append(
                            f"{event.recorder.label} [{check.name}] {check.failure_info.failure}\n"
                            f"    {check.failure_info.code_sample}\n    {status} {_text(interaction)}"
                        )

    def _never_sent(self, check: CheckNode, interaction: Interaction) -> bool:
        """A wrong ``organization_id`` was drawn and the configured one sent in its place: a good request, well answered."""
        told = str(check.failure_info.failure) if check.failure_info else ""
        return (
            check.name == "negative_data_rejection"
            and "Invalid component: parameter `organization_id` in path" in told
            and f"/organizations/{self.company}" in interaction.request.uri
        )

    def __str__(self) -> str:
        return (
            f"{len(self.operations)} operations, {len(self.answered)} of them with success, "
            f"{self.statuses.total()} requests, {len(self.failures)} failures, statuses {dict(sorted(self.statuses.items()))}"
        )


def _text(interaction: Interaction) -> str:
    return interaction.response.text[:300] if interaction.response else ""


def chosen(schema: BaseSchema, application: FastAPI, who: str) -> BaseSchema:
    """Every route; in the short version each as one of the two, who is let in."""
    if PATHS:
        return schema.exclude(path_regex=f"^(?!.*(?:{PATHS}))")
    schema = schema.exclude(path_regex=STAND_INS)
    if DEEP:
        return schema
    owners = {row.path for row in routes_of(application) if row.lets_in("OWNER")}
    others = {row.path for row in routes_of(application)} - owners
    return schema.exclude(path=sorted(owners if who == "PLATFORM" else others))


@pytest.mark.parametrize("who", ["OWNER", "PLATFORM"])
def test_the_api_is_what_it_says(database_url: str, application: FastAPI, company: UUID, who: str) -> None:
    async def sign_in(database: Database) -> dict[str, str]:
        if who == "PLATFORM":
            return await platform_headers(database)
        return await member_headers(database, company, "OWNER")

    async def sign_in_twice() -> tuple[dict[str, str], dict[str, str]]:
        database = Database(database_url, pool_size=2)
        try:
            return await sign_in(database), await sign_in(database)
        finally:
            await database.close()

    ids = known_ids(database_url, application, company)
    config = configured(application, company, ids, *asyncio.run(sign_in_twice()))
    found = Found(company)
    try:
        schema = schemathesis.openapi.from_asgi("/openapi.json", application, config=config)
        for event in from_schema(chosen(schema, application, who)).execute():
            found.take(event)
    finally:
        shutdown_lifespans()
    print(f"{who}: {found}")
    assert not found.failures, "\n".join(found.failures)
