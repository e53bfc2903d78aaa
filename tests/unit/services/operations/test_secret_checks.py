"""Secrets of the settings: none comes with the code, and the doctor says which are weak without showing one."""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
from pathlib import Path

import jwt
import pytest
from pydantic import SecretStr, ValidationError

from db.encryption import new_key
from db.settings import Settings
from services.identity import tokens
from services.identity.keys import keys_of
from services.operations.log_secrets import HIDDEN, hide_secrets
from services.operations.secret_checks import bits, named_secrets, strength

ROOT = Path(__file__).parents[4]
MADE_UP = ("tests/unit/services/operations/test_log_lines.py",)
"""Holds what looks like secrets, to see it blacked out."""
REAL = {"UNIPILE_DSN": "api1.unipile.com:1"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env of the checkout is read or judged."""
    monkeypatch.chdir(tmp_path)


def configured(**values: object) -> Settings:
    return Settings(**values)  # type: ignore[arg-type]


def random_text() -> str:
    return secrets.token_urlsafe(32)


WEAK = {
    "UNIPILE_WEBHOOK_SECRET": "usta-secret-2026",
    "AUTH_KEYS": json.dumps({"2026-11": "a long random text of thirty-two characters"}),
    "FILES_SECRET": "0123456789" * 4,
    "CHATWOOT_PATH_SECRET": "aaaaaaaaaaaaaaaaaaaa",
    "ENCRYPTION_KEYS": json.dumps({"2026-11": base64.b64encode(b"k" * 32).decode()}),
    "DATABASE_URL": "postgresql://usta:secret@db.example.fr/usta",
    "STRIPE_API_KEY": "sk_live_…",
}


@pytest.mark.parametrize("name", WEAK)
async def test_what_is_weak_is_named_and_not_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, WEAK[name])
    here, live = configured(), configured(**REAL)
    found = await strength(here)
    assert found.status == "weak" and name in found.detail and found.remedy
    assert not [value for _, value in named_secrets(here) if value in found.detail.replace(name, "")]
    assert (await strength(live)).status == "broken", "with a real channel it has to be mended"


async def test_the_same_secret_twice() -> None:
    once = random_text()
    found = await strength(configured(UNIPILE_WEBHOOK_SECRET=once, FILES_SECRET=once))
    assert found.status == "weak" and "UNIPILE_WEBHOOK_SECRET and FILES_SECRET are the same" in found.detail.replace(
        "FILES_SECRET and UNIPILE_WEBHOOK_SECRET", "UNIPILE_WEBHOOK_SECRET and FILES_SECRET"
    )
    assert (await strength(configured(OPENAI_API_KEY=once, SPEECH_API_KEY=once))).status == "ok", "one provider"


async def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n")
    (tmp_path / ".env").chmod(0o644)
    found = await strength(configured())
    assert found.status == "weak" and "chmod 600" in found.detail
    (tmp_path / ".env").chmod(0o600)
    assert (await strength(configured())).status in ("embedded", "ok")


async def test_random_ones_are_well() -> None:
    for _ in range(20):
        settings = configured(
            **REAL,
            UNIPILE_WEBHOOK_SECRET=secrets.token_hex(16),
            CHATWOOT_PATH_SECRET=secrets.token_urlsafe(15),
            AUTH_KEYS={"a": random_text(), "b": random_text()},
            ENCRYPTION_KEYS={"a": new_key()},
            FILES_SECRET=random_text(),
        )
        assert (await strength(settings)).status == "ok"
    assert bits("password") == bits("changeme") == 0 and bits("abcabcabcabc") < 5


def test_a_key_that_signs_is_as_long_as_its_hash() -> None:
    """RFC 7518 3.2: at least 256 bits for HS256; a shorter secret does not let any process start."""
    with pytest.raises(ValidationError, match="AUTH_KEYS"):
        configured(AUTH_KEYS={"2026-11": "x" * 31})
    keys = keys_of(configured(AUTH_KEYS={"2026-11": random_text()}))
    assert len(keys.derived(keys.current, "tokens")) == 32
    with pytest.raises(jwt.InvalidKeyError, match="below the minimum"):
        tokens._JWT.encode({}, b"x" * 31, tokens._ALGORITHM)


def test_no_secret_comes_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(Settings.model_fields):
        monkeypatch.delenv(str(Settings.model_fields[name].validation_alias), raising=False)
    assert list(named_secrets(Settings(_env_file=None))) == []
    secretive = {name for name, info in Settings.model_fields.items() if "SecretStr" in str(info.annotation)}
    named = re.compile(r"(secret|token|password|api_key|_keys|webhook_key)s?$")
    open_ones = {name for name in Settings.model_fields if named.search(name)} - secretive
    assert not open_ones, "a secret is a SecretStr, so that nothing prints it"


def test_no_file_of_the_repository_holds_a_secret() -> None:
    """Forms of keys that providers give out, and private keys; what tests make up says so in itself."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    forms = re.compile(
        r"(?:sk|rk)_live_[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z]{24,}|\bsk-(?:proj-)?[0-9A-Za-z_-]{32,}|AKIA[0-9A-Z]{16}"
        r"|AGE-SECRET-KEY-1[0-9A-Z]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[0-9A-Za-z]{36}"
    )
    found = []
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if not name or name in MADE_UP or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {match[0][:12]}…" for match in forms.finditer(text)]
    assert found == []


def test_settings_show_no_secret() -> None:
    secret = random_text()
    settings = configured(
        AUTH_KEYS={"a": secret}, FILES_SECRET=secret, CHATWOOT_WEBHOOK_SECRETS=[secret], SMTP_URL=f"smtp://u:{secret}@m"
    )
    assert secret not in repr(settings) and secret not in str(settings.model_dump())
    assert secret not in str(settings.model_dump_json())
    hidden = hide_secrets(None, "", {"event": f"password={secret}", "auth_keys": SecretStr(secret)})
    assert secret not in str(hidden) and HIDDEN in hidden["event"]
