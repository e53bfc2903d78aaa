"""`usta einvoicing`: switches e-invoicing on for a company and puts the approved platform to use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from services.einvoicing.afnor import AfnorPlatform

app = typer.Typer(help="Electronic invoices: the approved platform and who uses it.", no_args_is_help=True)
_Answer = TypeVar("_Answer")
Company = Annotated[str, typer.Argument(help="Slug, SIRET or id of the organization.")]


@app.command()
def on(
    company: Company,
    reporting: Annotated[
        str | None, typer.Option(help="How often a company under the standard VAT regime reports: decade or monthly.")
    ] = None,
) -> None:
    """Switch e-invoicing on for a company: its invoices to businesses go to the platform from now on."""
    _change(company, True, reporting)


@app.command()
def off(company: Company) -> None:
    """Switch e-invoicing off for a company. What the platform has stays there."""
    _change(company, False, None)


@app.command()
def again(number: Annotated[str, typer.Argument(help="Number of the invoice.")], company: Company) -> None:
    """Give an invoice to the platform once more after it was given up."""
    from api.cli.database import in_database
    from api.cli.ending import fail

    async def work(session: AsyncSession) -> bool:
        from services.accounts.service import organization_named
        from services.documents.lookup import find_document
        from services.einvoicing.service import NotHeldUp, give_again

        organization = await organization_named(session, company) or fail(f"No organization {company}.")
        row = await find_document(session, organization.id, reference=number, kind="invoice")
        try:
            await give_again(session, organization.id, (row or fail(f"No invoice {number}.")).id)
        except NotHeldUp:
            return False
        return True

    if not in_database(work):
        fail(f"{number} is not held up: the platform has it, or it was never to go there.")
    typer.echo(f"{number} is given to the platform again.")


@app.command()
def setup() -> None:
    """Subscribe our webhook at the platform and print the key of its signatures (EINVOICING_WEBHOOK_KEY)."""
    from api.cli.ending import fail
    from db.settings import settings
    from services.einvoicing.credentials import WEBHOOK_PATH
    from services.einvoicing.provisioning import provision

    configured = settings()
    if configured.einvoicing != "platform":
        fail("Set EINVOICING_ENABLED=true, EINVOICING_FLOW_URL and the credentials first (see .env.example).")
    if configured.public_url is None:
        fail("Set PUBLIC_URL (https://… of this server) first.")
    endpoint = f"{configured.public_url.rstrip('/')}{WEBHOOK_PATH}"
    webhook = _ask(lambda platform: provision(platform, endpoint))
    typer.echo(f"Subscribed {endpoint}. Set this and start again:\nEINVOICING_WEBHOOK_KEY={webhook.signing_key}")


@app.command()
def directory(siren: Annotated[str, typer.Argument(help="SIREN of the company to look up.")]) -> None:
    """Show the electronic addresses of a company in the directory."""
    lines = _ask(lambda platform: platform.directory_lines(siren))
    for line in lines:
        typer.echo(f"{line.addressing_identifier}  {'enabled' if line.enabled else 'not served'}")
    if not lines:
        typer.echo(f"{siren} has no line in the directory.")


def _change(company: str, enabled: bool, reporting: str | None) -> None:
    from api.cli.database import in_database
    from api.cli.ending import fail

    if reporting not in (None, "decade", "monthly"):
        fail("--reporting is decade or monthly.")

    async def work(session: AsyncSession) -> str | None:
        from services.accounts.service import organization_named
        from services.einvoicing.preferences import Preferences, change

        organization = await organization_named(session, company)
        if organization is None:
            return None
        wanted = Preferences.model_validate({"enabled": enabled, **({"reporting": reporting} if reporting else {})})
        changed = await change(
            session, organization.id, enabled=wanted.enabled, reporting=wanted.reporting if reporting else None
        )
        return f"{organization.name}: e-invoicing {'on' if changed.enabled else 'off'}, reporting {changed.reporting}."

    typer.echo(in_database(work) or fail(f"No organization {company}."))


def _ask(question: Callable[[AfnorPlatform], Awaitable[_Answer]]) -> _Answer:
    """Asks the configured platform; ends in one sentence when it does not answer."""
    from api.cli.ending import fail
    from services.einvoicing.afnor import configured_platform
    from services.einvoicing.platform_errors import PlatformError

    async def run() -> _Answer:
        platform = configured_platform()
        try:
            return await question(platform)
        finally:
            await platform.close()

    try:
        return asyncio.run(run())
    except PlatformError as error:
        fail(f"The platform did not answer: {error}. Check the EINVOICING_ variables.")
