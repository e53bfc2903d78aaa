"""`usta channels`: puts the WhatsApp provider's workspace to use, and says how it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from api.cli.shared_inbox import setup_chatwoot

if TYPE_CHECKING:
    from db.session import Database
    from db.settings import Settings
    from services.messaging.unipile import UnipileClient

app = typer.Typer(help="The WhatsApp channel: what the provider must know of this installation.", no_args_is_help=True)


@app.callback()
def channels() -> None:
    """The WhatsApp channel: what the provider must know of this installation."""


app.command()(setup_chatwoot)


@app.command()
def setup() -> None:
    """Register our webhooks at Unipile and the assistant's number here. Run it after `usta migrate`; again does no harm."""
    import asyncio

    from api.cli.ending import fail, plain_failures
    from db.settings import settings
    from services.messaging.channel_errors import ChannelError

    configured = settings()
    if configured.simulated_channel:
        fail("The channel is the simulator: set UNIPILE_DSN and UNIPILE_API_KEY first (see .env.example).")
    if configured.unipile_webhook_secret is None or configured.public_url is None:
        fail("Set UNIPILE_WEBHOOK_SECRET (a long random text) and PUBLIC_URL (https://… of this server) first.")
    with plain_failures():
        try:
            asyncio.run(_setup(configured))
        except ChannelError as error:
            fail(f"Unipile did not accept it: {error}. Check UNIPILE_DSN and UNIPILE_API_KEY.")


@app.command()
def status() -> None:
    """Show the WhatsApp numbers, here and at the provider, and the webhooks that are registered there.

    Ends with exit code 1 when a webhook is missing or the assistant's number is not connected.
    """
    import asyncio

    from api.cli.ending import fail, plain_failures
    from db.settings import settings
    from services.messaging.channel_errors import ChannelError

    with plain_failures():
        try:
            well = asyncio.run(_status(settings()))
        except ChannelError as error:
            fail(f"The provider did not answer: {error}. Check UNIPILE_DSN and UNIPILE_API_KEY, or start `usta serve`.")
    if not well:
        raise typer.Exit(1)


async def _setup(configured: Settings) -> None:
    from api.cli.ending import fail
    from services.messaging.provisioning import provision

    assert configured.public_url and configured.unipile_webhook_secret
    async with _both(configured) as (client, database), database.system() as session:
        done = await provision(
            session,
            client,
            assistant_phone=configured.assistant_phone,
            base_url=configured.public_url,
            header=configured.unipile_webhook_header,
            secret=configured.unipile_webhook_secret.get_secret_value(),
        )
    if done.missing:
        fail(f"The provider took these webhooks but does not list them: {', '.join(done.missing)}. Run this again.")
    if done.account_id is None:
        fail(
            f"The webhooks are registered, but no WhatsApp account of the workspace has the number "
            f"{configured.assistant_phone}: link it in Unipile, or correct ASSISTANT_PHONE, and run this again."
        )
    typer.echo(
        f"Ready: {configured.assistant_phone} answers. Webhooks new: {len(done.created)}, replaced: {len(done.replaced)}."
    )


async def _status(configured: Settings) -> bool:
    from rich.console import Console
    from rich.table import Table

    from db.repositories.sessions import list_sessions
    from services.messaging.credentials import own_url, webhook_secret
    from services.messaging.provisioning import webhook_states
    from services.sessions.words import word_of_account

    async with _both(configured) as (client, database):
        at_provider = {account["id"]: word_of_account(account) async for account in client.list_accounts()}
        base_url = configured.public_url or own_url(configured)
        secret = (webhook_secret(configured) or b"").decode()
        webhooks = await webhook_states(
            client, base_url=base_url, header=configured.unipile_webhook_header, secret=secret
        )
        async with database.system() as session:
            accounts = await list_sessions(session, None)
    numbers = Table("Number", "Whose", "State", "Since (UTC)", "At the provider", box=None, header_style="bold")
    for account in accounts:
        there = at_provider.get(account.provider_account_id)
        since = account.status_since.strftime("%Y-%m-%d %H:%M")
        numbers.add_row(account.phone or "–", account.kind, account.status, since, there or "unknown")
    registered = Table("Webhook", "Address", "Registered", box=None, header_style="bold")
    for state in webhooks:
        count = len(state.current)
        how = "yes" if count == 1 else f"{count} times" if count else "no: usta channels setup"
        registered.add_row(state.wanted.name, base_url.rstrip("/") + state.wanted.path, how)
    console = Console()
    console.print(numbers)
    console.print()
    console.print(registered)
    answers = any(account.kind == "assistant" and account.status == "connected" for account in accounts)
    return answers and all(len(state.current) == 1 for state in webhooks)


@asynccontextmanager
async def _both(configured: Settings) -> AsyncIterator[tuple[UnipileClient, Database]]:
    """The provider's client and the database, closed at the end."""
    from db.server import database_url
    from db.session import Database
    from services.sessions.service import client_of

    client = client_of(configured)
    database = Database(database_url(configured), 2)
    try:
        yield client, database
    finally:
        await client.close()
        await database.close()
