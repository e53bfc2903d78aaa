"""The port to the register of companies, and the one this process asks."""

from __future__ import annotations

from typing import Protocol

from services.company_register.schemas import Establishment


class RegisterAway(Exception):
    """The register did not answer, or with something that cannot be used: nothing is known, ask the person."""


class CompanyRegister(Protocol):
    """A register of French companies."""

    async def find(self, number: str) -> Establishment | None:
        """The establishment with this SIRET, or the head office of this SIREN; None when the register has none.

        ``number`` is checked already (``services.clients.identifiers``). Raises ``RegisterAway``.
        """
        ...

    async def close(self) -> None: ...


class NoRegister:
    """No register is asked: everything is told by the person."""

    async def find(self, number: str) -> Establishment | None:
        raise RegisterAway("no register is configured")

    async def close(self) -> None:
        return None


_register: list[CompanyRegister] = []


def use_register(register: CompanyRegister | None) -> None:
    """Names the register of this process; None makes the next use build the configured one."""
    _register[:] = [register] if register else []


def current_register() -> CompanyRegister:
    """The register of this process: the one named, else that of the settings, real or simulated."""
    if not _register:
        from services.company_register.search_api import configured_register

        _register.append(configured_register())
    return _register[0]
