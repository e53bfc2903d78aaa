"""A dialogue read back: what was heard, understood, done and answered, and by whom it may be read."""

from __future__ import annotations

from uuid import uuid4

from db.models import Organization
from tests.integration.conversations.conftest import Office


async def test_a_turn_is_read_back_as_it_happened(office: Office) -> None:
    recap = await office.says("devis mme Klein 12 m² de placo à 35")
    await office.says("mets 14 m²")
    run = await office.house.one("select id from conversations where user_id = :id", id=office.artisan.id)
    read = await office.call("GET", f"/conversations/{run.id}")
    assert (read["workflow"], read["status"], read["artisan"]["name"]) == ("quote", "active", "Karim Benali")
    assert read["awaiting"] and read["step"] != "initiated"
    assert read["draft"]["lines"][0]["quantity"] == "14" and read["document"]["number"] is None
    assert read["earlier_turns"] == 0 and read["tokens"] == 0
    first, second = read["turns"]
    assert first["text"] == first["heard"][0]["text"] == "devis mme Klein 12 m² de placo à 35"
    assert (first["understander"], first["prompt_hash"], first["model_calls"]) == ("grammar", None, [])
    assert [said["text"] for said in first["said"]] == recap and first["said"][0]["status"] == "read"
    commands = {command["name"]: command["args"] for command in first["commands"]}
    assert {"start_document", "select_client"} <= set(commands)
    called = {call["name"]: call for call in first["tool_calls"]}
    assert set(commands) <= set(called) | {"add_line_items", "add_line_item"}
    assert all(call["conversation"] == str(run.id) and call["status"] == "success" for call in called.values())
    assert [call["name"] for call in second["tool_calls"]] == ["update_line_item"]
    assert second["awaiting_before"] == first["awaiting_after"]


async def test_one_burst_about_two_documents_is_found_from_both(office: Office) -> None:
    await office.says("devis M. Petit carrelage 20 m² à 45 et devis Mme Roux peinture 12 m² à 18")
    runs = await office.house.rows("select id from conversations where user_id = :id", id=office.artisan.id)
    assert len(runs) == 2
    turns = [(await office.call("GET", f"/conversations/{run.id}"))["turns"] for run in runs]
    assert turns[0][0]["id"] == turns[1][0]["id"]
    assert {call["conversation"] for call in turns[0][0]["tool_calls"]} == {str(run.id) for run in runs}


async def test_the_company_is_the_callers_own(office: Office) -> None:
    await office.says("devis Mme Klein")
    run = await office.house.one("select id from conversations where user_id = :id", id=office.artisan.id)
    path, company = f"/api/v1/conversations/{run.id}", str(office.artisan.organization_id)
    other = Organization(name="Autre", slug=f"autre-{uuid4().hex[:8]}", status="active")
    async with office.house.database.system() as session:
        session.add(other)
    stranger = await office.as_role("OWNER", other.id)
    platform = await office.as_role("PLATFORM")
    named = {"X-Organization-Id": company}
    answers = {
        "of another company": (stranger, 404),
        "of another company, naming ours": (stranger | named, 404),
        "ours, naming our own": (office.headers | named, 200),
        "the installation's, naming none": (platform, 422),
        "the installation's, naming an unknown one": (platform | {"X-Organization-Id": str(uuid4())}, 404),
        "the installation's, naming nonsense": (platform | {"X-Organization-Id": "KB"}, 422),
        "the installation's, naming ours": (platform | named, 200),
    }
    for who, (headers, status) in answers.items():
        answer = await office.http.get(path, headers=headers)
        assert answer.status_code == status, f"{who}: {answer.text}"
        assert status == 200 or answer.json()["code"] in ("NOT_FOUND", "VALIDATION")
