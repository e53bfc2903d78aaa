"""The office takes a chat over and gives it back, leaves runs, assigns, tags and notes them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.integration.conversations.conftest import Office
from tests.office import new_member


async def test_a_chat_is_taken_over_and_given_back_where_it_was(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    run = await office.run()
    path = f"/conversations/{run['id']}"
    taken = await office.call("POST", f"{path}/hand-over")
    assert (taken["status"], taken["assistant_silent"], taken["awaiting"]) == ("handed_over", True, run["awaiting"])
    assert await office.says("ok") == [], "nobody answers while a person has the chat"
    back = await office.call("POST", f"{path}/resume")
    assert (back["status"], back["assistant_silent"]) == ("active", False)
    (answer,) = await office.says("mets 14 m²")
    assert "14" in answer
    events = await office.house.rows(
        "select event, user_id from system_logs where organization_id = :id and event like 'conversation.%' order by created_at",
        id=office.artisan.organization_id,
    )
    assert [row.event for row in events] == ["conversation.handed_over", "conversation.resumed"]
    assert all(row.user_id for row in events)


async def test_the_artisan_takes_the_assistant_back_by_himself(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    await office.call("POST", f"/conversations/{(await office.run())['id']}/hand-over")
    assert await office.says("reprends")
    run = await office.run()
    assert (run["status"], run["assistant_silent"]) == ("active", False)


async def test_a_run_is_left_with_its_draft_and_another_resumed(office: Office) -> None:
    await office.says("devis mme Klein 12 m² de placo à 35")
    first = (await office.run())["id"]
    left = await office.call("POST", f"/conversations/{first}/abandon")
    assert left["status"] == "abandoned" and left["draft"]["lines"]
    again = await office.call("POST", f"/conversations/{first}/abandon")
    assert again["updated_at"] == left["updated_at"], "a second time changes nothing"
    await office.says("nouveau devis pour M. Petit, carrelage 20 m² à 45")
    second = (await office.run(status="active"))["id"]
    assert second != first
    assert (await office.call("POST", f"/conversations/{first}/resume"))["status"] == "active"
    assert (await office.run(status="active"))["id"] == first, "one run of a chat is active at a time"


async def test_what_is_completed_is_neither_resumed_nor_handed_over(office: Office) -> None:
    await office.says("qui me doit de l'argent ?")
    run = await office.run()
    assert run["status"] == "completed"
    for step in ("resume", "abandon", "hand-over"):
        error = await office.call("POST", f"/conversations/{run['id']}/{step}", 409)
        assert error["code"] == "CONFLICT" and "completed" in error["message"]
        await office.call("POST", f"/conversations/{uuid4()}/{step}", 404)


async def test_somebody_looks_after_a_run(office: Office) -> None:
    await office.says("devis Mme Klein")
    path = f"/conversations/{(await office.run())['id']}"
    claire = await new_member(office.house.database, office.artisan.organization_id, "AGENT")
    assigned = await office.call("POST", f"{path}/assign", json={"user_id": str(claire.id)})
    assert assigned["assigned_to"] == str(claire.id)
    assert (await office.run(assigned_to=str(claire.id)))["id"] == assigned["id"]
    await office.call("POST", f"{path}/assign", 422, json={"user_id": str(uuid4())})
    await office.call("POST", f"{path}/tags", json={"tags": ["TVA", "urgent", "TVA"]})
    tagged = await office.call("PATCH", path, json={"tags": ["TVA", "à rappeler"], "assigned_to": None})
    assert (tagged["tags"], tagged["assigned_to"]) == (["TVA", "à rappeler"], None)
    assert (await office.run(tag="à rappeler"))["id"] == assigned["id"]
    assert (await office.call("GET", "/conversations", params={"tag": "urgent"}))["data"] == []
    note = await office.call("POST", f"{path}/notes", 201, json={"text": "Il veut le 10 %."})
    (read,) = (await office.call("GET", path))["notes"]
    assert read == note and read["text"] == "Il veut le 10 %."
    assert not [entry for entry in office.phone() if "10 %" in (entry.text or "")], "the artisan never sees a note"


async def test_two_who_change_a_run_do_not_overwrite_each_other(office: Office) -> None:
    await office.says("devis Mme Klein")
    path = f"/api/v1/conversations/{(await office.run())['id']}"
    seen = (await office.http.get(path, headers=office.headers)).headers["etag"]
    change = {"json": {"tags": ["a"]}, "headers": office.headers | {"If-Match": seen}}
    first = await office.http.patch(path, **change)
    assert first.status_code == 200 and first.headers["etag"] != seen
    assert (await office.http.patch(path, **change)).status_code == 412


@pytest.mark.parametrize(
    "body", [{"tags": [""]}, {"tags": ["x" * 41]}, {"tags": ["a\0b"]}, {"tags": ["a"] * 21}, {"status": "active"}]
)
async def test_a_bad_change_is_refused(office: Office, body: dict[str, object]) -> None:
    await office.says("devis Mme Klein")
    run = await office.run()
    await office.call("PATCH", f"/conversations/{run['id']}", 422, json=body)
    assert (await office.run())["updated_at"] == run["updated_at"]


async def test_runs_are_listed_filtered_and_in_pages(office: Office) -> None:
    for text in ("devis M. Petit carrelage 20 m² à 45", "laisse tomber", "oui", "qui me doit de l'argent ?"):
        await office.says(text)
    first = await office.call("GET", "/conversations", params={"limit": 1})
    second = await office.call("GET", "/conversations", params={"limit": 1, "cursor": first["next"]})
    assert first["data"][0]["id"] != second["data"][0]["id"]
    assert first["data"][0]["last_activity_at"] >= second["data"][0]["last_activity_at"]
    assert (await office.run(workflow="ask"))["workflow"] == "ask"
    document = await office.house.one(
        "select id from quotes where organization_id = :id", id=office.artisan.organization_id
    )
    assert (await office.run(document_id=str(document.id)))["workflow"] == "quote"
    none = {"active_until": "2020-01-01T00:00:00Z"}
    assert (await office.call("GET", "/conversations", params=none)) == {"data": [], "next": None}
    for wrong in ({"step": "a\0b"}, {"tag": "a\0b"}, {"sort": "client"}, {"cursor": "x"}, {"limit": 0}):
        await office.call("GET", "/conversations", 422, params=wrong)
