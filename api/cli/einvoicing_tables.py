"""Tables of `usta documents`: an invoice on the platform, and what is to be reported to the tax office."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import typer

from api.cli.database import in_database
from api.cli.ending import fail

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from services.einvoicing.ereporting import Report


def status(number: str, company: str, *, as_json: bool) -> None:
    """Prints the history of an invoice on the platform."""

    async def work(session: AsyncSession) -> list[dict[str, Any]]:
        from services.documents.lookup import find_document
        from services.einvoicing.lifecycle import LABELS
        from services.einvoicing.service import history

        organization = await _organization(session, company)
        row = await find_document(session, organization.id, reference=number, kind="invoice")
        if row is None:
            fail(f"{organization.name} has no invoice {number}.")
        return [
            {
                "number": row.number,
                "at": entry.occurred_at.isoformat(timespec="seconds"),
                "code": entry.code,
                "label": LABELS.get(entry.code, ""),
                "direction": entry.direction,
                "reason": " ".join(part for part in (entry.reason_code, entry.reason) if part),
            }
            for entry in await history(session, organization.id, row.id)
        ]

    entries = in_database(work)
    if as_json:
        typer.echo(json.dumps(entries, ensure_ascii=False, indent=2))
    elif not entries:
        typer.echo("The platform has said nothing of this invoice.")
    for entry in () if as_json else entries:
        typer.echo(f"{entry['at']}  {entry['code']} {entry['label']}  {entry['reason']}".rstrip())


def report(month: str, company: str, *, as_json: bool) -> None:
    """Prints the periods of a month with their rows and sums."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        fail("--month looks like 2026-11.")

    async def work(session: AsyncSession) -> Report:
        from services.einvoicing.ereporting import report

        return await report(session, (await _organization(session, company)).id, first)

    found = in_database(work)
    typer.echo(found.model_dump_json(indent=2) if as_json else "", nl=as_json)
    if not as_json:
        _print(found)


async def _organization(session: AsyncSession, company: str) -> Any:
    from services.accounts.service import organization_named

    return await organization_named(session, company) or fail(f"No organization {company}.")


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from services.documents.amounts import amount_text, rate_text

    for period in report.periods:
        title = f"{report.company}: {period.flow}, {period.start:%d/%m/%Y} to {period.end:%d/%m/%Y}"
        table = Table(title=title, title_justify="left")
        for name in ("Day", "Category", "Rate", "Base", "VAT", "Count"):
            table.add_column(name, justify="left" if name in ("Day", "Category") else "right")
        for row in period.rows:
            table.add_row(
                f"{row.day:%d/%m/%Y}",
                row.category,
                rate_text(row.vat_rate),
                amount_text(row.base),
                amount_text(row.vat),
                str(row.count),
            )
        table.add_section()
        table.add_row("Total", "", "", amount_text(period.base), amount_text(period.vat), "")
        Console().print(table)
