"""The checks of ``usta doctor``: what is configured, what answers, what is missing, and how to mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Literal

from db.settings import Settings

Status = Literal["ok", "embedded", "optional", "weak", "broken"]
"""ok: configured and working; embedded: nothing configured, the built-in replacement works; optional: not there, Usta
works without it; weak: it works, and somebody could get in; broken: needed and not working, or as good as open."""


@dataclass(frozen=True)
class Finding:
    """What one check found, in one line, and what to do when it is not well."""

    name: str
    status: Status
    detail: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


Check = Callable[[Settings], Awaitable[Finding]]


async def run_checks(settings: Settings) -> list[Finding]:
    """Runs every check, in the order a newcomer should read them. A check that raises is itself a finding."""
    from services.operations import inbox_check, machine_checks, register_check, secret_checks, service_checks

    checks: list[tuple[str, Check]] = [
        ("Python", machine_checks.python),
        ("Data folder", machine_checks.home),
        ("Database", service_checks.database),
        ("Migrations", service_checks.migrations),
        ("Worker", service_checks.worker),
        ("PDF engine", machine_checks.pdf_engine),
        ("PDF fonts", machine_checks.fonts),
        ("Storage", service_checks.storage),
        ("WhatsApp", service_checks.channel),
        ("WhatsApp numbers", service_checks.numbers),
        ("Shared inbox", inbox_check.shared_inbox),
        ("Language model", service_checks.model),
        ("Transcription", service_checks.transcription),
        ("Pictures", service_checks.pictures),
        ("E-invoicing", service_checks.einvoicing),
        ("Company register", register_check.company_register),
        ("Sign-in", service_checks.sign_in),
        ("Encryption", service_checks.encryption),
        ("Secrets", secret_checks.strength),
        ("Port", machine_checks.port),
    ]
    return list(await asyncio.gather(*(_guarded(name, check, settings) for name, check in checks)))


async def _guarded(name: str, check: Check, settings: Settings) -> Finding:
    try:
        return await check(settings)
    except Exception as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        return Finding(name, "broken", first_line)
