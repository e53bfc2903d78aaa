"""What a page of ours may load and do: nothing but what its own policy names, and no script that is not ours.

A script or a style inside a page is named by its hash, so that one that somebody smuggles in stays dead.
"""

from __future__ import annotations

import base64
import hashlib

_FORMS = "'self' https: http://127.0.0.1:* http://localhost:*"
"""Forms lead on to the pages of providers, simulated ones on this machine included."""


def policy(**sources: str) -> str:
    """The Content-Security-Policy of a page; ``script_src="'self'"`` lets it load scripts from us, and so on."""
    own = "".join(f"; {name.replace('_', '-')} {value}" for name, value in sources.items())
    return f"default-src 'none'{own}; form-action {_FORMS}; base-uri 'none'; frame-ancestors 'none'"


def inline(text: str) -> str:
    """The source that lets exactly this script or style in, as it stands between its tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
