"""Secrets between Usta and its channel: configured for the real provider, made once per home for the simulator."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path

from db.settings import Settings
from db.shared_file import make_once

SIMULATOR_PATH = "/simulator/unipile"
"""Where ``usta serve`` mounts the simulator of the provider's API."""
_FILE = "channel.secret"


def webhook_secret(configured: Settings) -> bytes | None:
    """What the provider sends in ``unipile_webhook_header``; None when the real channel has none configured."""
    if configured.unipile_webhook_secret is not None:
        return configured.unipile_webhook_secret.get_secret_value().encode()
    return derived_secret(configured.home, "webhook").encode() if configured.simulated_channel else None


def api_key(configured: Settings) -> str:
    """The key for the provider's REST API; empty when the real channel has none configured."""
    if configured.unipile_api_key is not None:
        return configured.unipile_api_key.get_secret_value()
    return derived_secret(configured.home, "api") if configured.simulated_channel else ""


def own_url(configured: Settings) -> str:
    """The address of this installation's API as its own processes reach it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(configured.host, configured.host)
    return f"http://{host}:{configured.port}"


def provider_url(configured: Settings) -> str:
    """Base URL of the provider's REST API, real or simulated, without a final slash."""
    if configured.unipile_dsn is None:
        return f"{own_url(configured)}{SIMULATOR_PATH}/api/v1"
    return f"https://{configured.unipile_dsn}/api/v1"


def derived_secret(home: Path, purpose: str) -> str:
    """A secret of this installation for one purpose, the same in all its processes."""
    return hashlib.sha256(f"{purpose}:{_installation_secret(home.absolute())}".encode()).hexdigest()


@cache
def _installation_secret(home: Path) -> str:
    """Random, made by whichever process comes first and shared by all processes with the same ``home``."""
    path = home / _FILE
    make_once(path, lambda: secrets.token_hex(32))
    return path.read_text().strip()
