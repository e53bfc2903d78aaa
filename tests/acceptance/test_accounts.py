"""A company registers over HTTP; the code reaches the phone through the worker and the channel, and opens the account."""

from __future__ import annotations

import re
import secrets

import pytest

from tests.acceptance.stack import Stack, new_phone
from tests.office import PASSWORD, admin_of

WORDS = {"fr": "minutes", "tr": "dakika"}


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_code_arrives_and_the_owner_works(stack: Stack, language: str) -> None:
    phone, email = new_phone(), f"{secrets.token_hex(6)}@firm.example"
    body = {"company": "Yılmaz Peinture", "email": email, "phone": phone, "password": PASSWORD, "language": language}
    body |= {"terms_version": "2026-11", "privacy_notice_version": "2026-11"}
    registered = stack.http.post("/api/v1/auth/register", json=body)
    assert registered.status_code == 202, registered.text
    (message,) = stack.received(phone, wait=30)
    assert WORDS[language] in message["text"]
    code = re.search(r"\b\d{6}\b", message["text"])
    assert code
    proof = {"verification_id": registered.json()["verification_id"], "code": code[0]}
    organization = stack.http.post("/api/v1/auth/verify", json=proof).json()["organization_id"]

    admin = admin_of(stack.database_url, stack.home)
    stack.http.patch(f"/api/v1/organizations/{organization}", headers=admin, json={"status": "active"})
    tokens = stack.http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}).json()
    owner = {"Authorization": f"Bearer {tokens['access_token']}"}
    clients = f"/api/v1/organizations/{organization}/clients"
    assert stack.http.post(clients, headers=owner, json={"name": "Dupont"}).status_code == 201
    assert [each["name"] for each in stack.http.get(clients, headers=owner).json()["data"]] == ["Dupont"]
