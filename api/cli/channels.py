"""`usta channels`: puts the WhatsApp provider's workspace to use."""

from __future__ import annotations

import typer

app = typer.Typer(help="The WhatsApp channel: what the provider must know of this installation.", no_args_is_help=True)


@app.callback()
def channels() -> None:
    """The WhatsApp channel: what the provider must know of this installation."""


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
            asyncio.run(_setup())
        except ChannelError as error:
            fail(f"Unipile did not accept it: {error}. Check UNIPILE_DSN and UNIPILE_API_KEY.")


async def _setup() -> None:
    from api.cli.ending import fail
    from db.server import database_url
    from db.session import Database
    from db.settings import settings
    from services.messaging.credentials import api_key, provider_url
    from services.messaging.provisioning import provision
    from services.messaging.unipile import UnipileClient

    configured = settings()
    assert configured.public_url and configured.unipile_webhook_secret
    client = UnipileClient(provider_url(configured), api_key(configured))
    database = Database(database_url(configured), 2)
    try:
        async with database.system() as session:
            done = await provision(
                session,
                client,
                assistant_phone=configured.assistant_phone,
                endpoint=f"{configured.public_url.rstrip('/')}/webhooks/unipile/messages",
                header=configured.unipile_webhook_header,
                secret=configured.unipile_webhook_secret.get_secret_value(),
            )
    finally:
        await client.close()
        await database.close()
    if done.account_id is None:
        fail(
            f"The webhooks are registered, but no WhatsApp account of the workspace has the number "
            f"{configured.assistant_phone}: link it in Unipile, or correct ASSISTANT_PHONE, and run this again."
        )
    typer.echo(
        f"Ready: {configured.assistant_phone} answers. Webhooks new: {len(done.created)}, replaced: {len(done.replaced)}."
    )
