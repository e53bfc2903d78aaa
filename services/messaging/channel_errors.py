"""Why a call to the channel failed, as far as it matters for what to do next. Matched on the provider's ``type``."""

from __future__ import annotations


class ChannelError(Exception):
    """A failed call. ``status`` and ``type`` are the provider's; both are empty when there was no answer."""

    def __init__(self, detail: str = "", *, status: int | None = None, type: str | None = None) -> None:
        super().__init__(" ".join(str(part) for part in (status, type, detail) if part))
        self.status, self.type, self.detail = status, type, detail


class BadApiKey(ChannelError):
    """The key of the workspace is missing or wrong: our configuration, nobody else's fault."""


class Disconnected(ChannelError):
    """The number lost its session; its owner must scan a QR code again."""


class InvalidRecipient(ChannelError):
    """The number is not on WhatsApp, or does not accept messages."""


class RateLimited(ChannelError):
    """Too many calls; nothing was done. ``retry_after`` in seconds when the provider tells."""

    retry_after: float | None = None


class Unavailable(ChannelError):
    """The provider could not be reached or said so before doing anything."""


class OutcomeUnknown(ChannelError):
    """A send broke off after the request may have been carried out: look before sending again."""


class NotFound(ChannelError):
    """The chat, message, file or account does not exist (any more)."""


class TooLarge(ChannelError):
    """The file exceeds the provider's limit (15 MB)."""


class Refused(ChannelError):
    """The provider does not accept the request as it is; the same request will never succeed."""


class WindowClosed(Refused):
    """The other side wrote too long ago to be written to freely, and there is no template to write with (UX-77)."""
