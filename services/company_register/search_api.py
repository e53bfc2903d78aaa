"""Client of the public API "Recherche d'entreprises" (recherche-entreprises.api.gouv.fr): open data, no key, seven
questions a second. Only the number of the company leaves the house."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from db.settings import Settings, settings
from services.clients.naming import address_in_french, person_name, place_name
from services.company_register.legal_forms import legal_form
from services.company_register.register import CompanyRegister, NoRegister, RegisterAway
from services.company_register.schemas import Establishment
from services.messaging.credentials import own_url

PUBLIC_URL = "https://recherche-entreprises.api.gouv.fr"
SIMULATOR_PATH = "/simulator/company-register"
"""Where ``usta serve`` mounts the simulated register."""
TIMEOUT_SECONDS = 4.0
"""An artisan waits for the answer: better ask him than keep him waiting."""
ATTEMPTS = 2
WITHHELD = "[NON-DIFFUSIBLE]"
"""What stands in place of a name or an address whose owner objected to its publication (statut_diffusion P)."""
_DISTRICT = re.compile(r"\s+(\d{1,2}(er|e|eme)?|cedex.*)$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")


class _Etablissement(BaseModel):
    siret: str
    adresse: str | None = None
    code_postal: str | None = None
    libelle_commune: str | None = None
    activite_principale: str | None = None
    etat_administratif: str | None = None
    date_fermeture: date | None = None


class _Entreprise(BaseModel):
    siren: str
    nom_complet: str | None = None
    nom_raison_sociale: str | None = None
    nature_juridique: str | None = None
    etat_administratif: str | None = None
    date_fermeture: date | None = None
    siege: _Etablissement | None = None
    matching_etablissements: list[_Etablissement] = []


class _Page(BaseModel):
    results: list[_Entreprise]


class SearchApi:
    """The register behind ``/search``. ``transport`` replaces the network in tests."""

    def __init__(
        self, base_url: str, *, timeout: float = TIMEOUT_SECONDS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers={"accept": "application/json", "user-agent": "usta"},
            timeout=httpx.Timeout(timeout, connect=2.0),
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def find(self, number: str) -> Establishment | None:
        try:
            page = _Page.model_validate(await self._search(number))
        except ValidationError as error:
            raise RegisterAway(f"unusable answer: {error.error_count()} errors") from error
        for unit in page.results:
            offices = [office for office in (unit.siege, *unit.matching_etablissements) if office]
            office = next((office for office in offices if number in (office.siret, unit.siren)), None)
            if office is not None:
                return _establishment(unit, office)
        return None

    async def _search(self, number: str) -> Any:
        again = retry_if_exception_type((httpx.TransportError, _Busy))
        wait = wait_random_exponential(multiplier=0.2, max=1.0)
        try:
            async for attempt in AsyncRetrying(retry=again, stop=stop_after_attempt(ATTEMPTS), wait=wait, reraise=True):
                with attempt:
                    response = await self._http.get("/search", params={"q": number, "page": 1, "per_page": 5})
                    if response.status_code == 429 or response.status_code >= 500:
                        raise _Busy(f"status {response.status_code}")
            if response.status_code != 200:
                raise RegisterAway(f"status {response.status_code}")
            return response.json()
        except (httpx.HTTPError, _Busy, ValueError) as error:
            raise RegisterAway(str(error) or type(error).__name__) from error


class _Busy(Exception):
    """The API is overloaded or down: another try may help."""


def configured_register(configured: Settings | None = None) -> CompanyRegister:
    """The register of the settings; its stand-in on the simulated channel."""
    configured = configured or settings()
    if configured.company_register == "off":
        return NoRegister()
    if configured.company_register == "simulator":
        return SearchApi(f"{own_url(configured)}{SIMULATOR_PATH}")
    return SearchApi(configured.company_register_url or PUBLIC_URL)


def _establishment(unit: _Entreprise, office: _Etablissement) -> Establishment:
    closed = office.etat_administratif == "F" or unit.etat_administratif == "C"
    postal_code, city = _shown(office.code_postal), _shown(office.libelle_commune)
    return Establishment(
        siret=office.siret,
        name=_name(unit),
        legal_form=legal_form(unit.nature_juridique),
        address_line=_street(_shown(office.adresse), postal_code),
        postal_code=postal_code,
        city=place_name(_DISTRICT.sub("", city)) if city else None,
        activity=office.activite_principale,
        closed=closed,
        closed_on=(office.date_fermeture or unit.date_fermeture) if closed else None,
    )


def _name(unit: _Entreprise) -> str | None:
    """The legal name; of a person his own, without the trade name that ``nom_complet`` adds in brackets."""
    name = _shown(unit.nom_raison_sociale) or _IN_BRACKETS.sub("", _shown(unit.nom_complet) or "")
    return person_name(name) or None


def _street(address: str | None, postal_code: str | None) -> str | None:
    """The part of the whole address that stands before the postal code."""
    if not address or not postal_code or postal_code not in address:
        return None
    return address_in_french(address.rpartition(postal_code)[0].strip(" ,").lower()) or None


def _shown(value: str | None) -> str | None:
    return None if not value or WITHHELD in value else value
