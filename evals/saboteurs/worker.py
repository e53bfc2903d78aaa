"""A worker in which the saboteurs are installed: ``python -m evals.saboteurs.worker worker``, in place of ``usta worker``.

A saboteur works in the turns of companies that bear its name (``Saboteur.company``); everybody else gets the product as
it is, so that all saboteurs and the honest agent can be played on one installation at the same time.
"""

from __future__ import annotations

import runpy
from typing import Any
from uuid import UUID

from evals.saboteurs.registry import SABOTEURS
from evals.saboteurs.sabotage import at_work

_BY_COMPANY = {saboteur.company: saboteur.name for saboteur in SABOTEURS.values()}


def install() -> None:
    """Puts every saboteur into this process, each asleep until a turn of its company."""
    from agent import jobs
    from db.repositories.accounts import get_organization

    for saboteur in SABOTEURS.values():
        saboteur.install()
    honest = vars(jobs)["run_turn"]

    async def run_turn(
        database: Any, understander: Any, settings: Any, organization_id: UUID, chat_id: UUID, *more: Any
    ) -> bool:
        async with database.tenant(organization_id) as session:
            organization = await get_organization(session, organization_id)
        with at_work(_BY_COMPANY.get(organization.name)):
            return await honest(database, understander, settings, organization_id, chat_id, *more)

    vars(jobs)["run_turn"] = run_turn


if __name__ == "__main__":
    install()
    runpy.run_module("api.cli.main", run_name="__main__")
