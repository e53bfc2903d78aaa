"""The simulated register as an ASGI application, and its place inside ``usta serve`` beside the simulated channel."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from services.company_register.search_api import SIMULATOR_PATH
from services.company_register.simulator.state import State


class RegisterSimulator:
    """The register and the application that serves its ``/search``."""

    def __init__(self) -> None:
        self.state = State()
        self.app = FastAPI(title="Register of companies, simulated", openapi_url=None)
        self.app.state.register = self.state
        self.app.add_api_route("/search", search)


async def search(request: Request, q: str = "", page: int = 1, per_page: int = 10) -> Response:
    """``GET /search?q=…``: one company for a SIREN or SIRET, none for anything else; 400 for too short a question."""
    state: State = request.app.state.register
    query = "".join(q.split())
    state.asked = [*state.asked, query][-100:]
    if state.behaviour.latency_ms:
        await asyncio.sleep(state.behaviour.latency_ms / 1000)
    if (fault := state.fault()) is not None:
        if fault.status is None:
            return PlainTextResponse("<html>maintenance</html>")
        headers = {"retry-after": "1"} if fault.status == 429 else None
        return JSONResponse({"erreur": "Fault ordered by the simulator's control API."}, fault.status, headers)
    if len(query) < 3:
        return JSONResponse(
            {"erreur": "3 caractères minimum pour les termes de la requête (ou utilisez au moins un filtre)"}, 400
        )
    found = state.found(query)
    results: list[dict[str, Any]] = [found] if found and page == 1 else []
    return JSONResponse(
        {
            "results": results,
            "total_results": len(results),
            "page": page,
            "per_page": per_page,
            "total_pages": len(results),
        }
    )


def attach(app: FastAPI) -> RegisterSimulator:
    """Mounts the simulated register into ``app``."""
    simulator = RegisterSimulator()
    app.mount(SIMULATOR_PATH, simulator.app)
    app.state.register_simulator = simulator
    return simulator
