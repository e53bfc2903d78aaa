"""Companies subscribe to Usta and pay: plans, Stripe's subscriptions mirrored, the platform's own invoices, limits (G22).

Stripe decides and this package follows: an event only says whose state to read again, so any order of events, and none at
all, ends in the same state. Without a Stripe key nothing here acts.
"""
