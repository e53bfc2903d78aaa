"""`usta channels setup-chatwoot`: puts a Chatwoot account to use."""

from __future__ import annotations

import typer


def setup_chatwoot() -> None:
    """Register our webhook and bot at Chatwoot and the inbox here. Run it after `usta migrate`; again does no harm."""
    import asyncio

    from api.cli.ending import fail, plain_failures
    from db.settings import settings
    from services.messaging.channel_errors import ChannelError

    configured = settings()
    if configured.chatwoot != "server":
        fail("Set CHATWOOT_URL, CHATWOOT_ACCOUNT_ID, CHATWOOT_INBOX_ID and CHATWOOT_TOKEN first (see .env.example).")
    if configured.public_url is None:
        fail("Set PUBLIC_URL (https://… of this server) first.")
    with plain_failures():
        try:
            asyncio.run(_setup())
        except ChannelError as error:
            fail(f"Chatwoot did not accept it: {error}. CHATWOOT_TOKEN must be an administrator's.")


async def _setup() -> None:
    import json

    from db.server import database_url
    from db.session import Database
    from db.settings import settings
    from services.chatwoot.channel import client_of
    from services.chatwoot.credentials import WEBHOOK_PATH, access, webhook_secrets
    from services.chatwoot.provisioning import provision

    configured = settings()
    reached = access(configured)
    assert reached and configured.public_url
    path = configured.chatwoot_path_secret
    endpoint = f"{configured.public_url.rstrip('/')}{WEBHOOK_PATH}" + (f"/{path.get_secret_value()}" if path else "")
    client, database = client_of(reached), Database(database_url(configured), 2)
    try:
        async with database.system() as session:
            done = await provision(session, client, account=reached.account, inbox=reached.inbox, endpoint=endpoint)
    finally:
        await client.close()
        await database.close()
    typer.echo(f"Made at Chatwoot: {', '.join(done.created) or 'nothing, all was there'}.")
    if missing := [secret for secret in done.secrets if secret not in webhook_secrets(configured)]:
        typer.echo("Put these into the configuration and restart:")
        typer.echo(f"CHATWOOT_WEBHOOK_SECRETS='{json.dumps(webhook_secrets(configured) + missing)}'")
    if done.bot_token and done.bot_token != reached.bot_token:
        typer.echo(f"CHATWOOT_BOT_TOKEN={done.bot_token}")
    if not done.secrets:
        typer.echo("This server signs no webhooks: set CHATWOOT_PATH_SECRET (a long random text) and run this again.")
