"""`usta admin`: the installation's own admins, and the page of who may call what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from db.settings import Settings

app = typer.Typer(help="Admins of this installation, and who may call which route.", no_args_is_help=True)
PAGE = Path("docs/access.md")
Email = Annotated[str, typer.Argument(help="E-mail to sign in with.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        confirmation_prompt=True,
        envvar="USTA_ADMIN_PASSWORD",
        help="12 to 128 characters.",
    ),
]


@app.command()
def create(
    email: Email, password: Password, name: Annotated[str | None, typer.Option(help="How he is called.")] = None
) -> None:
    """Make an admin of the installation. The first one is made like this; so is every other."""
    from api.cli.ending import fail
    from services.clients.schemas import InvalidClientFact
    from services.clients.service import checked_email
    from services.identity import platform_admins
    from services.identity.registration import Taken

    async def work(session: AsyncSession, hashed: str) -> bool:
        try:
            await platform_admins.create(session, email, name, hashed, datetime.now(UTC))
        except Taken:
            await session.rollback()
            return False
        return True

    try:
        checked_email(email)
    except InvalidClientFact:
        fail(f"{email} is no e-mail address.")
    if not _with_password(password, email, work):
        fail(f"{email} is an admin already: usta admin reset {email} gives a new password.")
    typer.echo(f"{email} may sign in: POST /api/v1/admin/auth/login.")


@app.command()
def reset(email: Email, password: Password) -> None:
    """Give an admin a new password, take his second factor away and sign him out everywhere."""
    from services.identity import platform_admins

    async def work(session: AsyncSession, hashed: str) -> bool:
        try:
            await platform_admins.reset(session, email, hashed, datetime.now(UTC))
        except platform_admins.AdminUnknown:
            return False
        return True

    _known(_with_password(password, email, work), email)
    typer.echo(f"{email} has a new password and no second factor.")


@app.command()
def disable(email: Email) -> None:
    """End an admin's access at once."""
    from api.cli.database import in_database
    from services.identity import platform_admins

    async def work(session: AsyncSession) -> bool:
        try:
            await platform_admins.disable(session, email, datetime.now(UTC))
        except platform_admins.AdminUnknown:
            return False
        return True

    _known(in_database(work), email)
    typer.echo(f"{email} signs in no more.")


@app.command()
def routes(
    write: Annotated[bool, typer.Option("--write", help=f"Write {PAGE} instead of printing it.")] = False,
) -> None:
    """Show who may call which route, of the table of permissions and the routes themselves."""
    text = access_page()
    if write:
        PAGE.write_text(text)
        typer.echo(f"{PAGE} is written.")
    else:
        typer.echo(text, nl=False)


def access_page() -> str:
    """The page for an installation with everything simulated, which has every route there is."""
    from api.app import create_app
    from api.route_table import page

    return page(create_app(with_every_door()))


def with_every_door() -> Settings:
    """Settings under which the application has every route there is, whatever this machine's are."""
    from db.settings import Settings

    return Settings(
        _env_file=None, UNIPILE_DSN=None, CHATWOOT_URL=None, EINVOICING_ENABLED=True, EINVOICING_FLOW_URL=None
    )


def _with_password(password: str, email: str, work: Callable[[AsyncSession, str], Awaitable[bool]]) -> bool:
    from api.cli.database import in_database
    from api.cli.ending import fail
    from db.settings import settings
    from services.identity.passwords import passwords_of, weakness

    if why := weakness(password, email):
        fail(f"The password {why}.")
    hashed = asyncio.run(passwords_of(settings()).hash(password))
    return in_database(lambda session: work(session, hashed))


def _known(found: bool, email: str) -> None:
    from api.cli.ending import fail

    if not found:
        fail(f"No admin {email}.")
