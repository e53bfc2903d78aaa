"""Stripe through its own SDK: what billing asks of it, as plain dictionaries of Stripe's objects.

Every call is the SDK's; this module only fixes the address, the key and the few parameters that never change.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import stripe

from db.settings import Settings, settings
from services.messaging.credentials import derived_secret, own_url

SIMULATOR_PATH = "/simulator/stripe"
"""Where ``usta serve`` mounts the simulated Stripe."""
WEBHOOK_PATH = "/webhooks/stripe"
logging.getLogger("stripe").setLevel(logging.WARNING)  # it writes two lines for each call
API_VERSION = "2026-10-28.endive"
"""The version whose objects are read here; the webhook endpoint is made with it."""
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "refund.updated",
)
"""What the webhook endpoint is told of."""
REFUNDS = ("charge.refunded", "refund.updated")
"""Of them, those after which a refund may want its credit note."""
_PAGE = 100
_SECONDS = 20.0

StripeError = stripe.StripeError


class BillingOff(RuntimeError):
    """Nobody takes money here: no Stripe key is configured."""


class Stripe:
    """One account at Stripe."""

    def __init__(self, key: str, base: str | None = None, http_client: stripe.HTTPClient | None = None) -> None:
        self._client = stripe.StripeClient(
            key,
            stripe_version=API_VERSION,
            base_addresses={"api": base} if base else {},
            http_client=http_client or stripe.HTTPXClient(timeout=_SECONDS),
        )
        self.v1 = self._client.v1
        """The SDK's services, for the calls that are made in one place only."""

    async def customer_subscriptions(self, customer_id: str) -> list[dict[str, Any]]:
        """Every subscription that a customer has or had."""
        found = await self.v1.subscriptions.list_async({"customer": customer_id, "status": "all", "limit": _PAGE})
        return [each.to_dict() async for each in found.auto_paging_iter()]

    async def customer_invoices(self, customer_id: str) -> list[dict[str, Any]]:
        """Every invoice of a customer that is no draft any more."""
        found = await self.v1.invoices.list_async({"customer": customer_id, "limit": _PAGE})
        invoices = [each.to_dict() async for each in found.auto_paging_iter()]
        return [each for each in invoices if each["status"] != "draft"]

    async def clock_time(self, clock_id: str) -> int:
        """The time of a test clock, in Unix seconds: its customers live then."""
        return int((await self.v1.test_helpers.test_clocks.retrieve_async(clock_id)).frozen_time)

    async def paid_events(self) -> AsyncIterator[dict[str, Any]]:
        """The events of paid invoices, the newest first, page by page as far back as Stripe keeps them (30 days)."""
        found = await self.v1.events.list_async({"type": "invoice.paid", "limit": _PAGE})
        async for each in found.auto_paging_iter():
            yield each.to_dict()

    async def refunds(self) -> AsyncIterator[dict[str, Any]]:
        """Every refund of the account, the newest first."""
        found = await self.v1.refunds.list_async({"limit": _PAGE})
        async for each in found.auto_paging_iter():
            yield each.to_dict()

    async def invoice_paid_by(self, payment_intent_id: str) -> str | None:
        """The invoice that a payment was for; None for a payment of something else."""
        wanted: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent_id}, "limit": 1}
        found = (await self.v1.invoice_payments.list_async(wanted)).data
        return str(found[0].to_dict()["invoice"]) if found else None

    async def subscriptions(self) -> AsyncIterator[dict[str, Any]]:
        """Every subscription of the account, ended ones included."""
        found = await self.v1.subscriptions.list_async({"status": "all", "limit": _PAGE})
        async for each in found.auto_paging_iter():
            yield each.to_dict()


def api_key(configured: Settings) -> str:
    """The secret key. Raises ``BillingOff``."""
    if configured.stripe_api_key is not None:
        return configured.stripe_api_key.get_secret_value()
    if configured.billing == "simulator":
        return f"sk_test_{derived_secret(configured.home, 'stripe')[:32]}"
    raise BillingOff


def webhook_secret(configured: Settings) -> str | None:
    """What webhooks are signed with; None when there is none, so that every webhook is refused."""
    if configured.billing == "simulator":
        return f"whsec_{derived_secret(configured.home, 'stripe-webhook')[:32]}"
    secret = configured.stripe_webhook_secret
    return secret.get_secret_value() if secret else None


def api_base(configured: Settings) -> str | None:
    """Where the API is; None = Stripe's own address."""
    if configured.stripe_api_base:
        return configured.stripe_api_base.rstrip("/")
    return f"{own_url(configured)}{SIMULATOR_PATH}" if configured.billing == "simulator" else None


_account: list[Stripe] = []


def use_stripe(account: Stripe | None) -> None:
    """Names the account of this process; None makes the next use build the configured one."""
    _account[:] = [account] if account else []


def current_stripe() -> Stripe:
    """The account of this process: the one named, else that of the settings. Raises ``BillingOff``."""
    if not _account:
        configured = settings()
        _account.append(Stripe(api_key(configured), api_base(configured)))
    return _account[0]
