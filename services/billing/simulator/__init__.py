"""A stand-in for Stripe that speaks its wire format: the real SDK is what talks to it.

It keeps customers, prices, subscriptions and invoices in memory, lets time pass on test clocks, charges cards that work or
do not, and signs its webhooks as the SDK's library does. Nothing outside this folder knows that it is not Stripe.
"""
