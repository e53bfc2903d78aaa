"""`usta billing`: makes a Stripe account fit, and proves that the order of its events does not matter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from services.billing.provisioning import Done

app = typer.Typer(help="Subscriptions: plans at Stripe, and the proof of their life.", no_args_is_help=True)


@app.command()
def setup() -> None:
    """Make what is missing at Stripe: product and price of each plan, the VAT rate, our webhook. Again, it makes nothing."""
    from api.cli.database import in_database
    from api.cli.ending import fail
    from db.settings import settings
    from services.billing.links import public_base
    from services.billing.paper import NoIssuer, issuer_of
    from services.billing.stripe_api import WEBHOOK_PATH

    configured = settings()
    if configured.billing != "stripe":
        fail("STRIPE_API_KEY is not set.")
    if configured.public_url is None:
        fail("PUBLIC_URL is not set: Stripe has to reach the webhook.")
    try:
        issuer_of(configured)
    except NoIssuer:
        fail("BILLING_ISSUER does not say who issues the subscription invoices.")

    async def work(session: AsyncSession) -> Done:
        from services.billing.provisioning import set_up
        from services.billing.stripe_api import current_stripe

        return await set_up(session, current_stripe(), f"{public_base(configured)}{WEBHOOK_PATH}")

    done = in_database(work)
    typer.echo(f"Made: {', '.join(done.made) or 'nothing'}. There already: {', '.join(done.found) or 'nothing'}.")
    if done.secret:
        typer.echo(f"STRIPE_WEBHOOK_SECRET={done.secret}")


@app.command()
def prove(
    orders: Annotated[int, typer.Option(min=1, max=5000, help="Lives to play, each with its own order.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed plays the same orders.")] = 1,
) -> None:
    """Play a subscription's life on the simulated Stripe, webhooks shuffled, repeated, late and lost: one end each time."""
    from api.app import create_app
    from evals.billing.proof import on_throw_away

    report = on_throw_away(create_app, orders, seed, lambda line: typer.echo(line, err=True))
    typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    if report.differing or not report.gapless:
        raise typer.Exit(1)
