"""Pages behind a signed link: kept by no browser, found by no search, told to no other site."""

from __future__ import annotations

_POLICY = "default-src 'none'; {own}; form-action *; base-uri 'none'; frame-ancestors 'none'"


def private_headers(own: str) -> dict[str, str]:
    """The headers of such a page; ``own`` = what its content security policy lets it load, separated by "; "."""
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _POLICY.format(own=own),
    }
