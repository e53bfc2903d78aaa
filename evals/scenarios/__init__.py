"""Scenarios: an artisan's errand as a script keyed by what the assistant asks, and what must be true afterwards.

``data/dev`` is worked on, ``data/test`` was written apart and is only ever measured; both are described in docs/evals.md.
"""
