"""Drafts written by the office: what may change, what is derived, what is refused, and whose version counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from db.repositories import documents as repository
from tests.integration.office.conftest import LINES, Firm


async def test_a_draft_is_written_and_read(firm: Firm) -> None:
    made = await firm.draft(
        site={"address": "5 rue Bugeaud, 69006 Lyon", "premises": "dwelling", "age_years": 40},
        discount={"percent": "10"},
        deposit={"percent": "30"},
        notes=["Carrelage fourni par le client."],
    )
    assert (made["status"], made["number"], made["version"], made["kind"]) == ("draft", None, 1, "quote")
    assert made["document"]["buyer"]["name"] == "Garance" and made["document"]["site"]["address"]["city"] == "Lyon"
    assert (made["totals"]["lines_total"], made["totals"]["discount"]) == ("655.00", "65.50")
    assert [(row["rate"], row["base"]) for row in made["totals"]["vat"]] == [("10", "589.50")]
    assert not [lack for lack in made["missing"] if lack["blocking"]]
    assert await firm.call("GET", f"/quotes/{made['id']}") == made
    await firm.call("GET", f"/invoices/{made['id']}", 404)


async def test_what_is_typed_is_what_is_printed(firm: Firm) -> None:
    made = await firm.draft(lines=[{"description": "pose carrelage façon M. Noé", "total": "120"}])
    (line,) = made["document"]["lines"]
    assert (line["description"], line["quantity"], line["unit"]) == ("pose carrelage façon M. Noé", "1", "forfait")
    assert line["doubt"] is None and Decimal(line["unit_price"]) == 120


async def test_lines_are_added_changed_moved_removed_and_replaced(firm: Firm) -> None:
    made = await firm.draft()
    one = f"/quotes/{made['id']}"
    more = await firm.call("POST", f"{one}/lines", 201, json=[{"description": "Plinthes", "unit_price": "80"}])
    keys = [line["key"] for line in more["document"]["lines"]]
    changed = await firm.call(
        "PATCH", f"{one}/lines/{keys[2]}", json={"position": 1, "quantity": "2", "discount_percent": "50"}
    )
    first = changed["document"]["lines"][0]
    assert (first["description"], first["quantity"], first["discount_percent"]) == ("Plinthes", "2", "50")
    assert changed["totals"]["lines_total"] == "735.00"
    rest = await firm.call("DELETE", f"{one}/lines/{keys[0]}")
    assert [line["position"] for line in rest["document"]["lines"]] == [1, 2]
    anew = await firm.call("PUT", f"{one}/lines", json=LINES[:1])
    assert anew["totals"]["total"] == "220.00" and anew["version"] == 5
    await firm.call("DELETE", f"{one}/lines/{keys[0]}", 404)
    history = await firm.call("GET", f"{one}/versions")
    assert [row["version"] for row in history] == [5, 4, 3, 2, 1] and all(row["user_id"] for row in history)
    assert len((await firm.call("GET", f"{one}/versions/2"))["lines"]) == 3
    await firm.call("GET", f"{one}/versions/9", 404)


async def test_undo_goes_back_and_can_be_undone(firm: Firm) -> None:
    made = await firm.draft()
    one = f"/quotes/{made['id']}"
    await firm.call("PATCH", one, json={"discount": {"amount": "55"}})
    await firm.call("PATCH", one, json={"notes": ["Sous réserve."]})
    back = await firm.call("POST", f"{one}/undo", json={})
    assert back["document"]["notes"] == [] and back["totals"]["discount"] == "55.00"
    first = await firm.call("POST", f"{one}/undo", json={"to": 1})
    assert (first["totals"]["discount"], first["version"], first["recap"]) == ("0.00", 5, made["recap"])
    again = await firm.call("POST", f"{one}/undo", json={"to": 3})
    assert again["document"]["notes"] == ["Sous réserve."]


async def test_a_version_that_was_never_written_is_not_searched_for_one_by_one(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await firm.draft()
    read, looked_for = repository.get_version, []

    async def counted(*asked: Any) -> Any:
        looked_for.append(asked)
        assert len(looked_for) < 10
        return await read(*asked)

    monkeypatch.setattr(repository, "get_version", counted)
    await firm.call("POST", f"/quotes/{made['id']}/undo", 409, json={"to": 2**31 - 1})


async def test_nobody_overwrites_what_he_has_not_read(firm: Firm) -> None:
    made = await firm.draft()
    one = f"/quotes/{made['id']}"
    read = await firm.http.get(f"{firm.root}{one}")
    assert read.headers["etag"] == '"v1"'
    tag = {"If-Match": read.headers["etag"]}
    await firm.call("PATCH", one, json={"notes": ["A"]}, headers=tag)
    for method, path, body in (
        ("PATCH", one, {"notes": ["B"]}),
        ("POST", f"{one}/lines", LINES),
        ("PUT", f"{one}/lines", LINES),
        ("POST", f"{one}/undo", {}),
        ("DELETE", one, None),
    ):
        await firm.call(method, path, 412, json=body, headers=tag)
    assert (await firm.call("GET", one))["document"]["notes"] == ["A"]
    await firm.call("PATCH", one, 422, json={}, headers={"If-Match": "nonsense"})


async def test_a_change_that_changes_nothing_is_no_version(firm: Firm) -> None:
    made = await firm.draft()
    assert (await firm.call("PATCH", f"/quotes/{made['id']}", json={"urgent": False}))["version"] == 1


async def test_a_draft_is_discarded(firm: Firm) -> None:
    made = await firm.draft()
    await firm.call("DELETE", f"/quotes/{made['id']}", 204)
    assert (await firm.call("GET", f"/quotes/{made['id']}"))["status"] == "cancelled"
    await firm.call("PATCH", f"/quotes/{made['id']}", 409, json={"notes": ["A"]})
    await firm.issue("quotes", made, 409)


@pytest.mark.parametrize(
    ("facts", "status", "field"),
    [
        ({"client_id": str(uuid4())}, 422, "client_id"),
        ({"vat_rate": "7"}, 422, "vat_rate"),
        ({"vat_rate": "0"}, 422, "vat_rate"),
        ({"discount": {"amount": "99999"}}, 422, "discount"),
        ({"discount": {"percent": "5", "amount": "5"}}, 422, "discount"),
        ({"retention": {"percent": "6"}}, 422, "retention"),
        ({"progress_percent": "50"}, 422, "progress_percent"),
        ({"credit": {}}, 422, "credit"),
        ({"due_date": "9999-12-31"}, 422, "due_date"),
        ({"service_month": "2026-13"}, 422, "service_month"),
        ({"unknown": 1}, 422, "unknown"),
        ({"notes": None}, 422, "notes"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(
    firm: Firm, facts: dict[str, object], status: int, field: str
) -> None:
    made = await firm.draft()
    answer = await firm.call("PATCH", f"/quotes/{made['id']}", status, json=facts)
    assert answer["details"][0]["field"].startswith(field) and answer["message"]
    assert (await firm.call("GET", f"/quotes/{made['id']}"))["version"] == 1


async def test_amounts_that_no_column_holds(firm: Firm) -> None:
    lines = [{"description": "Tour", "quantity": "999999999", "unit": "u", "unit_price": "99999999.9999"}]
    body = {"client_id": str(firm.client_id), "lines": lines}
    assert (await firm.call("POST", "/quotes", 422, json=body))["details"][0]["field"] == "lines"
    odd = b'{"lines": [{"description": "a\\u0000b \\ud800", "unit_price": 12.5}]}'
    made = await firm.call("POST", "/quotes", 201, content=odd, headers={"Content-Type": "application/json"})
    (line,) = made["document"]["lines"]
    assert line["description"] == "ab \ufffd" and Decimal(line["unit_price"]) == Decimal("12.5")


async def test_a_client_with_facts_that_are_missing(firm: Firm) -> None:
    made = await firm.draft("invoices", client_id=None, lines=[{"description": "Peinture", "unit": "m²"}])
    assert {lack["code"] for lack in made["missing"] if lack["blocking"]} >= {"client.name", "line.price"}
    refused = await firm.issue("invoices", made, 422)
    assert {"client.name", "line.price"} <= {detail["field"] for detail in refused["details"]}
