"""Proof by many documents: random but plausible papers of every kind, rendered and checked whole.

The same seed draws the same documents. `usta documents prove` runs it; see ``services.documents.validation`` for the rules.
"""
