"""A company's own wording through the administration API, version by version."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from db.models import Organization
from db.session import Database
from db.settings import Settings
from services.wording import service as wording

SENTENCE = "fr/questions.client_name"


@pytest.fixture
async def http(database: Database, admin_headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(LOG_LEVEL="CRITICAL"))  # type: ignore[call-arg]
    app.state.database = database
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://usta", headers=admin_headers) as client:
        yield client


@pytest.fixture
def base(organization: Organization) -> str:
    return f"/api/v1/organizations/{organization.id}/wording"


async def test_versions_are_kept_and_the_last_one_counts(
    http: httpx.AsyncClient, base: str, database: Database, organization: Organization
) -> None:
    for template in ("Pour qui ?", "C'est pour qui ?", None):
        answer = await http.put(f"{base}/{SENTENCE}", json={"template": template, "author": "Marie"})
        assert answer.status_code == 200, answer.text
        async with database.tenant(organization.id) as session:
            assert (await wording.templates_in_force(session, organization.id)).get(SENTENCE) == template
    versions = (await http.get(f"{base}/{SENTENCE}")).json()
    assert [(each["version"], each["template"]) for each in versions] == [
        (3, None), (2, "C'est pour qui ?"), (1, "Pour qui ?"),
    ]  # fmt: skip


async def test_the_list_shows_house_and_own_words(http: httpx.AsyncClient, base: str) -> None:
    await http.put(f"{base}/{SENTENCE}", json={"template": "Pour qui ?", "author": "Marie"})
    [own] = (await http.get(base, params={"own_only": True})).json()
    assert (own["sentence"], own["own"], own["house"]) == (
        "questions.client_name", "Pour qui ?", "C'est pour quel client ?",
    )  # fmt: skip
    assert len((await http.get(base, params={"language": "tr"})).json()) > 150


async def test_what_could_not_be_said_is_refused(http: httpx.AsyncClient, base: str) -> None:
    answer = await http.put(f"{base}/{SENTENCE}", json={"template": "{{ v.iban }}", "author": "Marie"})
    assert answer.status_code == 422 and "There is no v.iban here" in answer.text
    assert (await http.get(f"{base}/{SENTENCE}")).json() == []
    assert (await http.put(f"{base}/fr/questions.no_such", json={"template": "x", "author": "M"})).status_code == 404
    assert (await http.put(f"{base}/de/questions.lines", json={"template": "x", "author": "M"})).status_code == 422


async def test_another_company_keeps_the_house_s_words(
    http: httpx.AsyncClient, base: str, database: Database, organization: Organization
) -> None:
    await http.put(f"{base}/{SENTENCE}", json={"template": "Pour qui ?", "author": "Marie"})
    other = Organization(name="Autre", slug=f"autre-{organization.slug}", status="active")
    async with database.system() as session:
        session.add(other)
    async with database.tenant(other.id) as session:
        assert await wording.templates_in_force(session, other.id) == {}
        assert await wording.templates_in_force(session, organization.id) == {}  # row-level security alone
