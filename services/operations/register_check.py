"""The check of the register of companies: asked for the company that runs it."""

from __future__ import annotations

from db.settings import Settings
from services.company_register.register import RegisterAway
from services.company_register.search_api import configured_register
from services.operations.checks import Finding

KNOWN_SIREN = "130025265"
"""The directorate of the State that runs the public API (DINUM)."""


async def company_register(settings: Settings) -> Finding:
    """It answers, its stand-in is used, or it is off: artisans then say themselves what it would have told."""
    name = "Company register"
    if settings.company_register == "off":
        return Finding(name, "optional", "off: artisans are asked for name and address", "Unset COMPANY_REGISTER_URL.")
    if settings.company_register == "simulator":
        remedy = "Set COMPANY_REGISTER_URL to look real companies up."
        return Finding(name, "embedded", "simulated register", remedy)
    register = configured_register(settings)
    try:
        await register.find(KNOWN_SIREN)
    except RegisterAway as error:
        return Finding(name, "optional", f"away, artisans are asked: {error}", "Check COMPANY_REGISTER_URL.")
    finally:
        await register.close()
    return Finding(name, "ok", "answers")
