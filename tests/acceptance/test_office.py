"""The office of a firm works through the API, the artisan through the chat: one company, the same documents, real jobs."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from pypdf import PdfReader

from db.session import Database
from db.settings import Settings
from services.identity.permissions import Role
from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, new_phone
from tests.office import member_headers

PATIENCE = 60
"""Seconds: only so that a test that hangs ends."""
LINES = [
    {"description": "Dépose de l'ancien carrelage", "quantity": "12", "unit": "m²", "unit_price": "18"},
    {"description": "Pose de carrelage 60 × 60", "quantity": "12", "unit": "m²", "unit_price": "45"},
]


class Office:
    """A member of an artisan's company at the API of a running installation."""

    def __init__(self, stack: Stack, organization_id: str, role: Role = "MANAGER") -> None:
        headers = asyncio.run(self._sign_in(stack, organization_id, role))
        root = f"{stack.url}/api/v1/organizations/{organization_id}"
        self.http = httpx.Client(base_url=root, headers=headers, timeout=60)

    @staticmethod
    async def _sign_in(stack: Stack, organization_id: str, role: Role) -> dict[str, str]:
        database = Database(stack.database_url, pool_size=1)
        try:
            return await member_headers(database, UUID(organization_id), role, Settings(USTA_HOME=stack.home))
        finally:
            await database.close()

    def call(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        answer = self.http.request(method, path, **request)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.headers.get("content-type") == "application/json" else answer.content

    def issue(self, shelf: str, document: dict[str, Any]) -> dict[str, Any]:
        """Says back what was read, and waits for the PDF that a worker makes."""
        one = f"/{shelf}/{document['id']}"
        self.call("POST", f"{one}/issue", json={"version": document["version"], "recap": document["recap"]})
        return self.until(one, lambda found: found["pdf_status"] == "ready")

    def until(self, path: str, done: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if done(found := self.call("GET", path)):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{path} is still {found}")

    def text_of(self, path: str) -> str:
        """The words of a PDF."""
        return words(self.call("GET", path))


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).replace("\xa0", " ")


def test_from_the_quote_to_the_credit_note(stack: Stack, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of("fr")
    office, phone = Office(stack, artisan.organization_id), new_phone()
    client = office.call(
        "POST",
        "/clients",
        201,
        json={"name": "Garance", "title": "Mme", "address": "3 rue Pasteur, 69003 Lyon", "phone": phone},
    )
    body = {
        "client_id": client["client_id"],
        "lines": LINES,
        "site": {"premises": "dwelling", "age_years": 40},
        "deposit": {"percent": "30"},
        "notes": ["Carrelage fourni par la cliente."],
    }
    draft = office.call("POST", "/quotes", 201, json=body)
    assert draft["totals"]["total"] == "831.60"

    office.call("POST", f"/quotes/{draft['id']}/preview", 202)
    preview = preview_of(office, f"/quotes/{draft['id']}/preview")
    assert "BROUILLON" in preview and "831,60" in preview

    quote = office.issue("quotes", draft)
    paper = office.text_of(f"/quotes/{quote['id']}/pdf")
    for printed in (quote["number"], "Garance", "Pose de carrelage 60 × 60", "756,00", "831,60", "Carrelage fourni"):
        assert printed in paper
    assert "BROUILLON" not in paper

    word = {"version": quote["version"], "recap": quote["recap"]}
    office.call("POST", f"/quotes/{quote['id']}/send", 202, json=word)
    (arrived,) = artisan.client_inbox(phone)
    assert arrived.filename == f"{quote['number']}.pdf" and quote["number"] in arrived.text
    assert "831,60" in artisan.pdf_text(arrived).replace("\xa0", " ")
    sent = office.until(f"/quotes/{quote['id']}", lambda found: found["status"] == "sent")
    assert (sent["sent_to"], sent["sent_channel"]) == (phone, "whatsapp")

    signed = office.call("POST", f"/quotes/{quote['id']}/acceptance", json={})
    assert signed["status"] == "accepted"
    deposit = office.call("POST", f"/quotes/{quote['id']}/invoices", 201, json={"type": "deposit", "due_days": 30})
    deposit = office.issue("invoices", deposit)
    assert deposit["totals"]["total"] == "249.48"
    assert "acompte" in office.text_of(f"/invoices/{deposit['id']}/pdf").lower()
    office.call("POST", f"/invoices/{deposit['id']}/payments", 201, json={"method": "transfer"})

    balance = office.issue("invoices", office.call("POST", f"/quotes/{quote['id']}/invoices", 201, json={}))
    assert (balance["kind"], balance["totals"]["net_to_pay"]) == ("balance", "582.12")
    part = office.call("POST", f"/invoices/{balance['id']}/payments", 201, json={"amount": "82.12"})
    assert part["balance"] == "500.00"
    credit = office.call("POST", f"/invoices/{balance['id']}/credit-notes", 201, json={"amount": "100.00"})
    credit = office.issue("invoices", credit)
    assert "avoir" in office.text_of(f"/invoices/{credit['id']}/pdf").lower()
    assert office.call("GET", f"/invoices/{balance['id']}")["money"]["due_now"] == "400.00"

    found = office.call("GET", "/invoices", params={"quote_id": quote["id"], "sort": "created_at"})["data"]
    assert [one["kind"] for one in found] == ["deposit", "balance", "credit_note"]
    assert sorted(artisan.numbers()) == sorted(one["number"] for one in [quote, *found])
    (answer,) = artisan.say("mes devis")
    assert quote["number"] in answer
    (answer,) = artisan.say("mes impayés")
    assert balance["number"] in answer and "400,00" in answer


def preview_of(office: Office, path: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while (answer := office.http.get(path)).status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    return words(answer.content)


def test_two_hands_on_one_draft(stack: Stack, artisan_of: Callable[..., Artisan]) -> None:
    """The office changes and issues what the artisan began; his "ok" for the earlier state approves nothing."""
    artisan = artisan_of("fr", clients=[{"name": "Mme Garance", "address": "3 rue A, 69003 Lyon"}])
    office = Office(stack, artisan.organization_id)
    artisan.say("devis pour Mme Garance, pose de carrelage 10 m² à 45")
    (listed,) = office.call("GET", "/quotes", params={"status": "draft"})["data"]
    one = f"/quotes/{listed['id']}"
    read = office.call("GET", one)
    key = read["document"]["lines"][0]["key"]
    changed = office.call("PATCH", f"{one}/lines/{key}", json={"unit_price": "50"})
    assert changed["totals"]["lines_total"] == "500.00"

    answer = artisan.say("ok")[0]
    assert "500,00" in answer and artisan.documents() == []
    issued = office.issue("quotes", office.call("GET", one))
    artisan.say("ok")
    assert artisan.numbers() == [issued["number"]]
    rows = artisan.rows(
        "select user_id, inbound_message_id from approvals where organization_id = %(organization)s and kind = 'issue'"
    )
    assert len(rows) == 1 and rows[0]["user_id"] and rows[0]["inbound_message_id"] is None
    history = office.call("GET", f"{one}/versions")
    assert history[-1]["message_id"] and history[0]["message_id"] is None


def test_an_agent_writes_and_a_manager_sends(stack: Stack, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(
        "tr", clients=[{"name": "Mme Garance", "phone": (phone := new_phone()), "address": "69003 Lyon"}]
    )
    agent, manager = Office(stack, artisan.organization_id, "AGENT"), Office(stack, artisan.organization_id)
    (client,) = agent.call("GET", "/clients")["data"]
    draft = agent.call("POST", "/quotes", 201, json={"client_id": client["client_id"], "lines": LINES})
    word = {"version": draft["version"], "recap": draft["recap"]}
    agent.call("POST", f"/quotes/{draft['id']}/issue", 403, json=word)
    assert artisan.nothing_leaves_to(phone)
    quote = manager.issue("quotes", draft)
    agent.call("POST", f"/quotes/{quote['id']}/send", 403, json=word)
    for _ in range(2):
        manager.call("POST", f"/quotes/{quote['id']}/send", 202, json=word)
    assert len(artisan.client_inbox(phone, wait_for=2)) == 2
