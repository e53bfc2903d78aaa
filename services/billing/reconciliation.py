"""What webhooks did not tell: customers whose subscription at Stripe is not as it is mirrored, or whose time has come."""

from __future__ import annotations

from datetime import datetime

from db.repositories import billing as repository
from db.session import Database
from services.billing.mirror import subscription_values
from services.billing.schemas import id_of
from services.billing.stripe_api import Stripe


async def customers_to_read(database: Database, stripe: Stripe, now: datetime) -> list[str]:
    """Whom to read again: everybody who differs in status or period, has an unpaid invoice, or a trial about to end."""
    async with database.system() as session:
        known = await repository.known_states(session)
        waiting = await repository.waiting_customers(session, now)
    found = list(waiting)
    async for told in stripe.subscriptions():
        values = subscription_values(told, None)
        state = values["status"], values["current_period_end"], values["cancel_at_period_end"], values["cancel_at"]
        customer = id_of(told["customer"])
        if known.get(told["id"]) != state and customer is not None:
            found.append(customer)
    return list(dict.fromkeys(found))
