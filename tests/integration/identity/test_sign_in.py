"""Signing in: tokens, rotation and theft, lockout, second factor, what is said to a stranger, what is never logged."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pyotp
import pytest
from jwt.warnings import InsecureKeyLengthWarning

from db.models import Organization, User
from db.settings import Settings, settings
from services.identity import sign_in, turning
from services.identity.keys import Keys, keys_of
from services.identity.passwords import Passwords
from services.identity.tokens import InvalidToken, read_access_token
from tests.integration.identity.conftest import Office
from tests.office import PASSWORD, member_headers, new_member


@pytest.fixture
async def owner(office: Office, organization: Organization) -> User:
    return await new_member(office.database, organization.id, "OWNER")


async def pair(office: Office, user: User, code: str | None = None) -> dict[str, Any]:
    answer = await office.login(str(user.email), PASSWORD, code)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_tokens_turn_and_a_stolen_one_ends_the_session(office: Office, owner: User) -> None:
    first, other = await pair(office, owner), await pair(office, owner)
    assert (first["expires_in"], first["refresh_expires_in"], first["token_type"]) == (900, 604800, "bearer")
    second = (await office.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert (await office.call("GET", "/auth/me", second["access_token"])).status_code == 200

    stolen = await office.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status_code == 401 and stolen.json()["code"] == "AUTHENTICATION"
    assert (await office.call("GET", "/auth/me", second["access_token"])).status_code == 401, "the family is revoked"
    again = await office.call("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert again.status_code == 401
    assert (await office.call("GET", "/auth/me", other["access_token"])).status_code == 200, "another sign-in is not"
    events = await office.rows("select event from system_logs where user_id = :id order by created_at", id=owner.id)
    assert [row.event for row in events] == ["auth.signed_in", "auth.signed_in", "auth.reuse"]


async def test_refresh_tokens_are_kept_as_hashes_and_end(office: Office, owner: User) -> None:
    tokens = await pair(office, owner)
    stored = await office.rows("select token_hash from refresh_tokens")
    assert tokens["refresh_token"] not in {row.token_hash for row in stored}
    await office.rows("update refresh_tokens set expires_at = now()")
    answer = await office.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 401


async def test_signing_out_counts_at_once(office: Office, owner: User) -> None:
    tokens = await pair(office, owner)
    assert (await office.call("POST", "/auth/logout", tokens["access_token"])).status_code == 204
    assert (await office.call("GET", "/auth/me", tokens["access_token"])).status_code == 401
    refresh = await office.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refresh.status_code == 401


async def test_a_stranger_and_a_wrong_password_are_told_the_same(
    office: Office, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []
    check = Passwords._check

    def counted(self: Passwords, password: str, stored: str | None) -> Any:
        worked.append(password)
        return check(self, password, stored)

    monkeypatch.setattr(Passwords, "_check", counted)
    wrong = await office.login(str(owner.email), "not the password")
    stranger = await office.login("nobody@firm.example", "not the password")
    told = [{k: v for k, v in each.json().items() if k not in ("requestId", "timestamp")} for each in (wrong, stranger)]
    assert wrong.status_code == stranger.status_code == 401 and told[0] == told[1]
    assert len(worked) == 2, "the hash is computed for a stranger too"


async def test_repeated_failures_lock_in_the_database(office: Office, owner: User) -> None:
    for _ in range(sign_in.LOCK_AFTER):
        assert (await office.login(str(owner.email), "not the password")).status_code == 401
    locked = await office.login(str(owner.email), PASSWORD)
    assert (
        locked.status_code == 401
        and locked.json()["message"] == (await office.login("a@b.example", "x")).json()["message"]
    )
    assert await office.rows("select 1 from system_logs where user_id = :id and event = 'auth.locked'", id=owner.id)
    await office.rows("update user_credentials set locked_until = now() where user_id = :id", id=owner.id)
    await pair(office, owner)
    row = await office.rows("select failed_logins, locked_until from user_credentials where user_id = :id", id=owner.id)
    assert tuple(row[0]) == (0, None)


async def test_the_second_factor(office: Office, owner: User) -> None:
    bearer = (await pair(office, owner))["access_token"]
    secret = (await office.call("POST", "/auth/totp", bearer)).json()["secret"]
    await pair(office, owner)  # not asked before it is confirmed
    totp, now = pyotp.TOTP(secret), datetime.now(UTC)
    assert (await office.call("POST", "/auth/totp/confirm", bearer, json={"code": "000000"})).status_code == 401
    confirmed = await office.call(
        "POST", "/auth/totp/confirm", bearer, json={"code": totp.at(now - timedelta(seconds=30))}
    )
    codes = confirmed.json()["recovery_codes"]
    stored = await office.rows(
        "select totp_secret, recovery_hashes from user_credentials where user_id = :id", id=owner.id
    )
    assert secret not in stored[0].totp_secret and not set(codes) & set(stored[0].recovery_hashes)

    asked = await office.login(str(owner.email), PASSWORD)
    assert asked.status_code == 401 and asked.json()["details"][0]["field"] == "code"
    assert (await office.login(str(owner.email), PASSWORD, totp.at(now - timedelta(seconds=30)))).status_code == 401, (
        "a code opens once"
    )
    await pair(office, owner, totp.at(now))
    await pair(office, owner, codes[0].upper().replace("-", " "))
    assert (await office.login(str(owner.email), PASSWORD, codes[0])).status_code == 401, "used up"
    assert (await office.call("POST", "/auth/totp", bearer)).status_code == 409
    assert (await office.call("POST", "/auth/totp/remove", bearer, json={"code": "123"})).status_code == 401
    assert (await office.call("POST", "/auth/totp/remove", bearer, json={"code": codes[1]})).status_code == 204
    await pair(office, owner)


async def test_second_factors_move_to_a_new_key_with_the_rest(office: Office, owner: User) -> None:
    bearer = (await pair(office, owner))["access_token"]
    secret = (await office.call("POST", "/auth/totp", bearer)).json()["secret"]
    old = keys_of(settings())
    new = Keys({"new": b"n" * 32, **old.secrets})
    assert [(each.place, each.key_id) for each in await turning.held(office.database)] == [
        ("user_credentials.totp_secret", old.current)
    ]
    assert await turning.rotate(office.database, Keys({"other": b"o" * 32})) == 0, "its key is gone: it stays as it is"
    assert (await turning.rotate(office.database, new), await turning.rotate(office.database, new)) == (1, 0)
    (stored,) = await office.rows("select totp_secret from user_credentials where user_id = :id", id=owner.id)
    only = Keys({"new": b"n" * 32})
    assert (
        only.is_current(stored.totp_secret)
        and only.unseal(stored.totp_secret, "second factor", str(owner.id)) == secret
    )


async def test_a_new_password_ends_the_other_sessions(office: Office, owner: User) -> None:
    here, there = await pair(office, owner), await pair(office, owner)

    async def change(current: str, new: str) -> int:
        body = {"current": current, "new": new}
        return (await office.call("PUT", "/auth/password", here["access_token"], json=body)).status_code

    assert await change("not the password", "another long password") == 401
    assert await change(PASSWORD, "short") == 422
    assert await change(PASSWORD, "another long password") == 204
    assert (await office.call("GET", "/auth/me", here["access_token"])).status_code == 200
    assert (await office.call("GET", "/auth/me", there["access_token"])).status_code == 401
    assert (await office.login(str(owner.email), PASSWORD)).status_code == 401


async def test_guessing_behind_a_stolen_access_token_locks_too(office: Office, owner: User) -> None:
    bearer = (await pair(office, owner))["access_token"]
    for _ in range(sign_in.LOCK_AFTER):
        body = {"current": "not the password", "new": "another long password"}
        assert (await office.call("PUT", "/auth/password", bearer, json=body)).status_code == 401
    right = {"current": PASSWORD, "new": "another long password"}
    assert (await office.call("PUT", "/auth/password", bearer, json=right)).status_code == 401


async def test_the_two_doors_are_apart(
    office: Office, owner: User, organization: Organization, admin_headers: dict[str, str]
) -> None:
    assert (await office.login(str(owner.email), PASSWORD, door="/admin/auth")).status_code == 401
    tokens = await pair(office, owner)
    assert (await office.call("GET", "/admin/auth/me", tokens["access_token"])).status_code == 403
    other_door = await office.call("POST", "/admin/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert other_door.status_code == 401
    platform = admin_headers["Authorization"].removeprefix("Bearer ")
    me = (await office.call("GET", "/admin/auth/me", platform)).json()
    assert me["role"] == "PLATFORM" and me["organization"] is None
    assert (await office.call("GET", "/auth/me", platform)).status_code == 403
    await office.call("PATCH", f"/organizations/{organization.id}", platform, json={"plan": "STARTER"})
    noted = await office.rows(
        "select event from system_logs where organization_id = :id and details->>'platform_id' is not null",
        id=organization.id,
    )
    assert {row.event for row in noted} == {"admin.request", "organization.changed"}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_what_is_no_token_of_ours(office: Office, owner: User) -> None:
    good = (await pair(office, owner))["access_token"]
    claims = jwt.decode(good, options={"verify_signature": False})
    keys = keys_of(settings())
    key, kid = keys.derived(keys.current, "tokens"), {"kid": keys.current}
    ended = datetime.now(UTC) - timedelta(minutes=1)
    with pytest.warns(InsecureKeyLengthWarning):  # the right key, too short for the wrong algorithm
        other_algorithm = jwt.encode(claims, key, "HS512", kid)
    forged = [
        jwt.encode(claims, "x" * 32, "HS256", kid),
        jwt.encode(claims, key, "HS256", {"kid": "unknown"}),
        other_algorithm,
        jwt.encode(claims, None, "none", kid),
        jwt.encode(claims | {"exp": ended}, key, "HS256", kid),
        jwt.encode(claims | {"aud": "usta:platform"}, key, "HS256", kid),
        jwt.encode(claims | {"aud": "usta:invitation"}, key, "HS256", kid),
        jwt.encode({name: value for name, value in claims.items() if name != "exp"}, key, "HS256", kid),
    ]
    for token in forged:
        assert (await office.call("GET", "/auth/me", token)).status_code == 401
    assert (await office.call("GET", "/auth/me", jwt.encode(claims, key, "HS256", kid))).status_code == 200


def test_keys_turn() -> None:
    def configured(**keys: str) -> Settings:
        return Settings(AUTH_KEYS=keys)

    from uuid import uuid4

    from services.identity.tokens import Access, access_token

    old, new = "o" * 32, "n" * 32
    access = Access("user", uuid4(), uuid4())
    token = access_token(keys_of(configured(old=old)), access, datetime.now(UTC))
    both = keys_of(configured(new=new, old=old))
    assert read_access_token(both, token) == access
    assert jwt.get_unverified_header(access_token(both, access, datetime.now(UTC)))["kid"] == "new"
    assert both.unseal(keys_of(configured(old=old)).seal("secret", "p", "row"), "p", "row") == "secret"
    with pytest.raises(InvalidToken):
        read_access_token(keys_of(configured(new=new)), token)


async def test_a_real_channel_without_keys_lets_nobody_in(office: Office, owner: User) -> None:
    bearer = (await pair(office, owner))["access_token"]
    office.app.state.settings = settings().model_copy(update={"unipile_dsn": "api1.unipile.com:1"})
    assert (await office.call("GET", "/auth/me", bearer)).status_code == 503
    assert (await office.login(str(owner.email), PASSWORD)).status_code == 503


async def test_no_secret_is_ever_logged(
    office: Office, owner: User, organization: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = await pair(office, owner)
    bearer = tokens["access_token"]
    turned = (await office.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})).json()
    secret = (await office.call("POST", "/auth/totp", bearer)).json()["secret"]
    codes = (await office.call("POST", "/auth/totp/confirm", bearer, json={"code": pyotp.TOTP(secret).now()})).json()
    root = f"/organizations/{organization.id}"
    key = (await office.call("POST", f"{root}/api-keys", bearer, json={"name": "k", "scopes": ["clients:read"]})).json()
    invited = (await office.call("POST", f"{root}/users", bearer, json={"email": f"x{owner.email}"})).json()
    await office.call("GET", f"/auth/invitation?token={invited['token']}")
    await office.login(str(owner.email), "a wrong password")
    await office.call("GET", "/auth/me", f"{bearer}x")
    written = caplog.text + "".join(
        f"{row.description}{row.details}" for row in await office.rows("select description, details from system_logs")
    )
    assert "request" in caplog.text, "the log is captured"
    secrets = [*tokens.values(), *turned.values(), secret, *codes["recovery_codes"], key["key"], invited["token"]]
    hidden = [str(each) for each in secrets if isinstance(each, str) and each != "bearer"]
    for each in [*hidden, PASSWORD, "a wrong password"]:
        assert each not in written


async def test_a_role_taken_away_counts_at_once(office: Office, owner: User, organization: Organization) -> None:
    headers = await member_headers(office.database, organization.id, "MANAGER")
    bearer = headers["Authorization"].removeprefix("Bearer ")
    users = f"/organizations/{organization.id}/users"
    assert (await office.call("GET", users, bearer)).status_code == 200
    me = (await office.call("GET", "/auth/me", bearer)).json()
    await office.call(
        "PATCH", f"{users}/{me['id']}", (await pair(office, owner))["access_token"], json={"role": "AGENT"}
    )
    assert (await office.call("GET", users, bearer)).status_code == 403
