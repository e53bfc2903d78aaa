"""Why a call to the platform failed, as far as it matters for what to do next. Matched on the HTTP status."""

from __future__ import annotations


class PlatformError(Exception):
    """A failed call. ``status`` and ``code`` are the platform's; both are empty when there was no answer."""

    def __init__(self, detail: str = "", *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(" ".join(str(part) for part in (status, code, detail) if part))
        self.status, self.code, self.detail = status, code, detail


class BadCredentials(PlatformError):
    """Client id or secret are wrong, or may not act for this company: our configuration."""


class RateLimited(PlatformError):
    """Too many calls; nothing was done. ``retry_after`` in seconds when the platform tells."""

    retry_after: float | None = None


class Unavailable(PlatformError):
    """The platform could not be reached or said so before doing anything."""


class OutcomeUnknown(PlatformError):
    """A deposit broke off after it may have been taken: look for it before making it again."""


class NotFound(PlatformError):
    """The flow or directory entry does not exist."""


class TooLarge(PlatformError):
    """The file exceeds the platform's limit (100 MB)."""


class Refused(PlatformError):
    """The platform does not accept the request as it is; the same request will never succeed."""
