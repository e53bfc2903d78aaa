"""What `usta documents verify` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.documents.chain_check import Report


def verify(organization: str | None, *, as_json: bool) -> None:
    """Checks, prints, and ends with exit code 1 on a break or when there is no such organization."""
    import asyncio

    from api.cli.ending import fail, plain_failures

    with plain_failures():
        reports = asyncio.run(_reports(organization))
    if organization is not None and not reports:
        fail(f"There is no organization {organization}.")
    if as_json:
        typer.echo(json.dumps([report.as_json() for report in reports], ensure_ascii=False, indent=2))
    else:
        for report in reports:
            _print(report)
    if any(report.breaks for report in reports):
        raise typer.Exit(1)


async def _reports(organization: str | None) -> list[Report]:
    from db.server import database_url
    from db.session import Database
    from services.documents.chain_check import verify as check
    from services.storage.service import storage

    database = Database(database_url(), pool_size=1)
    try:
        async with database.system() as session:
            return await check(session, storage(), organization)
    finally:
        await database.close()


def _print(report: Report) -> None:
    counted = f"{report.events} events, {report.documents} documents, {report.payments} payments, {report.files} files"
    if report.ended:
        counted += f", {report.ended} purged after their hold"
    if not report.breaks:
        typer.echo(f"✔ {report.name}: {counted}; the chain holds. Head: {report.head}")
        return
    typer.echo(f"✘ {report.name}: {counted}; {len(report.breaks)} breaks.")
    for index, one in enumerate(report.breaks):
        place = f"event {one.at}" if one.at is not None else "no event"
        first = "  first break: " if index == 0 else "  then: "
        typer.echo(f"{first}{place}{f', {one.number}' if one.number else ''}: {one.code}: {one.meaning}")
