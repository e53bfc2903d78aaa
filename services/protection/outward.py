"""Addresses that came from outside and that we open: only on the open internet, whatever their names resolve to.

No company can name one; a provider's webhook can. What the installation's own settings name is trusted and not looked at
here: the provider's server may well stand inside.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

__all__ = ["Forbidden", "SSRFProtectionError", "checked", "origin", "public_client"]
_PORTS = {"https": 443, "http": 80}
_NAMES_KEPT_SECONDS = 60.0


class Forbidden(Exception):
    """An address that nobody from outside may have us open."""


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ``Forbidden`` for what is no address of the web, or carries a user in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise Forbidden("not an address") from error
    if parts.scheme not in _PORTS or not parts.hostname or port is None or "@" in parts.netloc:
        raise Forbidden("not an address of the web")
    return parts.scheme, parts.hostname, port


def checked(url: str) -> str:
    """The address again, if it is https. Whether it lies inside is found out as the connection is made."""
    if origin(url)[0] != "https":
        raise Forbidden("not https")
    return url


def public_client(timeout: httpx.Timeout, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that connects to globally reachable addresses only: the one that was looked at is the one connected to.

    Its requests raise ``SSRFProtectionError`` otherwise. ``transport`` replaces the network in tests, and the guard.
    """
    client = httpx.AsyncClient(timeout=timeout, trust_env=False, transport=transport)
    return client if transport else httpx_ssrf_protection(client, dns_cache_ttl=_NAMES_KEPT_SECONDS)
