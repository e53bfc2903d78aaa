"""Issue and send on a member's word: who may give it, for what, and that numbers stay gapless when all do it at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from db.models import Outbox, WhatsappAccount
from services.identity.permissions import Role
from tests.integration.office.conftest import Firm

YEAR = datetime.now(UTC).year


async def approvals(firm: Firm) -> list[Any]:
    async with firm.database.tenant(firm.organization.id) as session:
        rows = await session.execute(text("select * from approvals order by created_at"))
        return list(rows.mappings().all())


async def test_a_member_issues_what_he_read(firm: Firm) -> None:
    made = await firm.draft()
    issued = await firm.issue("quotes", made)
    assert (issued["number"], issued["status"], issued["issued_version"]) == (f"DEVIS-{YEAR}-0001", "issued", 1)
    assert issued["pdf_status"] == "pending" and issued["account"]["contracted"] == issued["totals"]["total"]
    (word,) = await approvals(firm)
    assert word["inbound_message_id"] is None and word["payload_hash"] == made["recap"]
    assert word["user_id"] and word["session_id"] and word["request_id"] and word["version"] == 1
    again = await firm.issue("quotes", made, 409)
    assert again["message"] == "It is issued."
    async with firm.database.tenant(firm.organization.id) as session:
        logged = await session.scalar(text("select details->>'recap' from system_logs where event = 'document.issued'"))
    assert logged == made["recap"]


async def test_a_word_for_something_else_issues_nothing(firm: Firm) -> None:
    made = await firm.draft()
    one = f"/quotes/{made['id']}"
    changed = await firm.call("PATCH", one, json={"discount": {"percent": "10"}})
    await firm.issue("quotes", made, 409)
    await firm.call("POST", f"{one}/issue", 409, json={"version": 2, "recap": made["recap"]})
    await firm.call("POST", f"{one}/issue", 422, json={"version": 2, "recap": "all"})
    await firm.call("POST", f"{one}/issue", 422, json={"version": 2})
    assert await approvals(firm) == [] and (await firm.call("GET", one))["number"] is None
    assert (await firm.issue("quotes", changed))["number"] == f"DEVIS-{YEAR}-0001"


@pytest.mark.parametrize("role", ["AGENT", "VIEWER"])
async def test_who_drafts_does_not_issue(firm: Firm, role: Role) -> None:
    made = await firm.draft()
    await firm.sign_in(role)
    await firm.issue("quotes", made, 403)
    word = {"version": 1, "recap": made["recap"]}
    await firm.call("POST", f"/quotes/{made['id']}/send", 403, json=word)
    drafting = {"AGENT": 201, "VIEWER": 403}[role]
    await firm.call("POST", "/quotes", drafting, json={})
    assert await approvals(firm) == []


async def test_a_key_drafts_and_never_issues(firm: Firm) -> None:
    await firm.sign_in("OWNER")
    wrong = {"name": "Site", "scopes": ["documents:read", "documents:write", "documents:issue"]}
    await firm.call("POST", "/api-keys", 422, json=wrong)
    key = await firm.call("POST", "/api-keys", 201, json=wrong | {"scopes": ["documents:read", "documents:write"]})
    firm.http.headers["Authorization"] = f"Bearer {key['key']}"
    made = await firm.draft()
    await firm.issue("quotes", made, 403)


async def test_numbers_stay_gapless_when_ten_issue_at_once(firm: Firm) -> None:
    drafts = [await firm.draft("invoices") for _ in range(10)]
    issued = await asyncio.gather(*(firm.issue("invoices", draft) for draft in drafts))
    assert sorted(one["number"] for one in issued) == [f"FACT-{YEAR}-{place:04d}" for place in range(1, 11)]
    assert len(await approvals(firm)) == 10


async def test_one_document_issued_ten_times_at_once_has_one_number(firm: Firm) -> None:
    made = await firm.draft("invoices")
    word = {"version": made["version"], "recap": made["recap"]}
    path = f"{firm.root}/invoices/{made['id']}/issue"
    answers = await asyncio.gather(*(firm.http.post(path, json=word) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200, *([409] * 9)]
    assert len(await approvals(firm)) == 1
    assert (await firm.issue("invoices", await firm.draft("invoices")))["number"] == f"FACT-{YEAR}-0002"


async def test_an_issue_that_is_refused_takes_no_number(firm: Firm) -> None:
    bare = await firm.draft("invoices", client_id=None)
    await firm.issue("invoices", bare, 422)
    assert (await firm.issue("invoices", await firm.draft("invoices")))["number"] == f"FACT-{YEAR}-0001"


async def test_an_issued_invoice_is_final_and_a_quote_gets_its_next_version(firm: Firm) -> None:
    invoice = await firm.issue("invoices", await firm.draft("invoices"))
    one = f"/invoices/{invoice['id']}"
    for method, path, body in (
        ("PATCH", one, {"notes": ["A"]}),
        ("PUT", f"{one}/lines", [{"description": "A"}]),
        ("POST", f"{one}/undo", {}),
        ("DELETE", one, None),
        ("POST", f"{one}/preview", None),
    ):
        await firm.call(method, path, 409, json=body)
    quote = await firm.issue("quotes", await firm.draft())
    changed = await firm.call("PATCH", f"/quotes/{quote['id']}", json={"discount": {"percent": "10"}})
    assert (changed["status"], changed["issued_version"], changed["version"]) == ("issued", 1, 2)
    anew = await firm.issue("quotes", changed)
    assert (anew["number"], anew["revision"]) == (quote["number"], 2)


async def test_a_copy_for_the_client(firm: Firm, assistant_account: WhatsappAccount) -> None:
    quote = await firm.issue("quotes", await firm.draft())
    one, word = f"/quotes/{quote['id']}", {"version": quote["version"], "recap": quote["recap"]}
    refused = await firm.call("POST", f"{one}/send", 409, json=word)
    assert "PDF" in refused["message"]
    async with firm.database.tenant(firm.organization.id) as session:
        await session.execute(text("update quotes set pdf_status = 'ready'"))
    await firm.call("POST", f"{one}/send", 409, json=word | {"recap": "0" * 64})
    sent = await firm.call("POST", f"{one}/send", 202, json=word)
    assert (sent["channel"], sent["status"]) == ("whatsapp", "queued") and sent["to"].startswith("+336")
    await firm.call("POST", f"{one}/send", 202, json=word)
    assert len(await firm.call("GET", f"{one}/copies")) == 2
    assert [word["kind"] for word in await approvals(firm)] == ["issue", "send", "send"]
    assert await firm.call("DELETE", f"{one}/copies") == {"stopped": 2}
    assert {copy["status"] for copy in await firm.call("GET", f"{one}/copies")} == {"cancelled"}
    async with firm.database.tenant(firm.organization.id) as session:
        row = await session.get(Outbox, sent["id"])
        assert row is not None and row.body is not None and row.conversation_id is None
        assert quote["number"] in row.body and "Bonjour Madame Garance" in row.body


async def test_a_client_who_cannot_be_reached(firm: Firm, assistant_account: WhatsappAccount) -> None:
    nowhere = await firm.call("POST", "/clients", 201, json={"name": "Noé", "address": "5 rue A, 69006 Lyon"})
    quote = await firm.issue("quotes", await firm.draft(client_id=nowhere["client_id"]))
    async with firm.database.tenant(firm.organization.id) as session:
        await session.execute(text("update quotes set pdf_status = 'ready'"))
    word = {"version": quote["version"], "recap": quote["recap"]}
    answer = await firm.call("POST", f"/quotes/{quote['id']}/send", 422, json=word)
    assert answer["details"][0]["field"] == "client.phone"
    assert [word["kind"] for word in await approvals(firm)] == ["issue"]


async def test_a_client_who_wants_no_messages(firm: Firm, assistant_account: WhatsappAccount) -> None:
    quote = await firm.issue("quotes", await firm.draft())
    async with firm.database.tenant(firm.organization.id) as session:
        await session.execute(text("update quotes set pdf_status = 'ready'"))
    word = {"subject_kind": "client", "subject_id": str(firm.client_id), "purpose": "messages"}
    await firm.call("POST", "/consents", 201, json=word | {"given": False, "channel": "phone"})
    approval = {"version": quote["version"], "recap": quote["recap"]}
    answer = await firm.call("POST", f"/quotes/{quote['id']}/send", 422, json=approval)
    assert answer["details"] == [{"field": "client.phone", "message": "objected"}]
    assert [word["kind"] for word in await approvals(firm)] == ["issue"]
    await firm.call("POST", "/consents", 201, json=word | {"given": True, "channel": "phone"})
    await firm.call("POST", f"/quotes/{quote['id']}/send", 202, json=approval)


async def test_the_client_signs_or_refuses(firm: Firm) -> None:
    quote = await firm.draft()
    await firm.call("POST", f"/quotes/{quote['id']}/acceptance", 409, json={})
    quote = await firm.issue("quotes", quote)
    one = f"/quotes/{quote['id']}"
    refused = await firm.call("POST", f"{one}/rejection")
    assert refused["status"] == "rejected"
    await firm.call("POST", f"{one}/invoices", 409, json={})
    signed = await firm.call("POST", f"{one}/acceptance", json={"accepted_on": "2026-11-02"})
    assert (signed["status"], signed["accepted_on"]) == ("accepted", "2026-11-02")
    await firm.call("POST", f"{one}/rejection", 409)
    await firm.call("PATCH", one, 409, json={"notes": ["A"]})
    amendment = await firm.call("POST", f"{one}/amendments", 201)
    assert amendment["document"]["amends"]["number"] == quote["number"]
    assert date.fromisoformat(signed["valid_until"]) > date.today()
