"""The life of subscriptions: begun, renewed, charged, tried again, ended; on the real clock or on a test clock."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from services.billing.simulator import objects
from services.billing.simulator.charges import charge
from services.billing.simulator.objects import DAY
from services.billing.simulator.state import Object, State

ENDED = ("canceled", "incomplete_expired")
_WILL_END = 3 * DAY
Told = Callable[[Object], None]


class Life:
    """Moves the account's subscriptions; every event goes to ``told`` as it happens."""

    def __init__(self, state: State, told: Told) -> None:
        self.state, self._told = state, told

    def say(self, type: str, subject: Object, before: Object | None = None) -> None:
        self._told(self.state.emit(type, subject, before))

    def begin(
        self, customer: Object, price: Object, quantity: int, tax_rates: list[str], values: dict[str, Any]
    ) -> Object:
        """A new subscription with its first invoice, which is nothing during a trial."""
        made = objects.subscription(self.state, customer, price, quantity, tax_rates, values)
        self.say("customer.subscription.created", made)
        item = made["items"]["data"][0]
        amount = 0 if made["status"] == "trialing" else price["unit_amount"] * quantity
        self._bill(made, "subscription_create", amount, item["current_period_start"], item["current_period_end"])
        return made

    def change_price(self, subscription: Object, price: Object) -> None:
        """Another price from now on; the difference for the rest of the period is billed at once."""
        item, now = subscription["items"]["data"][0], self.state.time(subscription.get("test_clock"))
        before = {"items": copy.deepcopy(subscription["items"])}
        start, end = item["current_period_start"], item["current_period_end"]
        left = (end - now) / (end - start) if end > now else 0
        difference = round((price["unit_amount"] - item["price"]["unit_amount"]) * item["quantity"] * left)
        item["price"] = price
        self.say("customer.subscription.updated", subscription, before)
        if subscription["status"] == "active" and difference > 0:
            self._bill(subscription, "subscription_update", difference, now, end)

    def pay(self, invoice: Object) -> bool:
        """Tries the customer's card on an open invoice; False when it is declined."""
        state, now = self.state, self.state.time(invoice.get("test_clock"))
        invoice["attempted"] = True
        invoice["attempt_count"] += 1
        subscription = state.get("subscription", objects_subscription(invoice))
        if invoice["total"] > 0 and state.cards.get(invoice["customer"]) != "good":
            self._declined(invoice, subscription)
            return False
        invoice |= {
            "status": "paid",
            "amount_paid": invoice["total"],
            "amount_remaining": 0,
            "next_payment_attempt": None,
        }
        invoice["status_transitions"]["paid_at"] = now
        if invoice["total"] > 0:
            charge(state, invoice, now)
        self.say("invoice.paid", invoice)
        self.say("invoice.payment_succeeded", invoice)
        if subscription["status"] in ("past_due", "unpaid", "incomplete"):
            self._update(subscription, status="active")
        return True

    def schedule_end(self, subscription: Object, planned: bool) -> None:
        """Ends it with its period, or takes that back."""
        end = subscription["items"]["data"][0]["current_period_end"]
        now = self.state.time(subscription.get("test_clock"))
        self._update(
            subscription,
            cancel_at_period_end=planned,
            cancel_at=end if planned else None,
            canceled_at=now if planned else None,
        )

    def cancel(self, subscription: Object) -> None:
        """Ends it now."""
        now = self.state.time(subscription.get("test_clock"))
        subscription |= {"status": "canceled", "canceled_at": subscription["canceled_at"] or now, "ended_at": now}
        self.say("customer.subscription.deleted", subscription)

    def advance(self, clock_id: str | None, until: int) -> None:
        """Plays whatever is due on a clock (None: the world) up to ``until``, in the order of its time."""
        state = self.state
        while (due := self._next(clock_id, until)) is not None:
            at, act = due
            state.now = at
            try:
                act()
            finally:
                state.now = None
            if clock_id is not None:
                state.get("test_helpers.test_clock", clock_id)["frozen_time"] = at
        if clock_id is not None:
            state.get("test_helpers.test_clock", clock_id)["frozen_time"] = until

    def _next(self, clock_id: str | None, until: int) -> tuple[int, Callable[[], None]] | None:
        found: list[tuple[int, int, Callable[[], None]]] = []
        for order, each in enumerate(self.state.of("subscription").values()):
            if each.get("test_clock") != clock_id or each["status"] in ENDED:
                continue
            end = each["items"]["data"][0]["current_period_end"]
            found.append((end, order, lambda each=each: self._period_ends(each)))  # type: ignore[misc]
            if each["status"] == "trialing" and not each.get("_warned"):
                warned = max(each["trial_end"] - _WILL_END, each["created"])
                found.append((warned, order, lambda each=each: self._warn(each)))  # type: ignore[misc]
        for order, invoice in enumerate(self.state.of("invoice").values()):
            at = invoice["next_payment_attempt"]
            if invoice.get("test_clock") == clock_id and invoice["status"] == "open" and at is not None:
                found.append((at, order, lambda invoice=invoice: self._retry(invoice)))  # type: ignore[misc]
        due = min((each for each in found if each[0] <= until), key=lambda each: each[:2], default=None)
        return (due[0], due[2]) if due else None

    def _warn(self, subscription: Object) -> None:
        subscription["_warned"] = True
        self.say("customer.subscription.trial_will_end", subscription)

    def _retry(self, invoice: Object) -> None:
        self.pay(invoice)

    def _period_ends(self, subscription: Object) -> None:
        if subscription["cancel_at_period_end"]:
            self.cancel(subscription)
            return
        item = subscription["items"]["data"][0]
        recurring = item["price"]["recurring"]
        start = item["current_period_end"]
        end = objects.later(
            start, recurring["interval"], recurring["interval_count"], subscription["billing_cycle_anchor"]
        )
        before = {"items": copy.deepcopy(subscription["items"]), "status": subscription["status"]}
        item |= {"current_period_start": start, "current_period_end": end}
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        self.say("customer.subscription.updated", subscription, before)
        self._bill(subscription, "subscription_cycle", item["price"]["unit_amount"] * item["quantity"], start, end)

    def _bill(self, subscription: Object, reason: str, amount: int, start: int, end: int) -> None:
        item = subscription["items"]["data"][0]
        name = self.state.get("product", item["price"]["product"])["name"]
        text = f"Abonnement {name}" if amount else f"Essai {name}"
        if reason == "subscription_update":
            text = f"Passage à {name}"
        count = sum(1 for each in self.state.of("invoice").values() if each["customer"] == subscription["customer"])
        number = f"{subscription['customer'][-8:].upper()}-{count + 1:04d}"
        lines = [objects.line(subscription, text, amount, start, end)]
        made = objects.invoice(self.state, subscription, reason, lines, number)
        self.say("invoice.created", made)
        self.say("invoice.finalized", made)
        self.pay(made)

    def _declined(self, invoice: Object, subscription: Object) -> None:
        first = invoice["status_transitions"]["finalized_at"]
        now = self.state.time(invoice.get("test_clock"))
        tries = [first + days * DAY for days in self.state.behaviour.retry_days]
        invoice["next_payment_attempt"] = next((at for at in tries if at > now), None)
        self.say("invoice.payment_failed", invoice)
        end = self.state.behaviour.after_retries
        if invoice["next_payment_attempt"] is None and end == "canceled":
            self.cancel(subscription)
        elif invoice["next_payment_attempt"] is None and end == "unpaid":
            self._update(subscription, status="unpaid")
        elif subscription["status"] == "active":
            self._update(subscription, status="past_due")

    def _update(self, subscription: Object, **values: Any) -> None:
        before = {name: subscription[name] for name, value in values.items() if subscription[name] != value}
        if before:
            subscription |= values
            self.say("customer.subscription.updated", subscription, before)


def objects_subscription(invoice: Object) -> str:
    """The subscription of an invoice."""
    return str(invoice["parent"]["subscription_details"]["subscription"])
