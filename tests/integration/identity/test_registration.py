"""Register, verify the phone by a code on WhatsApp, wait for payment, work (R006, C43)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from db.repositories import identity as repository
from tests.integration.identity.conftest import Office
from tests.office import PASSWORD


def wanted(phone: str, **values: Any) -> dict[str, Any]:
    mail = f"{secrets.token_hex(6)}@firm.example"
    texts = {"terms_version": "2026-11", "privacy_notice_version": "2026-11"}
    return {"company": "Plâtrerie Öztürk", "email": mail, "phone": phone, "password": PASSWORD, **texts, **values}


async def registered(office: Office, body: dict[str, Any]) -> str:
    answer = await office.call("POST", "/auth/register", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["verification_id"])


async def verified(office: Office, verification_id: str, code: str) -> Any:
    return await office.call("POST", "/auth/verify", json={"verification_id": verification_id, "code": code})


async def earlier(office: Office, phone: str) -> None:
    """As if the codes of a phone had been sent two minutes ago."""
    await office.rows(
        "update phone_codes set created_at = created_at - interval '2 minutes' where phone = :phone", phone=phone
    )


@pytest.mark.parametrize("language", ["fr", "tr"])
async def test_from_the_form_to_an_active_account(
    office: Office, new_phone: Callable[[], str], language: str, admin_headers: dict[str, str]
) -> None:
    phone = new_phone()
    body = wanted(phone, language=language, first_name="Ali")
    verification = await registered(office, body)
    early = await office.login(body["email"], PASSWORD)
    assert early.status_code == 403 and early.json()["code"] == "AUTHORIZATION"

    answer = await verified(office, verification, await office.code_sent_to(phone))
    assert answer.status_code == 200 and answer.json()["status"] == "pending"
    signed_in = (await office.login(body["email"].upper(), PASSWORD)).json()["access_token"]
    me = (await office.call("GET", "/auth/me", signed_in)).json()
    assert (me["role"], me["phone_verified"], me["preferred_language"]) == ("OWNER", True, language)
    assert me["organization"]["slug"].startswith("platrerie-ozturk")

    root = f"/organizations/{me['organization']['id']}"
    refused = await office.call("POST", f"{root}/clients", signed_in, json={"name": "Dupont"})
    assert refused.status_code == 403 and "not active" in refused.json()["message"]
    assert (await office.call("GET", f"{root}/clients", signed_in)).status_code == 200
    platform = admin_headers["Authorization"].removeprefix("Bearer ")
    assert (await office.call("PATCH", root, signed_in, json={"status": "active"})).status_code == 403
    assert (await office.call("PATCH", root, platform, json={"status": "active"})).status_code == 200
    assert (await office.call("POST", f"{root}/clients", signed_in, json={"name": "Dupont"})).status_code == 201
    await office.call("PATCH", root, platform, json={"status": "suspended"})
    assert (await office.call("POST", f"{root}/clients", signed_in, json={"name": "Durand"})).status_code == 403


async def test_a_code_is_tried_five_times_and_used_once(office: Office, new_phone: Callable[[], str]) -> None:
    phone = new_phone()
    verification = await registered(office, wanted(phone))
    code = await office.code_sent_to(phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert (await verified(office, verification, wrong)).status_code == 400
    assert (await verified(office, verification, code)).status_code == 400, "tried too often"

    soon = await office.call("POST", "/auth/register/resend", json={"verification_id": verification})
    assert soon.status_code == 429 and int(soon.headers["retry-after"]) > 0
    await earlier(office, phone)
    again = await office.call("POST", "/auth/register/resend", json={"verification_id": verification})
    fresh = again.json()["verification_id"]
    code = await office.code_sent_to(phone)
    assert (await verified(office, verification, code)).status_code == 400, "only the last request counts"
    assert (await verified(office, fresh, code)).status_code == 200
    assert (await verified(office, fresh, code)).status_code == 400


async def test_a_code_ends_and_so_do_the_codes_of_a_day(office: Office, new_phone: Callable[[], str]) -> None:
    phone = new_phone()
    body = wanted(phone)
    verification = await registered(office, body)
    code = await office.code_sent_to(phone)
    await office.rows("update phone_codes set expires_at = now() where phone = :phone", phone=phone)
    assert (await verified(office, verification, code)).status_code == 400
    for _ in range(5):
        await earlier(office, phone)
        await registered(office, body)
    await earlier(office, phone)
    assert (await office.call("POST", "/auth/register", json=body)).status_code == 429


async def test_whoever_has_the_phone_decides(office: Office, new_phone: Callable[[], str]) -> None:
    """Somebody registers another's phone first, or in between, with his own password: the code helps him nothing."""
    phone = new_phone()
    first = wanted(phone)
    own = await registered(office, first)
    await earlier(office, phone)
    stranger = wanted(phone, password="the stranger's password")
    other = await registered(office, stranger)
    assert (await verified(office, own, await office.code_sent_to(phone))).status_code == 400
    await earlier(office, phone)
    own = await registered(office, first)
    code = await office.code_sent_to(phone)
    assert (await verified(office, other, code)).status_code == 400
    assert (await verified(office, own, code)).status_code == 200
    assert (await office.login(first["email"], PASSWORD)).status_code == 200
    assert (await office.login(stranger["email"], "the stranger's password")).status_code == 401
    taken = await office.call("POST", "/auth/register", json=wanted(phone))
    assert taken.status_code == 409 and taken.json()["details"][0]["field"] == "phone"
    taken = await office.call("POST", "/auth/register", json=wanted(new_phone(), email=first["email"]))
    assert taken.status_code == 409 and taken.json()["details"][0]["field"] == "email"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "aaaaaaaaaaaaaaa"),
        ("phone", "12"),
        ("email", "nobody"),
        ("company", " "),
        ("terms_version", "1999-01"),
        ("privacy_notice_version", "1999-01"),
    ],
)
async def test_what_is_not_taken(office: Office, new_phone: Callable[[], str], field: str, value: str) -> None:
    answer = await office.call("POST", "/auth/register", json=wanted(new_phone()) | {field: value})
    assert answer.status_code == 422 and answer.json()["details"][0]["field"] == field


async def test_without_a_number_of_the_assistant_nothing_is_kept(
    office: Office, new_phone: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(session: Any) -> None:
        return None

    monkeypatch.setattr(repository, "assistant_account_id", nobody)
    body = wanted(new_phone())
    assert (await office.call("POST", "/auth/register", json=body)).status_code == 503
    assert not await office.rows("select 1 from users where email = :email", email=body["email"])


async def test_the_accepted_texts_are_kept(office: Office, new_phone: Callable[[], str]) -> None:
    texts = (await office.call("GET", "/auth/terms")).json()
    body = wanted(new_phone()) | {name: texts[name] for name in ("terms_version", "privacy_notice_version")}
    await registered(office, body)
    rows = await office.rows(
        "select c.purpose, c.given, c.version, c.channel, c.request_id from consents c join users u on u.id = c.subject_id"
        " where u.email = :email order by c.purpose",
        email=body["email"],
    )
    assert [(row.purpose, row.given, row.version, row.channel) for row in rows] == [
        ("privacy_notice", True, texts["privacy_notice_version"], "registration"),
        ("terms", True, texts["terms_version"], "registration"),
    ]
