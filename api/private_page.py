"""Pages behind a signed link: kept by no browser, found by no search, told to no other site."""

from __future__ import annotations

from services.protection.pages import policy


def private_headers(**sources: str) -> dict[str, str]:
    """The headers of such a page; ``sources`` = what its content security policy lets it load."""
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": policy(**sources),
    }
