"""Who did what, in the chat and in the office; what models cost; which company may see which line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from db.models import ModelUsage
from db.models.base import new_id
from db.repositories.accounts import add_log
from tests.integration.conversations.conftest import Office

AGENT = "office-tests/1.0"


async def activity(office: Office, **wanted: Any) -> list[dict[str, Any]]:
    """The company's activity as its owner sees it, oldest first."""
    headers = await office.as_role("OWNER")
    path = f"/api/v1/organizations/{office.artisan.organization_id}/activity"
    answer = await office.http.get(path, headers=headers, params={"sort": "created_at", **wanted})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_what_the_artisan_does_in_the_chat_is_his(office: Office) -> None:
    await office.says("devis Mme Klein 3 rue Pasteur 69003 Lyon, 12 m² de placo à 35")
    await office.says("ok")
    lines = {line["action"]: line for line in await activity(office)}
    assert {"client.created", "quote.issued"} <= set(lines)
    quote = await office.house.one(
        "select id from quotes where organization_id = :id and number is not null", id=office.artisan.organization_id
    )
    assert lines["quote.issued"]["resource_id"] == str(quote.id)
    who = {"kind": "member", "id": str(office.artisan.id), "name": "Karim Benali"}
    assert lines["quote.issued"]["performer"] == lines["client.created"]["performer"] == who


async def test_what_the_office_does_says_who_and_from_where(office: Office) -> None:
    owner = await office.as_role("OWNER") | {"User-Agent": AGENT}
    root = f"/api/v1/organizations/{office.artisan.organization_id}"
    made = await office.http.post(f"{root}/clients", headers=owner, json={"name": "Lefebvre"})
    assert made.status_code == 201, made.text
    scopes = {"name": "Compta", "scopes": ["clients:read", "clients:write"]}
    key = (await office.http.post(f"{root}/api-keys", headers=owner, json=scopes)).json()
    key_id, bearer = key["details"]["id"], {"Authorization": f"Bearer {key['key']}"}
    assert (await office.http.post(f"{root}/clients", headers=bearer, json={"name": "Roux"})).status_code == 201
    by_member, by_key = await activity(office, action="client.created")
    assert (by_member["performer"]["kind"], by_member["user_agent"], by_member["resource"]) == (
        "member",
        AGENT,
        "client",
    )
    assert by_member["ip_address"] == "127.0.0.1"
    assert by_key["performer"] == {"kind": "key", "id": key_id, "name": "Compta"} and by_key["details"] == {}
    (created,) = await activity(office, resource="key")
    assert (created["action"], created["resource_id"]) == ("key.created", key_id)
    user_id = by_member["performer"]["id"]
    assert {line["action"] for line in await activity(office, user_id=user_id)} == {"client.created", "key.created"}


async def test_lines_are_a_companys_own_and_where_the_house_came_from_is_not_told(office: Office) -> None:
    async with office.house.database.system() as session:
        add_log(session, None, "storage.down", "The object store does not answer.", type="error")
        add_log(session, office.artisan.organization_id, "pdf.failed", "PDF of DEVIS-2026-0001", type="error")
    platform = await office.as_role("PLATFORM")
    root = f"/api/v1/organizations/{office.artisan.organization_id}"
    await office.http.post(f"{root}/clients", headers=platform, json={"name": "Petit"})
    (seen,) = await activity(office, action="client.created")
    assert (seen["performer"]["kind"], seen["ip_address"], seen["user_agent"]) == ("platform", None, None)
    owner = await office.as_role("OWNER")
    own = (await office.http.get(f"{root}/logs", headers=owner, params={"type": "error"})).json()["data"]
    assert [line["action"] for line in own] == ["pdf.failed"]
    assert (await office.http.get("/api/v1/system/logs", headers=owner)).status_code == 403
    for role, status in (("ADMIN", 200), ("MANAGER", 403), ("VIEWER", 403)):
        assert (await office.http.get(f"{root}/activity", headers=await office.as_role(role))).status_code == status
    whole = await office.http.get("/api/v1/system/logs", headers=platform, params={"type": ["error"], "limit": 200})
    assert {"storage.down", "pdf.failed"} <= {line["action"] for line in whole.json()["data"]}
    named = {"organization_id": str(office.artisan.organization_id), "action": "client.created"}
    (told,) = (await office.http.get("/api/v1/system/activity", headers=platform, params=named)).json()["data"]
    assert told["ip_address"] == "127.0.0.1"


@pytest.mark.parametrize("wrong", [{"action": "a\0.b"}, {"resource": "%"}, {"type": "audit?"}, {"cursor": "zzz"}])
async def test_a_wrong_filter_is_refused(office: Office, wrong: dict[str, str]) -> None:
    owner = await office.as_role("OWNER")
    path = f"/api/v1/organizations/{office.artisan.organization_id}/{'logs' if 'type' in wrong else 'activity'}"
    assert (await office.http.get(path, headers=owner, params=wrong)).status_code == 422


async def test_usage_adds_up_by_day_model_and_understander(office: Office) -> None:
    await office.says("devis Mme Klein")
    company = office.artisan.organization_id
    calls = [
        ("small", "ok", 1000, 100, Decimal("0.002")),
        ("small", "timeout", 0, 0, None),
        ("big", "ok", 200, 50, None),
    ]
    async with office.house.database.system() as session:
        session.add_all(
            ModelUsage(
                id=new_id(), organization_id=company, purpose="understand", provider="openai", model=model,
                outcome=outcome, input_tokens=given, output_tokens=made, cost_eur=cost, milliseconds=500,
            )
            for model, outcome, given, made, cost in calls
        )  # fmt: skip
    path, owner = f"/api/v1/organizations/{company}/usage", await office.as_role("OWNER")
    read = (await office.http.get(path, headers=owner)).json()
    assumed = (200 * Decimal(5) + 50 * Decimal(20)) / 1_000_000
    assert (read["total"]["calls"], read["total"]["failed"], read["total"]["input_tokens"]) == (3, 1, 1200)
    assert Decimal(read["total"]["eur"]) == Decimal("0.002") + assumed
    (day,) = read["by_day"]
    assert day["calls"] == 3 and day["day"] == read["today"]["day"]
    assert {row["model"]: row["calls"] for row in read["by_model"]} == {"openai/small": 2, "openai/big": 1}
    assert read["understanders"] == [{"understander": "grammar", "turns": 1, "share": 1.0}]
    today = read["today"]
    assert Decimal(today["spent_eur"]) + Decimal(today["remaining_eur"]) == Decimal(today["limit_eur"])
    empty = {"first_day": "2026-01-01", "last_day": "2026-01-31"}
    assert (await office.http.get(path, headers=owner, params=empty)).json()["total"]["calls"] == 0
    for wrong in (
        {"first_day": "2026-02-01", "last_day": "2026-01-31"},
        {"first_day": "2024-01-01"},
        {"last_day": "x"},
    ):
        assert (await office.http.get(path, headers=owner, params=wrong)).status_code == 422
