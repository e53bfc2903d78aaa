"""Consents are only ever added, read by whoever may, exported, and kept as proof when their person is erased (R250)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError

from db.models import Client, Consent, Organization
from db.models.base import new_id
from db.session import Database
from services.privacy.data_classes import BY_NAME
from services.privacy.sweep import sweep
from services.storage.service import Storage
from tests.integration.privacy.past import Past
from tests.integration.privacy.test_erasure import carried_out, due
from tests.integration.privacy.test_exports import made, wanted
from tests.office import member_headers

NOW = datetime.now(UTC)


@pytest.fixture
async def call(http: httpx.AsyncClient, database: Database, organization: Organization) -> Any:
    headers = await member_headers(database, organization.id, "AGENT")

    async def answered(method: str, status: int = 200, **values: Any) -> Any:
        path = f"/api/v1/organizations/{organization.id}/consents"
        answer = await http.request(method, path, headers=headers, **values)
        assert answer.status_code == status, answer.text
        return answer.json()

    return answered


def word(past: Past, **values: Any) -> dict[str, Any]:
    said = {"subject_kind": "client", "subject_id": str(past.client_id), "purpose": "photos", "given": True}
    return {**said, "channel": "paper", **values}


async def consents(database: Database, organization: Organization) -> list[Consent]:
    async with database.system() as session:
        found = await session.scalars(select(Consent).where(Consent.organization_id == organization.id))
        return sorted(found, key=lambda each: each.at)


async def test_the_last_word_is_in_force(past: Past, call: Any) -> None:
    ids = await past.happened(days=3)
    first = await call("POST", 201, json=word(past, version="2026-11", message_id=str(ids["theirs"])))
    await call("POST", 201, json=word(past, purpose="messages", given=False, words="plus de WhatsApp"))
    last = await call("POST", 201, json=word(past, given=False, channel="phone", words="Enlevez mes photos."))
    late = await call("POST", 201, json=word(past, at="2026-01-05T10:00:00+01:00", channel="in_person"))
    assert (first["recorded_by_kind"], first["version"], last["words"]) == ("user", "2026-11", "Enlevez mes photos.")
    assert first["request_id"] and last["recorded_by"] == first["recorded_by"]
    about = {"subject_id": str(past.client_id), "purpose": "photos"}
    every = (await call("GET", params=about))["data"]
    assert [each["id"] for each in every] == [late["id"], last["id"], first["id"]]
    (now,) = (await call("GET", params=about | {"in_force": True}))["data"]
    assert now["id"] == last["id"], "what was said earlier and written down later does not count"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject_id", str(uuid4())),
        ("message_id", str(uuid4())),
        ("at", (NOW + timedelta(days=1)).isoformat()),
        ("purpose", "everything"),
        ("given", "yes"),
    ],
    ids=["unknown-subject", "unknown-message", "tomorrow", "unknown-purpose", "not-a-yes-or-no"],
)
async def test_what_is_not_written(past: Past, call: Any, field: str, value: Any) -> None:
    await past.happened(days=3)
    answer = await call("POST", 422, json=word(past) | {field: value})
    assert answer["details"][0]["field"] == field
    assert not (await call("GET"))["data"]


async def test_nothing_is_changed_or_taken_away(
    database: Database, organization: Organization, past: Past, call: Any
) -> None:
    await past.happened(days=3)
    await call("POST", 201, json=word(past))
    for statement in ("update consents set given = false", "delete from consents"):
        with pytest.raises(ProgrammingError) as refused:
            async with database.tenant(organization.id) as session:
                await session.execute(text(statement))
        assert isinstance(refused.value.orig, InsufficientPrivilege)
    with pytest.raises(ProgrammingError):
        async with database.system() as session:
            await session.execute(update(Consent).values(given=False))


async def test_the_words_lie_sealed(database: Database, organization: Organization, past: Past, call: Any) -> None:
    await past.happened(days=3)
    await call("POST", 201, json=word(past, words="Ma fille a dit oui."))
    async with database.system() as session:
        stored = await session.scalar(
            text("select words from consents where organization_id = :id"), {"id": organization.id}
        )
    assert stored.startswith("usta1:") and "fille" not in stored


async def test_an_export_holds_them(
    database: Database, organization: Organization, past: Past, files: Storage, call: Any
) -> None:
    await past.happened(days=3)
    await call("POST", 201, json=word(past, words="d'accord"))
    for scope, subject in (("tenant", None), ("client", past.client_id)):
        found = await made(database, files, await wanted(database, organization, scope, subject))
        (row,) = json.loads(found["consents.json"])
        assert (row["purpose"], row["given"], row["words"]) == ("photos", True, "d'accord")


@pytest.mark.parametrize("scope", ["client", "tenant"])
async def test_erasing_keeps_the_proof_and_says_why(
    database: Database, organization: Organization, past: Past, files: Storage, call: Any, scope: str
) -> None:
    await past.happened(days=3)
    await call("POST", 201, json=word(past, given=False, purpose="messages"))
    done = await carried_out(
        database, files, await due(database, organization, scope, past.client_id if scope == "client" else None)
    )
    kept = {each["what"]: each for each in done.certificate["kept"]}
    assert kept["consents"]["count"] == 1 and "RGPD, art. 7.1" in kept["consents"]["reason"]
    assert len(await consents(database, organization)) == 1


async def test_the_proof_goes_when_nobody_needs_it(
    database: Database, organization: Organization, past: Past, files: Storage, call: Any
) -> None:
    await past.happened(days=3)
    for given in (True, False):
        await call("POST", 201, json=word(past, given=given))
    async with database.system() as session:
        gone = Consent(
            id=new_id(), organization_id=organization.id, subject_kind="client", subject_id=uuid4(), purpose="photos",
            given=True, at=NOW, channel="paper", recorded_by_kind="system",
        )  # fmt: skip
        session.add(gone)
        await session.execute(  # he is still a client then
            update(Client).where(Client.id == past.client_id).values(updated_at=NOW + timedelta(days=4000))
        )
    after = timedelta(days=BY_NAME["consents"].default)
    await sweep(database, files, NOW + after - timedelta(days=1), only=organization.id)
    assert len(await consents(database, organization)) == 3
    await sweep(database, files, NOW + after + timedelta(days=1), only=organization.id)
    (left,) = await consents(database, organization)
    assert (left.subject_id, left.given) == (past.client_id, False), "the last word of a client stays"
