"""Check of the secrets in the settings: long enough, not guessable, not from the example, each used once, and in a file of
its owner alone. No finding names a value.
"""

from __future__ import annotations

import base64
import math
import re
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from db.settings import Settings
from services.operations.checks import Finding, Status

OWN = ("AUTH_KEYS", "ENCRYPTION_KEYS", "FILES_SECRET", "UNIPILE_WEBHOOK_SECRET", "CHATWOOT_PATH_SECRET")
"""Secrets that whoever installs Usta makes up himself; the others are given out by a service."""
SAME_SERVICE = ("OPENAI_API_KEY", "TRANSCRIPTION_API_KEY", "SPEECH_API_KEY")
"""May be one key: they may be one provider."""
IN_ADDRESSES = ("DATABASE_URL", "REDIS_URL", "SMTP_URL")
LEAST_LENGTH = 16
LEAST_BITS = 56
"""Of an own secret, counted by how its characters are spread; 16 random letters and digits have about 60."""
_WORDS = re.compile(
    r"(?i)secret|pass(word|wort)?|change.?me|replace.?me|your|test|demo|example|usta|admin|default|azerty|qwerty|letmein"
    r"|mot.?de.?passe|[sş]ifre|key|token|a long random text|19\d\d|20\d\d|0?1234\d*"
)
"""What people and examples write where something random should stand: it counts nothing."""
_PLACEHOLDER = re.compile(r"…|\.\.\.|^<.*>$|a long random text|change.?me|replace.?me", re.IGNORECASE)
_REMEDY = "Make each anew: openssl rand -base64 32 (ENCRYPTION_KEYS: usta keys new), and keep .env for its owner alone."


async def strength(settings: Settings) -> Finding:
    """``weak`` names the settings; with a real channel what comes from the example, or is guessed at once, is ``broken``."""
    secrets = dict(named_secrets(settings))
    troubles = [trouble for name, value in secrets.items() if (trouble := _trouble(name, value))]
    guessed = bool(troubles)
    troubles += _used_twice(secrets)
    if trouble := _readable_by_others(Path(str(settings.model_config.get("env_file") or ".env"))):
        troubles.append(trouble)
    if troubles:
        status: Status = "broken" if guessed and not settings.simulated_channel else "weak"
        return Finding("Secrets", status, "; ".join(troubles), _REMEDY)
    if not secrets:
        return Finding("Secrets", "embedded", "made by this installation in the data folder")
    return Finding("Secrets", "ok", f"{len(secrets)} set, none of them weak or used twice")


def named_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every secret that is set, by the name of its setting and, where it has several, its place in it."""
    for field, info in Settings.model_fields.items():
        name, value = str(info.validation_alias or field), getattr(settings, field)
        if name in IN_ADDRESSES:
            password = urlsplit(_plain(value)).password if value else None
            if password:
                yield name, unquote(password)
        elif name == "STORAGE_OPTIONS":
            yield from ((f"{name} {key}", str(value[key])) for key in ("secret", "token") if value.get(key))
        elif isinstance(value, SecretStr):
            yield name, value.get_secret_value()
        elif isinstance(value, dict):
            yield from ((f"{name} {key}", _plain(each)) for key, each in value.items() if isinstance(each, SecretStr))
        elif isinstance(value, list):
            several = [each for each in value if isinstance(each, SecretStr)]
            yield from ((f"{name} {number}", _plain(each)) for number, each in enumerate(several, start=1))


def bits(text: str) -> float:
    """How much somebody would have to guess, by how the characters are spread. Words of examples and repetition count 0."""
    rest = _WORDS.sub("", text)
    period = (rest + rest).find(rest, 1) if rest else 0
    rest = rest[:period] if 0 < period < len(rest) else rest
    if not rest:
        return 0.0
    shares = [count / len(rest) for count in Counter(rest).values()]
    return -sum(share * math.log2(share) for share in shares) * len(rest)


def _trouble(name: str, value: str) -> str | None:
    setting = name.partition(" ")[0]
    if _PLACEHOLDER.search(value):
        return f"{name} is still the example's"
    if setting == "ENCRYPTION_KEYS":
        return None if _looks_random(value) else f"{name} is not random"
    if setting in OWN:
        if len(value) < LEAST_LENGTH:
            return f"{name} is shorter than {LEAST_LENGTH} characters"
        return f"{name} can be guessed" if bits(value) < LEAST_BITS else None
    return f"{name} is a password of examples" if bits(value) == 0 else None


def _looks_random(key: str) -> bool:
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        return True  # another check tells that it is no key
    return len(set(raw)) >= len(raw) / 2


def _used_twice(secrets: dict[str, str]) -> list[str]:
    places: dict[str, list[str]] = defaultdict(list)
    for name, value in secrets.items():
        places[value].append(name)
    return [
        f"{' and '.join(names)} are the same"
        for names in places.values()
        if len(names) > 1 and not all(name in SAME_SERVICE for name in names)
    ]


def _readable_by_others(file: Path) -> str | None:
    try:
        mode = file.stat().st_mode
    except OSError:
        return None
    return f"{file} can be read by others: chmod 600 {file}" if mode & (stat.S_IRWXG | stat.S_IRWXO) else None


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
