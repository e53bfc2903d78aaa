"""Two companies live through all that a subscription can: trial, payment, failure, suspension, return, refund, end.

Both are on one test clock that begins at a fixed day, so that every run has the same dates.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from db.models import Organization, User
from db.models.base import new_id
from db.session import Database
from db.settings import Settings
from services.billing import service
from services.billing.provisioning import set_up
from services.billing.simulator.app import StripeSimulator, account_in_process, create_stripe
from services.billing.simulator.objects import DAY
from services.billing.simulator.state import Object
from services.billing.stripe_api import WEBHOOK_PATH, Stripe, use_stripe, webhook_secret

BEGIN = int(datetime(2027, 1, 10, 9, tzinfo=UTC).timestamp())
DEAR, CHEAP = "pro-monthly", "starter-monthly"


@dataclass
class World:
    """One run: an account at Stripe of its own, two companies, and the door that webhooks reach."""

    database: Database
    configured: Settings
    http: httpx.AsyncClient
    events: list[Object] = field(default_factory=list)
    """What has happened at Stripe and was not delivered yet."""

    def __post_init__(self) -> None:
        self.simulator: StripeSimulator = create_stripe("sk_test_proof", "http://stripe.simulated", post=self._post)
        self.simulator.state.behaviour.webhooks = False
        secret = webhook_secret(self.configured)
        assert secret is not None
        self.simulator.subscribe(WEBHOOK_PATH, secret)
        self.stripe: Stripe = account_in_process(self.simulator)
        use_stripe(self.stripe)
        self._seen = 0
        self.pages = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.simulator.app), base_url="http://stripe.simulated"
        )

    async def begin(self) -> None:
        """Plans with prices, a clock, two companies whose owners have verified their phones."""
        self.clock = self.simulator.state.add(
            "test_helpers.test_clock", "clock", {"frozen_time": BEGIN, "name": None, "status": "ready"}
        )["id"]
        async with self.database.system() as session:
            await set_up(session, self.stripe)
        self.dear, self.cheap = await self._company("Plomberie Une"), await self._company("Peinture Deux")

    @property
    def companies(self) -> tuple[UUID, UUID]:
        return self.dear, self.cheap

    @property
    def now(self) -> int:
        """The clock's time, Unix seconds."""
        return int(self.simulator.state.get("test_helpers.test_clock", self.clock)["frozen_time"])

    def happened(self) -> list[Object]:
        """The events since the last call."""
        events = list(self.simulator.state.of("event").values())
        new, self._seen = events[self._seen :], len(events)
        return new

    async def subscribe(self, organization_id: UUID, plan: str) -> None:
        """The owner goes through checkout with a card that works."""
        url = await service.start_checkout(self.database, self.stripe, self.configured, organization_id, plan)
        customer = self.customer(organization_id)
        customer["test_clock"] = self.clock
        answer = await self.pages.post(url.replace("http://stripe.simulated", ""), data={"action": "pay"})
        assert answer.status_code == 303, answer.text

    def customer(self, organization_id: UUID) -> Object:
        """The company at Stripe."""
        found = self.simulator.state.of("customer").values()
        return next(each for each in found if each["metadata"]["organization_id"] == str(organization_id))

    def card(self, organization_id: UUID, works: bool) -> None:
        """The card is, or is not, good any more."""
        self.simulator.state.cards[self.customer(organization_id)["id"]] = "good" if works else "declined"

    def days(self, count: int) -> None:
        """Time passes for both."""
        self.simulator.life.advance(self.clock, self.now + count * DAY)

    async def pay_open(self, organization_id: UUID) -> None:
        """The owner pays on the page of his open invoice."""
        customer = self.customer(organization_id)["id"]
        found = self.simulator.state.of("invoice").values()
        waiting = next(each for each in found if each["customer"] == customer and each["status"] == "open")
        await self.pages.post(f"/i/{waiting['id']}", data={"action": "good"})

    async def refund(self, organization_id: UUID, cents: int | None = None) -> None:
        """Somebody gives back some of the company's last payment in Stripe's dashboard, or what is left of it."""
        customer = self.customer(organization_id)["id"]
        last = [each for each in self.simulator.state.of("charge").values() if each["customer"] == customer][-1]
        wanted: Any = {"payment_intent": last["payment_intent"]} | ({"amount": cents} if cents else {})
        await self.stripe.v1.refunds.create_async(wanted)

    async def stop(self, organization_id: UUID) -> None:
        """The owner ends his subscription with the period that is paid."""
        subscription = next(
            each
            for each in self.simulator.state.of("subscription").values()
            if each["customer"] == self.customer(organization_id)["id"]
        )
        self.simulator.life.schedule_end(subscription, True)

    async def close(self) -> None:
        use_stripe(None)
        await self.pages.aclose()

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        return (await self.http.post(url, headers=headers, content=body)).status_code

    async def _company(self, name: str) -> UUID:
        organization = Organization(id=new_id(), name=name, slug=f"proof-{secrets.token_hex(8)}", status="pending")
        owner = User(
            id=new_id(),
            organization_id=organization.id,
            role="OWNER",
            preferred_language="fr",
            whatsapp_phone=f"+3361{secrets.randbelow(10**7):07d}",
            phone_verified_at=datetime.now(UTC),
        )
        async with self.database.system() as session:
            session.add(organization)
            await session.flush()
            session.add(owner)
        return organization.id


async def _first_trial(world: World) -> None:
    await world.subscribe(world.dear, DEAR)


async def _trial_ends_soon(world: World) -> None:
    world.days(12)
    await world.subscribe(world.cheap, CHEAP)


async def _first_payment(world: World) -> None:
    world.days(3)


async def _payment_fails(world: World) -> None:
    world.card(world.dear, works=False)
    world.days(31)


async def _second_try_fails(world: World) -> None:
    world.days(4)


async def _grace_is_over(world: World) -> None:
    world.days(6)


async def _paid_at_last(world: World) -> None:
    await world.pay_open(world.dear)


async def _renewed(world: World) -> None:
    world.days(31)


async def _refunded(world: World) -> None:
    await world.refund(world.dear, 2001)
    await world.refund(world.cheap)
    await world.refund(world.dear)


async def _stopped(world: World) -> None:
    await world.stop(world.dear)


async def _ended(world: World) -> None:
    world.days(31)


STAGES: tuple[tuple[str, Callable[[World], Awaitable[None]]], ...] = (
    ("trial", _first_trial),
    ("trial_ends_soon", _trial_ends_soon),
    ("first_payment", _first_payment),
    ("payment_fails", _payment_fails),
    ("second_try_fails", _second_try_fails),
    ("grace_is_over", _grace_is_over),
    ("paid_at_last", _paid_at_last),
    ("renewed", _renewed),
    ("refunded", _refunded),
    ("stopped", _stopped),
    ("ended", _ended),
)
"""What happens, in the order of its time; ``payment_fails`` begins the seven days of grace."""
EXPECTED = {
    "trial": "active",
    "trial_ends_soon": "active",
    "first_payment": "active",
    "payment_fails": "active",
    "second_try_fails": "active",
    "grace_is_over": "suspended",
    "paid_at_last": "active",
    "renewed": "active",
    "refunded": "active",
    "stopped": "active",
    "ended": "suspended",
}
"""The account of the first company after each stage."""
