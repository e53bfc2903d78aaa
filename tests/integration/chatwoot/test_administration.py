"""The administration of the shared inbox over HTTP, and the check of the doctor."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from api.v1 import chatwoot as contacts_api
from api.v1 import notices as notices_api
from db.models import User
from db.settings import settings
from services.operations.inbox_check import shared_inbox

CONTACTS = "/api/v1/chatwoot/contacts"


@pytest.fixture
def admin(shared: Any, admin_headers: dict[str, str]) -> httpx.AsyncClient:
    shared.app.include_router(contacts_api.router)
    shared.app.include_router(notices_api.router)
    shared.http.headers.update(admin_headers)
    return shared.http


async def test_an_admin_maps_ignores_and_takes_back(admin: Any, shared: Any, artisan: User, new_phone: Any) -> None:
    other = new_phone()
    await shared.write(other, "devis pour Mme Petit", name="Karim perso")
    (found,) = [each for each in (await admin.get(CONTACTS)).json()["data"] if each["phone"] == other]
    assert (found["name"], found["kept_messages"], found["last_text"]) == ("Karim perso", 1, "devis pour Mme Petit")
    path = f"{CONTACTS}/{found['id']}"
    assert (await admin.post(f"{path}/mapping", json={})).status_code == 422
    assert (await admin.post(f"{path}/mapping", json={"phone": "+33600000001"})).status_code == 422
    assert (await admin.post(f"{CONTACTS}/{uuid4()}/mapping", json={"user_id": str(artisan.id)})).status_code == 404
    answer = await admin.post(f"{path}/mapping", json={"phone": artisan.whatsapp_phone})
    assert (answer.status_code, answer.json()) == (200, {"answered_conversations": 1})
    (mapped,) = [
        each
        for each in (await admin.get(CONTACTS, params={"status": "mapped"})).json()["data"]
        if each["id"] == found["id"]
    ]
    assert mapped["user_id"] == str(artisan.id) and mapped["company"] == "KB Plomberie"
    assert (await admin.delete(f"{path}/mapping")).status_code == 204
    assert (await admin.post(f"{path}/ignore")).status_code == 204
    assert [each for each in (await admin.get(CONTACTS)).json()["data"] if each["id"] == found["id"]] == []
    admin.headers.pop("Authorization")
    assert (await admin.get(CONTACTS)).status_code == 401


async def test_notes_and_notices_of_a_company(admin: Any, shared: Any, artisan: User) -> None:
    phone, root = artisan.whatsapp_phone or "", f"/api/v1/organizations/{artisan.organization_id}"
    await shared.write(phone, "bonjour")
    await shared.team("note", to=phone, text="12 prises au salon")
    (note,) = (await admin.get(f"{root}/notes")).json()
    assert (note["text"], note["author_kind"], note["used_at"]) == ("12 prises au salon", "team", None)
    assert (await admin.get(f"{root}/notices")).json() == {"ready": False}
    assert (await admin.put(f"{root}/notices", json={"ready": True})).json() == {"ready": True}
    assert (await admin.get(f"{root}/notices")).json() == {"ready": True}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "embedded"),
        ({"unipile_dsn": "api.example:1"}, "optional"),
        ({"chatwoot_url": "http://127.0.0.1:9"}, "broken"),
        ({"chatwoot_url": "http://127.0.0.1:9", "chatwoot_account_id": 3, "chatwoot_inbox_id": 7,
          "chatwoot_token": SecretStr("t")}, "broken"),
    ],
)  # fmt: skip
async def test_the_doctor_says_how_the_inbox_is(changes: dict[str, Any], status: str) -> None:
    finding = await shared_inbox(settings().model_copy(update=changes))
    assert finding.status == status and (status == "embedded" or finding.remedy)


def test_the_channel_is_whole_or_off() -> None:
    def state(**changes: Any) -> str:
        return settings().model_copy(update=changes).chatwoot

    whole: dict[str, Any] = {"chatwoot_url": "https://x", "chatwoot_account_id": 1, "chatwoot_inbox_id": 2}
    assert state() == "simulator" and state(unipile_dsn="x") == "off"
    assert state(**whole) == "off" and state(**whole, chatwoot_token=SecretStr("t")) == "server"
