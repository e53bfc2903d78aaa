"""The life of subscriptions played on the simulated Stripe, its events shuffled, repeated, late or lost.

Whatever the order, the product must end in the same state: that is what ``usta billing prove`` shows.
"""
