"""The simulated platform's Directory service (XP Z12-013 annexe B, 1.3.0): every valid SIREN has a line, unless ordered
otherwise."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from stdnum.fr import siren as siren_number

from services.einvoicing.simulator.network import Network
from services.einvoicing.simulator.wire import NetworkDep, ServiceError

router = APIRouter(prefix="/v1")


@router.get("/siren/code-insee:{siren}", name="getCompanyBySiren")
async def company(network: NetworkDep, siren: str) -> dict[str, Any]:
    if not _is_known(network, siren):
        raise ServiceError(404, f"SIREN {siren}")
    return {
        "siren": siren,
        "businessName": f"Entreprise {siren}",
        "administrativeStatus": "A",
        "entityType": "PrivateVatRegistered",
    }


@router.get("/siret/code-insee:{siret}", name="getFacilityBySiret")
async def facility(network: NetworkDep, siret: str) -> dict[str, Any]:
    if len(siret) != 14 or not _is_known(network, siret[:9]):
        raise ServiceError(404, f"SIRET {siret}")
    return {"siret": siret, "siren": siret[:9], "name": f"Établissement {siret[9:]}", "administrativeStatus": "A"}


@router.post("/siren/search", name="searchCompanyBySiren")
async def search_companies(network: NetworkDep, body: dict[str, Any]) -> dict[str, Any]:
    siren = _wanted(body, "siren")
    return _page(body, [{"siren": siren}] if _is_known(network, siren) else [])


@router.post("/siret/search", name="searchFacilityBySiret")
async def search_facilities(network: NetworkDep, body: dict[str, Any]) -> dict[str, Any]:
    siret = _wanted(body, "siret")
    return _page(body, [{"siret": siret, "siren": siret[:9]}] if _is_known(network, siret[:9]) else [])


@router.post("/routing-code/search", name="searchRoutingCode")
async def search_routing_codes(network: NetworkDep, body: dict[str, Any]) -> dict[str, Any]:
    """No company of the simulator routes by service."""
    return _page(body, [])


@router.post("/directory-line/search", name="searchDirectoryLine")
async def search_lines(network: NetworkDep, body: dict[str, Any]) -> dict[str, Any]:
    siren = _wanted(body, "siren")
    return _page(body, [_line(siren)] if _is_known(network, siren) else [])


@router.get("/directory-line/code:{identifier}", name="getDirectoryLineById")
async def line(network: NetworkDep, identifier: str) -> dict[str, Any]:
    if not _is_known(network, identifier[:9]):
        raise ServiceError(404, f"directory line {identifier}")
    return {**_line(identifier[:9]), "addressingIdentifier": identifier}


def _line(siren: str) -> dict[str, Any]:
    return {"addressingIdentifier": siren, "siren": siren, "platformType": "WK", "directoryLineStatus": "Enabled"}


def _is_known(network: Network, siren: str) -> bool:
    return bool(siren_number.is_valid(siren)) and siren not in network.state.behaviour.unknown_sirens


def _wanted(body: dict[str, Any], field: str) -> str:
    value = ((body.get("filters") or {}).get(field) or {}).get("value")
    if not isinstance(value, str) or not value:
        raise ServiceError(400, f"filters.{field}.value")
    return value


def _page(body: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"search": body, "totalNumberOfResults": len(results), "results": results}
