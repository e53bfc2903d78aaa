"""The port to an approved platform: what the house needs of it, and the one this process talks to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.einvoicing.schemas import DirectoryLine, Facility, Flow, FlowInfo, LegalUnit, RoutingCode, Webhook


class Platform(Protocol):
    """An approved platform after XP Z12-013. Every method raises subclasses of ``PlatformError``.

    ``organization`` is the SIREN of the company on whose behalf the call is made (header Organization-Id).
    """

    name: str

    async def deposit(self, info: FlowInfo, content: bytes, *, organization: str | None = None) -> Flow:
        """Gives a file to the platform. Never made twice by itself: ``find`` tells whether one arrived."""
        ...

    async def find(self, tracking_id: str, *, organization: str | None = None) -> Flow | None:
        """The flow that we sent under this tracking id; None when the platform has none."""
        ...

    async def updated(
        self, since: datetime, *, flow_types: Sequence[str] = (), organization: str | None = None
    ) -> list[Flow]:
        """The flows that changed after ``since``, oldest change first."""
        ...

    async def flow(self, flow_id: str, *, organization: str | None = None) -> Flow: ...

    async def document(self, flow_id: str, doc_type: str = "Original", *, organization: str | None = None) -> bytes:
        """The file of a flow: Original, Converted or ReadableView."""
        ...

    async def subscribe(self, callback_url: str, flow_types: Sequence[str]) -> Webhook: ...

    async def subscriptions(self) -> list[Webhook]: ...

    async def unsubscribe(self, webhook_id: str) -> None: ...

    async def company(self, siren: str) -> LegalUnit | None: ...

    async def facility(self, siret: str) -> Facility | None: ...

    async def routing_codes(self, siret: str) -> list[RoutingCode]: ...

    async def directory_lines(self, siren: str) -> list[DirectoryLine]:
        """The electronic addresses of a company."""
        ...

    async def close(self) -> None: ...


_platform: list[Platform] = []


def use_platform(platform: Platform | None) -> None:
    """Names the platform of this process's jobs; None makes the next use build the configured one."""
    _platform[:] = [platform] if platform else []


def current_platform() -> Platform:
    """The platform of this process: the one named, else that of the settings, real or simulated."""
    if not _platform:
        from services.einvoicing.afnor import configured_platform

        _platform.append(configured_platform())
    return _platform[0]
